//! The reconciler: asks providers' journals about attempts whose answer was lost.

use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, setup::AccountSetup};
use vestnik_engine::cascade::{Event, JournalAnswer};
use vestnik_model::{id::MessageId, time::Timestamp};
use vestnik_provider::port::{Attempt, Step, Submission, Verdict};
use vestnik_store::{
    StoreError,
    advance::Advance,
    claim, journal,
    message::{self, Message},
    slot::{Slot, attempt_key},
};

/// Attempts asked about in one turn at most.
const AT_ONCE: i64 = 32;
/// How often is looked.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two questions to the same journal: providers allow few of them.
const BETWEEN: Duration = Duration::from_millis(1_100);
/// Calls of one question at most.
const STEPS_MAX: usize = 4;

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        if let Err(error) = turn(&hub, &stop).await {
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
pub async fn turn(hub: &Arc<Hub>, stop: &CancellationToken) -> Result<(), StoreError> {
    let now = hub.now();
    let due = hub.read(move |tx| claim::inquiries(tx, now, AT_ONCE)).await?;
    for (id, slot) in due {
        if stop.is_cancelled() {
            return Ok(());
        }
        let answer = ask(hub, id, slot).await?;
        let event = Event::Inquired { link: slot.link, part: slot.part, answer };
        let jitter = hub.chance.jitter();
        let advance =
            Advance { message: id, event, fence: None, exchange: None, raw: None, jitter };
        hub.advance(advance).await?;
    }
    Ok(())
}

async fn ask(hub: &Arc<Hub>, id: MessageId, slot: Slot) -> Result<JournalAnswer, StoreError> {
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
    let started = Started { earliest, latest: before };
    Ok(question(hub, account, &message, slot, started).await)
}

/// An orphan may have begun at any time since its link was released: the process had stopped.
fn is_orphan(line: Option<&journal::Line>) -> bool {
    line.is_some_and(|l| matches!(l.cause, vestnik_engine::cause::Cause::Orphaned { .. }))
}

/// Between which moments an attempt began.
#[derive(Clone, Copy)]
struct Started {
    earliest: Timestamp,
    latest: Timestamp,
}

async fn question(
    hub: &Hub,
    account: &AccountSetup,
    message: &Message,
    slot: Slot,
    started: Started,
) -> JournalAnswer {
    let link = message.plan.links.get(usize::from(slot.link));
    let Some(content) = link.and_then(|l| l.parts.get(usize::from(slot.part))) else {
        return JournalAnswer::Unsure;
    };
    let submission = Submission {
        message: message.id,
        key: attempt_key(message.id, slot),
        recipient: message.plan.recipient,
        content,
    };
    let attempt = Attempt { submission, started_at: started.earliest, now: hub.now() };
    // A journal lags behind. What it does not show is absent only if that is so however late the
    // attempt began: an orphan may have waited for hours and left just before the process ended.
    let late = Attempt { started_at: started.latest, ..attempt };
    let mut step = Step::FIRST;
    for _ in 0..STEPS_MAX {
        let Some(request) = account.provider.inquire(&account.account, &attempt, step) else {
            return JournalAnswer::Unsure;
        };
        let verdict = match hub.transport.call(request).await {
            Ok(reply) => {
                let read =
                    |attempt| account.provider.inquired(&account.account, attempt, step, &reply);
                match read(&attempt) {
                    Verdict::Absent => read(&late),
                    verdict @ (Verdict::Found { .. } | Verdict::Unsure | Verdict::Ask(_)) => {
                        verdict
                    }
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
