//! The hosts known under one rule: providers' on one side, addresses somebody gave us on the other.
//! A connection never changes sides.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use url::Url;
use vestnik_provider::wire::Trouble;

use crate::{
    guard::Guard,
    host::{Host, Place},
    settings::{HOSTS_MAX, Route, URL_BYTES_MAX},
};

/// One side.
pub(crate) struct Side {
    /// Where its hosts may lie.
    pub(crate) guard: Guard,
    routes: Vec<Route>,
    in_flight_max: usize,
    /// By scheme, name and port, as spelt by callers and in canonical form.
    hosts: RwLock<HashMap<Box<str>, Arc<Host>>>,
}

impl Side {
    pub(crate) fn new(guard: Guard, routes: Vec<Route>, in_flight_max: usize) -> Self {
        Self { guard, routes, in_flight_max: in_flight_max.max(1), hosts: RwLock::default() }
    }

    /// The host of a URL and the path to ask it for. Only the first request to a host is parsed in
    /// full.
    pub(crate) fn locate<'a>(&self, text: &'a str) -> Result<(Arc<Host>, Cow<'a, str>), Trouble> {
        if text.len() > URL_BYTES_MAX {
            return Err(Trouble::Unusable("the address is too long".to_owned()));
        }
        if let Some((origin, path)) = split(text)
            && let Some(host) = self.known(origin)
        {
            return Ok((host, Cow::Borrowed(path)));
        }
        let url = Url::parse(text).map_err(|e| Trouble::Unusable(format!("the address: {e}")))?;
        let canonical = url.origin().ascii_serialization();
        let host = match self.known(&canonical) {
            // The user name is not a part of the origin.
            Some(host) if url.username().is_empty() && url.password().is_none() => host,
            _ => Arc::new(self.judge(&url)?),
        };
        let mut path = url.path().to_owned();
        if let Some(query) = url.query() {
            path.push('?');
            path.push_str(query);
        }
        let spelt = split(text).map(|(origin, _)| origin);
        self.remember([Some(canonical.as_str()), spelt], &host);
        Ok((host, Cow::Owned(path)))
    }

    /// Gives up what had no work for long. A host without connections is forgotten with them.
    pub(crate) fn sweep(&self, now: Instant) {
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        // Several spellings may share a host: it stays while any exchange holds it.
        let mut held: HashMap<*const Host, usize> = HashMap::new();
        for host in hosts.values() {
            *held.entry(Arc::as_ptr(host)).or_default() += 1;
        }
        hosts.retain(|_, host| {
            let in_use = Arc::strong_count(host) > held[&Arc::as_ptr(host)];
            host.sweep(now) || in_use
        });
    }

    fn known(&self, origin: &str) -> Option<Arc<Host>> {
        self.hosts.read().unwrap_or_else(PoisonError::into_inner).get(origin).cloned()
    }

    fn judge(&self, url: &Url) -> Result<Host, Trouble> {
        let name = url.host_str().unwrap_or_default();
        let route = self.routes.iter().find(|route| route.hosts.fits(name)).map(|route| route.to);
        let host = Host::parse(url, route, self.in_flight_max).map_err(Trouble::Unusable)?;
        match host.place {
            Place::At(address) if route.is_none() && !self.guard.allows(address.ip()) => {
                Err(Trouble::Unusable(format!("{name} lies in a network that is not allowed")))
            }
            Place::At(_) | Place::Named(_) => Ok(host),
        }
    }

    fn remember(&self, origins: [Option<&str>; 2], host: &Arc<Host>) {
        let mut is_full = self.len() + origins.len() > HOSTS_MAX;
        if is_full {
            self.sweep(Instant::now());
            is_full = self.len() + origins.len() > HOSTS_MAX;
        }
        if is_full {
            return;
        }
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        for origin in origins.into_iter().flatten() {
            hosts.entry(origin.into()).or_insert_with(|| Arc::clone(host));
        }
    }

    fn len(&self) -> usize {
        self.hosts.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// Splits a plain URL before its path, if its host is spelt plainly and its path can go out as it
/// stands. Anything else is left to the parser.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let length = rest.bytes().position(|b| matches!(b, b'/' | b'?')).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(length);
    let is_plain = !authority.is_empty()
        && authority.bytes().all(is_of_host)
        && path.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'#' && b != b'\\');
    is_plain.then(|| text.split_at(text.len() - path.len()))
}

fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']')
}
