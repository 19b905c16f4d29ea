//! A community: token, Callback servers, uploads, and the switches of the control door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{MESSENGER, NAME, refusal::Refusal};
use crate::{
    account::AccountKey,
    clock::Tick,
    config::VkAccount,
    content::{File, Kind},
    door::code_of,
    identity::Realm,
    kept::Kept,
    rate::{Buckets, Pace},
    stage::Stage,
};

/// Group chats have peers from here.
pub(super) const CHATS_BEGIN: i64 = 2_000_000_000;
/// 20 calls a second and token.
const CALLS: Pace = Pace { burst: 20, each_ms: 50 };

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) id: i64,
    /// The customer's number, or the group's id at the control door.
    pub(super) name: String,
    pub(super) is_chat: bool,
}

/// How far a Callback server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ServerStatus {
    /// Answered the confirmation.
    Ok,
    /// Is being asked.
    Wait,
    /// Answered wrongly, or too many events were not taken.
    Failed,
}

/// One Callback server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) secret: String,
    pub(super) status: ServerStatus,
    /// The kinds of events it wants.
    pub(super) events: BTreeSet<String>,
    pub(super) version: String,
}

/// A file of the community, by what `attachment` calls it.
#[derive(Debug, Clone)]
pub(super) struct Media {
    pub(super) file: File,
    pub(super) kind: Kind,
}

/// One community.
#[derive(Debug)]
pub struct Community {
    pub(super) key: AccountKey,
    pub(super) token: String,
    pub(super) name: String,
    pub(super) confirmation: String,
    pub(super) servers: BTreeMap<u64, Server>,
    pub(super) last_server: u64,
    /// Uploads that were begun, and files that were uploaded and not saved, by their tickets.
    pub(super) tickets: Kept<Option<Media>>,
    /// Saved files.
    pub(super) media: Kept<Media>,
    /// Bubbles by message id.
    pub(super) mail: Kept<String>,
    /// Messages sent, by peer and `random_id`.
    pub(super) sent: Kept<(i64, i64)>,
    /// Presses that can still be answered, with when they lapse.
    pub(super) presses: Kept<Tick>,
    /// Events for long polling, with their numbers.
    pub(super) events: VecDeque<(i64, Value)>,
    buckets: Buckets,
    limits: bool,
    pub(super) reads_all: bool,
    pub(super) bot_features: bool,
}

/// A partial change of a community through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its token.
    pub token: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its confirmation string.
    pub confirmation: Option<String>,
    /// Whether the limit of calls a second holds.
    pub limits: Option<bool>,
    /// Whether it hears everything in group chats.
    pub reads_all: Option<bool>,
    /// Whether keyboards are switched on.
    pub bot_features: Option<bool>,
    /// A Callback server for all events in the place of all others; an empty address is none.
    pub callback: Option<Callback>,
}

/// A Callback server as the control door sets it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Callback {
    /// Its address.
    pub url: String,
    /// Its secret.
    #[serde(default)]
    pub secret: String,
}

impl Community {
    pub(super) fn new(account: &VkAccount) -> Self {
        Self {
            key: AccountKey::new(NAME, &account.id),
            token: account.token.clone(),
            name: account.name.clone(),
            confirmation: account.confirmation.clone(),
            servers: BTreeMap::new(),
            last_server: 0,
            tickets: Kept::default(),
            media: Kept::default(),
            mail: Kept::default(),
            sent: Kept::default(),
            presses: Kept::default(),
            events: VecDeque::new(),
            buckets: Buckets::default(),
            limits: true,
            reads_all: false,
            bot_features: true,
        }
    }

    /// The positive id.
    pub(super) fn id(&self) -> i64 {
        self.key.account.parse().unwrap_or(0)
    }

    /// The key of a server's queue.
    pub(super) fn queue(&self, server: u64) -> AccountKey {
        AccountKey::new(NAME, &format!("{}#{server}", self.key.account))
    }

    /// Takes over a change of the control door; the Callback server is the caller's business.
    pub(super) fn change(&mut self, change: Change) {
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.name = change.name.unwrap_or_else(|| self.name.clone());
        self.confirmation = change.confirmation.unwrap_or_else(|| self.confirmation.clone());
        self.limits = change.limits.unwrap_or(self.limits);
        self.reads_all = change.reads_all.unwrap_or(self.reads_all);
        self.bot_features = change.bot_features.unwrap_or(self.bot_features);
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        let servers = self.servers.iter().map(|(id, server)| {
            json!({
                "id": id, "url": server.url, "secret": server.secret, "status": server.status,
                "events": server.events, "webhooks": stage.webhooks.len(&self.queue(*id)),
                "webhook_tally": stage.webhooks.tally(&self.queue(*id)),
            })
        });
        json!({
            "provider": NAME, "id": &*self.key.account, "messenger": MESSENGER,
            "token": self.token, "name": self.name, "confirmation": self.confirmation,
            "limits": self.limits, "reads_all": self.reads_all,
            "bot_features": self.bot_features, "servers": servers.collect::<Vec<Value>>(),
        })
    }

    /// Counts a call.
    pub(super) fn admit(&mut self, now: Tick) -> Result<(), Refusal> {
        if !self.limits {
            return Ok(());
        }
        self.buckets.take("", CALLS, now).map_err(|_| Refusal::new(6))
    }

    /// Finds a peer and whether the community may write there.
    pub(super) fn peer(&self, stage: &Stage, id: i64) -> Result<Peer, Refusal> {
        if id > CHATS_BEGIN {
            let name = stage.identities.find(Realm::VkChat, id - CHATS_BEGIN);
            let name = name.filter(|name| stage.groups.of(MESSENGER, name).is_some());
            let name = name.ok_or_else(|| Refusal::new(917))?.to_owned();
            return Ok(Peer { id, name, is_chat: true });
        }
        if id <= 0 {
            return Err(Refusal::param("peer_id is invalid"));
        }
        let name = stage.identities.find(Realm::VkUser, id);
        let name = name.ok_or_else(|| Refusal::new(901))?.to_owned();
        match code_of(&name) {
            Some("0400") => return Err(Refusal::new(100)),
            Some("0402") => return Err(Refusal::new(902)),
            Some("0403") => return Err(Refusal::new(901)),
            Some("0404") => return Err(Refusal::new(18)),
            Some("0409") => return Err(Refusal::new(9)),
            Some("0429") => return Err(Refusal::new(6)),
            Some("0500") => return Err(Refusal::new(10)),
            _ => {}
        }
        if !stage.phones.has(&name, MESSENGER) {
            return Err(Refusal::new(18));
        }
        if !stage.contacts.get(&self.key, &name).is_open() {
            return Err(Refusal::new(901));
        }
        Ok(Peer { id, name, is_chat: false })
    }

    /// The name of a bubble: peer and the number within it.
    pub(super) fn bubble_id(&self, peer: i64, cmid: i64) -> String {
        format!("{}:{peer}:{cmid}", self.key.account)
    }
}
