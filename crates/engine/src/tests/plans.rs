//! Plans to prove things about.

use crate::{
    cascade::{Cascade, Context, Effect, Event, step},
    cause::Cause,
    plan::{PLAN_VERSION, Plan, PlannedLink, Until, Wanted},
};
use vestnik_model::{
    account::Class,
    content::Content,
    id::{AccountId, LaneId},
    messenger::Messenger,
    outcome::{Blame, Failure, Guarantee, Outcome, Reason, ReceiptKind},
    phone::Phone,
    time::{Millis, Timestamp},
};

/// The moment all tests begin at.
pub(super) const START: Timestamp = Timestamp(1_800_000_000_000);

/// A link of so many parts that lives for ten seconds.
pub(super) fn link(i: i64, parts: usize, until: Until, guarantee: Guarantee) -> PlannedLink {
    PlannedLink {
        account: AccountId(100 + i),
        lane: LaneId(i),
        messenger: Messenger::ALL[usize::try_from(i).unwrap() % 4],
        sender: "VESTNIK".to_owned(),
        traffic: 1,
        parts: vec![Content::Text("text".to_owned()); parts],
        quote: None,
        ttl: Millis::seconds(10),
        until,
        guarantee,
        unknown: if guarantee == Guarantee::AtLeastOnce {
            guarantee
        } else {
            Guarantee::NeverTwice
        },
    }
}

/// A plan of these links.
pub(super) fn plan(links: Vec<PlannedLink>) -> Plan {
    Plan {
        v: PLAN_VERSION,
        recipient: Phone::from_digits(79_161_234_567).unwrap().into(),
        class: Class::default(),
        links,
        window: None,
        zone_by: None,
        deadline: None,
        reports: Wanted::Everything,
        partner_ref: None,
        notify_url: None,
        report_lane: None,
        extra: Vec::new(),
    }
}

/// A plan of so many equal links.
pub(super) fn chain(links: i64, parts: usize, until: Until, guarantee: Guarantee) -> Plan {
    plan((0..links).map(|i| link(i, parts, until, guarantee)).collect())
}

pub(super) fn failure(blame: Blame) -> Failure {
    Failure { blame, reason: Reason::Barred, detail: String::new() }
}

/// A message under test, step by step.
pub(super) struct Play {
    pub(super) plan: Plan,
    pub(super) cascade: Cascade,
    pub(super) now: Timestamp,
    pub(super) in_flight: bool,
    pub(super) effects: Vec<Effect>,
}

impl Play {
    /// A message that has begun.
    pub(super) fn new(plan: Plan) -> Self {
        let cascade = Cascade::new(&plan);
        let mut play = Self { plan, cascade, now: START, in_flight: false, effects: Vec::new() };
        play.step(&Event::Begin);
        play
    }

    /// One event; `effects` are those of this event.
    pub(super) fn step(&mut self, event: &Event) -> Cause {
        self.effects.clear();
        let context = Context { now: self.now, in_flight: self.in_flight, jitter: 0 };
        step(&self.plan, &mut self.cascade, event, context, &mut self.effects)
    }

    pub(super) fn submitted(&mut self, link: u8, part: u8, outcome: Outcome) -> Cause {
        self.in_flight = false;
        self.step(&Event::Submitted { link, part, outcome })
    }

    pub(super) fn accept(&mut self, link: u8, part: u8) -> Cause {
        self.submitted(link, part, accepted(link, part))
    }

    pub(super) fn receipt(&mut self, link: u8, part: u8, kind: ReceiptKind) -> Cause {
        self.step(&Event::Receipt { link, part, kind, at: None })
    }

    /// Wakes it at its time.
    pub(super) fn expire(&mut self) -> Cause {
        self.now = self.cascade.wake_at(&self.plan).unwrap_or(self.now).max(self.now);
        self.step(&Event::Wake)
    }
}

/// The provider took a part under an id of its own.
pub(super) fn accepted(link: u8, part: u8) -> Outcome {
    Outcome::Accepted { remote_id: format!("remote-{link}-{part}") }
}

pub(super) fn unknown() -> Outcome {
    Outcome::Unknown { detail: "cut".to_owned() }
}
