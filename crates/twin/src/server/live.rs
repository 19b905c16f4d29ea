//! Live updates of a handset page: server-sent events with what changed since the last one.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::stream;
use http::{Response, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::sync::watch;

use super::{Body, Shared};
use crate::phone::handset_of;

/// Changes within this time share an event: a load test must not drown a page.
const GATHER: Duration = Duration::from_millis(40);
/// A comment is sent at least this often, so that both ends notice a dead connection.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// The phone whose updates a request wants.
pub(super) fn phone_of(method: &str, path_and_query: &str) -> Option<String> {
    let path = path_and_query.split('?').next()?;
    let phone = path.strip_prefix("/handset/")?.strip_suffix("/live")?;
    if method != "GET" {
        return None;
    }
    handset_of(phone)
}

struct Watcher {
    twin: Shared,
    phone: String,
    since: u64,
    changes: watch::Receiver<u64>,
}

/// The answer that never ends.
pub(super) fn stream(twin: Shared, phone: String, since: u64) -> Response<Body> {
    let changes = twin.changes();
    let watcher = Watcher { twin, phone, since, changes };
    let events = stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(Frame::data(Bytes::from(event))), watcher))
    });
    let mut response = Response::new(StreamBody::new(events).boxed_unsync());
    let headers = response.headers_mut();
    let value = header::HeaderValue::from_static;
    headers.insert(header::CONTENT_TYPE, value("text/event-stream; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, value("no-store"));
    response
}

impl Watcher {
    /// The next event; `None` when the twin is gone.
    async fn next(&mut self) -> Option<String> {
        loop {
            self.changes.borrow_and_update();
            let (view, revision) =
                self.twin.with(|twin, _| (twin.handset(&self.phone, self.since), twin.changed()));
            self.since = revision;
            if let Some(view) = view {
                return Some(format!("id: {revision}\ndata: {view}\n\n"));
            }
            match tokio::time::timeout(SIGN_OF_LIFE, self.changes.changed()).await {
                Err(_) => return Some(": alive\n\n".to_owned()),
                Ok(Err(_)) => return None,
                Ok(Ok(())) => tokio::time::sleep(GATHER).await,
            }
        }
    }
}
