//! TLS.

use std::{net::SocketAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use vestnik_provider::{port::Transport, wire::Trouble};

use super::server::{Act, OK, Server, local_client, post};
use crate::{Client, Settings};

/// A TLS server for `localhost` that answers every read; its address and its authority's
/// certificate.
async fn start_tls() -> (SocketAddr, Vec<u8>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
        .expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .expect("a name")
        .signed_by(&key, &issuer)
        .expect("a certificate");
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .expect("a configuration");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut bytes = [0; 4096];
                while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {
                    if stream.write_all(OK.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, issuer.pem().into_bytes())
}

#[tokio::test]
async fn a_trusted_server_is_talked_to_over_one_connection() {
    let (address, pem) = start_tls().await;
    let client =
        Client::new(Settings { extra_roots_pem: pem, ..Settings::default() }.with_loopback());
    client.check_trust().expect("there is something to trust");
    let url = format!("https://localhost:{}/x", address.port());
    for _ in 0..3 {
        assert_eq!(client.call(post(url.clone(), 5000)).await.expect("answered").status, 200);
    }
}

#[tokio::test]
async fn an_untrusted_certificate_sends_nothing() {
    let (address, _) = start_tls().await;
    let url = format!("https://localhost:{}/x", address.port());
    let got = local_client().call(post(url, 5000)).await;
    assert!(matches!(got, Err(Trouble::Unreachable(_))), "{got:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_sends_nothing() {
    let (address, pem) = start_tls().await;
    let client =
        Client::new(Settings { extra_roots_pem: pem, ..Settings::default() }.with_loopback());
    let got = client.call(post(format!("https://{address}/x"), 5000)).await;
    assert!(matches!(got, Err(Trouble::Unreachable(_))), "{got:?}");
}

#[tokio::test]
async fn a_server_without_tls_sends_nothing() {
    let server = Server::start(vec![Act::Answer(OK.to_owned())]).await;
    let url = server.url().replace("http:", "https:");
    let got = local_client().call(post(url, 1000)).await;
    assert!(matches!(got, Err(Trouble::NotConnected(_))), "{got:?}");
    assert_eq!(server.counts().1, 0);
}
