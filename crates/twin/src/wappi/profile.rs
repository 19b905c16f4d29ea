//! A profile: one connected account of one messenger, with its webhook, its tasks, its journal and
//! the switches of the control door.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{key_of, notice};
use crate::{
    account::AccountKey, config::WappiAccount, date::moscow, identity::Realm, limits,
    phone::number_of, stage::Stage, webhook::Receiver,
};

/// What a webhook may tell of.
pub(super) const TYPES: [&str; 7] = [
    "authorization_status",
    "incoming_message",
    "delivery_status",
    "outgoing_message_api",
    "outgoing_message_phone",
    "application_status",
    "incoming_call",
];

/// How webhooks are wrapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Envelope {
    /// `{"messages":[item]}`; statuses as the documents show them, `{"messages":item}`.
    #[default]
    Documented,
    /// Always `{"messages":[item]}`, statuses without `task_id` as `messages_status`.
    Captured,
    /// The bare item.
    Bare,
}

/// A task that waits, or was done.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) command: String,
    pub(super) body: Value,
    /// What came of it; `None` while it waits.
    pub(super) response: Option<Value>,
    pub(super) is_purged: bool,
}

/// A send by the API, for the journal.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) task_id: String,
    pub(super) seq: u64,
    pub(super) recipient: String,
    pub(super) message: String,
    pub(super) caption: String,
    pub(super) command: String,
    pub(super) at_ms: i64,
}

/// One profile.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) key: AccountKey,
    pub(super) token: String,
    pub(super) messenger: &'static str,
    pub(super) phone: String,
    pub(super) is_authorized: bool,
    pub(super) app_status: String,
    pub(super) is_paid: bool,
    pub(super) webhook_url: String,
    pub(super) webhook_auth: String,
    pub(super) types: BTreeSet<&'static str>,
    pub(super) envelope: Envelope,
    /// Whether media carry `file_link`; without it their bytes are in `body` only.
    pub(super) has_links: bool,
    pub(super) tasks: VecDeque<(u64, Task)>,
    pub(super) last_task: u64,
    pub(super) journal: VecDeque<Sent>,
}

/// A partial change through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) messenger: Option<String>,
    pub(super) token: Option<String>,
    phone: Option<String>,
    authorized: Option<bool>,
    app_status: Option<String>,
    paid: Option<bool>,
    webhook_url: Option<String>,
    webhook_auth: Option<String>,
    webhook_types: Option<Vec<String>>,
    envelope: Option<Envelope>,
    links: Option<bool>,
}

impl Profile {
    pub(super) fn new(account: &WappiAccount, messenger: &'static str) -> Self {
        Self {
            key: key_of(&account.id),
            token: account.token.clone(),
            messenger,
            phone: account.phone.clone(),
            is_authorized: true,
            app_status: "open".to_owned(),
            is_paid: true,
            webhook_url: String::new(),
            webhook_auth: String::new(),
            types: TYPES.into_iter().take(3).collect(),
            envelope: Envelope::Documented,
            has_links: true,
            tasks: VecDeque::new(),
            last_task: 0,
            journal: VecDeque::new(),
        }
    }

    /// What its paths begin with.
    pub(super) fn prefix(&self) -> &'static str {
        match self.messenger {
            "telegram" => "tapi",
            "max" => "maxapi",
            "vk" => "vkapi",
            _ => "api",
        }
    }

    /// The code of its messenger in cascades and states.
    pub(super) fn platform(&self) -> &'static str {
        match self.messenger {
            "telegram" => "tg",
            "max" => "max",
            "vk" => "vk",
            _ => "wz",
        }
    }

    pub(super) fn is_whatsapp(&self) -> bool {
        self.messenger == "whatsapp"
    }

    /// A customer's id, and his chat's.
    pub(super) fn person(&self, stage: &mut Stage, number: &str) -> String {
        match Realm::of_users(self.messenger) {
            None => format!("{number}@c.us"),
            Some(realm) => stage.identities.id(realm, number).to_string(),
        }
    }

    /// A group's chat.
    pub(super) fn group(&self, id: &str) -> String {
        if self.is_whatsapp() { format!("{id}@g.us") } else { id.to_owned() }
    }

    /// The number or the group behind a recipient, and whether it is a group.
    pub(super) fn find(&self, stage: &Stage, recipient: &str) -> Option<(String, bool)> {
        let bare = recipient.trim_end_matches("@g.us");
        let is_group_id = !self.is_whatsapp() || bare != recipient;
        if is_group_id && stage.groups.of(self.messenger, bare).is_some() {
            return Some((bare.to_owned(), true));
        }
        if recipient.ends_with("@g.us") {
            return None;
        }
        let realm = Realm::of_users(self.messenger);
        let known = realm.and_then(|realm| stage.identities.find(realm, recipient.parse().ok()?));
        match known {
            Some(number) => Some((number.to_owned(), false)),
            None => {
                let number = number_of(recipient.split('@').next().unwrap_or_default());
                number.filter(|number| number.len() >= 10).map(|number| (number, false))
            }
        }
    }

    /// Keeps a task and returns its place.
    pub(super) fn note(&mut self, task: Task) -> u64 {
        self.last_task += 1;
        self.tasks.push_back((self.last_task, task));
        if self.tasks.len() > limits::JOURNAL_MAX {
            self.tasks.pop_front();
        }
        self.last_task
    }

    /// The send that a bubble belongs to.
    pub(super) fn sent(&self, seq: u64) -> Option<&Sent> {
        self.journal.iter().rev().find(|sent| sent.seq == seq)
    }

    /// Points the queue where the webhook says.
    pub(super) fn aim(&self, stage: &mut Stage) {
        let receiver = (!self.webhook_url.is_empty()).then(|| {
            let receiver = Receiver::json(&self.webhook_url);
            match self.webhook_auth.as_str() {
                "" => receiver,
                phrase => receiver.with_header("authorization", phrase),
            }
        });
        stage.aim(&self.key, receiver);
    }

    /// `GET /sync/get/status`: the one answer without `status`.
    pub(super) fn state(&self, stage: &Stage) -> Value {
        let now = stage.clock.now_ms();
        let paid_until = if self.is_paid { now + 30 * 86_400_000 } else { now - 86_400_000 };
        json!({
            "app_status": self.app_status, "authorized": self.is_authorized,
            "authorized_at": moscow(now - 86_400_000), "logouted_at": "",
            "checked_at": moscow(now), "last_activity": moscow(now),
            "message_count": self.journal.len(), "name": format!("twin {}", self.messenger),
            "payment_expired_at": moscow(paid_until), "phone": self.phone,
            "platform": self.platform(), "profile_id": &*self.key.account,
            "uuid": &*self.key.account, "proxy": "", "webhook_types": self.types,
            "webhook_url": self.webhook_url, "worked_days": 1,
        })
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, stage: &mut Stage, change: Change) -> Result<(), String> {
        if let Some(phone) = &change.phone {
            self.phone = number_of(phone).ok_or("phone is no number")?;
        }
        if let Some(types) = &change.webhook_types {
            self.types = types_of(types.iter().map(String::as_str))
                .ok_or_else(|| format!("types are: {}", TYPES.join(", ")))?;
        }
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.is_paid = change.paid.unwrap_or(self.is_paid);
        self.webhook_url = change.webhook_url.unwrap_or_else(|| self.webhook_url.clone());
        self.webhook_auth = change.webhook_auth.unwrap_or_else(|| self.webhook_auth.clone());
        self.envelope = change.envelope.unwrap_or(self.envelope);
        self.has_links = change.links.unwrap_or(self.has_links);
        self.aim(stage);
        if let Some(app_status) = change.app_status {
            self.app_status = app_status;
            let is_open = self.app_status == "open";
            notice::state(stage, self, "application_status", is_open, "");
        }
        if let Some(is_authorized) = change.authorized {
            self.is_authorized = is_authorized;
            let reason = if is_authorized { "" } else { "logout from device" };
            notice::state(stage, self, "authorization_status", is_authorized, reason);
        }
        Ok(())
    }

    pub(super) fn view(&self, stage: &Stage) -> Value {
        let mut view = self.state(stage);
        view["provider"] = json!(super::NAME);
        view["id"] = json!(&*self.key.account);
        view["messenger"] = json!(self.messenger);
        view["token"] = json!(self.token);
        view["webhook_auth"] = json!(self.webhook_auth);
        view["envelope"] = json!(self.envelope);
        view["links"] = json!(self.has_links);
        view["webhooks"] = json!(stage.webhooks.len(&self.key));
        view["webhook_tally"] = json!(stage.webhooks.tally(&self.key));
        view
    }
}

/// Known types of webhooks; `None` if one of them is not.
pub(super) fn types_of<'a>(names: impl Iterator<Item = &'a str>) -> Option<BTreeSet<&'static str>> {
    names.map(|name| TYPES.into_iter().find(|known| *known == name)).collect()
}
