//! From one link to the next: release, expiry, failure, the end.

use super::{Effect, Hold, ReportKind, Run};
use crate::{
    cause::{Cause, WaitedFor},
    plan::{Until, Wanted},
};
use vestnik_model::{
    outcome::{Blame, Failure, Reason},
    status::Status,
    time::Timestamp,
};

impl Run<'_> {
    pub(super) fn begin(&mut self) -> Cause {
        if self.cascade.links.first().is_none_or(|l| l.released.is_some()) {
            return Cause::NothingNew;
        }
        let due = self.release(0);
        Cause::Accepted { due }
    }

    /// Lets a link go at the next allowed moment, and returns that moment.
    fn release(&mut self, link: u8) -> Timestamp {
        let due = self.plan.opens(self.context.now);
        self.cascade.current = link;
        if let Some(state) = self.link(link) {
            state.released = Some(due);
        }
        self.due(link, 0, due);
        due
    }

    /// Puts a part up for submission.
    pub(super) fn due(&mut self, link: u8, part: u8, due: Timestamp) {
        if let Some(state) = self.part(link, part) {
            state.hold = Hold::Due(due);
            self.effects.push(Effect::Submit { link, part, due });
        }
    }

    /// Stops everything that was about to be done with a link's parts.
    pub(super) fn drop_parts(&mut self, link: u8) {
        let Some(state) = self.cascade.links.get_mut(usize::from(link)) else { return };
        for (i, part) in state.parts.iter_mut().enumerate() {
            match part.hold {
                Hold::Due(_) | Hold::Inquiry(_) | Hold::Unknown => {
                    part.hold = Hold::Settled;
                    self.effects.push(Effect::Drop { link, part: super::narrow(i) });
                }
                Hold::Planned => part.hold = Hold::Settled,
                Hold::Settled => {}
            }
        }
    }

    pub(super) fn wake(&mut self) -> Cause {
        let link = self.cascade.current;
        let over = self.cascade.wake_at(self.plan).is_some_and(|at| at <= self.context.now);
        if !over || (self.context.in_flight && !self.is_accepted(link)) {
            return Cause::NothingNew;
        }
        let waited_for = self.waited_for(link);
        let next = self.can_follow(link);
        if waited_for == WaitedFor::Reading {
            // It did arrive; only the next link's condition was not met.
            self.advance(link);
        } else {
            let reason = match waited_for {
                WaitedFor::Certainty => Reason::Unknown,
                WaitedFor::Acceptance
                | WaitedFor::Deadline
                | WaitedFor::Delivery
                | WaitedFor::Reading => Reason::TimedOut,
            };
            let failure = Failure { blame: Blame::Provider, reason, detail: String::new() };
            self.end_link(link, Status::Expired, failure);
        }
        Cause::LinkExpired { link, waited_for, next }
    }

    /// A link that can't go in time gives way to the next one. The last one waits: there is nothing
    /// better to do.
    pub(super) fn out_of_reach(&mut self, link: u8, not_before: Timestamp) -> Cause {
        let is_waiting = self.cascade.pending().is_some_and(|(current, part, _)| {
            // Of a link that has left in part the rest is waited for.
            current == link && part == 0 && !self.has_left(link)
        });
        let expires = self.cascade.expires_at(self.plan, link);
        let can_not = expires.is_some_and(|expires| not_before >= expires);
        let is_free = !self.context.in_flight && !self.cascade.done;
        if !(is_waiting && can_not && is_free && self.can_follow(link)) {
            return Cause::NothingNew;
        }
        let (blame, reason) = (Blame::Sender, Reason::TimedOut);
        let failure = Failure { blame, reason, detail: String::new() };
        self.end_link(link, Status::Expired, failure);
        Cause::OutOfReach { link, not_before }
    }

    fn is_accepted(&self, link: u8) -> bool {
        self.cascade.links.get(usize::from(link)).is_some_and(|l| l.accepted.is_some())
    }

    fn has_next(&self, link: u8) -> bool {
        usize::from(link) + 1 < self.cascade.links.len()
    }

    /// Whether another link follows, and may still leave before the deadline.
    fn can_follow(&self, link: u8) -> bool {
        let opens = self.plan.opens(self.context.now);
        self.has_next(link) && self.plan.deadline.is_none_or(|deadline| opens < deadline)
    }

    fn is_past_deadline(&self) -> bool {
        self.plan.deadline.is_some_and(|deadline| deadline <= self.context.now)
    }

    fn waited_for(&self, link: u8) -> WaitedFor {
        let Some(state) = self.cascade.links.get(usize::from(link)) else {
            return WaitedFor::Acceptance;
        };
        if state.parts.iter().any(|p| matches!(p.hold, Hold::Unknown | Hold::Inquiry(_))) {
            WaitedFor::Certainty
        } else if state.accepted.is_none() {
            if self.is_past_deadline() { WaitedFor::Deadline } else { WaitedFor::Acceptance }
        } else if state.status.is_delivered()
            && self.plan.links[usize::from(link)].until == Until::Read
        {
            WaitedFor::Reading
        } else {
            WaitedFor::Delivery
        }
    }

    /// A link has come to a bad end: say so, and go on to the next one, or end.
    pub(super) fn end_link(&mut self, link: u8, status: Status, failure: Failure) {
        self.drop_parts(link);
        let now = self.context.now;
        let Some(state) = self.link(link) else { return };
        // One end is reported, not a second one that follows it.
        let known_already = state.status.is_final();
        state.status = state.status.merge(status);
        if state.failure.is_none() {
            state.failure = Some(failure.clone());
        }
        if !known_already {
            self.report(link, ReportKind::Failed, now, Some(failure));
        }
        if link == self.cascade.current && !self.cascade.done {
            self.advance(link);
        }
    }

    fn advance(&mut self, link: u8) {
        if self.is_fulfilled_anywhere() {
            self.close(Status::Cancelled);
        } else if self.can_follow(link) {
            self.release(link + 1);
        } else {
            self.finish(link);
        }
    }

    /// No link is left, or none that may leave before the deadline.
    fn finish(&mut self, link: u8) {
        self.close(Status::Expired);
        let delivered = self.cascade.links.iter().any(|l| l.status.is_delivered());
        if !delivered && self.plan.reports == Wanted::Failure {
            let failure = self.cascade.links[usize::from(link)].failure.clone();
            self.report_always(link, ReportKind::Failed, self.context.now, failure);
        }
    }

    /// The chain is over. Links that were never let go have come to their end with it: called off,
    /// or out of time. Nothing is reported of them: they were nobody's failure.
    pub(super) fn close(&mut self, rest: Status) {
        self.cascade.done = true;
        for link in self.cascade.links.iter_mut().filter(|l| l.released.is_none()) {
            link.status = link.status.merge(rest);
            for part in &mut link.parts {
                part.hold = Hold::Settled;
            }
        }
    }

    pub(super) fn cancel(&mut self) -> Cause {
        let link = self.cascade.current;
        let left = self.context.in_flight || self.has_left(link);
        if self.cascade.done || left {
            return Cause::NothingNew;
        }
        self.call_off(link);
        Cause::Cancelled
    }

    /// Whether any part of a link left, or may have left.
    pub(super) fn has_left(&self, link: u8) -> bool {
        self.cascade.links.get(usize::from(link)).is_some_and(|l| {
            l.parts
                .iter()
                .any(|p| p.remote.is_some() || matches!(p.hold, Hold::Unknown | Hold::Inquiry(_)))
        })
    }

    /// The chain is over while a link has left in part, or may have left: what has not left of it
    /// stays, and only what can still be found out is waited for.
    pub(super) fn leave(&mut self, link: u8) {
        if self.context.in_flight {
            return;
        }
        let Some(state) = self.link(link) else { return };
        let is = |wanted: fn(&Hold) -> bool| state.parts.iter().any(|p| wanted(&p.hold));
        if is(|hold| matches!(hold, Hold::Unknown)) {
            self.end_unknown(link);
        } else if is(|hold| matches!(hold, Hold::Due(_))) {
            self.call_off(link);
        }
    }

    /// Gives up finding out whether a link was sent: it counts as not delivered.
    pub(super) fn end_unknown(&mut self, link: u8) {
        let (blame, reason) = (Blame::Provider, Reason::Unknown);
        let failure = Failure { blame, reason, detail: String::new() };
        self.end_link(link, Status::Expired, failure);
    }

    /// Ends the chain before a link left.
    pub(super) fn call_off(&mut self, link: u8) {
        self.drop_parts(link);
        if let Some(state) = self.link(link) {
            state.status = state.status.merge(Status::Cancelled);
        }
        self.close(Status::Cancelled);
    }
}
