//! The shell: sockets and real time around the core. One listener serves the providers' APIs, the
//! control door and the handset pages; one driver posts what falls due.

mod driver;
mod live;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    task::JoinSet,
};

use crate::{
    Config, Twin, limits,
    wire::{Behaviour, WireRequest, WireResponse},
};

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// A twin that connections, driver and pages share.
#[derive(Clone)]
pub struct Shared {
    inner: Arc<Inner>,
}

struct Inner {
    twin: Mutex<Twin>,
    changed: watch::Sender<u64>,
    wake: Notify,
}

impl Shared {
    /// Shares a twin.
    pub fn new(twin: Twin) -> Self {
        let changed = watch::Sender::new(twin.changed());
        Self { inner: Arc::new(Inner { twin: Mutex::new(twin), changed, wake: Notify::new() }) }
    }

    /// Lets the core do something at the present time, and wakes whoever waits for its effects.
    pub fn with<T>(&self, act: impl FnOnce(&mut Twin, i64) -> T) -> T {
        // A panic in the core leaves a twin that is odd at worst; tests should still see it.
        let mut twin = self.inner.twin.lock().unwrap_or_else(PoisonError::into_inner);
        let (due_before, seen) = (twin.due(), twin.changed());
        let done = act(&mut twin, now_ms());
        let (due, changed) = (twin.due(), twin.changed());
        drop(twin);
        if changed != seen {
            self.inner.changed.send_replace(changed);
        }
        if due.is_some_and(|due| due_before.is_none_or(|before| due < before)) {
            self.inner.wake.notify_one();
        }
        done
    }

    /// Tells when something changed that a page or a long poll could be waiting for.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Serves a fresh twin at the configured address until the future is dropped.
pub async fn run(config: Config) -> io::Result<()> {
    let listener = TcpListener::bind(config.listen).await?;
    let twin = Twin::new(config.seed, &config);
    serve(listener, Shared::new(twin), std::future::pending()).await
}

/// Serves a twin until `shutdown` ends; open connections end with it.
pub async fn serve(
    listener: TcpListener,
    twin: Shared,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut driver = std::pin::pin!(driver::drive(twin.clone()));
    let places = Arc::new(Semaphore::new(limits::CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let place = places.clone();
        let accept = async {
            let place = place.acquire_owned().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            () = &mut driver => return Ok(()),
            Some(_) = connections.join_next() => {}
            (accepted, place) = accept => match accepted {
                Ok((stream, _)) => {
                    let twin = twin.clone();
                    connections.spawn(async move {
                        connection(stream, twin).await;
                        drop(place);
                    });
                }
                // The machine is out of something (files, memory): others may let go of it.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// Why a connection ends without an answer.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection was cut on purpose")
    }
}

impl std::error::Error for Dropped {}

async fn connection(stream: TcpStream, twin: Shared) {
    // An answer is small: it must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(twin.clone(), request));
    // An error here is a client that went away, or a cut that was asked for.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(twin: Shared, request: Request<Incoming>) -> Result<Response<Body>, Dropped> {
    let (head, body) = request.into_parts();
    let path_and_query = head.uri.path_and_query().map_or("/", |path| path.as_str());
    if let Some(phone) = live::phone_of(head.method.as_str(), path_and_query) {
        let seen = text_of(&head.headers, "last-event-id");
        return Ok(live::stream(twin, phone, seen.parse().unwrap_or(0)));
    }
    let Ok(body) = Limited::new(body, limits::BODY_BYTES_MAX).collect().await else {
        return Ok(to_http(WireResponse::text(413, "request entity too large")));
    };
    let host = head.uri.host().map_or_else(|| text_of(&head.headers, "host"), str::to_owned);
    let request = WireRequest {
        method: head.method.as_str().to_owned(),
        host,
        path_and_query: path_and_query.to_owned(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body: body.to_bytes().to_vec(),
    };
    respond(&twin, &request).await
}

async fn respond(twin: &Shared, request: &WireRequest) -> Result<Response<Body>, Dropped> {
    let mut changes = twin.changes();
    let mut response = twin.with(|twin, now_ms| twin.request(now_ms, request));
    let mut deadline_ms = None;
    loop {
        match response.behaviour {
            Behaviour::Answer { after_ms } => {
                pause(after_ms).await;
                return Ok(to_http(response));
            }
            Behaviour::Cut { after_ms, .. } => {
                pause(after_ms).await;
                return Err(Dropped);
            }
            Behaviour::Poll { until_ms } => {
                let until_ms = *deadline_ms.get_or_insert(until_ms);
                let left_ms = u64::try_from(until_ms - now_ms()).unwrap_or(0);
                let changed = changes.changed();
                if left_ms == 0
                    || tokio::time::timeout(Duration::from_millis(left_ms), changed).await.is_err()
                {
                    return Ok(to_http(response));
                }
                response = twin.with(|twin, now_ms| twin.again(now_ms, request));
            }
        }
    }
}

async fn pause(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

fn to_http(response: WireResponse) -> Response<Body> {
    let mut head = Response::new(Full::new(Bytes::from(response.body)).boxed_unsync());
    *head.status_mut() =
        StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) =
            (http::HeaderName::try_from(name), http::HeaderValue::try_from(value))
        {
            head.headers_mut().append(name, value);
        }
    }
    head
}

fn text_of(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").to_owned()
}

/// Unix milliseconds by the machine's clock.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
