//! Trust: the TLS side of a connection.

use std::sync::{Arc, OnceLock};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_rustls::TlsConnector;

/// The TLS configuration, made when the first `https` address is met: a hub that speaks plain HTTP
/// only needs no certificates.
pub(crate) struct Tls {
    extra_roots_pem: Vec<u8>,
    made: OnceLock<Result<TlsConnector, String>>,
}

impl Tls {
    pub(crate) fn new(extra_roots_pem: Vec<u8>) -> Self {
        Self { extra_roots_pem, made: OnceLock::new() }
    }

    /// The connector, or why there is none.
    pub(crate) fn connector(&self) -> Result<&TlsConnector, String> {
        self.made.get_or_init(|| make(&self.extra_roots_pem)).as_ref().map_err(Clone::clone)
    }
}

fn make(extra_roots_pem: &[u8]) -> Result<TlsConnector, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(extra_roots_pem) {
        let certificate = certificate.map_err(|e| format!("the extra certificates: {e}"))?;
        roots.add(certificate).map_err(|e| format!("the extra certificates: {e}"))?;
    }
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if roots.is_empty() {
        let why = system.errors.first().map(|e| format!(" ({e})")).unwrap_or_default();
        return Err(format!(
            "this system has no trusted root certificates{why}: install the package \
             ca-certificates or set SSL_CERT_FILE"
        ));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| format!("TLS can't be set up: {e}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
