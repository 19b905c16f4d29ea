//! The client.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use tokio::time::timeout;
use vestnik_provider::{
    port::{Answer, Transport},
    wire::{Reply, Request, Trouble},
};

use crate::{
    connect::connect,
    guard::Guard,
    head,
    host::Host,
    link::{Failure, Link},
    redact::redact_url,
    settings::{IDLE_MAX, Settings},
    side::Side,
    tls::Tls,
};

/// Carries requests to the world.
///
/// A request waits for its turn at the host, takes a kept connection or makes one, is written,
/// and its answer is read whole, all within [`Request::timeout`].
pub struct Client {
    providers: Side,
    untrusted: Side,
    tls: Tls,
    swept_at: Mutex<Instant>,
}

impl Client {
    /// A client. Opens nothing yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let in_flight_max = settings.in_flight_per_host;
        Self {
            providers: Side::new(
                Guard::new(settings.provider_networks),
                settings.routes,
                in_flight_max,
            ),
            untrusted: Side::new(
                Guard::new(settings.untrusted_networks),
                Vec::new(),
                in_flight_max,
            ),
            tls: Tls::new(settings.extra_roots_pem),
            swept_at: Mutex::new(Instant::now()),
        }
    }

    /// Whether `https` addresses can be reached at all: there must be certificates to trust.
    ///
    /// # Errors
    /// What is missing and what to do about it.
    pub fn check_trust(&self) -> Result<(), String> {
        self.tls.connector().map(|_| ())
    }

    /// Closes connections that had no work for long. Happens by itself while there is traffic;
    /// call it now and then to have it also when there is none.
    pub fn sweep(&self) {
        self.sweep_at(Instant::now());
    }

    pub(crate) fn sweep_at(&self, now: Instant) {
        self.providers.sweep(now);
        self.untrusted.sweep(now);
    }

    fn sweep_sometimes(&self) {
        let Ok(mut swept_at) = self.swept_at.try_lock() else { return };
        if swept_at.elapsed() < IDLE_MAX {
            return;
        }
        *swept_at = Instant::now();
        drop(swept_at);
        self.sweep();
    }

    async fn call_on(&self, side: &Side, request: Request) -> Result<Reply, Trouble> {
        let millis = u64::try_from(request.timeout.0).unwrap_or(0).max(1);
        let mut may_have_left = false;
        let carried = self.carry(side, &request, &mut may_have_left);
        let result = match timeout(Duration::from_millis(millis), carried).await {
            Ok(result) => result,
            Err(_) if may_have_left => Err(Trouble::Cut(format!("no answer in {millis} ms"))),
            Err(_) => Err(Trouble::NotConnected(format!("no connection in {millis} ms"))),
        };
        if let Err(trouble) = &result {
            tracing::debug!(
                exchange.label = request.label,
                exchange.url = redact_url(&request.url),
                trouble = trouble.detail(),
                "an exchange failed"
            );
        }
        result
    }

    async fn carry(
        &self,
        side: &Side,
        request: &Request,
        may_have_left: &mut bool,
    ) -> Result<Reply, Trouble> {
        head::check(request).map_err(Trouble::Unusable)?;
        let (host, path) = side.locate(&request.url)?;
        let _slot = host
            .slots
            .acquire()
            .await
            .map_err(|_| Trouble::NotConnected("the client is closing".to_owned()))?;
        loop {
            let (mut link, is_new) = match host.take_idle() {
                Some(link) => (link, false),
                // Apart, since it is rare and large: else every exchange would carry the room for it.
                None => (Box::pin(connect(&host, &side.guard, &self.tls)).await?, true),
            };
            match link.exchange(request, &host.authority, &path, may_have_left).await {
                Ok((reply, keep)) => {
                    self.put_back(&host, link, keep);
                    return Ok(reply);
                }
                Err(Failure::Written(detail)) => {
                    return Err(Trouble::Cut(format!("{}: {detail}", host.authority)));
                }
                Err(Failure::Unwritten(error)) if is_new => {
                    let detail = format!("{}: nothing was written: {error}", host.authority);
                    return Err(Trouble::NotConnected(detail));
                }
                // A kept connection had died, and nothing has left: the next one. There are at
                // most so many as are kept.
                Err(Failure::Unwritten(_)) => {}
            }
        }
    }

    fn put_back(&self, host: &Host, link: Link, keep: Option<Duration>) {
        if let Some(keep) = keep {
            host.keep(link, keep);
        }
        self.sweep_sometimes();
    }
}

impl Transport for Client {
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(self.call_on(&self.providers, request))
    }

    fn call_untrusted(&self, request: Request) -> Answer<'_> {
        Box::pin(self.call_on(&self.untrusted, request))
    }
}
