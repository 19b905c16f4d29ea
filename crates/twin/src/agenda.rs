//! What is planned for later, in order of time and then of planning.

use std::collections::BTreeMap;

use crate::{account::AccountKey, clock::Tick, webhook::Hook};

/// Something planned.
#[derive(Debug, Clone)]
pub enum Deed {
    /// The head of the account's webhook queue is to be posted.
    PostWebhook,
    /// A receipt held back by a fault joins the webhook queue.
    PushReceipt(Hook),
    /// A persona's single request is to be made.
    Call(u64),
    /// A bubble arrives on its phone.
    Deliver(u64),
    /// A phone that reads by itself reads a bubble.
    Read(u64),
    /// Something that the persona planned; the number is its own.
    Own(u64),
}

/// The plan.
#[derive(Debug, Default)]
pub struct Agenda {
    entries: BTreeMap<(Tick, u64), (AccountKey, Deed)>,
    next: u64,
}

impl Agenda {
    /// Plans a deed.
    pub fn plan(&mut self, at: Tick, key: AccountKey, deed: Deed) {
        self.next += 1;
        self.entries.insert((at, self.next), (key, deed));
    }

    /// Takes the first deed that is due.
    pub fn take(&mut self, now: Tick) -> Option<(AccountKey, Deed)> {
        let entry = self.entries.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    /// When the first deed is due.
    pub fn first(&self) -> Option<Tick> {
        self.entries.first_key_value().map(|((at, _), _)| *at)
    }

    /// How many deeds are planned.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is planned.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
