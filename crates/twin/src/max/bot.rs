//! A bot: token, subscriptions, uploads, and the switches of the control door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{MESSENGER, NAME, refusal::Refusal};
use crate::{
    account::AccountKey,
    clock::Tick,
    config::MaxAccount,
    content::{File, Kind},
    door::code_of,
    identity::Realm,
    kept::Kept,
    rate::{Buckets, Pace},
    stage::Stage,
};

/// 30 calls a second and bot.
const CALLS: Pace = Pace { burst: 30, each_ms: 33 };
/// How long a video, a sound or a file is worked on after the upload, unless changed.
const PROCESSING_MS: i64 = 1_000;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    pub(super) id: i64,
    /// The customer's number, or the group's id at the control door.
    pub(super) name: String,
    pub(super) is_group: bool,
}

/// An address that events are posted to.
#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) url: String,
    pub(super) secret: String,
    /// Kinds of events; empty is all.
    pub(super) types: BTreeSet<String>,
    pub(super) time: i64,
    /// The last success, or when it was made.
    pub(super) last_success: Tick,
}

/// An upload, begun or done.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) kind: Kind,
    /// What was uploaded and when it can be sent.
    pub(super) done: Option<(File, Tick)>,
}

/// One bot.
#[derive(Debug)]
pub struct Bot {
    pub(super) key: AccountKey,
    pub(super) token: String,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) subscriptions: BTreeMap<u64, Subscription>,
    pub(super) last_subscription: u64,
    /// Uploads by token.
    pub(super) uploads: Kept<Upload>,
    /// Presses that can still be answered: the bubble of each.
    pub(super) presses: Kept<String>,
    /// Events for long polling, with their markers.
    pub(super) events: VecDeque<(i64, Value)>,
    buckets: Buckets,
    limits: bool,
    pub(super) processing_ms: i64,
    pub(super) reads_all: bool,
    pub(super) wrong_hash: bool,
    pub(super) removed: BTreeSet<String>,
}

/// A partial change of a bot through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its token.
    pub token: Option<String>,
    /// Its name in links.
    pub username: Option<String>,
    /// The name shown.
    pub name: Option<String>,
    /// Whether the limit of calls a second holds.
    pub limits: Option<bool>,
    /// How long an upload other than a picture is worked on.
    pub processing_ms: Option<u32>,
    /// Whether it is an administrator of groups that reads everything.
    pub reads_all: Option<bool>,
    /// Whether shared contacts carry a hash that is wrong.
    pub wrong_hash: Option<bool>,
    /// Groups that it was removed from.
    pub removed: Option<BTreeSet<String>>,
}

impl Bot {
    pub(super) fn new(account: &MaxAccount) -> Self {
        Self {
            key: AccountKey::new(NAME, &account.id),
            token: account.token.clone(),
            username: account.username.clone(),
            name: account.name.clone(),
            subscriptions: BTreeMap::new(),
            last_subscription: 0,
            uploads: Kept::default(),
            presses: Kept::default(),
            events: VecDeque::new(),
            buckets: Buckets::default(),
            limits: true,
            processing_ms: PROCESSING_MS,
            reads_all: false,
            wrong_hash: false,
            removed: BTreeSet::new(),
        }
    }

    /// The bot's own user id.
    pub(super) fn id(&self) -> i64 {
        self.key.account.parse().unwrap_or(0)
    }

    /// The key of a subscription's queue.
    pub(super) fn queue(&self, subscription: u64) -> AccountKey {
        AccountKey::new(NAME, &format!("{}#{subscription}", self.key.account))
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, change: &Value) -> Result<(), String> {
        let change = Change::deserialize(change).map_err(|error| error.to_string())?;
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.username = change.username.unwrap_or_else(|| self.username.clone());
        self.name = change.name.unwrap_or_else(|| self.name.clone());
        self.limits = change.limits.unwrap_or(self.limits);
        self.processing_ms = change.processing_ms.map_or(self.processing_ms, i64::from);
        self.reads_all = change.reads_all.unwrap_or(self.reads_all);
        self.wrong_hash = change.wrong_hash.unwrap_or(self.wrong_hash);
        self.removed = change.removed.unwrap_or_else(|| self.removed.clone());
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        let subscriptions = self.subscriptions.iter().map(|(id, subscription)| {
            json!({
                "url": subscription.url, "secret": subscription.secret,
                "update_types": subscription.types,
                "webhooks": stage.webhooks.len(&self.queue(*id)),
                "webhook_tally": stage.webhooks.tally(&self.queue(*id)),
            })
        });
        json!({
            "provider": NAME, "id": &*self.key.account, "messenger": MESSENGER,
            "token": self.token, "username": self.username, "name": self.name,
            "limits": self.limits, "processing_ms": self.processing_ms,
            "reads_all": self.reads_all, "wrong_hash": self.wrong_hash, "removed": self.removed,
            "subscriptions": subscriptions.collect::<Vec<Value>>(),
        })
    }

    /// Counts a call.
    pub(super) fn admit(&mut self, now: Tick) -> Result<(), Refusal> {
        if !self.limits {
            return Ok(());
        }
        self.buckets.take("", CALLS, now).map_err(|_| Refusal::of_status(429))
    }

    /// The dialog with a customer.
    pub(super) fn dialog(&self, stage: &mut Stage, number: &str) -> Chat {
        let name = format!("{}/{number}", self.key.account);
        let id = stage.identities.id(Realm::MaxDialog, &name);
        Chat { id, name: number.to_owned(), is_group: false }
    }

    /// The chat of a group.
    pub(super) fn group(stage: &mut Stage, group: &str) -> Chat {
        let id = -stage.identities.id(Realm::MaxChat, group);
        Chat { id, name: group.to_owned(), is_group: true }
    }

    /// Finds the chat of `chat_id` and whether the bot may write there.
    pub(super) fn chat(&self, stage: &mut Stage, id: i64) -> Result<Chat, Refusal> {
        let missing = || Refusal::new(404, "chat.not.found", &format!("Chat {id} not found"));
        if id == 0 {
            return Err(Refusal::new(403, "chat.denied", "Invalid chatId: 0"));
        }
        if id < 0 {
            let name = stage.identities.find(Realm::MaxChat, id.saturating_neg());
            let name = name.ok_or_else(missing)?.to_owned();
            let is_there = stage.groups.of(MESSENGER, &name).is_some();
            if !is_there || self.removed.contains(&name) {
                return Err(missing());
            }
            return Ok(Chat { id, name, is_group: true });
        }
        let name = stage.identities.find(Realm::MaxDialog, id).ok_or_else(missing)?;
        let (account, number) = name.split_once('/').ok_or_else(missing)?;
        if account != &*self.key.account {
            return Err(missing());
        }
        let chat = Chat { id, name: number.to_owned(), is_group: false };
        self.check_dialog(stage, &chat)?;
        Ok(chat)
    }

    /// Finds the dialog with a user and whether the bot may write there.
    pub(super) fn user(&self, stage: &mut Stage, id: i64) -> Result<Chat, Refusal> {
        let number = stage.identities.find(Realm::MaxUser, id);
        let number = number.ok_or_else(Refusal::no_dialog)?.to_owned();
        let chat = self.dialog(stage, &number);
        self.check_dialog(stage, &chat)?;
        Ok(chat)
    }

    fn check_dialog(&self, stage: &Stage, chat: &Chat) -> Result<(), Refusal> {
        match code_of(&chat.name) {
            Some("0400") => return Err(Refusal::payload("Invalid request")),
            Some("0403") => return Err(Refusal::suspended(chat.id)),
            Some("0404") => return Err(Refusal::no_dialog()),
            Some("0429") => return Err(Refusal::of_status(429)),
            Some("0500") => return Err(Refusal::of_status(500)),
            Some("0503") => return Err(Refusal::of_status(503)),
            _ => {}
        }
        let contact = stage.contacts.get(&self.key, &chat.name);
        if contact.is_blocked {
            return Err(Refusal::suspended(chat.id));
        }
        match contact.is_started && stage.phones.has(&chat.name, MESSENGER) {
            true => Ok(()),
            false => Err(Refusal::no_dialog()),
        }
    }
}
