//! The cascade: a message's links, tried one after the other until one has done its duty.
//!
//! [`step`] is the only way a message changes. It takes what happened and gives back what must be
//! done; at most one link is ever being submitted or awaited, and status is only climbed.

mod advance;
mod receipt;
mod submitted;

use crate::{
    cause::Cause,
    plan::{Plan, Until, Wanted, is_default},
};
use serde::{Deserialize, Serialize};
use vestnik_model::{
    id::AccountId,
    outcome::{Failure, Outcome, ReceiptKind},
    status::Status,
    time::Timestamp,
};

/// The version of the stored form. A reader refuses a newer one.
pub const CASCADE_VERSION: u8 = 1;

/// Where a message is. Stored as JSON in its row, written whole at every transition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cascade {
    /// The version of this form: [`CASCADE_VERSION`].
    pub v: u8,
    /// How many transitions it has made: the number of its newest journal line.
    pub n: u32,
    /// The status of the whole: the best of its links, never falling.
    pub status: Status,
    /// The link that is being tried (or was tried last).
    pub current: u8,
    /// Whether nothing more will be sent: a link did its duty, or none is left, or it was called
    /// back. Receipts are still taken.
    pub done: bool,
    /// How many reports it has caused.
    #[serde(default)]
    pub reports: u16,
    /// Its links, as many as planned.
    pub links: Vec<Link>,
}

/// The state of one link.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Link {
    /// Its status: what is known of all its parts together.
    pub status: Status,
    /// From when on it was allowed to leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Timestamp>,
    /// When the provider had taken all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Timestamp>,
    /// When all of it was on the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<Timestamp>,
    /// When all of it was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
    /// Why it failed or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Its parts, as many as planned.
    pub parts: Vec<Part>,
}

/// The state of one part.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Part {
    /// Its status.
    pub status: Status,
    /// What we are about to do with it.
    pub hold: Hold,
    /// How many attempts came to an end.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attempts: u32,
    /// How many times the provider's journal was asked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inquiries: u8,
    /// The provider's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

/// What a part is waiting for on our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// For its turn: the part or link before it. The cascade moves it on.
    #[default]
    Planned,
    /// For this time, then for the dispatcher, which submits it.
    Due(Timestamp),
    /// Its answer was lost; the provider's journal is asked at this time. The reconciler moves
    /// it on.
    Inquiry(Timestamp),
    /// Its answer was lost and nothing can be done. The end of the link's lifetime moves it on.
    Unknown,
    /// For nothing: it was taken, refused or given up.
    Settled,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// It was accepted: release the first link.
    Begin,
    /// An attempt came to an end.
    Submitted {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// How it ended.
        outcome: Outcome,
    },
    /// An attempt of an older epoch was found: nobody knows how it ended.
    Orphaned {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
    },
    /// The provider's journal was asked.
    Inquired {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// What it said.
        answer: JournalAnswer,
    },
    /// The provider said something about a bubble.
    Receipt {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// What it said.
        kind: ReceiptKind,
        /// When, by the provider's clock.
        at: Option<Timestamp>,
    },
    /// The pace of a link's sender does not let it go before this time.
    OutOfReach {
        /// Which link.
        link: u8,
        /// The time.
        not_before: Timestamp,
    },
    /// A time was reached.
    Wake,
    /// Somebody calls it back.
    Cancel,
    /// The partner sent the same id with another body.
    Repeated,
}

/// What the provider's journal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JournalAnswer {
    /// It is there.
    Found {
        /// The provider's id of it.
        remote_id: String,
    },
    /// It is surely not there.
    Absent,
    /// It can't be told.
    Unsure,
}

/// What must be done. The store turns each into rows in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Submit this part at this time.
    Submit {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// When.
        due: Timestamp,
    },
    /// The part was taken: listen for receipts under this id.
    Await {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// The provider's id.
        remote_id: String,
    },
    /// Ask the provider's journal about this part at this time.
    Inquire {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
        /// When.
        due: Timestamp,
    },
    /// Leave this part alone, but remember that it may have been sent.
    Hold {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
    },
    /// Forget about this part: it will not be submitted.
    Drop {
        /// Which link.
        link: u8,
        /// Which part.
        part: u8,
    },
    /// Tell the partner.
    Report(Report),
    /// Stop using this account until somebody acts.
    PauseAccount {
        /// Which.
        account: AccountId,
        /// Why.
        failure: Failure,
    },
}

/// One word to the partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its number within the message: they are delivered in this order.
    pub n: u16,
    /// The link it is about.
    pub link: u8,
    /// What it says.
    pub kind: ReportKind,
    /// When what it says happened.
    pub at: Timestamp,
    /// When the provider had taken the link, if it had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Timestamp>,
    /// Why it failed, with [`ReportKind::Failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    /// The provider took it.
    Sent,
    /// It is on the device.
    Delivered,
    /// It can't be delivered; final.
    Failed,
    /// It was opened.
    Read,
}

/// What a step may know besides the event.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The present.
    pub now: Timestamp,
    /// Whether the pending part is being submitted at this very moment (its row says so).
    pub in_flight: bool,
    /// Random bits for spreading retries.
    pub jitter: u32,
}

/// Takes a message one step further.
///
/// Never fails: an event that can't be (a doubled, late or foreign one) changes nothing and says
/// [`Cause::NothingNew`]. Every call counts as a transition in [`Cascade::n`].
pub fn step(
    plan: &Plan,
    cascade: &mut Cascade,
    event: &Event,
    context: Context,
    effects: &mut Vec<Effect>,
) -> Cause {
    cascade.n = cascade.n.saturating_add(1);
    let mut run = Run { plan, cascade, context, effects };
    let cause = match event {
        Event::Begin => run.begin(),
        Event::Submitted { link, part, outcome } => run.submitted(*link, *part, outcome),
        Event::Orphaned { link, part } => run.orphaned(*link, *part),
        Event::Inquired { link, part, answer } => run.inquired(*link, *part, answer),
        Event::Receipt { link, part, kind, at } => run.receipt(*link, *part, kind, *at),
        Event::OutOfReach { link, not_before } => run.out_of_reach(*link, *not_before),
        Event::Wake => run.wake(),
        Event::Cancel => run.cancel(),
        Event::Repeated => Cause::RepeatedDifferently,
    };
    run.climb();
    cause
}

impl Cascade {
    /// A message nothing has happened to yet.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let link = |planned: &crate::plan::PlannedLink| Link {
            parts: vec![Part::default(); planned.parts.len()],
            ..Link::default()
        };
        Self {
            v: CASCADE_VERSION,
            n: 0,
            status: Status::Queued,
            current: 0,
            done: false,
            reports: 0,
            links: plan.links.iter().map(link).collect(),
        }
    }

    /// The part that is to be submitted next (or is being submitted), if any.
    #[must_use]
    pub fn pending(&self) -> Option<(u8, u8, Timestamp)> {
        let link = self.links.get(usize::from(self.current))?;
        for (i, part) in link.parts.iter().enumerate() {
            if let Hold::Due(due) = part.hold {
                return Some((self.current, narrow(i), due));
            }
        }
        None
    }

    /// When the cascade must be looked at again, if nothing else happens before.
    #[must_use]
    pub fn wake_at(&self, plan: &Plan) -> Option<Timestamp> {
        if self.done {
            return None;
        }
        self.expires_at(plan, self.current)
    }

    /// When a link's time is over. Until the provider has taken it, the hours in which it may not leave
    /// are no part of it.
    #[must_use]
    pub fn expires_at(&self, plan: &Plan, link: u8) -> Option<Timestamp> {
        let state = self.links.get(usize::from(link))?;
        let planned = plan.links.get(usize::from(link))?;
        if let Some(accepted) = state.accepted {
            return Some(accepted + planned.ttl);
        }
        let expires = plan.lapse(state.released?, planned.ttl);
        Some(plan.deadline.map_or(expires, |deadline| deadline.min(expires)))
    }

    /// Whether a link has reached what it was sent for.
    #[must_use]
    pub fn is_fulfilled(&self, plan: &Plan, link: u8) -> bool {
        let (Some(state), Some(planned)) =
            (self.links.get(usize::from(link)), plan.links.get(usize::from(link)))
        else {
            return false;
        };
        match planned.until {
            Until::Sent => state.accepted.is_some() && is_unbroken(state.status),
            Until::Delivered => state.status.is_delivered(),
            Until::Read => state.status == Status::Read,
        }
    }
}

/// One call of [`step`].
struct Run<'a> {
    plan: &'a Plan,
    cascade: &'a mut Cascade,
    context: Context,
    effects: &'a mut Vec<Effect>,
}

/// Whether a link that was taken has not been said to have failed since.
fn is_unbroken(status: Status) -> bool {
    match status {
        Status::Queued | Status::Submitting | Status::Sent | Status::Delivered | Status::Read => {
            true
        }
        Status::Cancelled | Status::Expired | Status::Failed => false,
    }
}

impl Run<'_> {
    fn link(&mut self, link: u8) -> Option<&mut Link> {
        self.cascade.links.get_mut(usize::from(link))
    }

    fn part(&mut self, link: u8, part: u8) -> Option<&mut Part> {
        self.link(link)?.parts.get_mut(usize::from(part))
    }

    fn is_fulfilled_anywhere(&self) -> bool {
        (0..=self.cascade.current).any(|i| self.cascade.is_fulfilled(self.plan, i))
    }

    /// Raises the status of the whole to what its links show.
    fn climb(&mut self) {
        let best = self.cascade.links.iter().map(|l| l.status).max().unwrap_or_default();
        let shown = if best.is_delivered() {
            best
        } else if self.cascade.done {
            // Where nothing is told of delivery, what was taken counts, whatever failed before it.
            if self.is_fulfilled_anywhere() { Status::Sent } else { best }
        } else {
            // A link that failed says nothing about the whole while another may follow.
            let of_link =
                |l: &Link| if l.accepted.is_some() { Status::Sent } else { Status::Queued };
            self.cascade.links.iter().map(of_link).max().unwrap_or_default()
        };
        self.cascade.status = self.cascade.status.merge(shown);
    }

    fn report(&mut self, link: u8, kind: ReportKind, at: Timestamp, failure: Option<Failure>) {
        if self.plan.reports != Wanted::Everything {
            return;
        }
        self.report_always(link, kind, at, failure);
    }

    fn report_always(
        &mut self,
        link: u8,
        kind: ReportKind,
        at: Timestamp,
        failure: Option<Failure>,
    ) {
        let n = self.cascade.reports;
        self.cascade.reports = n.saturating_add(1);
        let accepted = self.link(link).and_then(|l| l.accepted);
        self.effects.push(Effect::Report(Report { n, link, kind, at, accepted, failure }));
    }
}

/// Links and parts are few: their numbers fit a byte by the limits on plans.
fn narrow(i: usize) -> u8 {
    u8::try_from(i).unwrap_or(u8::MAX)
}
