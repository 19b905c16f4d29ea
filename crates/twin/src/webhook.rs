//! Webhook queues: what waits to be posted to the company, with each provider's own rules of order,
//! repetition and giving up, as its persona says in a [`Policy`]. Also single requests that a
//! persona makes out of turn (a handshake) and hears the answer of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{account::AccountKey, clock::Tick, limits, wire::Outgoing};

/// What waits for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// One after the other: the first blocks the rest until it is taken or dropped.
    Strict,
    /// One after the other within a lane (a chat); lanes go side by side.
    ByLane,
    /// Each on its own.
    Free,
}

/// How a provider delivers webhooks.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// What waits for what.
    pub order: Order,
    /// How many are on their way at once.
    pub at_once: usize,
    /// Whether an answer takes the webhook.
    pub accepts: fn(&HookAnswer) -> bool,
    /// Milliseconds after the n-th failed attempt (from 1) until the next. The last argument is
    /// the caller's time, for answers that name a date.
    pub pause_ms: fn(u32, Option<&HookAnswer>, i64) -> i64,
    /// After so many attempts one is dropped.
    pub attempts_max: u32,
    /// How long one is kept.
    pub keep_ms: i64,
    /// The header that a repetition carries, with the number of the attempts before.
    pub retry_header: Option<&'static str>,
}

/// The receiver's answer, its body bounded by [`limits::HOOK_ANSWER_BYTES_MAX`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

impl HookAnswer {
    /// An answer with a status and nothing else.
    pub fn of(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The first header of that name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the status is one of success.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// One webhook as a persona words it.
#[derive(Debug, Clone, Default)]
pub struct Hook {
    /// Those with the same lane keep their order under [`Order::ByLane`].
    pub lane: String,
    /// Headers beside the receiver's, a signature for instance. They go before it.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Hook {
    /// A webhook with that body.
    pub fn new(body: Vec<u8>) -> Self {
        Self { body, ..Self::default() }
    }
}

/// Where webhooks go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The HTTP method.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// Headers of every webhook, the content type among them.
    pub headers: Vec<(String, String)>,
}

impl Receiver {
    /// A receiver of JSON by POST.
    pub fn json(url: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { method: "POST", url: url.to_owned(), headers }
    }

    /// The same with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// What became of one attempt, or of a single request.
#[derive(Debug, Clone)]
pub struct Word {
    /// The queue, or the account of a single request.
    pub key: AccountKey,
    /// What the persona named the single request; `None` for a webhook of a queue.
    pub tag: Option<u64>,
    /// Whether the webhook was taken.
    pub is_taken: bool,
    /// Whether it was given up.
    pub is_dropped: bool,
    /// Attempts made.
    pub attempts: u32,
    /// The answer; `None` when none came.
    pub answer: Option<HookAnswer>,
}

#[derive(Debug)]
struct Item {
    id: u64,
    hook: Hook,
    expires: Tick,
    not_before: Tick,
    attempts: u32,
    is_flying: bool,
}

#[derive(Debug)]
struct Queue {
    policy: Policy,
    receiver: Option<Receiver>,
    items: VecDeque<Item>,
    flying: usize,
    planned: Option<Tick>,
    tally: Tally,
}

/// Counters of one queue.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub struct Tally {
    /// Taken by the receiver.
    pub taken: u64,
    /// Attempts that were not.
    pub refused: u64,
    /// Dropped because they were too old, too many or refused too often.
    pub dropped: u64,
}

#[derive(Debug)]
struct Call {
    key: AccountKey,
    tag: u64,
    outgoing: Outgoing,
}

/// All queues.
#[derive(Debug, Default)]
pub struct Webhooks {
    queues: BTreeMap<AccountKey, Queue>,
    flying: BTreeMap<u64, AccountKey>,
    calls: BTreeMap<u64, Call>,
    last_id: u64,
}

impl Webhooks {
    /// Makes a queue. An account may have several: their keys are the account's id, `#` and more.
    pub fn open(&mut self, key: AccountKey, policy: Policy) {
        self.queues.entry(key).or_insert(Queue {
            policy,
            receiver: None,
            items: VecDeque::new(),
            flying: 0,
            planned: None,
            tally: Tally::default(),
        });
    }

    /// Removes a queue and what waits in it.
    pub fn close(&mut self, key: &AccountKey) {
        self.queues.remove(key);
    }

    /// Changes how many of a queue are on their way at once.
    pub fn set_at_once(&mut self, key: &AccountKey, at_once: usize) {
        if let Some(queue) = self.queues.get_mut(key) {
            queue.policy.at_once = at_once.max(1);
        }
    }

    /// Changes after how many attempts one of a queue is dropped.
    pub fn set_attempts_max(&mut self, key: &AccountKey, attempts_max: u32) {
        if let Some(queue) = self.queues.get_mut(key) {
            queue.policy.attempts_max = attempts_max.max(1);
        }
    }

    /// Changes where a queue's webhooks go; `None` keeps them for polling.
    /// Returns when the next one is to be posted.
    pub fn aim(&mut self, key: &AccountKey, to: Option<Receiver>, now: Tick) -> Option<Tick> {
        let queue = self.queues.get_mut(key)?;
        queue.receiver = to;
        queue.plan(now)
    }

    /// Adds one at the end. Returns when to post, if that has to be planned.
    pub fn push(&mut self, key: &AccountKey, hook: Hook, now: Tick) -> Option<Tick> {
        let queue = self.queues.get_mut(key)?;
        if queue.items.len() >= limits::WEBHOOK_QUEUE_MAX {
            queue.tally.dropped += 1;
            return None;
        }
        self.last_id += 1;
        queue.items.push_back(Item {
            id: self.last_id,
            hook,
            expires: now.plus(queue.policy.keep_ms),
            not_before: now,
            attempts: 0,
            is_flying: false,
        });
        queue.plan(now)
    }

    /// Hands out what a queue may post now.
    pub fn take(&mut self, key: &AccountKey, now: Tick) -> Option<Outgoing> {
        let queue = self.queues.get_mut(key)?;
        queue.planned = None;
        queue.expire(now);
        let place = queue.ready().find(|(_, at)| *at <= now).map(|(place, _)| place)?;
        let receiver = queue.receiver.as_ref()?;
        let item = queue.items.get_mut(place)?;
        item.is_flying = true;
        queue.flying += 1;
        self.flying.insert(item.id, key.clone());
        let mut headers = item.hook.headers.clone();
        headers.extend(receiver.headers.iter().cloned());
        if let Some(name) = queue.policy.retry_header.filter(|_| item.attempts > 0) {
            headers.push((name.to_owned(), item.attempts.to_string()));
        }
        Some(Outgoing {
            id: item.id,
            method: receiver.method.to_owned(),
            url: receiver.url.clone(),
            headers,
            body: item.hook.body.clone(),
        })
    }

    /// When a queue's next one is to be posted, if that has to be planned.
    pub fn plan(&mut self, key: &AccountKey, now: Tick) -> Option<Tick> {
        self.queues.get_mut(key)?.plan(now)
    }

    /// Keeps a single request until it is handed out. `None` when too many wait.
    pub fn call(&mut self, key: AccountKey, tag: u64, mut outgoing: Outgoing) -> Option<u64> {
        if self.calls.len() >= limits::CALLS_MAX {
            return None;
        }
        self.last_id += 1;
        outgoing.id = self.last_id;
        self.calls.insert(self.last_id, Call { key, tag, outgoing });
        Some(self.last_id)
    }

    /// Hands out a single request.
    pub fn take_call(&self, id: u64) -> Option<Outgoing> {
        self.calls.get(&id).map(|call| call.outgoing.clone())
    }

    /// Reports how posting went; `None` when nothing is known of it (any more).
    pub fn posted(
        &mut self,
        id: u64,
        answer: Option<HookAnswer>,
        now: Tick,
        now_ms: i64,
    ) -> Option<Word> {
        if let Some(Call { key, tag, .. }) = self.calls.remove(&id) {
            let (is_taken, is_dropped, tag) = (answer.is_some(), false, Some(tag));
            return Some(Word { key, tag, is_taken, is_dropped, attempts: 1, answer });
        }
        let key = self.flying.remove(&id)?;
        let queue = self.queues.get_mut(&key)?;
        queue.flying = queue.flying.saturating_sub(1);
        // The queue may have been emptied, or removed and made again, meanwhile.
        let Some(place) = queue.items.iter().position(|item| item.id == id) else {
            let (is_taken, is_dropped, tag) = (false, true, None);
            return Some(Word { key, tag, is_taken, is_dropped, attempts: 0, answer });
        };
        let policy = queue.policy;
        let item = &mut queue.items[place];
        item.is_flying = false;
        item.attempts += 1;
        let attempts = item.attempts;
        let is_taken = answer.as_ref().is_some_and(policy.accepts);
        let is_dropped = !is_taken && attempts >= policy.attempts_max;
        item.not_before = now.plus((policy.pause_ms)(attempts, answer.as_ref(), now_ms));
        queue.tally.taken += u64::from(is_taken);
        queue.tally.refused += u64::from(!is_taken);
        queue.tally.dropped += u64::from(is_dropped);
        if is_taken || is_dropped {
            queue.items.remove(place);
        }
        Some(Word { key, tag: None, is_taken, is_dropped, attempts, answer })
    }

    /// The head of a queue as polling shows it: receipt number and body.
    pub fn peek(&mut self, key: &AccountKey, now: Tick) -> Option<(u64, &[u8])> {
        self.waiting(key, now).next()
    }

    /// What waits in a queue, oldest first: receipt number and body.
    pub fn waiting(&mut self, key: &AccountKey, now: Tick) -> impl Iterator<Item = (u64, &[u8])> {
        let queue = self.queues.get_mut(key).map(|queue| {
            queue.expire(now);
            &*queue
        });
        let items = queue.into_iter().flat_map(|queue| &queue.items);
        items.map(|item| (item.id, item.hook.body.as_slice()))
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
    /// Places of what may be posted as far as order allows, with the time from which.
    fn ready(&self) -> impl Iterator<Item = (usize, Tick)> {
        let order = self.policy.order;
        let room = self.receiver.is_some() && self.flying < self.policy.at_once;
        let looked_at = match order {
            _ if !room => 0,
            Order::Strict => 1,
            Order::ByLane | Order::Free => limits::HOOKS_LOOKED_AT_MAX,
        };
        let mut lanes = BTreeSet::new();
        self.items.iter().take(looked_at).enumerate().filter_map(move |(place, item)| {
            let is_first = order != Order::ByLane || lanes.insert(item.hook.lane.as_str());
            (is_first && !item.is_flying).then_some((place, item.not_before))
        })
    }

    fn plan(&mut self, now: Tick) -> Option<Tick> {
        // Nothing can be earlier than now: there is no need to look.
        if self.planned.is_some_and(|planned| planned <= now) {
            return None;
        }
        let at = self.ready().map(|(_, at)| at).min()?.max(now);
        if self.planned.is_some_and(|planned| planned <= at) {
            return None;
        }
        self.planned = Some(at);
        Some(at)
    }

    /// Drops what is too old, at the head: all are kept equally long.
    fn expire(&mut self, now: Tick) {
        while self.items.front().is_some_and(|item| item.expires <= now && !item.is_flying) {
            self.items.pop_front();
            self.tally.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AccountKey {
        AccountKey::new("test", "1")
    }

    fn open(order: Order, attempts_max: u32) -> Webhooks {
        let mut webhooks = Webhooks::default();
        let policy = Policy {
            order,
            at_once: 2,
            accepts: |answer| answer.body == b"ok",
            pause_ms: |attempt, _, _| i64::from(attempt) * 1_000,
            attempts_max,
            keep_ms: 60_000,
            retry_header: Some("x-retry-counter"),
        };
        webhooks.open(key(), policy);
        webhooks.aim(&key(), Some(Receiver::json("http://127.0.0.1:1/")), Tick(0));
        webhooks
    }

    fn push(webhooks: &mut Webhooks, lane: &str, body: &str) {
        let hook = Hook { lane: lane.to_owned(), ..Hook::new(body.as_bytes().to_vec()) };
        webhooks.push(&key(), hook, Tick(0));
    }

    fn taken(webhooks: &mut Webhooks, now: i64) -> Vec<(u64, String)> {
        let mut found = Vec::new();
        while let Some(outgoing) = webhooks.take(&key(), Tick(now)) {
            found.push((outgoing.id, String::from_utf8(outgoing.body).expect("text")));
        }
        found
    }

    fn bodies(found: &[(u64, String)]) -> Vec<&str> {
        found.iter().map(|(_, body)| body.as_str()).collect()
    }

    fn ok() -> Option<HookAnswer> {
        Some(HookAnswer { body: b"ok".to_vec(), ..HookAnswer::of(200) })
    }

    #[test]
    fn a_lane_waits_for_its_first_and_others_go_by() {
        let mut webhooks = open(Order::ByLane, u32::MAX);
        for (lane, body) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1")] {
            push(&mut webhooks, lane, body);
        }
        let first = taken(&mut webhooks, 0);
        assert_eq!(bodies(&first), ["a1", "b1"], "two at once");
        assert!(webhooks.posted(first[0].0, Some(HookAnswer::of(500)), Tick(0), 0).is_some());
        assert!(webhooks.posted(first[1].0, ok(), Tick(0), 0).is_some_and(|word| word.is_taken));
        assert_eq!(bodies(&taken(&mut webhooks, 0)), ["c1"], "a1 pauses, and a2 waits for it");
        assert_eq!(bodies(&taken(&mut webhooks, 1_000)), ["a1"]);
    }

    #[test]
    fn free_ones_do_not_wait_and_are_given_up() {
        let mut webhooks = open(Order::Free, 2);
        push(&mut webhooks, "", "1");
        push(&mut webhooks, "", "2");
        let first = taken(&mut webhooks, 0);
        assert_eq!(bodies(&first), ["1", "2"]);
        webhooks.posted(first[0].0, None, Tick(0), 0);
        webhooks.posted(first[1].0, ok(), Tick(0), 0);
        let again = webhooks.take(&key(), Tick(1_000)).expect("the first again");
        assert!(again.headers.contains(&("x-retry-counter".to_owned(), "1".to_owned())));
        let word =
            webhooks.posted(again.id, Some(HookAnswer::of(200)), Tick(1_000), 0).expect("known");
        assert!(word.is_dropped && !word.is_taken && word.attempts == 2);
        assert_eq!((webhooks.len(&key()), webhooks.tally(&key()).dropped), (0, 1));
    }

    #[test]
    fn a_single_request_comes_back_under_its_tag() {
        let mut webhooks = open(Order::Strict, 1);
        let outgoing = Outgoing {
            id: 0,
            method: "GET".to_owned(),
            url: "http://127.0.0.1:1/?challenge=7".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let id = webhooks.call(key(), 42, outgoing).expect("there is room");
        assert_eq!(webhooks.take_call(id).map(|call| call.method), Some("GET".to_owned()));
        let word = webhooks.posted(id, ok(), Tick(0), 0).expect("known");
        assert_eq!((word.tag, word.answer), (Some(42), ok()));
        assert!(webhooks.posted(id, ok(), Tick(0), 0).is_none(), "once");
    }
}
