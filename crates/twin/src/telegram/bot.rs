//! A bot: token, webhook, files it has ids for, and the switches of the control door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{NAME, refusal::Refusal};
use crate::{
    account::AccountKey,
    clock::Tick,
    config::TelegramAccount,
    content::{File, Kind},
    door::{Door, code_of},
    identity::Realm,
    limits,
    rate::{Buckets, Pace},
    stage::Stage,
};

/// Supergroup ids begin so.
const GROUPS_BEGIN: i64 = -1_000_000_000_000;
/// About 30 calls a second and bot.
const OVERALL: Pace = Pace { burst: 30, each_ms: 33 };
/// About one message a second and chat; short bursts are tolerated.
const CHAT: Pace = Pace { burst: 5, each_ms: 1_000 };
/// 20 messages a minute and group.
const GROUP: Pace = Pace { burst: 20, each_ms: 3_000 };
/// What the magic number is told to wait.
const MAGIC_RETRY_S: i64 = 5;

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    pub(super) id: i64,
    /// The customer's number, or the group's id at the control door.
    pub(super) name: String,
    pub(super) is_group: bool,
}

/// A file that the bot has an id for.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) file: File,
    pub(super) kind: Kind,
}

/// What `setWebhook` set, and how posting goes.
#[derive(Debug, Default)]
pub(super) struct Hook {
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) max_connections: usize,
    pub(super) last_error: Option<(i64, String)>,
    /// Since when the receiver answers 410 without exception.
    pub(super) gone_since: Option<Tick>,
}

/// One bot.
#[derive(Debug)]
pub struct Bot {
    pub(super) key: AccountKey,
    pub(super) token: String,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) hook: Hook,
    /// Kinds of updates that were asked for; empty is the default set.
    pub(super) allowed: Vec<String>,
    /// Ids of buttons pressed that can still be answered, with when they lapse.
    pub(super) presses: VecDeque<(String, Tick)>,
    files: BTreeMap<String, Known>,
    file_order: VecDeque<String>,
    buckets: Buckets,
    limits: bool,
    pub(super) privacy: bool,
    kicked: BTreeSet<String>,
    migrated: BTreeMap<String, String>,
}

/// A partial change of a bot through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its token; the part before the colon is its id and stays.
    pub token: Option<String>,
    /// The name behind `@`.
    pub username: Option<String>,
    /// The name shown.
    pub name: Option<String>,
    /// Whether the limits of messages a second hold.
    pub limits: Option<bool>,
    /// Whether it hears in groups only what is meant for it.
    pub privacy: Option<bool>,
    /// Groups it was kicked from.
    pub kicked: Option<BTreeSet<String>>,
    /// Groups that became other groups.
    pub migrated: Option<BTreeMap<String, String>>,
}

impl Bot {
    pub(super) fn new(account: &TelegramAccount) -> Self {
        let id = account.token.split(':').next().unwrap_or("");
        Self {
            key: AccountKey::new(NAME, id),
            token: account.token.clone(),
            username: account.username.clone(),
            name: account.name.clone(),
            hook: Hook::default(),
            allowed: Vec::new(),
            presses: VecDeque::new(),
            files: BTreeMap::new(),
            file_order: VecDeque::new(),
            buckets: Buckets::default(),
            limits: true,
            privacy: true,
            kicked: BTreeSet::new(),
            migrated: BTreeMap::new(),
        }
    }

    /// The bot's own user id.
    pub(super) fn id(&self) -> i64 {
        self.key.account.parse().unwrap_or(0)
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, change: &Value) -> Result<(), String> {
        let change = Change::deserialize(change).map_err(|error| error.to_string())?;
        if let Some(token) = change.token {
            if token.split(':').next() != Some(&*self.key.account) {
                return Err("the token must begin with the bot's id and a colon".to_owned());
            }
            self.token = token;
        }
        self.username = change.username.unwrap_or_else(|| self.username.clone());
        self.name = change.name.unwrap_or_else(|| self.name.clone());
        self.limits = change.limits.unwrap_or(self.limits);
        self.privacy = change.privacy.unwrap_or(self.privacy);
        self.kicked = change.kicked.unwrap_or_else(|| self.kicked.clone());
        self.migrated = change.migrated.unwrap_or_else(|| self.migrated.clone());
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        json!({
            "provider": NAME, "id": &*self.key.account, "messenger": super::MESSENGER,
            "token": self.token, "username": self.username, "name": self.name,
            "limits": self.limits, "privacy": self.privacy, "kicked": self.kicked,
            "migrated": self.migrated, "webhook_url": self.hook.url,
            "allowed_updates": self.allowed, "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
        })
    }

    /// Finds the chat that a call names. What it does not find, the bot has never met.
    pub(super) fn chat(&self, stage: &mut Stage, text: &str) -> Result<Chat, Refusal> {
        if text.is_empty() {
            return Err(Refusal::bad("chat_id is empty"));
        }
        let not_found = || Refusal::bad("chat not found");
        let id: i64 = text.parse().map_err(|_| not_found())?;
        let (realm, name) = match id {
            ..0 => (Realm::TelegramGroup, GROUPS_BEGIN.saturating_sub(id)),
            _ => (Realm::TelegramUser, id),
        };
        let is_group = id < 0;
        let name = stage.identities.find(realm, name).ok_or_else(not_found)?.to_owned();
        if is_group && stage.groups.of(super::MESSENGER, &name).is_none() {
            return Err(not_found());
        }
        Ok(Chat { id, name, is_group })
    }

    /// Whether the bot may write there.
    pub(super) fn check_access(&self, stage: &mut Stage, chat: &Chat) -> Result<(), Refusal> {
        if chat.is_group {
            if let Some(to) = self.migrated.get(&chat.name) {
                return Err(Refusal::migrated(group_id(stage, to)));
            }
            if self.kicked.contains(&chat.name) {
                return Err(Refusal::forbidden("bot was kicked from the supergroup chat"));
            }
            return Ok(());
        }
        match code_of(&chat.name) {
            Some("0400") => return Err(Refusal::bad("chat not found")),
            Some("0403") => return Err(Refusal::forbidden("bot was blocked by the user")),
            Some("0404") => return Err(Refusal::forbidden("user is deactivated")),
            _ => {}
        }
        if !stage.phones.has(&chat.name, super::MESSENGER) {
            return Err(Refusal::forbidden("user is deactivated"));
        }
        let contact = stage.contacts.get(&self.key, &chat.name);
        match (contact.is_blocked, contact.is_started) {
            (true, _) => Err(Refusal::forbidden("bot was blocked by the user")),
            (false, true) => Ok(()),
            (false, false) => {
                Err(Refusal::forbidden("bot can't initiate conversation with a user"))
            }
        }
    }

    /// Counts messages to a chat. An album counts each of its items.
    pub(super) fn admit(&mut self, chat: &Chat, count: usize, now: Tick) -> Result<(), Refusal> {
        if Door::of(&chat.name) == Door::TooFast {
            return Err(Refusal::too_fast(MAGIC_RETRY_S));
        }
        if !self.limits {
            return Ok(());
        }
        let pace = if chat.is_group { GROUP } else { CHAT };
        for _ in 0..count {
            let overall = self.buckets.take("", OVERALL, now);
            let waited = overall.and_then(|()| self.buckets.take(&chat.id.to_string(), pace, now));
            if let Err(wait_ms) = waited {
                return Err(Refusal::too_fast((wait_ms + 999) / 1_000));
            }
        }
        Ok(())
    }

    /// The id of a file for this bot; from now on it is known.
    pub(super) fn file_id(&mut self, file: &File, kind: Kind) -> String {
        let id = format!("{}AAIBAgIAAxkB{}", prefix(kind), digest(&[&self.key.account, &file.url]));
        if !self.files.contains_key(&id) {
            self.file_order.push_back(id.clone());
            if self.file_order.len() > limits::FILE_IDS_MAX
                && let Some(oldest) = self.file_order.pop_front()
            {
                self.files.remove(&oldest);
            }
        }
        self.files.insert(id.clone(), Known { file: file.clone(), kind });
        id
    }

    /// The file behind an id; sizes of a photo share one, their ids end in a letter.
    pub(super) fn known(&self, id: &str) -> Option<&Known> {
        let base = id.strip_suffix(['s', 'm', 'x']);
        self.files.get(id).or_else(|| self.files.get(base?))
    }
}

/// The chat id of a group.
pub(super) fn group_id(stage: &mut Stage, group: &str) -> i64 {
    GROUPS_BEGIN - stage.identities.id(Realm::TelegramGroup, group)
}

fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Image => "AgAC",
        Kind::Video => "BAAC",
        Kind::Audio => "CQAC",
        Kind::Voice => "AwAC",
        Kind::Sticker => "CAAC",
        Kind::Document | Kind::Text | Kind::Location | Kind::Contact | Kind::Poll => "BQAC",
    }
}

/// 16 digits that follow from the parts.
pub(super) fn digest(parts: &[&str]) -> String {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:016X}", hash.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}
