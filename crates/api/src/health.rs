//! Whether the hub lives, whether it takes calls, and its figures.

use crate::Doors;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use std::sync::{Arc, atomic::Ordering};

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

/// Figures in the form Prometheus reads.
pub async fn metrics(State(doors): State<Arc<Doors>>) -> Response {
    let hub = &doors.hub;
    metrics::gauge!("vestnik_submissions_in_flight").set(precise(hub.desk.in_flight()));
    metrics::gauge!("vestnik_reports_in_memory").set(precise(hub.reports.in_memory()));
    let text = (doors.metrics)();
    ([("content-type", "text/plain; version=0.0.4")], text).into_response()
}

fn precise(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
