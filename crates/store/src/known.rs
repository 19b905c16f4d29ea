//! Messages under way that the writer remembers between batches, so that the next step of each
//! need not read and parse what the last one wrote.
//!
//! This is sound because the writer alone changes messages: what it wrote last is what is on disk.
//! Whatever casts doubt on that (a transaction that failed) makes it forget everything.

use crate::{
    StoreError,
    awaited::Awaited,
    message::{self, Message},
    slot::Slot,
};
use std::collections::BTreeMap;
use vestnik_db::Tx;
use vestnik_model::id::{Epoch, MessageId};

/// Bytes of remembered messages at most, roughly. The oldest go first.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// What a message takes besides its texts, bytes.
const BYTES_APART: usize = 1_024;
/// Messages as they lie in their rows.
#[derive(Debug, Default)]
pub struct Known {
    messages: BTreeMap<MessageId, Message>,
    bytes: usize,
    is_alone: bool,
    /// All that are awaited.
    pub(crate) awaited: Awaited,
}

impl Known {
    /// Nothing yet, in a process that has the database for itself as long as it lives: what it
    /// remembers of its own attempts is what is on disk, and need not be read before it is believed.
    pub(crate) fn alone() -> Self {
        Self { is_alone: true, awaited: Awaited::alone(), ..Self::default() }
    }

    /// The same, with another number of awaited ids gathered before they are written.
    pub(crate) fn gathering(max: usize) -> Self {
        Self { awaited: Awaited::gathering(max), ..Self::alone() }
    }

    /// Under which epoch a part is being submitted, where that is known without asking the database.
    pub(crate) fn attempt(&self, message: &Message, slot: Slot) -> Option<Epoch> {
        let (of, epoch) = message.attempt.filter(|_| self.is_alone)?;
        (of == slot).then_some(epoch)
    }

    /// Takes messages out, in no order; those that are not remembered are loaded, those that do
    /// not exist are left out. They are to be given back by [`Known::keep`] once they are written.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub(crate) fn take(
        &mut self,
        tx: &mut dyn Tx,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, StoreError> {
        let mut out = Vec::with_capacity(ids.len());
        let mut strange = Vec::new();
        for id in ids {
            match self.messages.remove(id) {
                Some(message) => {
                    self.bytes = self.bytes.saturating_sub(weight(&message));
                    out.push(message);
                }
                None => strange.push(*id),
            }
        }
        if !strange.is_empty() {
            out.extend(message::load(tx, &strange)?);
        }
        Ok(out)
    }

    /// Remembers a message as it was just written. One that has come to its end is let go: little
    /// happens to it any more.
    pub(crate) fn keep(&mut self, message: Message) {
        if message.cascade.done {
            return;
        }
        self.bytes += weight(&message);
        if let Some(before) = self.messages.insert(message.id, message) {
            self.bytes = self.bytes.saturating_sub(weight(&before));
        }
        while self.bytes > BYTES_MAX {
            let Some((_, oldest)) = self.messages.pop_first() else { break };
            self.bytes = self.bytes.saturating_sub(weight(&oldest));
        }
    }

    /// Forgets everything: what was written was taken back.
    pub(crate) fn clear(&mut self) {
        let awaited = std::mem::take(&mut self.awaited);
        *self = Self { is_alone: self.is_alone, awaited, ..Self::default() };
        self.awaited.taken_back();
    }
}

fn weight(message: &Message) -> usize {
    let parts = message.plan.links.iter().flat_map(|link| &link.parts);
    let texts: usize = parts.map(|part| part.as_text().len()).sum();
    let extra: usize =
        message.plan.extra.iter().map(|(name, value)| name.len() + value.len()).sum();
    BYTES_APART + texts + extra
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use vestnik_engine::{
        cascade::Cascade,
        plan::{PLAN_VERSION, Plan, Wanted},
    };
    use vestnik_model::{
        account::Class,
        id::{PartnerId, WorkspaceId},
        phone::Phone,
        time::Timestamp,
    };

    fn message(id: i64, extra: usize) -> Message {
        let plan = Plan {
            v: PLAN_VERSION,
            recipient: Phone::from_digits(79_160_000_001).unwrap().into(),
            class: Class::Transactional,
            links: Vec::new(),
            window: None,
            zone_by: None,
            deadline: None,
            reports: Wanted::Everything,
            partner_ref: None,
            notify_url: None,
            report_lane: None,
            extra: vec![("name".to_owned(), "x".repeat(extra))],
        };
        Message {
            id: MessageId(id),
            workspace: WorkspaceId(1),
            partner: PartnerId(1),
            cascade: Cascade::new(&plan),
            plan: Arc::new(plan),
            updated_at: Timestamp(0),
            wake_at: None,
            attempt: None,
        }
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let mut known = Known::default();
        let one_in_eight = BYTES_MAX / 8;
        for id in 0..20 {
            known.keep(message(id, one_in_eight));
        }
        let ids: Vec<i64> = known.messages.keys().map(|id| id.0).collect();
        assert_eq!(ids, [13, 14, 15, 16, 17, 18, 19]);
        assert!(known.bytes <= BYTES_MAX);
    }

    #[test]
    fn the_count_of_bytes_follows_what_is_kept() {
        let mut known = Known::default();
        known.keep(message(1, 100));
        let once = known.bytes;
        known.keep(message(1, 100));
        assert_eq!(known.bytes, once, "the same message is kept once");
        let mut ended = message(2, 100);
        ended.cascade.done = true;
        known.keep(ended);
        assert_eq!(known.bytes, once, "a message at its end is not kept");
        known.clear();
        assert_eq!(known.bytes, 0);
    }
}
