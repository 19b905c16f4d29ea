//! The doors for machines: the partner API, the providers' webhooks, event sources, our own API.
//!
//! **Is:** decoding, the order of checks, answers in each dialect's own words. One folder per
//! dialect; its wire types never leave it.
//!
//! **Is not:** decisions or storage: a door calls a use case of `app` and turns its result into
//! bytes.
//!
//! Start with [`Front`], then [`partner`].

pub mod body;
pub mod caller;
pub mod health;
pub mod hook;
pub mod partner;
pub mod server;
pub mod v1;
pub mod webhook;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Request},
    response::Response,
    routing,
};
use futures_util::{FutureExt, future::Either};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use ipnet::IpNet;
use server::Beat;
use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU32},
};
use tower::Service;
use vestnik_app::Hub;

/// What the doors share.
pub struct Doors {
    /// The hub.
    pub hub: Arc<Hub>,
    /// Settings of the doors.
    pub settings: DoorSettings,
    /// Partner calls under way, of all partners.
    pub calls: AtomicU32,
    /// Renders the metrics.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Whether the hub takes calls (false before it is ready and while it stops).
    pub is_ready: std::sync::atomic::AtomicBool,
}

impl Doors {
    /// The whole address a call came to, without its query: by the configured address, else by its
    /// `Host` header.
    #[must_use]
    pub fn address_of(&self, headers: &HeaderMap, path: &str) -> String {
        match &self.settings.public_url {
            Some(url) => format!("{}{path}", url.trim_end_matches('/')),
            None => {
                let host = headers.get("host").and_then(|host| host.to_str().ok());
                format!("http://{}{path}", host.unwrap_or_default())
            }
        }
    }
}

/// Partner calls under way at once, unless another number is configured.
const CONCURRENCY_MAX: u32 = 16_384;

/// Settings of the doors.
#[derive(Debug, Clone)]
pub struct DoorSettings {
    /// Where the partner API lies.
    pub partner_path: String,
    /// Where the world reaches us, without a slash at the end; `None` = as the call says.
    pub public_url: Option<String>,
    /// Networks partners may call from, before any partner's own list; empty = any.
    pub partner_networks: Vec<IpNet>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Partner calls under way at once, of all partners.
    pub concurrency_max: u32,
}

impl Default for DoorSettings {
    fn default() -> Self {
        Self {
            partner_path: "/partner/v6/message".to_owned(),
            public_url: None,
            partner_networks: Vec::new(),
            trusted_proxies: Vec::new(),
            concurrency_max: CONCURRENCY_MAX,
        }
    }
}

/// All doors: the two that carry the load, and the router of all others.
///
/// A message is one partner's call and one webhook or two. Finding a route for them, boxing their
/// bodies and futures and noting their parameters took a tenth of the time they take; so they are
/// known by their paths before the router is asked.
#[derive(Clone)]
pub struct Front {
    doors: Arc<Doors>,
    others: Router,
}

impl Front {
    /// Opens them.
    #[must_use]
    pub fn new(doors: Arc<Doors>) -> Self {
        Self { others: router(Arc::clone(&doors)), doors }
    }

    /// Answers a call.
    ///
    /// It is decided here, not in the future, where the call goes: a future has room for all that it
    /// ever holds, and what is handed from one to the next has room in each. It moves with every call.
    pub(crate) fn answer(
        &self,
        peer: SocketAddr,
        request: Request<Incoming>,
        beat: Beat,
    ) -> impl Future<Output = Response> + use<> {
        let doors = Arc::clone(&self.doors);
        let path = request.uri().path();
        let hot = if path == doors.settings.partner_path {
            Either::Left(partner::message(doors, peer, request))
        } else if let Some(account) = webhook::account(&doors, path) {
            Either::Right(webhook::receive(doors, account, request))
        } else {
            let other = other(self.others.clone(), peer, request, beat);
            return Either::Right(Box::pin(other));
        };
        Either::Left(hot.map(move |response| {
            drop(beat);
            response
        }))
    }
}

async fn other(
    mut router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
    beat: Beat,
) -> Response {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = router.call(request).await;
    // The call lasts until its answer is sent: a long file to a slow reader.
    response.unwrap_or_else(|never| match never {}).map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _until_sent = &beat;
            frame
        }))
    })
}

fn router(doors: Arc<Doors>) -> Router {
    let (v1, document) = v1::router();
    Router::new()
        .route(webhook::SHARED_PATH, routing::post(webhook::receive_shared))
        .merge(hook::router(&doors))
        .route("/providers", routing::get(v1::provider::page))
        .route("/files/{id}/{until}/{signature}/{name}", routing::get(v1::file::shown))
        .route("/health/live", routing::get(health::live))
        .route("/health/ready", routing::get(health::ready))
        .route("/metrics", routing::get(health::metrics))
        .route(
            "/v1/openapi.json",
            routing::get(move || {
                let document = document.clone();
                async move { ([("content-type", "application/json")], document) }
            }),
        )
        .merge(v1)
        .with_state(doors)
}
