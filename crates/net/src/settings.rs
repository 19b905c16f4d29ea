//! What can be configured, and the bounds that can't.

use std::{net::SocketAddr, time::Duration};

use ipnet::IpNet;

/// How long a connection may take: every address of the host together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection is kept without work unless its server says less: below what servers
/// commonly allow (60 s and more).
pub const IDLE_MAX: Duration = Duration::from_secs(30);
/// How many connections without work are kept per host.
pub const IDLE_PER_HOST_MAX: usize = 512;
/// Default for the exchanges under way at once with one host. More wait their turn within their
/// own time-out, so that one slow host can't take all sockets.
pub const IN_FLIGHT_PER_HOST_DEFAULT: usize = 512;
/// How long an answer of the name service is believed.
pub const ADDRESSES_AGE_MAX: Duration = Duration::from_secs(30);
/// How many hosts are remembered. One more is served without keeping its connections.
pub const HOSTS_MAX: usize = 4096;
/// Longest head of an answer, bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Longest URL we send to, bytes.
pub const URL_BYTES_MAX: usize = 16 * 1024;

/// What the client may do.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where providers' hosts really lie. The first that fits wins.
    pub routes: Vec<Route>,
    /// Networks that providers may lie in besides the public Internet: an on-premise gateway.
    pub provider_networks: Vec<IpNet>,
    /// Networks that addresses somebody gave us may lie in besides the public Internet.
    pub untrusted_networks: Vec<IpNet>,
    /// Exchanges under way at once with one host.
    pub in_flight_per_host: usize,
    /// Certificates (PEM) trusted besides the system's: a private authority.
    pub extra_roots_pem: Vec<u8>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            routes: Vec::new(),
            provider_networks: Vec::new(),
            untrusted_networks: Vec::new(),
            in_flight_per_host: IN_FLIGHT_PER_HOST_DEFAULT,
            extra_roots_pem: Vec::new(),
        }
    }
}

impl Settings {
    /// The same, with this machine itself allowed everywhere: for a demo and for benches.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        for text in ["127.0.0.0/8", "::1/128"] {
            let network: IpNet = text.parse().expect("the text is a constant network");
            self.provider_networks.push(network);
            self.untrusted_networks.push(network);
        }
        self
    }
}

/// Sends a provider's host elsewhere, over plain HTTP and with the `Host` header untouched: the
/// demo points official hosts to the twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The hosts it is for.
    pub hosts: HostPattern,
    /// Where they are to be found.
    pub to: SocketAddr,
}

/// A host, or all hosts one label below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostPattern {
    /// `api.example.com`.
    Exactly(String),
    /// `*.example.com`: holds `.example.com`.
    LabelBefore(String),
}

impl HostPattern {
    /// Reads `host` or `*.host`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix('*') {
            Some(rest) if rest.starts_with('.') => Self::LabelBefore(rest.to_ascii_lowercase()),
            _ => Self::Exactly(text.to_ascii_lowercase()),
        }
    }

    /// Whether a host (in lower case) is one of them.
    #[must_use]
    pub fn fits(&self, host: &str) -> bool {
        match self {
            Self::Exactly(name) => host == name,
            Self::LabelBefore(rest) => host
                .strip_suffix(rest.as_str())
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
        }
    }
}
