//! Where the server is, and how to speak to it.

use std::{fmt, sync::Arc, time::Duration};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres::{
    Config,
    config::{SslMode, TargetSessionAttrs},
};
use vestnik_db::DbError;

/// How long a connection may take to be made, per host.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A silent connection is probed after this long, then thrice, so that a dead host is noticed.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
/// Between two probes.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
/// Probes without an answer before the connection is given up.
const KEEPALIVE_RETRIES: u32 = 3;
/// How long sent bytes may stay unacknowledged.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(30);

/// A database's address: `postgres://user:password@host:port/name?sslmode=…`.
///
/// `sslmode` is `disable`, `prefer` (the same here: a server with a certificate of its own making
/// can't be verified), or `require`, `verify-ca`, `verify-full`: TLS, and the server's name must be
/// certified by the system's roots, or by those in the file `sslrootcert=…`.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: Option<Arc<ClientConfig>>,
}

impl fmt::Debug for Address {
    /// Shows no password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("hosts", &self.config.get_hosts())
            .field("ports", &self.config.get_ports())
            .field("database", &self.config.get_dbname())
            .field("has_tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

impl Address {
    /// Reads an address. The error's text never repeats it: it may hold a password.
    ///
    /// # Errors
    /// [`DbError::Statement`] if it is malformed or its root certificates can't be read.
    pub fn parse(url: &str) -> Result<Self, DbError> {
        let (plain, tls) = take_tls(url)?;
        let mut config: Config = plain.parse().map_err(|_| {
            DbError::Statement(
                "the address of the database is malformed; it has the form \
                 postgres://user:password@host:port/name?sslmode=require"
                    .to_owned(),
            )
        })?;
        let tls = match tls {
            Tls::Off => None,
            Tls::On { roots } => Some(Arc::new(client(roots.as_deref())?)),
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        if config.get_application_name().is_none() {
            config.application_name("vestnik");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        config
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(UNACKNOWLEDGED_MAX);
        Ok(Self { config, tls })
    }

    /// The settings of a connection; a writer's must lead to a server that takes writes.
    pub(crate) fn config(&self, must_write: MustWrite) -> Config {
        let mut config = self.config.clone();
        if must_write == MustWrite::Yes {
            config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        }
        config
    }

    pub(crate) fn tls(&self) -> Option<&Arc<ClientConfig>> {
        self.tls.as_ref()
    }
}

/// Whether a connection is of use on a server that takes no writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MustWrite {
    Yes,
    No,
}

#[derive(Debug, PartialEq, Eq)]
enum Tls {
    Off,
    On { roots: Option<String> },
}

/// Takes the members about TLS out of an address: the client library knows but some of them.
fn take_tls(url: &str) -> Result<(String, Tls), DbError> {
    let (head, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut is_on, mut roots, mut rest) = (false, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("sslmode", "disable" | "prefer")) => is_on = false,
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => is_on = true,
            Some(("sslmode", _)) => {
                return Err(DbError::Statement(
                    "sslmode is one of disable, prefer, require, verify-ca, verify-full".to_owned(),
                ));
            }
            Some(("sslrootcert", path)) => roots = Some(path.to_owned()),
            Some(_) | None => rest.push(pair),
        }
    }
    let plain =
        if rest.is_empty() { head.to_owned() } else { format!("{head}?{}", rest.join("&")) };
    Ok((plain, if is_on { Tls::On { roots } } else { Tls::Off }))
}

fn client(roots: Option<&str>) -> Result<ClientConfig, DbError> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(path) => {
            let unreadable = |what: &dyn fmt::Display| {
                DbError::Statement(format!("root certificates {path}: {what}"))
            };
            for found in CertificateDer::pem_file_iter(path).map_err(|e| unreadable(&e))? {
                let certificate = found.map_err(|e| unreadable(&e))?;
                store.add(certificate).map_err(|e| unreadable(&e))?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        let text = "no root certificates to verify the database's server by: name a file with \
                    sslrootcert=…";
        return Err(DbError::Statement(text.to_owned()));
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| DbError::Statement(e.to_string()))?;
    Ok(builder.with_root_certificates(store).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_taken_out_of_the_address() {
        let check = |url: &str, plain: &str, tls: Tls| {
            assert_eq!(take_tls(url).unwrap(), (plain.to_owned(), tls), "{url}");
        };
        check("postgres://h/d", "postgres://h/d", Tls::Off);
        check("postgres://h/d?sslmode=prefer", "postgres://h/d", Tls::Off);
        check("postgres://h/d?sslmode=require", "postgres://h/d", Tls::On { roots: None });
        check(
            "postgres://h/d?sslrootcert=/ca.pem&options=-cx&sslmode=verify-full",
            "postgres://h/d?options=-cx",
            Tls::On { roots: Some("/ca.pem".to_owned()) },
        );
        assert!(take_tls("postgres://h/d?sslmode=allow").is_err());
    }

    #[test]
    fn a_password_is_never_told() {
        let wrong = ["postgres://u@h/d?secret=x", "postgres://u:secret@h:port/d", "secret"];
        for url in wrong {
            let error = Address::parse(url).unwrap_err().to_string();
            assert!(!error.contains("cret"), "{error}");
        }
        let address = Address::parse("postgres://u:secret@h/d").unwrap();
        assert!(!format!("{address:?}").contains("secret"));
    }
}
