//! The driver: sleeps until the core is due, lets it take a turn and posts its webhooks. Within an
//! account the core hands out one at a time; different accounts are posted side by side.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::task::JoinSet;

use super::Shared;
use crate::{limits, webhook::HookAnswer, wire::Outgoing};

type Poster = Client<HttpConnector, Full<Bytes>>;

/// How long an answer may take, as the providers say.
const ANSWER_S: f64 = 180.0;
const IDLE: Duration = Duration::from_secs(3_600);

/// Runs for ever.
pub(super) async fn drive(twin: Shared) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let poster: Poster =
        Client::builder(TokioExecutor::new()).pool_max_idle_per_host(64).build(connector);
    let mut posts = JoinSet::new();
    loop {
        let (outgoing, left) = twin.with(|twin, now_ms| {
            let outgoing = twin.turn(now_ms);
            let left_ms = twin.due().map(|due| u64::try_from(due - now_ms).unwrap_or(0));
            (outgoing, left_ms.map_or(IDLE, Duration::from_millis))
        });
        for webhook in outgoing {
            posts.spawn(post(twin.clone(), poster.clone(), webhook));
        }
        while posts.try_join_next().is_some() {}
        if left.is_zero() {
            tokio::task::yield_now().await;
            continue;
        }
        tokio::select! {
            biased;
            () = twin.inner.wake.notified() => {}
            () = tokio::time::sleep(left.min(IDLE)) => {}
        }
    }
}

/// Posts one webhook and tells the core how it went; the account's next one then falls due.
async fn post(twin: Shared, poster: Poster, webhook: Outgoing) {
    let limit = ANSWER_S / twin.with(|twin, _| twin.speed());
    // A minute of simulated time in a millisecond would give nobody a chance to answer.
    let limit = Duration::from_secs_f64(limit.clamp(2.0, ANSWER_S));
    let answer = tokio::time::timeout(limit, send(&poster, &webhook)).await.ok().flatten();
    twin.with(|twin, now_ms| twin.posted(now_ms, webhook.id, answer));
}

async fn send(poster: &Poster, webhook: &Outgoing) -> Option<HookAnswer> {
    let url: Uri = webhook.url.parse().ok()?;
    if !is_local(url.host()?) {
        return None;
    }
    let mut request = Request::builder().method(webhook.method.as_str()).uri(url);
    for (name, value) in &webhook.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(webhook.body.clone()))).ok()?;
    let response = poster.request(request).await.ok()?;
    let status = response.status().as_u16();
    let headers = response.headers().iter().map(|(name, value)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let headers = headers.collect();
    // Read to the end, so that the connection can serve the next one. What is longer than any
    // provider looks at counts as an empty body.
    let limited = Limited::new(response.into_body(), limits::HOOK_ANSWER_BYTES_MAX);
    let body = limited.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
    Some(HookAnswer { status, headers, body })
}

/// A simulator never talks off the machine.
fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
