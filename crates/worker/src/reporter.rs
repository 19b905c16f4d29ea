//! The reporter: posts reports to partners.

use crate::alarm::Alarm;
use metrics::Counter;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
    time::Duration,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestnik_app::{
    Hub,
    hub::ReportFacts,
    report_desk::{Load, Loaded, ReportJob},
};
use vestnik_engine::retry::report_pause;
use vestnik_model::{
    id::{MessageId, id_time},
    limits::{DETAIL_BYTES_MAX, REPORT_TIMEOUT, clip},
    time::Timestamp,
};
use vestnik_provider::wire::{Reply, Request, Trouble};
use vestnik_store::{
    StoreError,
    batch::Command,
    message,
    report::{self, ReportKey, ReportState, Reported},
};

/// Longest sleep without anything to do.
const IDLE: Duration = Duration::from_secs(5);
/// Reports read from disk at once.
const LOAD: i64 = 512;
/// How long is waited between two tries to write a result down.
const WRITE_AGAIN: Duration = Duration::from_millis(500);

/// Tries that were taken, and those that were not. Kept, since looking them up costs more than counting.
static TAKEN: LazyLock<Counter> =
    LazyLock::new(|| metrics::counter!("vestnik_reports_total", "result" => "taken"));
static FAILED: LazyLock<Counter> =
    LazyLock::new(|| metrics::counter!("vestnik_reports_total", "result" => "failed"));

/// Runs until the stop, then until what is under way has come to its end.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut tasks = JoinSet::new();
    let mut alarm = Alarm::new(IDLE);
    loop {
        let now = hub.now();
        let turn = hub.reports.turn(now);
        for job in turn.jobs {
            tasks.spawn(deliver(Arc::clone(&hub), job));
        }
        for load in turn.loads {
            tasks.spawn(read_lane(Arc::clone(&hub), load));
        }
        alarm.set(turn.next.map_or(IDLE, |at| crate::until(at, now).min(IDLE)));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = hub.reports.bell() => {}
            () = alarm.rung() => {}
        }
        while let Some(ended) = tasks.try_join_next() {
            log_panic(&ended);
        }
    }
    while let Some(ended) = tasks.join_next().await {
        log_panic(&ended);
    }
}

fn log_panic(ended: &Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a report broke off by a fault of ours");
    }
}

/// How a try ended.
struct Tried {
    is_taken: bool,
    is_reached: bool,
    answer: String,
}

async fn deliver(hub: Arc<Hub>, job: ReportJob) {
    let tried = post(&hub, &job).await;
    let now = hub.now();
    let attempts = job.attempts.saturating_add(1);
    let pause = report_pause(attempts, now - job.created_at, hub.chance.jitter());
    let (state, due_at) = match (tried.is_taken, pause) {
        (true, _) => (ReportState::Done, now),
        (false, Some(pause)) => (ReportState::Due, now + pause),
        (false, None) => (ReportState::Exhausted, now),
    };
    let counter = if tried.is_taken { &TAKEN } else { &FAILED };
    counter.increment(1);
    if state == ReportState::Exhausted {
        tracing::error!(message.id = job.message.0, report.n = job.report.n, "report exhausted");
    }
    let reported = Reported {
        message: job.message,
        n: job.report.n,
        state,
        due_at,
        attempts,
        answer: tried.answer,
    };
    write(&hub, reported).await;
    let retry_at = (state == ReportState::Due).then_some(due_at);
    hub.reports.settle(&job, tried.is_reached, retry_at, hub.now());
}

async fn write(hub: &Hub, reported: Reported) {
    loop {
        let again = reported.clone();
        match hub.command(move |reply| Command::Reported(again, reply)).await {
            Err(error) if error.is_temporary() && error != StoreError::Closed => {
                tokio::time::sleep(WRITE_AGAIN).await;
            }
            Err(error) => {
                tracing::error!(message.id = reported.message.0, %error, "a report's end is lost");
                return;
            }
            Ok(()) => return,
        }
    }
}

/// Posts to the message's own address; if that can't be used at all, to the partner's.
async fn post(hub: &Hub, job: &ReportJob) -> Tried {
    let setup = hub.setup();
    let partners =
        setup.partner_by_id(job.partner).and_then(|p| p.partner.settings.notify_url.as_deref());
    let Some(url) = job.plan.notify_url.as_deref().or(partners) else {
        let answer = "there is no address to report to".to_owned();
        return Tried { is_taken: true, is_reached: true, answer };
    };
    let facts = ReportFacts {
        report: &job.report,
        submitted_at: job.report.accepted.unwrap_or_else(|| id_time(job.message.0)),
        partner: job.partner,
    };
    let render = || hub.renderer.render(job.message, &job.plan, &facts);
    let request =
        |url: &str| Request::post_json("report", url.to_owned(), render(), REPORT_TIMEOUT);
    let mut answer = hub.transport.call_untrusted(request(url)).await;
    let is_useless = matches!(answer, Err(Trouble::Unreachable(_) | Trouble::Unusable(_)));
    if let Some(other) = partners.filter(|other| is_useless && *other != url) {
        answer = hub.transport.call_untrusted(request(other)).await;
    }
    judge(answer)
}

/// Any 2xx counts as taken.
fn judge(answer: Result<Reply, Trouble>) -> Tried {
    match answer {
        Ok(reply) => {
            let is_taken = (200..300).contains(&reply.status);
            let answer = if is_taken {
                format!("HTTP {}", reply.status)
            } else {
                clip(&format!("HTTP {}: {}", reply.status, reply.text()), DETAIL_BYTES_MAX)
                    .to_owned()
            };
            Tried { is_taken, is_reached: reply.status < 500, answer }
        }
        Err(trouble) => Tried {
            is_taken: false,
            is_reached: false,
            answer: clip(trouble.detail(), DETAIL_BYTES_MAX).to_owned(),
        },
    }
}

/// Reads a lane's due reports from disk, with what they need.
async fn read_lane(hub: Arc<Hub>, load: Load) {
    const PATIENCE: vestnik_model::time::Millis = vestnik_model::time::Millis(500);
    let now = hub.now();
    match hub.read(move |tx| read(tx, load, now)).await {
        Ok(loaded) => hub.reports.loaded(load.lane, loaded, now),
        Err(error) => {
            tracing::error!(lane.id = load.lane.0, %error, "reports could not be read");
            hub.reports.not_loaded(load.lane, now + PATIENCE);
        }
    }
}

fn read(tx: &mut dyn vestnik_store::Tx, load: Load, now: Timestamp) -> Result<Loaded, StoreError> {
    let due = report::due(tx, load.lane, now, load.after, LOAD)?;
    let is_all = due.len() < usize::try_from(LOAD).unwrap_or(usize::MAX);
    let mut ids: Vec<MessageId> = due.iter().map(|o| o.message).collect();
    ids.sort_unstable();
    ids.dedup();
    let messages: BTreeMap<_, _> =
        message::load(tx, &ids)?.into_iter().map(|m| (m.id, m)).collect();
    let mut loaded = Loaded::default();
    if let Some(last) = due.last() {
        let (due_at, message, n) = (last.due_at, last.message, last.report.n);
        loaded.cursor = Some(ReportKey { due_at, message, n });
    }
    let mut waits: BTreeSet<MessageId> = BTreeSet::new();
    for owed in report::owed_by(tx, &ids)? {
        let Some(message) = messages.get(&owed.message) else { continue };
        if waits.contains(&owed.message) || owed.due_at > now {
            // It waits for its next try, and what follows it waits with it: its own due time will
            // bring them back.
            waits.insert(owed.message);
            continue;
        }
        loaded.jobs.push(ReportJob {
            message: owed.message,
            partner: message.partner,
            plan: Arc::clone(&message.plan),
            report: owed.report,
            lane: load.lane,
            attempts: owed.attempts,
            created_at: owed.created_at,
        });
    }
    if is_all {
        loaded.cursor = None;
        loaded.next_due = report::next_due_after(tx, load.lane, now)?;
    }
    Ok(loaded)
}
