//! A business phone number: credentials, limits, windows, and the switches of the control door.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{key_of, media::Shelf, notice, refusal::Refusal, waba::Waba};
use crate::{
    account::AccountKey, clock::Tick, limits, phone::number_of, stage::Stage, webhook::Receiver,
};

/// How long free text may go after the customer's last word.
const WINDOW_MS: i64 = 24 * 3_600_000;
/// Messages a second of one number.
const PER_SECOND_MAX: u32 = 80;
/// One message to one customer in so long …
const PAIR_GAP_MS: i64 = 6_000;
/// … of which so many may be borrowed from the future.
const PAIR_BURST: i64 = 45;

/// What the number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Life {
    /// Works.
    Connected,
    /// Not registered yet; sends answer 133010.
    Pending,
    /// Blocked; sends answer 368.
    Banned,
    /// In maintenance; sends answer 131057.
    Maintenance,
}

/// Where a closed window shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedWindow {
    /// In a `failed` status after a 200.
    Status,
    /// In the answer.
    Answer,
    /// Nowhere: there is no window, for load.
    Ignored,
}

/// A callback that is being verified: the call that sets it waits for the answer.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) url: String,
    /// Whether the receiver answered as it must; `None` while it is asked.
    pub(super) is_fine: Option<bool>,
    pub(super) challenge: String,
}

/// One number.
#[derive(Debug)]
pub struct Number {
    pub(super) key: AccountKey,
    pub(super) waba: String,
    pub(super) phone: String,
    pub(super) token: String,
    pub(super) app_secret: String,
    pub(super) life: Life,
    /// The callback of this number, before the account's and the app's.
    pub(super) callback: Option<String>,
    pub(super) pending: Option<Pending>,
    pub(super) shelf: Shelf,
    /// `biz_opaque_callback_data` by bubble.
    pub(super) opaque: BTreeMap<u64, String>,
    pub(super) accepted: u64,
    /// Sends that begin so have been called: the last second and how many in it.
    rate: (i64, u32),
    /// When the next message to a customer would be on time.
    pairs: BTreeMap<String, Tick>,
    /// When each customer wrote last.
    words: BTreeMap<String, Tick>,
    // switches
    pub(super) hide_numbers: bool,
    pub(super) closed_window: ClosedWindow,
    has_limits: bool,
}

/// A partial change of a number through the control door.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What it is.
    pub status: Option<Life>,
    /// Its access token.
    pub token: Option<String>,
    /// The app secret.
    pub app_secret: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// The app's own callback, as its dashboard sets it (no handshake); empty takes it away.
    pub callback_url: Option<String>,
    /// Whether the app is attached to the business account.
    pub subscribed: Option<bool>,
    /// Whether webhooks leave the customers' numbers out.
    pub hide_numbers: Option<bool>,
    /// Where a closed window shows.
    pub closed_window: Option<ClosedWindow>,
    /// Whether the rates hold.
    pub limits: Option<bool>,
}

impl Number {
    pub(super) fn new(id: &str, waba: &str, phone: &str, token: &str, app_secret: &str) -> Self {
        Self {
            key: key_of(id),
            waba: waba.to_owned(),
            phone: phone.to_owned(),
            token: token.to_owned(),
            app_secret: app_secret.to_owned(),
            life: Life::Connected,
            callback: None,
            pending: None,
            shelf: Shelf::default(),
            opaque: BTreeMap::new(),
            accepted: 0,
            rate: (0, 0),
            pairs: BTreeMap::new(),
            words: BTreeMap::new(),
            hide_numbers: false,
            closed_window: ClosedWindow::Status,
            has_limits: true,
        }
    }

    /// The queue of what only the app's own callback is told.
    pub(super) fn app_key(&self) -> AccountKey {
        key_of(&format!("{}#app", self.key.account))
    }

    /// Where webhooks of messages go: number before account before app.
    pub(super) fn destination<'a>(&'a self, waba: &'a Waba) -> Option<&'a str> {
        let callback = [&self.callback, &waba.callback, &waba.app_callback];
        let callback = callback.into_iter().flatten().next();
        callback.map(String::as_str).filter(|_| waba.is_subscribed)
    }

    /// Points the queues where the callbacks say.
    pub(super) fn aim(&self, stage: &mut Stage, waba: &Waba) {
        stage.aim(&self.key, self.destination(waba).map(Receiver::json));
        let app = waba.app_callback.as_deref().filter(|_| waba.is_subscribed);
        stage.aim(&self.app_key(), app.map(Receiver::json));
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
        self.closed_window == ClosedWindow::Ignored || self.words.get(to).is_some_and(is_fresh)
    }

    /// Counts a send against the number's rate and the pair's.
    pub(super) fn admit(&mut self, to: &str, now: Tick) -> Result<(), Refusal> {
        if !self.has_limits {
            return Ok(());
        }
        let second = now.0.div_euclid(1_000);
        if self.rate.0 != second {
            self.rate = (second, 0);
        }
        self.rate.1 += 1;
        if self.rate.1 > PER_SECOND_MAX {
            let details = "Message failed to send because there were too many messages sent from \
                           this phone number in a short period of time.";
            return Err(Refusal::new(130_429, details));
        }
        let due = self.pairs.get(to).copied().unwrap_or(now).max(now);
        if due > now.plus(PAIR_GAP_MS * (PAIR_BURST - 1)) {
            let details = "Message failed to send because there were too many messages sent from \
                           this phone number to the same phone number in a short period of time.";
            return Err(Refusal::new(131_056, details));
        }
        if self.pairs.len() >= limits::CONTACTS_MAX {
            self.pairs.retain(|_, due| *due > now);
        }
        self.pairs.insert(to.to_owned(), due.plus(PAIR_GAP_MS));
        Ok(())
    }

    /// Whether it can send at all.
    pub(super) fn check_life(&self) -> Result<(), Refusal> {
        match self.life {
            Life::Connected => Ok(()),
            Life::Pending => Err(Refusal::new(133_010, "")),
            Life::Banned => Err(Refusal::new(368, "")),
            Life::Maintenance => Err(Refusal::new(131_057, "")),
        }
    }

    /// Takes over a change of the control door.
    pub(super) fn change(
        &mut self,
        stage: &mut Stage,
        waba: &mut Waba,
        change: Change,
    ) -> Result<(), String> {
        if let Some(phone) = &change.phone {
            self.phone = number_of(phone).ok_or("phone is no number")?;
        }
        self.token = change.token.unwrap_or_else(|| self.token.clone());
        self.app_secret = change.app_secret.unwrap_or_else(|| self.app_secret.clone());
        self.hide_numbers = change.hide_numbers.unwrap_or(self.hide_numbers);
        self.closed_window = change.closed_window.unwrap_or(self.closed_window);
        self.has_limits = change.limits.unwrap_or(self.has_limits);
        if let Some(url) = change.callback_url {
            waba.app_callback = (!url.is_empty()).then_some(url);
        }
        waba.is_subscribed = change.subscribed.unwrap_or(waba.is_subscribed);
        self.aim(stage, waba);
        let life = change.status.unwrap_or(self.life);
        let was_banned = self.life == Life::Banned;
        self.life = life;
        if was_banned != (life == Life::Banned) {
            notice::banned(stage, self, waba, life == Life::Banned);
        }
        Ok(())
    }

    /// How the control door shows it.
    pub(super) fn view(&self, stage: &Stage, waba: &Waba) -> Value {
        json!({
            "provider": super::NAME, "id": &*self.key.account, "messenger": super::MESSENGER,
            "waba": self.waba, "phone": self.phone, "token": self.token,
            "app_secret": self.app_secret, "status": self.life, "subscribed": waba.is_subscribed,
            "callback_url": waba.app_callback, "waba_callback": waba.callback,
            "number_callback": self.callback, "hide_numbers": self.hide_numbers,
            "closed_window": self.closed_window, "limits": self.has_limits,
            "accepted": self.accepted, "webhooks": stage.webhooks.len(&self.key),
            "webhook_tally": stage.webhooks.tally(&self.key),
        })
    }
}
