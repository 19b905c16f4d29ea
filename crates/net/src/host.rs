//! One host: where it lies, its connections without work, its share of what runs at once.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustls::pki_types::ServerName;
use tokio::sync::Semaphore;
use url::{Host as UrlHost, Url};

use crate::{
    link::{Idle, Link},
    settings::{ADDRESSES_AGE_MAX, IDLE_PER_HOST_MAX},
};

/// Where a host is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Ask the name service.
    Named(String),
    /// Its URL says so, or a route does.
    At(SocketAddr),
}

/// A host we talk to, under one rule of the guard.
pub(crate) struct Host {
    /// Where it is.
    pub(crate) place: Place,
    /// Its port.
    pub(crate) port: u16,
    /// What the `Host` header says.
    pub(crate) authority: String,
    /// The name its certificate must carry, if it speaks TLS.
    pub(crate) tls_name: Option<ServerName<'static>>,
    /// The exchanges that may still begin.
    pub(crate) slots: Semaphore,
    /// One look-up at a time.
    pub(crate) lookup: Semaphore,
    shelf: Mutex<Shelf>,
}

#[derive(Default)]
struct Shelf {
    idle: VecDeque<Idle>,
    addresses: Option<(Instant, Arc<[IpAddr]>)>,
}

impl Host {
    /// Reads what a URL says of its host; `route` overrides where it is. The error is a sentence.
    pub(crate) fn parse(
        url: &Url,
        route: Option<SocketAddr>,
        in_flight_max: usize,
    ) -> Result<Self, String> {
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err("the scheme is neither http nor https".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address with a user name is not allowed".to_owned());
        }
        let port = url.port_or_known_default().ok_or("the address has no port")?;
        let host = url.host().ok_or("the address has no host")?;
        let literal = match &host {
            UrlHost::Domain(_) => None,
            UrlHost::Ipv4(address) => Some(IpAddr::V4(*address)),
            UrlHost::Ipv6(address) => Some(IpAddr::V6(*address)),
        };
        let place = match (route, literal) {
            (Some(to), _) => Place::At(to),
            (None, Some(address)) => Place::At(SocketAddr::new(address, port)),
            (None, None) => Place::Named(host.to_string()),
        };
        let tls_name = match literal {
            _ if !is_tls || route.is_some() => None,
            Some(address) => Some(ServerName::from(address)),
            None => Some(
                ServerName::try_from(host.to_string())
                    .map_err(|_| "the host's name is malformed".to_owned())?,
            ),
        };
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_string(),
        };
        Ok(Self {
            place,
            port,
            authority,
            tls_name,
            slots: Semaphore::new(in_flight_max),
            lookup: Semaphore::new(1),
            shelf: Mutex::default(),
        })
    }

    /// Takes the connection that was used last and is still good.
    pub(crate) fn take_idle(&self) -> Option<Link> {
        let now = Instant::now();
        loop {
            // The lock is gone before the system is asked.
            let idle = self.shelf().idle.pop_back()?;
            if let Some(link) = idle.into_fresh(now) {
                return Some(link);
            }
        }
    }

    /// Puts a connection back for the next exchange.
    pub(crate) fn keep(&self, link: Link, keep: Duration) {
        let idle = Idle::new(link, keep);
        let mut shelf = self.shelf();
        let spilt = (shelf.idle.len() >= IDLE_PER_HOST_MAX).then(|| shelf.idle.pop_front());
        shelf.idle.push_back(idle);
        drop(shelf);
        drop(spilt);
    }

    /// Gives up connections that had no work for long; whether any are left.
    pub(crate) fn sweep(&self, now: Instant) -> bool {
        let mut shelf = self.shelf();
        let (kept, gone): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut shelf.idle).into_iter().partition(|idle| idle.until > now);
        shelf.idle = kept;
        let is_used = !shelf.idle.is_empty();
        drop(shelf);
        drop(gone);
        is_used
    }

    /// What the name service said last, if that is recent.
    pub(crate) fn addresses(&self) -> Option<Arc<[IpAddr]>> {
        let shelf = self.shelf();
        let (at, addresses) = shelf.addresses.as_ref()?;
        (at.elapsed() < ADDRESSES_AGE_MAX).then(|| Arc::clone(addresses))
    }

    /// Remembers what the name service said.
    pub(crate) fn set_addresses(&self, addresses: Arc<[IpAddr]>) {
        self.shelf().addresses = Some((Instant::now(), addresses));
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // Nothing that is done under the lock can leave the shelf half changed.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
