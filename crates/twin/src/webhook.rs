//! Webhook queues: strict order per account, repetition of the first until it is taken or too old.
//! Each persona brings the rules of its provider as a [`Policy`].

use std::collections::{BTreeMap, VecDeque};

use crate::{account::AccountKey, clock::Tick, limits, wire::Outgoing};

/// How a provider delivers webhooks.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Which statuses count as taken.
    pub accepts: fn(u16) -> bool,
    /// The pause before the same webhook is posted again.
    pub pause_ms: i64,
    /// How long one is kept.
    pub keep_ms: i64,
}

/// Where webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The address.
    pub url: String,
    /// Headers of every webhook.
    pub headers: Vec<(String, String)>,
}

#[derive(Debug)]
struct Item {
    id: u64,
    body: Vec<u8>,
    expires: Tick,
}

#[derive(Debug)]
struct Queue {
    policy: Policy,
    receiver: Option<Receiver>,
    items: VecDeque<Item>,
    /// The one that was handed out and not reported back.
    flying: Option<u64>,
    not_before: Tick,
    is_planned: bool,
    tally: Tally,
}

/// Counters of one queue.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Tally {
    /// Taken by the receiver.
    pub taken: u64,
    /// Attempts that were not.
    pub refused: u64,
    /// Dropped because they were too old or too many.
    pub dropped: u64,
}

/// All queues.
#[derive(Debug, Default)]
pub struct Webhooks {
    queues: BTreeMap<AccountKey, Queue>,
    flying: BTreeMap<u64, AccountKey>,
    last_id: u64,
}

impl Webhooks {
    /// Makes the queue of an account.
    pub fn open(&mut self, key: AccountKey, policy: Policy) {
        self.queues.entry(key).or_insert(Queue {
            policy,
            receiver: None,
            items: VecDeque::new(),
            flying: None,
            not_before: Tick(i64::MIN),
            is_planned: false,
            tally: Tally::default(),
        });
    }

    /// Changes where an account's webhooks go; `None` keeps them for polling.
    /// Returns when the next one is to be posted.
    pub fn aim(&mut self, key: &AccountKey, to: Option<Receiver>, now: Tick) -> Option<Tick> {
        let queue = self.queues.get_mut(key)?;
        queue.receiver = to;
        queue.plan(now)
    }

    /// Adds one at the end. Returns when to post, if that has to be planned.
    pub fn push(&mut self, key: &AccountKey, body: Vec<u8>, now: Tick) -> Option<Tick> {
        let queue = self.queues.get_mut(key)?;
        if queue.items.len() >= limits::WEBHOOK_QUEUE_MAX {
            queue.tally.dropped += 1;
            return None;
        }
        self.last_id += 1;
        let expires = now.plus(queue.policy.keep_ms);
        queue.items.push_back(Item { id: self.last_id, body, expires });
        queue.plan(now)
    }

    /// Hands out the head of a queue for posting.
    pub fn take(&mut self, key: &AccountKey, now: Tick) -> Option<Outgoing> {
        let queue = self.queues.get_mut(key)?;
        queue.is_planned = false;
        if queue.flying.is_some() {
            return None;
        }
        queue.expire(now);
        let (receiver, item) = (queue.receiver.as_ref()?, queue.items.front()?);
        queue.flying = Some(item.id);
        self.flying.insert(item.id, key.clone());
        Some(Outgoing {
            id: item.id,
            url: receiver.url.clone(),
            headers: receiver.headers.clone(),
            body: item.body.clone(),
        })
    }

    /// Reports how posting went. Returns whose queue it was and when its next one is to be posted.
    pub fn posted(
        &mut self,
        id: u64,
        status: Option<u16>,
        now: Tick,
    ) -> Option<(AccountKey, Tick)> {
        let key = self.flying.remove(&id)?;
        let queue = self.queues.get_mut(&key)?;
        queue.flying = None;
        if status.is_some_and(queue.policy.accepts) {
            queue.tally.taken += 1;
            queue.not_before = now;
            if queue.items.front().is_some_and(|item| item.id == id) {
                queue.items.pop_front();
            }
        } else {
            queue.tally.refused += 1;
            queue.not_before = now.plus(queue.policy.pause_ms);
        }
        queue.plan(now).map(|at| (key, at))
    }

    /// The head of a queue as polling shows it: receipt number and body.
    pub fn peek(&mut self, key: &AccountKey, now: Tick) -> Option<(u64, &[u8])> {
        let queue = self.queues.get_mut(key)?;
        queue.expire(now);
        queue.items.front().map(|item| (item.id, item.body.as_slice()))
    }

    /// Removes one that was polled. False when it is not there.
    pub fn remove(&mut self, key: &AccountKey, id: u64) -> bool {
        let Some(queue) = self.queues.get_mut(key) else { return false };
        let before = queue.items.len();
        queue.items.retain(|item| item.id != id);
        let is_gone = queue.items.len() < before;
        queue.tally.taken += u64::from(is_gone);
        is_gone
    }

    /// Empties a queue.
    pub fn clear(&mut self, key: &AccountKey) {
        if let Some(queue) = self.queues.get_mut(key) {
            queue.items.clear();
        }
    }

    /// How many wait.
    pub fn len(&self, key: &AccountKey) -> usize {
        self.queues.get(key).map_or(0, |queue| queue.items.len())
    }

    /// How many wait in all queues.
    pub fn total(&self) -> usize {
        self.queues.values().map(|queue| queue.items.len()).sum()
    }

    /// Counters of a queue.
    pub fn tally(&self, key: &AccountKey) -> Tally {
        self.queues.get(key).map(|queue| queue.tally).unwrap_or_default()
    }
}

impl Queue {
    fn plan(&mut self, now: Tick) -> Option<Tick> {
        let is_idle = self.flying.is_none() && !self.is_planned;
        if !is_idle || self.receiver.is_none() || self.items.is_empty() {
            return None;
        }
        self.is_planned = true;
        Some(self.not_before.max(now))
    }

    fn expire(&mut self, now: Tick) {
        while self.items.front().is_some_and(|item| item.expires <= now) {
            self.items.pop_front();
            self.tally.dropped += 1;
        }
    }
}
