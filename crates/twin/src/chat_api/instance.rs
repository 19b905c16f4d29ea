//! An instance: state, settings, send queue, journal and the switches of the control door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{key_of, notice, outbound, settings::Settings};
use crate::{
    account::AccountKey, agenda::Deed, clock::Tick, limits, phone::number_of, stage::Stage,
    webhook::Receiver,
};

/// How long a restart takes.
const RESTART_MS: i64 = 1_000;

/// How an instance speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// As chat-api.com did.
    Classic,
    /// As 1msg.io does: official WhatsApp, with a window and templates.
    OneMsg,
    /// As UltraMsg does.
    Ultramsg,
}

/// `accountStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Asleep; asking for its state wakes it.
    #[serde(rename = "init")]
    Init,
    /// Nobody has scanned the code; the send queue is kept.
    #[serde(rename = "got qr code")]
    GotQrCode,
    /// Connecting; the send queue is kept.
    #[serde(rename = "loading")]
    Loading,
    /// Works.
    #[serde(rename = "authenticated")]
    Authenticated,
    /// Stopped until somebody pays.
    #[serde(rename = "not_paid")]
    NotPaid,
}

/// What the instance plans for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnDeed {
    SendNext,
    Connected,
}

impl OwnDeed {
    pub(super) fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::SendNext => 0,
            Self::Connected => 1,
        })
    }

    pub(super) fn of(own: u64) -> Self {
        if own == 0 { Self::SendNext } else { Self::Connected }
    }
}

/// A message that waits to be sent.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) seq: u64,
    /// The method it was called with.
    pub(super) kind: &'static str,
}

/// A line of the journal: a bubble with its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) number: i64,
    pub(super) seq: u64,
}

/// One instance.
#[derive(Debug)]
pub struct Instance {
    pub(super) key: AccountKey,
    pub(super) token: String,
    /// The number registered in the messenger.
    pub(super) phone: String,
    pub(super) dialect: Dialect,
    pub(super) state: State,
    /// `statusData.reason` while it loads.
    pub(super) reason: String,
    pub(super) settings: Settings,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) not_before: Tick,
    pub(super) is_planned: bool,
    /// Its bubbles, oldest first.
    pub(super) journal: VecDeque<Entry>,
    /// Incoming bubbles that wait for the connection.
    pub(super) held: VecDeque<u64>,
    /// The numbers in the queue of bubbles sent, and what the caller named them.
    pub(super) sent: BTreeMap<u64, (i64, String)>,
    /// Groups in which somebody has written, or that were made here.
    pub(super) groups: BTreeSet<String>,
    pub(super) echo: bool,
    accepted: u64,
}

/// A partial change of an instance through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its dialect.
    pub dialect: Option<Dialect>,
    /// Its state.
    pub state: Option<State>,
    /// Why it loads: `connecting`, `syncing`, `offline`, `proxyblock`, `conflict`.
    pub reason: Option<String>,
    /// Its token.
    pub token: Option<String>,
    /// Its number.
    pub phone: Option<String>,
    /// Whether own messages are told as `messages`.
    pub echo: Option<bool>,
    /// Where webhooks go, as the cabinet of services without a call for it sets it.
    pub webhook_url: Option<String>,
    /// Settings, as `settings` takes them.
    #[serde(default)]
    pub settings: Value,
}

impl Change {
    /// Reads a change.
    pub fn parse(value: &Value) -> Result<Self, String> {
        Self::deserialize(value).map_err(|error| error.to_string())
    }
}

impl Instance {
    pub(super) fn new(id: &str, token: &str, phone: &str) -> Self {
        Self {
            key: key_of(id),
            token: token.to_owned(),
            phone: phone.to_owned(),
            dialect: Dialect::Classic,
            state: State::Authenticated,
            reason: "connecting".to_owned(),
            settings: Settings::default(),
            queue: VecDeque::new(),
            not_before: Tick(i64::MIN),
            is_planned: false,
            journal: VecDeque::new(),
            held: VecDeque::new(),
            sent: BTreeMap::new(),
            groups: BTreeSet::new(),
            echo: true,
            accepted: 0,
        }
    }

    /// Adds to the journal.
    pub(super) fn note(&mut self, stage: &mut Stage, seq: u64) -> i64 {
        let number = stage.serial(&format!("chat_api:{}", self.key.account));
        self.journal.push_back(Entry { number, seq });
        if self.journal.len() > limits::JOURNAL_MAX {
            self.journal.pop_front();
        }
        number
    }

    /// The next number of the send queue, kept with its bubble.
    pub(super) fn number(&mut self, stage: &mut Stage, seq: u64, reference: String) -> i64 {
        let number = stage.serial(&format!("chat_api:{}:queue", self.key.account));
        self.sent.insert(seq, (number, reference));
        if self.sent.len() > limits::JOURNAL_MAX {
            self.sent.pop_first();
        }
        self.accepted += 1;
        number
    }

    /// Moves to a state, says so, and goes on with what waited for it.
    pub(super) fn enter(&mut self, stage: &mut Stage, state: State) {
        if self.state == state {
            return;
        }
        self.state = state;
        notice::state(stage, self);
        if state == State::Authenticated {
            for seq in std::mem::take(&mut self.held) {
                notice::announce(stage, self, seq);
            }
        }
        outbound::plan(stage, self);
    }

    /// Begins to connect.
    pub(super) fn restart(&mut self, stage: &mut Stage) {
        if matches!(self.state, State::Init | State::Loading | State::Authenticated) {
            "connecting".clone_into(&mut self.reason);
            self.enter(stage, State::Loading);
            let key = self.key.clone();
            stage.plan(RESTART_MS, &key, OwnDeed::Connected.deed());
        }
    }

    /// Is connected.
    pub(super) fn connected(&mut self, stage: &mut Stage) {
        if self.state == State::Loading && self.reason == "connecting" {
            self.enter(stage, State::Authenticated);
        }
    }

    /// Points the webhook queue where the settings say.
    pub(super) fn aim(&self, stage: &mut Stage) {
        let url = self.settings.url();
        let attempts =
            if self.settings.is_on("guaranteedHooks") { super::GUARANTEED_ATTEMPTS } else { 1 };
        stage.webhooks.set_attempts_max(&self.key, attempts);
        stage.aim(&self.key, (!url.is_empty()).then(|| Receiver::json(url)));
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, stage: &mut Stage, change: Change) -> Result<(), String> {
        if !change.settings.is_null() {
            self.settings.merge(&change.settings)?;
        }
        if let Some(url) = change.webhook_url {
            self.settings.merge(&json!({ "webhookUrl": url }))?;
        }
        if let Some(phone) = &change.phone {
            self.phone = number_of(phone).ok_or("phone is no number")?;
        }
        self.dialect = change.dialect.unwrap_or(self.dialect);
        self.reason = change.reason.unwrap_or_else(|| self.reason.clone());
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.echo = change.echo.unwrap_or(self.echo);
        self.aim(stage);
        self.enter(stage, change.state.unwrap_or(self.state));
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        json!({
            "provider": super::NAME, "id": &*self.key.account, "messenger": super::MESSENGER,
            "token": self.token, "phone": self.phone, "dialect": self.dialect,
            "state": self.state, "reason": self.reason, "echo": self.echo,
            "accepted": self.accepted, "queue": self.queue.len(),
            "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
            "settings": self.settings.view(),
        })
    }
}
