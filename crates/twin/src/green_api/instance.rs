//! An instance: state, settings, send queue, journal and the switches of the control door.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    address::Method,
    chat::{MAX, person_id},
    key_of, notice, outbound, receive,
    refusal::{Form, Refusal},
    settings::Settings,
};
use crate::{
    account::AccountKey, agenda::Deed, clock::Tick, limits, phone::number_of, stage::Stage,
    webhook::Receiver,
};

/// `stateInstance`, and two ends that the API only shows as errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Works.
    Authorized,
    /// Nobody scanned the code; the send queue is kept.
    NotAuthorized,
    /// Banned; what is sent fails.
    Blocked,
    /// Not ready yet; most calls answer 400.
    Starting,
    /// Suspended for looking like spam; the send queue is kept until a reboot.
    YellowCard,
    /// Not paid for; every call answers 400.
    Expired,
    /// Gone; every call answers 400.
    Deleted,
}

/// How the token of webhooks is written into their `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderForm {
    /// `Bearer <token>`.
    Bearer,
    /// `Basic <token>`, literally.
    Basic,
    /// The token alone.
    Bare,
}

/// What the instance plans for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnDeed {
    SendNext,
    ApplySettings,
    Restarted,
}

impl OwnDeed {
    pub(super) fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::SendNext => 0,
            Self::ApplySettings => 1,
            Self::Restarted => 2,
        })
    }

    pub(super) fn of(own: u64) -> Self {
        match own {
            0 => Self::SendNext,
            1 => Self::ApplySettings,
            _ => Self::Restarted,
        }
    }
}

/// A message that waits to be sent.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) seq: u64,
    pub(super) id: String,
    /// The method, in the queue's spelling, and the body it was called with.
    pub(super) kind: &'static str,
    pub(super) body: Value,
    /// Whether it goes to a group.
    pub(super) is_group: bool,
    pub(super) expires: Tick,
}

/// One instance.
#[derive(Debug)]
pub struct Instance {
    pub(super) key: AccountKey,
    pub(super) token: String,
    /// Its messenger: WhatsApp or MAX.
    pub(super) messenger: &'static str,
    /// The number registered in the messenger.
    pub(super) phone: String,
    pub(super) state: State,
    pub(super) settings: Settings,
    /// Settings that were set and apply later.
    pub(super) planned_settings: Vec<(Tick, Value)>,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) not_before: Tick,
    pub(super) is_planned: bool,
    /// Bubbles of this instance, oldest first.
    pub(super) journal: VecDeque<u64>,
    /// Incoming bubbles that wait for authorization.
    pub(super) held: VecDeque<u64>,
    pub(super) correspondents: BTreeSet<String>,
    pub(super) checks: u64,
    pub(super) accepted: u64,
    pub(super) cleared_webhooks: Option<Tick>,
    rates: BTreeMap<&'static str, (i64, u32)>,
    // switches
    pub(super) error_form: Form,
    limits: bool,
    webhook_header: HeaderForm,
    pub(super) settings_delay_ms: i64,
    pub(super) journal_delay_ms: i64,
    restart_ms: i64,
    pub(super) correspondents_max: Option<u64>,
    pub(super) checks_max: Option<u64>,
}

/// A partial change of an instance through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Its state.
    pub state: Option<State>,
    /// Its token.
    pub token: Option<String>,
    /// Its number.
    pub phone: Option<String>,
    /// The gap between two sends; may be 0 here, unlike in `setSettings`.
    pub delay_ms: Option<u32>,
    /// Whether the limits of calls a second hold.
    pub limits: Option<bool>,
    /// The form of the `Authorization` header of webhooks.
    pub webhook_header: Option<HeaderForm>,
    /// The form of errors.
    pub errors: Option<Form>,
    /// How long `setSettings` takes to apply.
    pub settings_delay_ms: Option<u32>,
    /// How long a message takes to appear in the journal.
    pub journal_delay_ms: Option<u32>,
    /// How long a reboot takes.
    pub restart_ms: Option<u32>,
    /// The tariff's number of chats; above, 466. A negative number lifts it.
    pub correspondents_max: Option<i64>,
    /// The tariff's number of checks; above, 466. A negative number lifts it.
    pub checks_max: Option<i64>,
    /// Settings, as `setSettings` takes them.
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
    pub(super) fn new(id: &str, token: &str, phone: &str, messenger: &'static str) -> Self {
        Self {
            key: key_of(id),
            token: token.to_owned(),
            messenger,
            phone: phone.to_owned(),
            state: State::Authorized,
            settings: Settings::default(),
            planned_settings: Vec::new(),
            queue: VecDeque::new(),
            not_before: Tick(i64::MIN),
            is_planned: false,
            journal: VecDeque::new(),
            held: VecDeque::new(),
            correspondents: BTreeSet::new(),
            checks: 0,
            accepted: 0,
            cleared_webhooks: None,
            rates: BTreeMap::new(),
            error_form: Form::Object,
            limits: true,
            webhook_header: HeaderForm::Bearer,
            settings_delay_ms: 0,
            journal_delay_ms: 0,
            restart_ms: 1_000,
            correspondents_max: None,
            checks_max: None,
        }
    }

    /// The instance's own id in the messenger; empty while nobody is logged in.
    pub(super) fn wid(&self, stage: &Stage) -> String {
        if self.state == State::NotAuthorized {
            return String::new();
        }
        person_id(stage, self.messenger, &self.phone)
    }

    /// `typeInstance`: MAX instances are called "v3".
    pub(super) fn type_name(&self) -> &'static str {
        if self.messenger == MAX { "v3" } else { self.messenger }
    }

    /// Longest text, characters.
    pub(super) fn text_chars_max(&self) -> usize {
        if self.messenger == MAX { 4_000 } else { 20_000 }
    }

    /// `idInstance` as the number it is on the wire.
    pub(super) fn number(&self) -> Value {
        self.key.account.parse::<u64>().map_or(Value::Null, Value::from)
    }

    /// Counts a call; false when there were too many within this second.
    pub(super) fn admit(&mut self, method: &Method, now: Tick) -> bool {
        let second = now.0.div_euclid(1_000);
        let rate = self.rates.entry(method.name).or_insert((second, 0));
        if rate.0 != second {
            *rate = (second, 0);
        }
        rate.1 += 1;
        !self.limits || rate.1 <= method.per_second
    }

    /// Refuses everything when the instance has come to its end.
    pub(super) fn check_life(&self) -> Result<(), Refusal> {
        match self.state {
            State::Expired => Err(Refusal::Bad(
                "Instance account is expired. Renew your instance from personal area".to_owned(),
            )),
            State::Deleted => Err(Refusal::Bad("Instance is deleted".to_owned())),
            State::Authorized
            | State::NotAuthorized
            | State::Blocked
            | State::Starting
            | State::YellowCard => Ok(()),
        }
    }

    /// Refuses while starting.
    pub(super) fn check_started(&self) -> Result<(), Refusal> {
        if self.state == State::Starting {
            let text = "instance in starting process try later";
            return Err(Refusal::Bad(text.to_owned()));
        }
        Ok(())
    }

    /// Adds to the journal.
    pub(super) fn note(&mut self, seq: u64) {
        self.journal.push_back(seq);
        if self.journal.len() > limits::JOURNAL_MAX {
            self.journal.pop_front();
        }
    }

    /// Moves to a state, says so, and goes on with what waited for it.
    pub(super) fn enter(&mut self, stage: &mut Stage, state: State) {
        if self.state == state {
            return;
        }
        self.state = state;
        notice::state(stage, self);
        if state == State::Authorized {
            for seq in std::mem::take(&mut self.held) {
                receive::announce(stage, self, seq);
            }
        }
        outbound::plan(stage, self);
    }

    /// Begins a restart, or does it at once when it takes no time.
    pub(super) fn restart(&mut self, stage: &mut Stage) {
        if matches!(self.state, State::NotAuthorized | State::Blocked) {
            return;
        }
        self.enter(stage, State::Starting);
        let key = self.key.clone();
        stage.plan(self.restart_ms, &key, OwnDeed::Restarted.deed());
    }

    /// Ends a restart.
    pub(super) fn restarted(&mut self, stage: &mut Stage) {
        if self.state == State::Starting {
            self.enter(stage, State::Authorized);
        }
    }

    /// Points the webhook queue where the settings say.
    pub(super) fn aim(&self, stage: &mut Stage) {
        let url = self.settings.text("webhookUrl");
        let token = self.settings.text("webhookUrlToken");
        let mut receiver = Receiver::json(url);
        if !token.is_empty() {
            let value = match self.webhook_header {
                HeaderForm::Bearer => format!("Bearer {token}"),
                HeaderForm::Basic => format!("Basic {token}"),
                HeaderForm::Bare => token.to_owned(),
            };
            receiver = receiver.with_header("authorization", &value);
        }
        stage.aim(&self.key, (!url.is_empty()).then_some(receiver));
    }

    /// Takes over a change of the control door.
    pub(super) fn change(&mut self, stage: &mut Stage, change: Change) -> Result<(), String> {
        if !change.settings.is_null() {
            self.settings.merge(&change.settings)?;
        }
        if let Some(phone) = &change.phone {
            self.phone = number_of(phone).ok_or("phone is no number")?;
        }
        let or = |new: Option<u32>, old: i64| new.map_or(old, i64::from);
        let bound = |new: Option<i64>, old: Option<u64>| match new {
            Some(new) => u64::try_from(new).ok(),
            None => old,
        };
        if let Some(delay_ms) = change.delay_ms {
            self.settings.set_delay(i64::from(delay_ms));
            self.not_before = Tick(i64::MIN);
        }
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.limits = change.limits.unwrap_or(self.limits);
        self.webhook_header = change.webhook_header.unwrap_or(self.webhook_header);
        self.error_form = change.errors.unwrap_or(self.error_form);
        self.settings_delay_ms = or(change.settings_delay_ms, self.settings_delay_ms);
        self.journal_delay_ms = or(change.journal_delay_ms, self.journal_delay_ms);
        self.restart_ms = or(change.restart_ms, self.restart_ms);
        self.correspondents_max = bound(change.correspondents_max, self.correspondents_max);
        self.checks_max = bound(change.checks_max, self.checks_max);
        self.aim(stage);
        self.enter(stage, change.state.unwrap_or(self.state));
        outbound::plan(stage, self);
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage) -> Value {
        json!({
            "provider": super::NAME, "id": &*self.key.account, "messenger": self.messenger,
            "token": self.token, "phone": self.phone, "state": self.state,
            "delay_ms": self.settings.delay_ms(), "limits": self.limits,
            "webhook_header": self.webhook_header, "errors": self.error_form,
            "settings_delay_ms": self.settings_delay_ms, "restart_ms": self.restart_ms,
            "journal_delay_ms": self.journal_delay_ms,
            "correspondents_max": self.correspondents_max, "checks_max": self.checks_max,
            "accepted": self.accepted, "queue": self.queue.len(),
            "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
            "settings": self.settings.view(stage, self),
        })
    }
}
