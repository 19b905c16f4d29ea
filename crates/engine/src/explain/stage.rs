//! Where a message stands, before it is put in words.

use super::Subject;
use crate::{
    cascade::{Hold, Link},
    cause::{Cause, UnknownThen},
    plan::Until,
    zone::{ZoneBy, ZoneRule},
};
use vestnik_model::{
    outcome::{Blame, Failure, Reason},
    status::Status,
    time::Timestamp,
};

/// Where a message stands.
#[derive(Debug)]
pub(super) enum Stage<'a> {
    /// Taken by a provider that says no more.
    Sent { link: u8, at: Option<Timestamp> },
    /// On the device.
    Delivered { link: u8, at: Option<Timestamp> },
    /// Opened.
    Read { link: u8, at: Option<Timestamp> },
    /// Called back.
    Cancelled,
    /// No link reached the customer.
    Failed,
    /// Being handed over at this moment.
    Submitting { link: u8, part: u8 },
    /// Outside its hours.
    Window { opens: Timestamp, zone: &'a ZoneRule, by: Option<ZoneBy> },
    /// Ready, others are before it.
    Turn { link: u8 },
    /// The account's pace.
    Pace { link: u8, until: Timestamp },
    /// The account can't be used.
    Account { link: u8, trouble: &'a str },
    /// Put off.
    Retry { link: u8, until: Timestamp, attempts: u32, is_lost: bool },
    /// The journal will be asked.
    Journal { link: u8, at: Timestamp, asked: u8 },
    /// Nobody knows whether it was sent.
    Uncertain { link: u8, until: Timestamp },
    /// Handed over.
    Delivery { link: u8, at: Timestamp, until: Timestamp },
    /// Delivered, but to be read.
    Reading { link: u8, at: Option<Timestamp>, until: Timestamp },
}

/// A link that was left behind.
#[derive(Debug)]
pub(super) enum Past<'a> {
    Failed {
        link: u8,
        failure: &'a Failure,
    },
    Unread {
        link: u8,
    },
    Cancelled {
        link: u8,
    },
    /// The deadline came before its turn.
    Cut {
        link: u8,
    },
}

/// What comes after the present.
#[derive(Debug)]
pub(super) enum Next {
    /// If it is not delivered by then, this link goes.
    Link { link: u8, at: Timestamp, until: Until },
    /// If it is not delivered by then, nothing more is tried.
    End { at: Timestamp, until: Until },
    /// Word of it may still come.
    Late,
}

/// What one can do.
#[derive(Debug, Clone, Copy)]
pub(super) enum Advice {
    Nothing,
    Credentials,
    AccountBlocked,
    Server,
    Quota,
    OtherChannel,
    AskToWrite,
    Template,
    File,
    Content,
    Lifetime,
    AskTheCustomer,
    Provider,
    Wait,
}

impl Stage<'_> {
    /// When the present is over at the latest.
    pub(super) fn unblocks_at(&self) -> Option<Timestamp> {
        match self {
            Stage::Window { opens: at, .. }
            | Stage::Pace { until: at, .. }
            | Stage::Retry { until: at, .. }
            | Stage::Journal { at, .. }
            | Stage::Uncertain { until: at, .. }
            | Stage::Delivery { until: at, .. }
            | Stage::Reading { until: at, .. } => Some(*at),
            Stage::Sent { .. }
            | Stage::Delivered { .. }
            | Stage::Read { .. }
            | Stage::Cancelled
            | Stage::Failed
            | Stage::Submitting { .. }
            | Stage::Turn { .. }
            | Stage::Account { .. } => None,
        }
    }
}

/// Where a message stands now.
pub(super) fn of<'a>(subject: &Subject<'a>, now: Timestamp) -> Stage<'a> {
    if subject.cascade.done {
        return ended(subject);
    }
    if let Some((link, part)) = subject.submitting {
        return Stage::Submitting { link, part };
    }
    let link = subject.cascade.current;
    let until = subject.cascade.wake_at(subject.plan).unwrap_or(now);
    let Some(state) = subject.cascade.links.get(usize::from(link)) else {
        return Stage::Turn { link };
    };
    for part in &state.parts {
        match part.hold {
            Hold::Due(due) => return waiting(subject, now, due, part.attempts),
            Hold::Inquiry(at) => return Stage::Journal { link, at, asked: part.inquiries },
            Hold::Unknown => return Stage::Uncertain { link, until },
            Hold::Planned | Hold::Settled => {}
        }
    }
    match state.accepted {
        None => Stage::Turn { link },
        Some(_) if state.status.is_delivered() => {
            Stage::Reading { link, at: state.delivered, until }
        }
        Some(at) => Stage::Delivery { link, at, until },
    }
}

fn ended<'a>(subject: &Subject<'a>) -> Stage<'a> {
    let best = |wanted: Status| {
        let place = subject.cascade.links.iter().position(|l| l.status == wanted).unwrap_or(0);
        let link = subject.cascade.links.get(place);
        (u8::try_from(place).unwrap_or(u8::MAX), link)
    };
    match subject.cascade.status {
        Status::Read => {
            let (link, state) = best(Status::Read);
            Stage::Read { link, at: state.and_then(|l: &Link| l.read) }
        }
        Status::Delivered => {
            let (link, state) = best(Status::Delivered);
            Stage::Delivered { link, at: state.and_then(|l: &Link| l.delivered) }
        }
        Status::Cancelled => Stage::Cancelled,
        Status::Sent => {
            let (link, state) = best(Status::Sent);
            Stage::Sent { link, at: state.and_then(|l: &Link| l.accepted) }
        }
        Status::Failed | Status::Expired | Status::Submitting | Status::Queued => Stage::Failed,
    }
}

/// A part that waits to be submitted: why it does not go now.
fn waiting<'a>(subject: &Subject<'a>, now: Timestamp, due: Timestamp, attempts: u32) -> Stage<'a> {
    let link = subject.cascade.current;
    if let Some(trouble) = subject.account_trouble {
        return Stage::Account { link, trouble };
    }
    if let Some(window) = &subject.plan.window {
        let opens = Timestamp(window.next_open(now.0));
        if opens > now {
            let opens = opens.max(due);
            return Stage::Window { opens, zone: window.zone(), by: subject.plan.zone_by };
        }
    }
    if due > now {
        let is_lost = match subject.last {
            Some(Cause::AnswerLost { then, .. } | Cause::Orphaned { then, .. }) => {
                matches!(then, UnknownThen::Resend(_))
            }
            Some(_) | None => false,
        };
        return Stage::Retry { link, until: due, attempts, is_lost };
    }
    match subject.pace_until.filter(|until| *until > now) {
        Some(until) => Stage::Pace { link, until },
        None => Stage::Turn { link },
    }
}

/// The links that were left behind, and in the end all that did not reach the customer.
pub(super) fn past<'a>(subject: &Subject<'a>) -> Vec<Past<'a>> {
    let cascade = subject.cascade;
    let end = if cascade.done { cascade.links.len() } else { usize::from(cascade.current) };
    let mut out = Vec::new();
    for (link, state) in (0_u8..).zip(&cascade.links).take(end) {
        match (state.status, &state.failure) {
            (Status::Failed | Status::Expired, Some(failure)) => {
                out.push(Past::Failed { link, failure });
            }
            (Status::Expired, None) => out.push(Past::Cut { link }),
            (Status::Delivered, _) if link < cascade.current && !cascade.done => {
                out.push(Past::Unread { link });
            }
            (Status::Cancelled, _) if is_reached(cascade.status) => {
                out.push(Past::Cancelled { link });
            }
            _ => {}
        }
    }
    out
}

/// Whether a chain that is over did what it was asked for.
fn is_reached(status: Status) -> bool {
    match status {
        Status::Sent | Status::Delivered | Status::Read => true,
        Status::Queued
        | Status::Submitting
        | Status::Cancelled
        | Status::Expired
        | Status::Failed => false,
    }
}

/// What comes after the present.
pub(super) fn next(subject: &Subject<'_>, stage: &Stage<'_>) -> Option<Next> {
    match stage {
        Stage::Read { .. } | Stage::Cancelled => return None,
        Stage::Sent { .. } | Stage::Delivered { .. } | Stage::Failed => return Some(Next::Late),
        Stage::Submitting { .. }
        | Stage::Window { .. }
        | Stage::Turn { .. }
        | Stage::Pace { .. }
        | Stage::Account { .. }
        | Stage::Retry { .. }
        | Stage::Journal { .. }
        | Stage::Uncertain { .. }
        | Stage::Delivery { .. }
        | Stage::Reading { .. } => {}
    }
    let at = subject.cascade.wake_at(subject.plan)?;
    let current = subject.cascade.current;
    let until = subject.plan.links.get(usize::from(current)).map(|l| l.until)?;
    let has_next = usize::from(current) + 1 < subject.plan.links.len();
    let in_time = subject.plan.deadline.is_none_or(|deadline| at < deadline);
    Some(if has_next && in_time {
        Next::Link { link: current + 1, at, until }
    } else {
        Next::End { at, until }
    })
}

/// What one can do about the present.
pub(super) fn advice(subject: &Subject<'_>, stage: &Stage<'_>) -> [Advice; 1] {
    [match stage {
        Stage::Account { .. } => Advice::Credentials,
        Stage::Uncertain { .. } => Advice::AskTheCustomer,
        Stage::Retry { .. } | Stage::Journal { .. } | Stage::Pace { .. } => Advice::Wait,
        Stage::Failed => {
            let failure = subject.cascade.links.iter().rev().find_map(|l| l.failure.as_ref());
            failure.map_or(Advice::Nothing, of_failure)
        }
        Stage::Sent { .. }
        | Stage::Delivered { .. }
        | Stage::Read { .. }
        | Stage::Cancelled
        | Stage::Submitting { .. }
        | Stage::Window { .. }
        | Stage::Turn { .. }
        | Stage::Delivery { .. }
        | Stage::Reading { .. } => Advice::Nothing,
    }]
}

fn of_failure(failure: &Failure) -> Advice {
    match failure.reason {
        Reason::NoAccount => Advice::OtherChannel,
        Reason::NoAddress => Advice::AskToWrite,
        Reason::WindowClosed => Advice::Template,
        Reason::FileRefused | Reason::FileUnavailable => Advice::File,
        Reason::Barred if failure.blame == Blame::Account => Advice::AccountBlocked,
        Reason::Barred => Advice::OtherChannel,
        Reason::Filtered | Reason::Malformed => Advice::Content,
        Reason::Unauthorized => Advice::Credentials,
        Reason::AccountBlocked => Advice::AccountBlocked,
        Reason::BadServer => Advice::Server,
        Reason::Quota => Advice::Quota,
        Reason::TimedOut => Advice::Lifetime,
        Reason::Unknown => Advice::AskTheCustomer,
        Reason::ProviderError => Advice::Provider,
    }
}
