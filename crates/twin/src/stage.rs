//! The stage that all personas share: clock, plan, phones, bubbles, webhook queues, faults.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    account::AccountKey,
    agenda::{Agenda, Deed},
    bubble::{Bubble, Bubbles, Direction, Status},
    clock::{Clock, Tick},
    contact::Contacts,
    fault::{Faults, SHUFFLE_MS_MAX},
    files::{Files, Upload},
    group::Groups,
    identity::Identities,
    limits,
    mail::Mails,
    phone::{DELIVERY_MS, Phones},
    random::Random,
    sink::Sinks,
    webhook::{Hook, Receiver, Webhooks},
    wire::Outgoing,
};

/// Everything but the personas themselves.
#[derive(Debug)]
pub struct Stage {
    /// The time.
    pub clock: Clock,
    /// The chance.
    pub random: Random,
    /// The plan.
    pub agenda: Agenda,
    /// Webhook queues.
    pub webhooks: Webhooks,
    /// Phones.
    pub phones: Phones,
    /// Who a number is in each messenger.
    pub identities: Identities,
    /// Whom an account may write to.
    pub contacts: Contacts,
    /// Group chats.
    pub groups: Groups,
    /// Bubbles.
    pub bubbles: Bubbles,
    /// Faults.
    pub faults: Faults,
    /// Uploaded files.
    pub files: Files,
    /// Mails.
    pub mails: Mails,
    /// Sinks.
    pub sinks: Sinks,
    /// Where the twin itself is reached, without a slash at the end.
    pub public_url: String,
    /// Whether addresses in webhooks lie on the providers' own hosts.
    pub official_hosts: bool,
    /// Grows with every change that somebody could be waiting for.
    pub revision: u64,
    serials: BTreeMap<String, i64>,
}

impl Stage {
    /// An empty stage.
    pub fn new(seed: u64, public_url: &str) -> Self {
        Self {
            clock: Clock::new(),
            random: Random::new(seed),
            agenda: Agenda::default(),
            webhooks: Webhooks::default(),
            phones: Phones::default(),
            identities: Identities::default(),
            contacts: Contacts::default(),
            groups: Groups::default(),
            bubbles: Bubbles::default(),
            faults: Faults::default(),
            files: Files::default(),
            mails: Mails::default(),
            sinks: Sinks::default(),
            public_url: public_url.trim_end_matches('/').to_owned(),
            official_hosts: false,
            // From one, so that nought can mean "nothing seen yet".
            revision: 1,
            serials: BTreeMap::new(),
        }
    }

    /// Where what a provider keeps is reached: at its own host, or at the twin.
    pub fn base<'a>(&'a self, official: &'a str) -> &'a str {
        if self.official_hosts { official } else { &self.public_url }
    }

    /// Notes that something changed and numbers the change.
    pub fn touch(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// The next number of a series, from 1. A persona begins the names of its series with its own.
    pub fn serial(&mut self, series: &str) -> i64 {
        // Beyond the bound series share their numbers: they still grow.
        let is_full = self.serials.len() >= limits::IDENTITIES_MAX;
        let is_shared = is_full && !self.serials.contains_key(series);
        let series = if is_shared { "" } else { series };
        let last = self.serials.entry(series.to_owned()).or_default();
        *last += 1;
        *last
    }

    /// Plans a deed some twin milliseconds ahead.
    pub fn plan(&mut self, in_ms: i64, key: &AccountKey, deed: Deed) {
        self.agenda.plan(self.clock.tick().plus(in_ms), key.clone(), deed);
    }

    /// Adds a bubble.
    pub fn add_bubble(&mut self, mut bubble: Bubble) -> u64 {
        bubble.revision = self.touch();
        self.bubbles.add(bubble)
    }

    /// Moves a bubble to a status. False when it is no longer kept.
    pub fn reach(&mut self, seq: u64, status: Status, description: &str) -> bool {
        let revision = self.touch();
        let now_ms = self.clock.now_ms();
        let Some(bubble) = self.bubbles.get_mut(seq) else { return false };
        bubble.reach(status, now_ms);
        bubble.description = description.to_owned();
        bubble.revision = revision;
        true
    }

    /// Changes the text of a bubble that the company or the customer edits.
    pub fn edit(&mut self, seq: u64, text: &str) {
        let revision = self.touch();
        if let Some(bubble) = self.bubbles.get_mut(seq) {
            text.clone_into(&mut bubble.text);
            bubble.edited = true;
            bubble.revision = revision;
        }
    }

    /// Marks a bubble as taken back.
    pub fn delete(&mut self, seq: u64) {
        let revision = self.touch();
        if let Some(bubble) = self.bubbles.get_mut(seq) {
            bubble.deleted = true;
            bubble.revision = revision;
        }
    }

    /// Notes somebody's reaction (empty: taken away) and returns the one before.
    pub fn react(&mut self, seq: u64, who: &str, emoji: &str) -> Option<String> {
        let revision = self.touch();
        let bubble = self.bubbles.get_mut(seq)?;
        bubble.revision = revision;
        let before = bubble.reactions.remove(who);
        if !emoji.is_empty() && bubble.reactions.len() < limits::REACTIONS_MAX {
            bubble.reactions.insert(who.to_owned(), emoji.to_owned());
        }
        before
    }

    /// Whether a phone that a bubble is for is on, and has not blocked the account.
    pub fn is_reached(&self, bubble: &Bubble) -> bool {
        let is_blocked = |number: &str| self.contacts.get(&bubble.key, number).is_blocked;
        let is_open = |number: &str| self.phones.is_on(number) && !is_blocked(number);
        bubble.numbers().any(is_open)
    }

    /// Plans the arrival of a bubble that the messenger has, if its phone is on.
    pub fn hand_over(&mut self, seq: u64) {
        let Some(bubble) = self.bubbles.get(seq) else { return };
        if self.is_reached(bubble) {
            let key = bubble.key.clone();
            self.plan(DELIVERY_MS, &key, Deed::Deliver(seq));
        }
    }

    /// Plans the arrival of all that waited for a phone to be switched on.
    pub fn hand_over_waiting(&mut self, phone: &str) {
        let is_waiting = |bubble: &&Bubble| {
            bubble.direction == Direction::In && bubble.status == Status::Sent && !bubble.shown
        };
        let waiting = self.bubbles.of_phone(phone).filter(is_waiting);
        let seqs: Vec<u64> = waiting.map(|bubble| bubble.seq).collect();
        for seq in seqs {
            self.hand_over(seq);
        }
    }

    /// Puts a JSON webhook into a queue.
    pub fn push_webhook(&mut self, key: &AccountKey, body: &Value) {
        self.push(key, Hook::new(body.to_string().into_bytes()));
    }

    /// Puts a webhook into a queue.
    pub fn push(&mut self, key: &AccountKey, hook: Hook) {
        self.touch();
        let at = self.webhooks.push(key, hook, self.clock.tick());
        self.plan_post(key, at);
    }

    /// Puts a JSON receipt into a queue, unless a fault has other ideas.
    pub fn push_receipt(&mut self, key: &AccountKey, body: &Value) {
        self.push_receipt_hook(key, Hook::new(body.to_string().into_bytes()));
    }

    /// Puts a receipt into a queue, unless a fault has other ideas.
    pub fn push_receipt_hook(&mut self, key: &AccountKey, hook: Hook) {
        let fault = self.faults.find(key.provider, Some(key.owner()), None);
        let Some(receipts) = fault.map(|fault| fault.receipts.clone()) else {
            self.push(key, hook);
            return;
        };
        if self.random.chance(receipts.lose.unwrap_or(0.0)) {
            return;
        }
        let is_double = self.random.chance(receipts.double.unwrap_or(0.0));
        for _ in 0..=usize::from(is_double) {
            let drawn = if receipts.shuffle { self.random.below(SHUFFLE_MS_MAX + 1) } else { 0 };
            let late_ms = i64::try_from(receipts.delay_ms + drawn).unwrap_or(i64::MAX);
            if late_ms == 0 || self.agenda.len() >= limits::AGENDA_MAX {
                self.push(key, hook.clone());
            } else {
                self.plan(late_ms, key, Deed::PushReceipt(hook.clone()));
            }
        }
    }

    /// Plans a single request. Its persona hears the answer under that tag.
    pub fn call(&mut self, in_ms: i64, key: &AccountKey, tag: u64, outgoing: Outgoing) {
        self.touch();
        if let Some(id) = self.webhooks.call(key.clone(), tag, outgoing) {
            self.plan(in_ms, key, Deed::Call(id));
        }
    }

    /// Changes where an account's webhooks go.
    pub fn aim(&mut self, key: &AccountKey, receiver: Option<Receiver>) {
        let at = self.webhooks.aim(key, receiver, self.clock.tick());
        self.plan_post(key, at);
    }

    /// Plans the next post of an account's queue, if there is one.
    pub fn plan_post(&mut self, key: &AccountKey, at: Option<Tick>) {
        if let Some(at) = at {
            self.agenda.plan(at, key.clone(), Deed::PostWebhook);
        }
    }

    /// Keeps an uploaded file and returns its address.
    pub fn add_file(&mut self, name: &str, mime: &str, bytes: Vec<u8>) -> String {
        let id = self.random.hex(16);
        let safe = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let name: String = name.chars().take(limits::NAME_CHARS_MAX).map(safe).collect();
        let url = format!("{}/twin/files/{id}/{name}", self.public_url);
        self.files.add(Upload { id, name, mime: mime.to_owned(), bytes });
        url
    }

    /// The uploaded file that an address of the twin leads to.
    pub fn file_at(&self, url: &str) -> Option<&Upload> {
        let path = url.strip_prefix(&self.public_url)?.strip_prefix("/twin/files/")?;
        self.files.get(path.split('/').next()?)
    }

    /// Puts a bubble of the company's into a chat and hands it over. Returns its place.
    pub fn send(&mut self, mut bubble: Bubble) -> u64 {
        if let Some(group) = bubble.group.as_deref().and_then(|id| self.groups.get(id)) {
            bubble.audience.clone_from(&group.members);
        }
        bubble.at.queued = self.clock.now_ms();
        let seq = self.add_bubble(bubble);
        self.reach(seq, Status::Sent, "");
        self.hand_over(seq);
        seq
    }
}
