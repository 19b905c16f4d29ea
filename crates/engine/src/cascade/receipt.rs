//! The provider's word about a bubble, in whatever order and number it comes.

use super::{ReportKind, Run};
use crate::cause::Cause;
use vestnik_model::{
    outcome::{Blame, Failure, ReceiptKind},
    status::Status,
    time::Timestamp,
};

impl Run<'_> {
    pub(super) fn receipt(
        &mut self,
        link: u8,
        part: u8,
        kind: &ReceiptKind,
        at: Option<Timestamp>,
    ) -> Cause {
        let now = self.context.now;
        let Some(state) = self.part(link, part) else { return Cause::NothingNew };
        if state.remote.is_none() {
            return Cause::NothingNew;
        }
        let said = match kind {
            ReceiptKind::Sent => Status::Sent,
            ReceiptKind::Delivered => Status::Delivered,
            ReceiptKind::Read => Status::Read,
            ReceiptKind::Failed(_) => Status::Failed,
        };
        if state.status >= said {
            return Cause::NothingNew;
        }
        state.status = said;
        if let ReceiptKind::Failed(failure) = kind {
            self.fail(link, failure);
        }
        // A provider's clock may run ahead of ours, but nothing happened in the future.
        self.count_parts(link, at.map_or(now, |at| at.min(now)));
        let called_off = self.settle_chain(link);
        Cause::Receipt { link, kind: kind.clone(), called_off }
    }

    fn fail(&mut self, link: u8, failure: &Failure) {
        if failure.blame == Blame::Account
            && let Some(planned) = self.plan.links.get(usize::from(link))
        {
            self.effects.push(super::Effect::PauseAccount {
                account: planned.account,
                failure: failure.clone(),
            });
        }
        let delivered =
            self.cascade.links.get(usize::from(link)).is_some_and(|l| l.status.is_delivered());
        if delivered {
            return;
        }
        if self.context.in_flight && link == self.cascade.current {
            // Another part of it is on its way: the end of that attempt ends the link, so that no
            // second link is ever under way beside it.
            if let Some(state) = self.link(link) {
                state.failure.get_or_insert_with(|| failure.clone());
            }
            return;
        }
        self.end_link(link, Status::Failed, failure.clone());
    }

    /// Raises a link to what all its parts have reached, and reports what is new.
    pub(super) fn count_parts(&mut self, link: u8, at: Timestamp) {
        let Some(state) = self.link(link) else { return };
        let lowest = state.parts.iter().map(|p| p.status).min().unwrap_or_default();
        if lowest < Status::Delivered || lowest <= state.status {
            return;
        }
        let was_delivered = state.status.is_delivered();
        state.status = lowest;
        if !was_delivered {
            state.delivered = Some(at);
        }
        if lowest == Status::Read {
            state.read = Some(at);
        }
        if !was_delivered {
            // A provider that says only "read" has said "delivered" with it.
            self.report(link, ReportKind::Delivered, at, None);
        }
        if lowest == Status::Read {
            self.report(link, ReportKind::Read, at, None);
        }
    }

    /// Ends the chain if a link did its duty; a later link that has not left is called off.
    pub(super) fn settle_chain(&mut self, link: u8) -> bool {
        if !self.cascade.is_fulfilled(self.plan, link) || self.cascade.done {
            return false;
        }
        let current = self.cascade.current;
        if link == current {
            self.close(Status::Cancelled);
            return false;
        }
        if self.context.in_flight || self.has_left(current) {
            // It is on its way already: it is only recorded, and nothing follows it.
            self.close(Status::Cancelled);
            self.leave(current);
            return false;
        }
        self.call_off(current);
        true
    }
}
