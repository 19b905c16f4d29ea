//! Whether the hub lives, whether it takes calls, and its figures.

use crate::Doors;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::{Arc, Once, atomic::Ordering};

/// The process runs.
pub async fn live() -> &'static str {
    "live\n"
}

/// The store answers, what comes in can be written down, and calls are taken.
pub async fn ready(State(doors): State<Arc<Doors>>) -> Response {
    let hindrance = hindrance(&doors).await;
    hindrance.map_or_else(
        || "ready\n".into_response(),
        |why| (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {why}\n")).into_response(),
    )
}

async fn hindrance(doors: &Doors) -> Option<String> {
    if !doors.is_ready.load(Ordering::Relaxed) {
        return Some("it starts or stops".to_owned());
    }
    if let Some(error) = doors.hub.writer.trouble() {
        return Some(format!("nothing can be written down ({error})"));
    }
    let read = doors.hub.read(|tx| vestnik_store::config::version(tx)).await;
    read.err().map(|error| format!("nothing can be read ({error})"))
}

/// What the counters count.
const COUNTERS: [(&str, &str); 15] = [
    ("vestnik_accounts_stopped_total", "Accounts that were stopped until somebody acts."),
    ("vestnik_attempts_broken_total", "Attempts that broke off by a fault of ours."),
    ("vestnik_files_in_total", "Files that came in, by how fetching them ended."),
    ("vestnik_hook_calls_ended_total", "Calls of hooks, by how work on them ended."),
    (
        "vestnik_hook_calls_refused_total",
        "Calls of hooks refused because one address sent too many.",
    ),
    ("vestnik_hook_calls_total", "Calls of hooks that were taken, by door."),
    ("vestnik_mails_total", "Mails, by what came of a try."),
    ("vestnik_mo_total", "Customers' messages told to partners, by result."),
    ("vestnik_notices_repeated_total", "Messages of hooks that were sent once more."),
    ("vestnik_notices_total", "Messages of hooks, by what became of them."),
    ("vestnik_partner_calls_total", "Calls of the partner API, by the code of the answer."),
    ("vestnik_reports_total", "Reports to partners, by result of a try."),
    ("vestnik_rows_swept_total", "Rows that were deleted because their time was over."),
    ("vestnik_submissions_total", "Attempts to submit, by provider and outcome."),
    ("vestnik_webhooks_total", "Providers' webhooks: understood, unreadable or forged."),
];
/// What the gauges show.
const GAUGES: [(&str, &str); 2] = [
    ("vestnik_reports_in_memory", "Reports that wait in memory to be posted."),
    ("vestnik_submissions_in_flight", "Attempts to submit that are under way."),
];

/// Tells the figures' meanings, once there is somebody to tell.
fn describe() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (name, words) in COUNTERS {
            metrics::describe_counter!(name, words);
        }
        for (name, words) in GAUGES {
            metrics::describe_gauge!(name, words);
        }
    });
}

/// Figures in the form Prometheus reads.
pub async fn metrics(State(doors): State<Arc<Doors>>) -> Response {
    describe();
    let hub = &doors.hub;
    metrics::gauge!("vestnik_submissions_in_flight").set(precise(hub.desk.in_flight()));
    metrics::gauge!("vestnik_reports_in_memory").set(precise(hub.reports.in_memory()));
    let text = (doors.metrics)();
    ([("content-type", "text/plain; version=0.0.4")], text).into_response()
}

fn precise(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
