//! Clients (an API key with its subscription) and their channels, with the switches of the control
//! door.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{key_of, notice, subscribe, template, template::Template};
use crate::{
    account::AccountKey, clock::Tick, config::WazzupAccount, identity::Realm, kept::Kept, limits,
    stage::Stage, webhook::Receiver,
};

/// How long a word of a customer keeps a WABA channel's window open.
const WINDOW_MS: i64 = 24 * 3_600_000;
/// 500 calls in windows of five seconds.
const CALLS_MAX: u32 = 500;
const CALLS_WINDOW_MS: i64 = 5_000;
/// How long a `crmMessageId` guards against repeats.
const GUARD_MS: i64 = 60_000;

/// An address that is being tested.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) uri: String,
    /// What the test was answered; 0 is nothing.
    pub(super) status: Option<u16>,
}

/// All that belongs to one API key.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) key: String,
    pub(super) webhooks_uri: Option<String>,
    pub(super) subscriptions: BTreeSet<&'static str>,
    pub(super) pending: Option<Pending>,
    pub(super) templates: Vec<Template>,
    /// Sent with every webhook, if set.
    pub(super) crm_key: String,
    pub(super) is_sidecar: bool,
    /// Error codes in camel case.
    pub(super) is_camel: bool,
    has_limits: bool,
    window: (i64, u32),
    repeats: Kept<Tick>,
}

impl Client {
    pub(super) fn new(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            webhooks_uri: None,
            subscriptions: BTreeSet::new(),
            pending: None,
            templates: template::first(),
            crm_key: String::new(),
            is_sidecar: false,
            is_camel: false,
            has_limits: true,
            window: (0, 0),
            repeats: Kept::default(),
        }
    }

    /// Counts a call. False when there were too many.
    pub(super) fn admit(&mut self, now: Tick) -> bool {
        let window = now.0.div_euclid(CALLS_WINDOW_MS);
        if self.window.0 != window {
            self.window = (window, 0);
        }
        self.window.1 += 1;
        !self.has_limits || self.window.1 <= CALLS_MAX
    }

    /// Whether the id was seen within the last minute; if not, it is noted.
    pub(super) fn is_repeated(&mut self, id: &str, now: Tick) -> bool {
        if self.repeats.get(id).is_some_and(|until| *until > now) {
            return true;
        }
        self.repeats.insert(id, now.plus(GUARD_MS));
        false
    }

    /// Points the queues of its channels where the subscription says.
    pub(super) fn aim(&self, stage: &mut Stage, channels: &BTreeMap<String, Channel>) {
        let receiver = self.webhooks_uri.as_deref().map(|url| {
            let kind = subscribe::CONTENT_TYPE.to_owned();
            let headers = vec![("content-type".to_owned(), kind)];
            let receiver = Receiver { method: "POST", url: url.to_owned(), headers };
            match self.crm_key.as_str() {
                "" => receiver,
                key => receiver.with_header("authorization", &format!("Bearer {key}")),
            }
        });
        for channel in channels.values().filter(|channel| channel.client == self.key) {
            stage.aim(&channel.key, receiver.clone());
        }
    }
}

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) key: AccountKey,
    /// The API key of its client.
    pub(super) client: String,
    pub(super) transport: String,
    pub(super) plain_id: String,
    pub(super) state: String,
    pub(super) has_window: bool,
    /// Whether sends by the API come back as messages, too.
    pub(super) echoes: bool,
    /// For how long messages and statuses are gathered for one post; 0 is one each.
    pub(super) batch_ms: i64,
    pub(super) gathered: (Vec<Value>, Vec<Value>),
    words: BTreeMap<String, Tick>,
}

/// A partial change through the control door. All but the first group are the client's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// `active`, `disabled`, `qridle`, `phoneUnavailable`, `notEnoughMoney`, `blocked`…
    state: Option<String>,
    pub(super) transport: Option<String>,
    plain_id: Option<String>,
    window: Option<bool>,
    echoes: Option<bool>,
    batch_ms: Option<i64>,
    /// The API key; the channel moves to its client.
    pub(super) key: Option<String>,
    webhooks_uri: Option<String>,
    subscriptions: Option<Vec<String>>,
    crm_key: Option<String>,
    sidecar: Option<bool>,
    camel: Option<bool>,
    limits: Option<bool>,
    /// Moderation: states by GUID.
    templates: Option<BTreeMap<String, String>>,
}

impl Channel {
    pub(super) fn new(account: &WazzupAccount) -> Self {
        Self {
            key: key_of(&account.id),
            client: account.key.clone(),
            transport: account.transport.clone(),
            plain_id: account.plain_id.clone(),
            state: "active".to_owned(),
            has_window: true,
            echoes: false,
            batch_ms: 0,
            gathered: (Vec::new(), Vec::new()),
            words: BTreeMap::new(),
        }
    }

    /// The messenger, as the twin calls it.
    pub(super) fn messenger(&self) -> &'static str {
        messenger_of(&self.transport).unwrap_or("whatsapp")
    }

    /// The chat types that may be sent to: a person's, a group's.
    pub(super) fn chat_types(&self) -> (&'static str, Option<&'static str>) {
        match self.transport.as_str() {
            "whatsapp" => ("whatsapp", Some("whatsgroup")),
            "wapi" => ("whatsapp", None),
            "tgapi" | "telegram" => ("telegram", Some("telegroup")),
            "max" | "maxbot" => ("max", Some("maxgroup")),
            _ => ("vk", None),
        }
    }

    /// Whether only those can be written to who wrote first.
    pub(super) fn is_reply_only(&self) -> bool {
        matches!(self.transport.as_str(), "telegram" | "maxbot" | "vk")
    }

    /// Notes a word of a customer. True if it is the first.
    pub(super) fn hear(&mut self, from: &str, now: Tick) -> bool {
        let is_known = self.words.contains_key(from);
        if is_known || self.words.len() < limits::CONTACTS_MAX {
            self.words.insert(from.to_owned(), now);
        }
        !is_known
    }

    /// Whether free text may go to a customer.
    pub(super) fn is_open(&self, to: &str, now: Tick) -> bool {
        let is_fresh = |at: &Tick| at.plus(WINDOW_MS) > now;
        self.transport != "wapi" || !self.has_window || self.words.get(to).is_some_and(is_fresh)
    }

    /// The id by which this channel knows a customer.
    pub(super) fn chat_id(&self, stage: &mut Stage, number: &str) -> String {
        match Realm::of_users(self.messenger()) {
            None => number.to_owned(),
            Some(realm) => stage.identities.id(realm, number).to_string(),
        }
    }

    /// The customer behind an id.
    pub(super) fn number_of(&self, stage: &Stage, chat_id: &str) -> Option<String> {
        match Realm::of_users(self.messenger()) {
            None => Some(chat_id.to_owned()),
            Some(realm) => stage.identities.find(realm, chat_id.parse().ok()?).map(str::to_owned),
        }
    }

    /// Takes over a change of the control door, the client's part aside.
    pub(super) fn change(&mut self, stage: &mut Stage, client: &Client, change: &Change) {
        let before = self.state.clone();
        let text = |new: &Option<String>, old: &str| new.clone().unwrap_or_else(|| old.to_owned());
        self.state = text(&change.state, &self.state);
        self.transport = text(&change.transport, &self.transport);
        self.plain_id = text(&change.plain_id, &self.plain_id);
        self.has_window = change.window.unwrap_or(self.has_window);
        self.echoes = change.echoes.unwrap_or(self.echoes);
        self.batch_ms = change.batch_ms.unwrap_or(self.batch_ms).clamp(0, 60_000);
        if self.state != before {
            notice::state(stage, client, self);
        }
    }

    pub(super) fn view(&self, stage: &Stage, client: Option<&Client>) -> Value {
        json!({
            "provider": super::NAME, "id": &*self.key.account, "messenger": self.messenger(),
            "transport": self.transport, "plain_id": self.plain_id, "state": self.state,
            "window": self.has_window, "echoes": self.echoes, "batch_ms": self.batch_ms,
            "key": self.client,
            "webhooks_uri": client.and_then(|client| client.webhooks_uri.clone()),
            "subscriptions": client.map(|client| client.subscriptions.clone()),
            "crm_key": client.map(|client| client.crm_key.clone()),
            "sidecar": client.map(|client| client.is_sidecar),
            "camel": client.map(|client| client.is_camel),
            "limits": client.map(|client| client.has_limits),
            "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
        })
    }
}

impl Client {
    /// Takes over the client's part of a change. Returns the templates that changed.
    pub(super) fn change(&mut self, change: &Change) -> Result<Vec<Template>, String> {
        if let Some(uri) = &change.webhooks_uri {
            self.webhooks_uri = (!uri.is_empty()).then(|| uri.clone());
        }
        if let Some(names) = &change.subscriptions {
            let known = |name: &String| {
                let found = subscribe::SWITCHES.into_iter().find(|known| known == name);
                found.ok_or_else(|| format!("unknown subscription '{name}'"))
            };
            self.subscriptions = names.iter().map(known).collect::<Result<_, _>>()?;
        }
        self.crm_key = change.crm_key.clone().unwrap_or_else(|| self.crm_key.clone());
        self.is_sidecar = change.sidecar.unwrap_or(self.is_sidecar);
        self.is_camel = change.camel.unwrap_or(self.is_camel);
        self.has_limits = change.limits.unwrap_or(self.has_limits);
        let mut changed = Vec::new();
        for (guid, status) in change.templates.iter().flatten() {
            let found = self.templates.iter_mut().find(|template| template.guid == *guid);
            let template = found.ok_or_else(|| format!("no template '{guid}'"))?;
            template.status.clone_from(status);
            changed.push(template.clone());
        }
        Ok(changed)
    }
}

/// The messenger of a transport that the twin has.
pub(super) fn messenger_of(transport: &str) -> Option<&'static str> {
    match transport {
        "whatsapp" | "wapi" => Some("whatsapp"),
        "tgapi" | "telegram" => Some("telegram"),
        "max" | "maxbot" => Some("max"),
        "vk" => Some("vk"),
        _ => None,
    }
}
