//! The reconciler: asks providers' journals about attempts whose answer was lost.

use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, part::Part, setup::AccountSetup};
use vestnik_engine::cascade::{Event, JournalAnswer};
use vestnik_model::{id::MessageId, time::Timestamp};
use vestnik_provider::port::{Attempt, Step, Verdict};
use vestnik_store::{
    StoreError,
    advance::Advance,
    claim, journal,
    message::{self, Message},
    slot::Slot,
};

/// Attempts asked about in one turn at most.
const AT_ONCE: i64 = 32;
/// How often is looked.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two questions to the same journal: providers allow few of them.
const BETWEEN: Duration = Duration::from_millis(1_100);
/// Calls of one question at most.
const STEPS_MAX: usize = 4;

/// Attempts whose absence is remembered at most; beyond, it has to be seen anew.
const UNSEEN_MAX: usize = 10_000;

/// Since when attempts were asked about in vain: neither in the provider's journal nor in its list
/// of what it is going to send. A journal lags behind, so this must have been so for a while: what
/// was seen nowhere once may have left the list a moment before.
#[derive(Debug, Default)]
pub struct Unseen(BTreeMap<(MessageId, Slot), Timestamp>);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut unseen = Unseen::default();
    loop {
        if let Err(error) = turn(&hub, &stop, &mut unseen).await {
            tracing::error!(%error, "lost answers could not be asked about");
        }
        if crate::pause(PAUSE, &stop).await {
            return;
        }
    }
}

/// One turn: every question that is due is asked once.
///
/// # Errors
/// See [`StoreError`].
pub async fn turn(
    hub: &Arc<Hub>,
    stop: &CancellationToken,
    unseen: &mut Unseen,
) -> Result<(), StoreError> {
    let now = hub.now();
    let due = hub.read(move |tx| claim::inquiries(tx, now, AT_ONCE)).await?;
    for (id, slot) in due {
        if stop.is_cancelled() {
            return Ok(());
        }
        let answer = ask(hub, id, slot, unseen).await?;
        let event = Event::Inquired { link: slot.link, part: slot.part, answer };
        let jitter = hub.chance.jitter();
        let advance =
            Advance { message: id, event, fence: None, exchange: None, raw: None, jitter };
        hub.advance(advance).await?;
    }
    Ok(())
}

async fn ask(
    hub: &Arc<Hub>,
    id: MessageId,
    slot: Slot,
    unseen: &mut Unseen,
) -> Result<JournalAnswer, StoreError> {
    let (found, lines) =
        hub.read(move |tx| Ok((message::load(tx, &[id])?, journal::of_message(tx, id)?))).await?;
    let Some(message) = found.into_iter().next() else { return Ok(JournalAnswer::Unsure) };
    let setup = hub.setup();
    let link = message.plan.links.get(usize::from(slot.link));
    let Some(account) = link.and_then(|l| setup.account(l.account)) else {
        return Ok(JournalAnswer::Unsure);
    };
    // The attempt began before its answer was noted as lost, at most a time-out earlier.
    let noted_at = lines.iter().rev().find(|l| {
        matches!(
            l.cause,
            vestnik_engine::cause::Cause::AnswerLost { .. }
                | vestnik_engine::cause::Cause::Orphaned { .. }
        )
    });
    let released = message.cascade.links.get(usize::from(slot.link)).and_then(|l| l.released);
    let before = noted_at.map_or(message.updated_at, |l| l.at);
    let earliest = before - vestnik_model::limits::SUBMIT_TIMEOUT;
    let earliest =
        released.map_or(earliest, |at| if is_orphan(noted_at) { at } else { earliest.max(at) });
    let answer = question(hub, account, &message, slot, earliest, unseen).await;
    if answer != JournalAnswer::Unsure {
        unseen.0.remove(&(id, slot));
    }
    Ok(answer)
}

/// An orphan may have begun at any time since its link was released: the process had stopped.
fn is_orphan(line: Option<&journal::Line>) -> bool {
    line.is_some_and(|l| matches!(l.cause, vestnik_engine::cause::Cause::Orphaned { .. }))
}

impl Unseen {
    /// What an answer means that does not show the attempt. `read` reads it as for an attempt that
    /// began at a time: if even one that began long ago can't be told to be absent, the answer says
    /// nothing; else it counts from the first time this was so.
    fn judge(
        &mut self,
        key: (MessageId, Slot),
        now: Timestamp,
        read: impl Fn(Timestamp) -> Verdict,
    ) -> Verdict {
        if read(Timestamp(0)) != Verdict::Absent {
            return Verdict::Unsure;
        }
        if self.0.len() >= UNSEEN_MAX {
            self.0.clear();
        }
        read(*self.0.entry(key).or_insert(now))
    }
}

async fn question(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    message: &Message,
    slot: Slot,
    started_at: Timestamp,
    unseen: &mut Unseen,
) -> JournalAnswer {
    let Ok(part) = Part::sketch(hub, account, message.id, &message.plan, slot).await else {
        return JournalAnswer::Unsure;
    };
    let attempt = Attempt { submission: part.submission(), started_at, now: hub.now() };
    let mut step = Step::FIRST;
    for _ in 0..STEPS_MAX {
        let Some(request) = account.provider.inquire(&account.account, &attempt, &step) else {
            return JournalAnswer::Unsure;
        };
        let verdict = match hub.transport.call(request).await {
            Ok(reply) => {
                let read = |started_at| {
                    let attempt = Attempt { started_at, ..attempt };
                    account.provider.inquired(&account.account, &attempt, &step, &reply)
                };
                match read(started_at) {
                    Verdict::Absent | Verdict::Unsure => {
                        unseen.judge((message.id, slot), attempt.now, read)
                    }
                    verdict @ (Verdict::Found { .. } | Verdict::Ask(_)) => verdict,
                }
            }
            Err(_) => Verdict::Unsure,
        };
        tokio::time::sleep(BETWEEN).await;
        match verdict {
            Verdict::Found { remote_id } => return JournalAnswer::Found { remote_id },
            Verdict::Absent => return JournalAnswer::Absent,
            Verdict::Unsure => return JournalAnswer::Unsure,
            Verdict::Ask(next) => step = next,
        }
    }
    JournalAnswer::Unsure
}
