//! The end of an attempt: taken, put off, refused, or nobody knows.

use super::{Effect, Hold, JournalAnswer, ReportKind, Run};
use crate::{
    cause::{Cause, UnknownThen},
    plan::Until,
    retry::submit_pause,
};
use vestnik_model::{
    limits::{ATTEMPTS_MAX, RECONCILE_PAUSES},
    outcome::{Blame, Failure, Guarantee, Outcome, Reason},
    status::Status,
    time::Millis,
};

/// Under *at least once*, how long a lost answer is waited for before the part goes again.
const RESEND_PAUSE: Millis = Millis::seconds(60);

impl Run<'_> {
    pub(super) fn submitted(&mut self, link: u8, part: u8, outcome: &Outcome) -> Cause {
        let Some(state) = self.part(link, part) else { return Cause::NothingNew };
        if !matches!(state.hold, Hold::Due(_)) {
            return Cause::NothingNew;
        }
        state.attempts = state.attempts.saturating_add(1);
        match outcome {
            Outcome::Accepted { remote_id } => {
                self.take(link, part, remote_id);
                Cause::Submitted { link, part, remote_id: remote_id.clone() }
            }
            Outcome::Deferred { retry_after, detail, whole_account: _ } => {
                self.defer(link, part, *retry_after, detail)
            }
            Outcome::Refused(failure) => {
                self.refuse(link, failure);
                Cause::Refused { link, failure: failure.clone() }
            }
            Outcome::Unknown { detail } => {
                let then = self.lose(link, part);
                Cause::AnswerLost { link, then, detail: detail.clone() }
            }
        }
    }

    pub(super) fn orphaned(&mut self, link: u8, part: u8) -> Cause {
        let Some(state) = self.part(link, part) else { return Cause::NothingNew };
        if !matches!(state.hold, Hold::Due(_)) {
            return Cause::NothingNew;
        }
        state.attempts = state.attempts.saturating_add(1);
        let then = self.lose(link, part);
        Cause::Orphaned { link, then }
    }

    /// The provider took a part.
    fn take(&mut self, link: u8, part: u8, remote_id: &str) {
        let now = self.context.now;
        let Some(state) = self.link(link) else { return };
        let parts = state.parts.len();
        let Some(taken) = state.parts.get_mut(usize::from(part)) else { return };
        taken.hold = Hold::Settled;
        taken.status = taken.status.merge(Status::Sent);
        taken.remote = Some(remote_id.to_owned());
        self.effects.push(Effect::Await { link, part, remote_id: remote_id.to_owned() });
        if usize::from(part) + 1 < parts {
            if let Some(failure) = self.doom(link) {
                self.end_link(link, Status::Failed, failure);
            } else if self.cascade.done {
                self.call_off(link);
            } else {
                let until = self.plan.opens(now);
                self.due(link, part + 1, until);
            }
            return;
        }
        if let Some(state) = self.link(link) {
            state.accepted = Some(now);
            state.status = state.status.merge(Status::Sent);
        }
        self.report(link, ReportKind::Sent, now, None);
        self.count_parts(link, now);
        if let Some(failure) = self.doom(link) {
            self.end_link(link, Status::Failed, failure);
        } else if self.plan.links.get(usize::from(link)).is_some_and(|l| l.until == Until::Sent) {
            self.settle_chain(link);
        }
    }

    /// Why a link is to end as soon as its attempt under way has ended: one of its parts was said
    /// to have failed meanwhile.
    fn doom(&mut self, link: u8) -> Option<Failure> {
        let state = self.link(link)?;
        if state.status.is_final() {
            return None;
        }
        if state.parts.iter().all(|p| p.status != Status::Failed) {
            // What was said to have failed did arrive.
            state.failure = None;
        }
        state.failure.clone()
    }

    fn defer(&mut self, link: u8, part: u8, hint: Option<Millis>, detail: &str) -> Cause {
        if let Some(failure) = self.doom(link) {
            self.end_link(link, Status::Failed, failure.clone());
            return Cause::Refused { link, failure };
        }
        if self.cascade.done || self.is_fulfilled_anywhere() {
            self.call_off(link);
            return Cause::Cancelled;
        }
        let attempts = self.part(link, part).map_or(0, |p| p.attempts);
        let pause = submit_pause(attempts, hint, self.context.jitter);
        let until = self.plan.opens(self.context.now + pause);
        let expires = self.cascade.expires_at(self.plan, link).unwrap_or(until);
        if attempts >= ATTEMPTS_MAX || until >= expires {
            let reason =
                if attempts >= ATTEMPTS_MAX { Reason::ProviderError } else { Reason::TimedOut };
            let failure = Failure { blame: Blame::Provider, reason, detail: detail.to_owned() };
            self.end_link(link, Status::Expired, failure);
            return Cause::GaveUp { link, detail: detail.to_owned() };
        }
        self.due(link, part, until);
        Cause::Deferred { link, until, detail: detail.to_owned() }
    }

    fn refuse(&mut self, link: u8, failure: &Failure) {
        if failure.blame == Blame::Account
            && let Some(planned) = self.plan.links.get(usize::from(link))
        {
            self.effects
                .push(Effect::PauseAccount { account: planned.account, failure: failure.clone() });
        }
        self.end_link(link, Status::Failed, failure.clone());
    }

    /// Nobody knows whether a part was sent.
    fn lose(&mut self, link: u8, part: u8) -> UnknownThen {
        if let Some(failure) = self.doom(link) {
            self.end_link(link, Status::Failed, failure);
            return UnknownThen::Hold;
        }
        let Some(planned) = self.plan.links.get(usize::from(link)) else {
            return UnknownThen::Hold;
        };
        match planned.guarantee {
            Guarantee::Key => {
                let attempts = self.part(link, part).map_or(1, |p| p.attempts);
                let pause = submit_pause(attempts, None, self.context.jitter);
                self.resend(link, part, pause)
            }
            Guarantee::Journal => self.inquire_next(link, part),
            Guarantee::NeverTwice | Guarantee::AtLeastOnce => self.without_knowledge(link, part),
        }
    }

    fn inquire_next(&mut self, link: u8, part: u8) -> UnknownThen {
        let now = self.context.now;
        let asked = self.part(link, part).map_or(0, |p| p.inquiries);
        let Some(pause) = RECONCILE_PAUSES.get(usize::from(asked)) else {
            return self.without_knowledge(link, part);
        };
        let due = now + *pause;
        if let Some(state) = self.part(link, part) {
            state.hold = Hold::Inquiry(due);
        }
        self.effects.push(Effect::Inquire { link, part, due });
        UnknownThen::Inquire(due)
    }

    /// The account's choice, where neither a key nor a journal helps.
    fn without_knowledge(&mut self, link: u8, part: u8) -> UnknownThen {
        let choice = self.plan.links.get(usize::from(link)).map(|l| l.unknown);
        if choice == Some(Guarantee::AtLeastOnce) {
            return self.resend(link, part, RESEND_PAUSE);
        }
        self.leave_alone(link, part)
    }

    /// Sends a part again whose answer was lost, unless the chain is over or it was tried enough.
    fn resend(&mut self, link: u8, part: u8, pause: Millis) -> UnknownThen {
        let attempts = self.part(link, part).map_or(0, |p| p.attempts);
        if self.cascade.done || attempts >= ATTEMPTS_MAX {
            return self.leave_alone(link, part);
        }
        let until = self.plan.opens(self.context.now + pause);
        self.due(link, part, until);
        UnknownThen::Resend(until)
    }

    /// Nothing can be found out: the end of the link's lifetime decides, or, where the chain is
    /// over and none will come, this moment.
    fn leave_alone(&mut self, link: u8, part: u8) -> UnknownThen {
        if self.cascade.done {
            self.end_unknown(link);
            return UnknownThen::Hold;
        }
        if let Some(state) = self.part(link, part) {
            state.hold = Hold::Unknown;
        }
        self.effects.push(Effect::Hold { link, part });
        UnknownThen::Hold
    }

    pub(super) fn inquired(&mut self, link: u8, part: u8, answer: &JournalAnswer) -> Cause {
        let Some(state) = self.part(link, part) else { return Cause::NothingNew };
        if !matches!(state.hold, Hold::Inquiry(_)) {
            return Cause::NothingNew;
        }
        state.inquiries = state.inquiries.saturating_add(1);
        match answer {
            JournalAnswer::Found { remote_id } => {
                self.take(link, part, remote_id);
                Cause::FoundInJournal { link, remote_id: remote_id.clone() }
            }
            JournalAnswer::Absent => {
                if self.cascade.done {
                    self.call_off(link);
                    return Cause::Cancelled;
                }
                let until = self.plan.opens(self.context.now);
                self.due(link, part, until);
                Cause::AbsentInJournal { link, until }
            }
            JournalAnswer::Unsure => {
                let then = self.inquire_next(link, part);
                Cause::JournalUnsure { link, then }
            }
        }
    }
}
