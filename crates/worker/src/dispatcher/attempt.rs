//! One attempt: from the adapter's first request to the outcome on disk.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use vestnik_app::{
    Hub,
    desk::{Feedback, Job},
    part::Part,
    setup::AccountSetup,
};
use vestnik_engine::cascade::Event;
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    port::{Call, Next},
    redact::redact,
    wire::{Reply, Trouble},
};
use vestnik_store::advance::Advance;

/// Calls of one send at most: a provider that never comes to an end is cut off.
const STEPS_MAX: usize = 16;
/// Longest pause before a step that an adapter may ask for.
const STEP_PAUSE_MAX: Millis = Millis::seconds(10);
/// Of this many good exchanges one is kept whole in the journal.
const SAMPLE: u64 = 256;
/// How long is waited between two tries to write an outcome down.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// Attempts by provider and outcome. Kept, since looking them up costs more than counting.
static COUNTERS: Mutex<BTreeMap<(&str, &str), metrics::Counter>> = Mutex::new(BTreeMap::new());

/// Submits one part and writes down what came of it.
pub(super) async fn run(hub: Arc<Hub>, job: Job) {
    let Some(planned) = job.plan.links.get(usize::from(job.slot.link)) else { return };
    let (lane, recipient) = (planned.lane, job.plan.recipient.number());
    let now = hub.now();
    if job.not_before > now {
        tokio::time::sleep(crate::until(job.not_before, now)).await;
    }
    let account = hub.setup().account(planned.account).cloned();
    let (outcome, exchange) = match &account {
        _ if is_past_deadline(&job, hub.now()) => (too_late(), None),
        Some(account) => submit(&hub, account, &job).await,
        None => (account_gone(), None),
    };
    let feedback = feedback(&outcome);
    count(account.as_deref(), &outcome);
    let event = Event::Submitted { link: job.slot.link, part: job.slot.part, outcome };
    let advance = Advance {
        message: job.message,
        event,
        fence: Some(hub.epoch),
        exchange: exchange.map(Arc::from),
        raw: None,
        jitter: hub.chance.jitter(),
    };
    write(&hub, advance).await;
    hub.desk.settle(lane, recipient, feedback, hub.now());
}

/// An outcome must be written: while the store can't, it is tried again. If the process ends
/// before, the attempt is an orphan, and asked about at the next start.
async fn write(hub: &Arc<Hub>, advance: Advance) {
    loop {
        match hub.advance(advance.clone()).await {
            Ok(_) => return,
            Err(vestnik_store::StoreError::Closed) => return,
            Err(error) if error.is_temporary() => {
                tracing::warn!(message.id = advance.message.0, %error, "an outcome must wait");
                tokio::time::sleep(WRITE_AGAIN).await;
            }
            Err(error) => {
                tracing::error!(message.id = advance.message.0, %error, "an outcome is lost");
                return;
            }
        }
    }
}

/// Drives the adapter through its steps. Also gives the exchange, where it is worth keeping.
async fn submit(hub: &Arc<Hub>, account: &AccountSetup, job: &Job) -> (Outcome, Option<String>) {
    let part = match Part::prepare(hub, account, job.message, &job.plan, job.slot).await {
        Ok(part) => part,
        Err(outcome) => return (outcome, None),
    };
    let submission = part.submission();
    let mut next = account.provider.submit(&account.account, &submission);
    for _ in 0..STEPS_MAX {
        let Call { step, request, after, is_visible } = match next {
            Next::Done(outcome) => return (outcome, None),
            Next::Call(call) => call,
        };
        if after.0 > 0 {
            let pause = after.min(STEP_PAUSE_MAX);
            tokio::time::sleep(Duration::from_millis(pause.0.unsigned_abs())).await;
        }
        let label = request.label;
        let is_sample = hub.chance.bits().is_multiple_of(SAMPLE);
        let body = request.body.clone();
        match hub.transport.call(request).await {
            Err(trouble) => {
                let told = tell(account, label, &body, Err(&trouble));
                let outcome = if is_visible { trouble.outcome() } else { not_sent(&trouble) };
                return (outcome, Some(told));
            }
            Ok(reply) => {
                next = account.provider.resume(&account.account, &submission, &step, &reply);
                if let Next::Done(outcome) = next {
                    let is_good = matches!(outcome, Outcome::Accepted { .. });
                    let told =
                        (!is_good || is_sample).then(|| tell(account, label, &body, Ok(&reply)));
                    return (outcome, told);
                }
            }
        }
    }
    let detail = "the provider's answers came to no end".to_owned();
    (Outcome::Unknown { detail }, None)
}

/// A preparing call was lost: the customer has seen nothing.
fn not_sent(trouble: &Trouble) -> Outcome {
    let detail = clip(trouble.detail(), DETAIL_BYTES_MAX).to_owned();
    Outcome::Deferred { retry_after: None, detail, whole_account: true }
}

/// The exchange in words, without secrets.
fn tell(
    account: &AccountSetup,
    label: &str,
    body: &[u8],
    answer: Result<&Reply, &Trouble>,
) -> String {
    let body = String::from_utf8_lossy(body);
    let answer = match answer {
        Ok(reply) => format!("HTTP {}\n{}", reply.status, reply.text()),
        Err(trouble) => format!("no answer: {}", trouble.detail()),
    };
    let text = format!("> {label}\n{body}\n< {answer}");
    redact(&text, account.provider.descriptor(), &account.account)
}

/// A part may have been claimed before the cascade was told that its time is over (after a long
/// stop), or have waited for its recipient's gap.
fn is_past_deadline(job: &Job, now: Timestamp) -> bool {
    job.plan.deadline.is_some_and(|deadline| deadline <= now)
}

/// Nothing was sent. The engine ends what is put off past its deadline.
fn too_late() -> Outcome {
    let detail = "the deadline has passed".to_owned();
    Outcome::Deferred { retry_after: None, detail, whole_account: false }
}

fn account_gone() -> Outcome {
    Outcome::Refused(Failure {
        blame: Blame::Sender,
        reason: Reason::AccountBlocked,
        detail: "the account is not set up any more".to_owned(),
    })
}

fn feedback(outcome: &Outcome) -> Feedback {
    match outcome {
        Outcome::Accepted { .. } | Outcome::Refused(_) => Feedback::Answered,
        Outcome::Deferred { retry_after, whole_account: true, .. } => match retry_after {
            Some(span) => Feedback::Pause(*span),
            // Nobody answered: the circuit decides, not a hint.
            None => Feedback::Unreachable,
        },
        Outcome::Deferred { whole_account: false, .. } => Feedback::Answered,
        Outcome::Unknown { .. } => Feedback::Unreachable,
    }
}

fn count(account: Option<&AccountSetup>, outcome: &Outcome) {
    let provider = account.map_or("none", |a| a.provider.descriptor().code);
    let kind = match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Deferred { .. } => "deferred",
        Outcome::Refused(_) => "refused",
        Outcome::Unknown { .. } => "unknown",
    };
    let mut counters = COUNTERS.lock().unwrap_or_else(PoisonError::into_inner);
    let counter = counters.entry((provider, kind)).or_insert_with(|| {
        metrics::counter!("vestnik_submissions_total", "provider" => provider, "outcome" => kind)
    });
    counter.increment(1);
}
