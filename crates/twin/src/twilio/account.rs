//! An account with its WhatsApp sender: callbacks, windows, the sandbox, and the switches of the
//! control door.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    key_of,
    template::{self, Template},
};
use crate::{
    account::AccountKey, clock::Tick, config::TwilioAccount, content::File, limits,
    phone::number_of, stage::Stage, webhook::Receiver,
};

/// How long free text may go after the customer's last word.
const WINDOW_MS: i64 = 24 * 3_600_000;
/// How long a customer takes part in the sandbox.
const JOINED_MS: i64 = 3 * 24 * 3_600_000;
/// The gap between two messages of a sender: 80 a second.
const GAP_MS: i64 = 13;
/// The gap in the sandbox.
const SANDBOX_GAP_MS: i64 = 3_000;

/// What a message that fails in the channel is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailureWord {
    /// `failed`.
    Failed,
    /// `undelivered`.
    Undelivered,
}

/// What is kept of a message beside its bubble.
#[derive(Debug, Clone)]
pub(super) struct Note {
    pub(super) sid: String,
    pub(super) seq: u64,
    /// Where its statuses go.
    pub(super) callback: Option<String>,
    pub(super) media: Option<(String, File)>,
    pub(super) is_incoming: bool,
    /// The code that it will fail with, whatever the phone.
    pub(super) doom: Option<u32>,
}

/// One account.
#[derive(Debug)]
pub struct Account {
    pub(super) key: AccountKey,
    pub(super) token: String,
    pub(super) phone: String,
    pub(super) join_code: Option<String>,
    pub(super) participants: BTreeMap<String, Tick>,
    pub(super) callback: Option<String>,
    pub(super) status_callback: Option<String>,
    pub(super) templates: Vec<Template>,
    /// Messages both ways, oldest first.
    pub(super) notes: VecDeque<Note>,
    words: BTreeMap<String, Tick>,
    /// When the sender is free again.
    not_before: Tick,
    pub(super) is_suspended: bool,
    pub(super) failure: FailureWord,
    pub(super) mask: bool,
    has_window: bool,
    has_limits: bool,
}

/// A partial change of an account through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its auth token.
    pub token: Option<String>,
    /// The sender's number.
    pub phone: Option<String>,
    /// What makes it the sandbox; empty: a live sender.
    pub join_code: Option<String>,
    /// Where what comes in goes; empty takes it away.
    pub callback_url: Option<String>,
    /// Where statuses go unless a message says otherwise; empty takes it away.
    pub status_callback_url: Option<String>,
    /// Suspended accounts are answered 401.
    pub suspended: Option<bool>,
    /// Whether what fails in the channel is `failed` or `undelivered`.
    pub failure: Option<FailureWord>,
    /// Whether `ChannelToAddress` is masked.
    pub mask: Option<bool>,
    /// Whether free text needs a word of the customer.
    pub window: Option<bool>,
    /// Whether the sender's rate holds.
    pub limits: Option<bool>,
}

impl Account {
    pub(super) fn new(config: &TwilioAccount) -> Self {
        Self {
            key: key_of(&config.sid),
            token: config.token.clone(),
            phone: config.phone.clone(),
            join_code: config.join_code.clone(),
            participants: BTreeMap::new(),
            callback: None,
            status_callback: None,
            templates: template::first(),
            notes: VecDeque::new(),
            words: BTreeMap::new(),
            not_before: Tick(i64::MIN),
            is_suspended: false,
            failure: FailureWord::Failed,
            mask: true,
            has_window: true,
            has_limits: true,
        }
    }

    /// The sender's address.
    pub(super) fn address(&self) -> String {
        format!("whatsapp:+{}", self.phone)
    }

    /// The sender's own id.
    pub(super) fn sender_sid(&self) -> String {
        format!("XE{:0>32}", self.phone)
    }

    /// Notes a word of a customer: it opens the window.
    pub(super) fn hear(&mut self, from: &str, now: Tick) {
        if self.words.len() < limits::CONTACTS_MAX || self.words.contains_key(from) {
            self.words.insert(from.to_owned(), now);
        }
    }

    /// Whether free text may go to a customer.
    pub(super) fn is_open(&self, to: &str, now: Tick) -> bool {
        let is_fresh = |at: &Tick| at.plus(WINDOW_MS) > now;
        !self.has_window || self.words.get(to).is_some_and(is_fresh)
    }

    /// Whether a customer takes part, where that is needed.
    pub(super) fn takes_part(&self, number: &str, now: Tick) -> bool {
        self.join_code.is_none() || self.participants.get(number).is_some_and(|until| *until > now)
    }

    /// Lets a customer take part.
    pub(super) fn join(&mut self, number: &str, now: Tick) {
        if self.participants.len() < limits::CONTACTS_MAX {
            self.participants.insert(number.to_owned(), now.plus(JOINED_MS));
        }
    }

    /// When the sender takes the next message, which is then taken.
    pub(super) fn turn(&mut self, now: Tick) -> i64 {
        let at = self.not_before.max(now);
        let gap = if self.join_code.is_some() { SANDBOX_GAP_MS } else { GAP_MS };
        self.not_before = at.plus(if self.has_limits { gap } else { 0 });
        at.0.saturating_sub(now.0)
    }

    /// Keeps a message.
    pub(super) fn note(&mut self, note: Note) {
        self.notes.push_back(note);
        if self.notes.len() > limits::JOURNAL_MAX {
            self.notes.pop_front();
        }
    }

    /// What is kept of a bubble.
    pub(super) fn of_bubble(&self, seq: u64) -> Option<&Note> {
        self.notes.iter().rev().find(|note| note.seq == seq)
    }

    /// What is kept of a message.
    pub(super) fn of_sid(&self, sid: &str) -> Option<&Note> {
        self.notes.iter().rev().find(|note| note.sid == sid)
    }

    /// Points the queue where the callback says; what stands after `#` is not sent.
    pub(super) fn aim(&self, stage: &mut Stage) {
        stage.aim(&self.key, self.callback.as_deref().map(receiver));
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, stage: &mut Stage, change: Change) -> Result<(), String> {
        if let Some(phone) = &change.phone {
            self.phone = number_of(phone).ok_or("phone is no number")?;
        }
        let given = |new: Option<String>, old: &Option<String>| match new {
            Some(new) => (!new.is_empty()).then_some(new),
            None => old.clone(),
        };
        self.join_code = given(change.join_code, &self.join_code);
        self.callback = given(change.callback_url, &self.callback);
        self.status_callback = given(change.status_callback_url, &self.status_callback);
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.is_suspended = change.suspended.unwrap_or(self.is_suspended);
        self.failure = change.failure.unwrap_or(self.failure);
        self.mask = change.mask.unwrap_or(self.mask);
        self.has_window = change.window.unwrap_or(self.has_window);
        self.has_limits = change.limits.unwrap_or(self.has_limits);
        self.not_before = Tick(i64::MIN);
        self.aim(stage);
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        let now = stage.clock.tick();
        let joined = self.participants.iter().filter(|(_, until)| **until > now);
        let joined: Vec<&String> = joined.map(|(number, _)| number).collect();
        json!({
            "provider": super::NAME, "id": &*self.key.account, "messenger": super::MESSENGER,
            "token": self.token, "phone": self.phone, "join_code": self.join_code,
            "participants": joined, "callback_url": self.callback,
            "status_callback_url": self.status_callback, "suspended": self.is_suspended,
            "failure": self.failure, "mask": self.mask, "window": self.has_window,
            "limits": self.has_limits, "messages": self.notes.len(),
            "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
        })
    }
}

/// A receiver of forms.
pub(super) fn receiver(url: &str) -> Receiver {
    let kind = "application/x-www-form-urlencoded; charset=utf-8".to_owned();
    Receiver {
        method: "POST",
        url: url.split('#').next().unwrap_or(url).to_owned(),
        headers: vec![("content-type".to_owned(), kind)],
    }
}
