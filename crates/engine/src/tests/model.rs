//! Every order of everything that can happen to a chain, with the invariants checked at every
//! state. States are told apart by what decides their future; times count from the present.

mod invariants;

use super::plans::{START, accepted, chain, failure, link, plan, unknown};
use crate::{
    cascade::{Cascade, Context, Effect, Event, Hold, JournalAnswer, step},
    cause::Cause,
    plan::{Plan, Until, Wanted},
};
use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};
use vestnik_model::{
    outcome::{Blame, Guarantee, Outcome, ReceiptKind},
    status::Status,
    time::{Millis, Timestamp},
};

/// Longer than any history: attempts are limited, links few.
const DEPTH_MAX: u16 = 1_000;

/// What lies in the outbox for a part, by the effects alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Row {
    Wait,
    Await,
    Inquire,
    Unknown,
}

/// One state of the world around one message.
#[derive(Debug, Clone)]
struct Node {
    cascade: Cascade,
    now: Timestamp,
    in_flight: Option<(u8, u8)>,
    rows: BTreeMap<(u8, u8), Row>,
    /// Which kinds were reported, a bit each, per link.
    said: Vec<u8>,
    /// How many actions led here.
    depth: u16,
}

/// One thing that may happen.
#[derive(Debug, Clone)]
enum Action {
    /// The dispatcher takes the pending part.
    Start,
    At(Timestamp, Event),
}

impl Node {
    fn first(plan: &Plan) -> Self {
        let cascade = Cascade::new(plan);
        let said = vec![0; plan.links.len()];
        let rows = BTreeMap::new();
        let node = Self { cascade, now: START, in_flight: None, rows, said, depth: 0 };
        node.after(plan, &Action::At(START, Event::Begin))
    }

    /// The state after an action, with everything checked on the way.
    fn after(&self, plan: &Plan, action: &Action) -> Self {
        let mut after = self.clone();
        after.depth += 1;
        let (at, event) = match action {
            Action::Start => {
                let (link, part, due) = self.cascade.pending().unwrap();
                after.now = self.now.max(due);
                after.in_flight = Some((link, part));
                return after;
            }
            Action::At(at, event) => (*at, event),
        };
        after.now = self.now.max(at);
        if matches!(event, Event::Submitted { .. } | Event::Orphaned { .. }) {
            after.in_flight = None;
        }
        let mut effects = Vec::new();
        // As the store tells it: the row of the part that was pending before the event.
        let context = Context { now: after.now, in_flight: self.in_flight.is_some(), jitter: 0 };
        let cause = step(plan, &mut after.cascade, event, context, &mut effects);
        after.write(&effects);
        invariants::of_step(plan, self, &mut after, event, &cause, &effects);
        invariants::of_state(plan, &after);
        after
    }

    fn write(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Submit { link, part, .. } => {
                    self.rows.insert((*link, *part), Row::Wait);
                }
                Effect::Await { link, part, .. } => {
                    self.rows.insert((*link, *part), Row::Await);
                }
                Effect::Inquire { link, part, .. } => {
                    self.rows.insert((*link, *part), Row::Inquire);
                }
                Effect::Hold { link, part } => {
                    self.rows.insert((*link, *part), Row::Unknown);
                }
                Effect::Drop { link, part } => {
                    self.rows.remove(&(*link, *part));
                }
                Effect::Report(_) | Effect::PauseAccount { .. } => {}
            }
        }
    }

    /// Everything that may happen now.
    fn actions(&self, plan: &Plan) -> Vec<Action> {
        let mut out = Vec::new();
        let now = self.now;
        match self.in_flight {
            Some((link, part)) => {
                for outcome in outcomes(link, part) {
                    out.push(Action::At(now, Event::Submitted { link, part, outcome }));
                }
                out.push(Action::At(now, Event::Orphaned { link, part }));
            }
            None if self.cascade.pending().is_some() => out.push(Action::Start),
            None => {}
        }
        for (l, state) in (0_u8..).zip(&self.cascade.links) {
            for (p, part) in (0_u8..).zip(&state.parts) {
                if let Hold::Inquiry(due) = part.hold {
                    let found = JournalAnswer::Found { remote_id: format!("remote-{l}-{p}") };
                    for answer in [found, JournalAnswer::Absent, JournalAnswer::Unsure] {
                        out.push(Action::At(due, Event::Inquired { link: l, part: p, answer }));
                    }
                }
                // What is known already is repeated by the invariants, once for every state.
                if part.remote.is_some() {
                    for kind in receipts().into_iter().filter(|kind| part.status < said(kind)) {
                        let event = Event::Receipt { link: l, part: p, kind, at: None };
                        out.push(Action::At(now, event));
                    }
                }
            }
        }
        if let Some(at) = self.cascade.wake_at(plan) {
            out.push(Action::At(at, Event::Wake));
            let link = self.cascade.current;
            out.push(Action::At(now, Event::OutOfReach { link, not_before: at }));
        }
        out.push(Action::At(now, Event::Cancel));
        out
    }

    /// What decides the future of this state.
    fn key(&self, plan: &Plan) -> u64 {
        let ahead = |at: Timestamp| (at.0 - self.now.0).max(0);
        let mut hash = DefaultHasher::new();
        let cascade = &self.cascade;
        (cascade.current, cascade.done, cascade.status, &self.said, self.in_flight).hash(&mut hash);
        cascade.wake_at(plan).map(ahead).hash(&mut hash);
        if !cascade.done {
            plan.deadline.map(ahead).hash(&mut hash);
        }
        for link in &cascade.links {
            (link.status, link.accepted.is_some(), link.failure.is_some()).hash(&mut hash);
            for part in &link.parts {
                (part.status, part.remote.is_some()).hash(&mut hash);
                match part.hold {
                    Hold::Due(at) => (1, ahead(at), part.attempts, part.inquiries).hash(&mut hash),
                    Hold::Inquiry(at) => {
                        (2, ahead(at), part.attempts, part.inquiries).hash(&mut hash);
                    }
                    Hold::Unknown => 3.hash(&mut hash),
                    Hold::Settled => 4.hash(&mut hash),
                    Hold::Planned => 5.hash(&mut hash),
                }
            }
        }
        hash.finish()
    }
}

fn outcomes(link: u8, part: u8) -> [Outcome; 5] {
    let detail = "busy".to_owned();
    [
        accepted(link, part),
        Outcome::Deferred { retry_after: None, detail, whole_account: false },
        Outcome::Refused(failure(Blame::Recipient)),
        Outcome::Refused(failure(Blame::Account)),
        unknown(),
    ]
}

fn receipts() -> [ReceiptKind; 3] {
    [ReceiptKind::Delivered, ReceiptKind::Read, ReceiptKind::Failed(failure(Blame::Recipient))]
}

fn said(kind: &ReceiptKind) -> Status {
    match kind {
        ReceiptKind::Sent => Status::Sent,
        ReceiptKind::Failed(_) => Status::Failed,
        ReceiptKind::Delivered => Status::Delivered,
        ReceiptKind::Read => Status::Read,
    }
}

/// Walks all states that can be reached.
fn explore(name: &str, plan: &Plan) {
    let began = std::time::Instant::now();
    let first = Node::first(plan);
    let mut seen = HashSet::from([first.key(plan)]);
    let mut layer = vec![first];
    let mut steps = 0_usize;
    while !layer.is_empty() && layer[0].depth <= DEPTH_MAX {
        let mut next = Vec::new();
        for node in &layer {
            for action in node.actions(plan) {
                let after = node.after(plan, &action);
                steps += 1;
                if seen.insert(after.key(plan)) {
                    invariants::of_liveness(plan, &after);
                    invariants::of_repeats(plan, &after);
                    next.push(after);
                }
            }
        }
        layer = next;
    }
    assert!(layer.is_empty(), "{name}: histories longer than {DEPTH_MAX} actions");
    let (states, took) = (seen.len(), began.elapsed());
    println!("{name}: {states} states, {steps} steps, {took:?}");
}

#[test]
fn one_link_of_two_parts() {
    for guarantee in
        [Guarantee::Key, Guarantee::Journal, Guarantee::NeverTwice, Guarantee::AtLeastOnce]
    {
        for until in [Until::Sent, Until::Delivered, Until::Read] {
            explore(&format!("1×2 {guarantee:?} {until:?}"), &chain(1, 2, until, guarantee));
        }
    }
}

#[test]
fn two_links_of_two_parts() {
    for guarantee in [Guarantee::NeverTwice, Guarantee::Journal] {
        explore("2×2", &chain(2, 2, Until::Delivered, guarantee));
    }
    explore("2×2 sent", &chain(2, 2, Until::Sent, Guarantee::NeverTwice));
    explore("2×2 read", &chain(2, 2, Until::Read, Guarantee::NeverTwice));
}

#[test]
fn three_links() {
    explore("3×1", &chain(3, 1, Until::Delivered, Guarantee::Journal));
    let mut mixed = plan(vec![
        link(0, 1, Until::Read, Guarantee::NeverTwice),
        link(1, 2, Until::Delivered, Guarantee::Journal),
        link(2, 1, Until::Delivered, Guarantee::Key),
    ]);
    explore("3 mixed", &mixed);
    mixed.deadline = Some(START + Millis::seconds(12));
    explore("3 mixed, deadline", &mixed);
}

#[test]
fn three_links_of_two_parts() {
    let mut plan = chain(3, 2, Until::Delivered, Guarantee::NeverTwice);
    for link in &mut plan.links {
        // Long enough to be put off once.
        link.ttl = Millis::seconds(2);
    }
    explore("3×2", &plan);
}

#[test]
fn other_wishes_for_reports() {
    for reports in [Wanted::Failure, Wanted::Nothing] {
        let mut plan = chain(2, 1, Until::Read, Guarantee::Journal);
        plan.reports = reports;
        explore(&format!("2×1 {reports:?}"), &plan);
    }
}
