//! Where requests may go.

use tokio::{io::AsyncWriteExt, net::TcpListener};
use vestnik_provider::{port::Transport, wire::Trouble};

use super::server::{Act, OK, Server, local_client, post, read_request};
use crate::{Client, HostPattern, Route, Settings};

/// Ways to spell an inner address.
const ATTACKS: [&str; 20] = [
    "127.0.0.1",
    "localhost",
    "LOCALHOST",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "0177.0.0.1",
    "127.1",
    "127.0.0.1.",
    "①②⑦.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "169.254.169.254",
    "10.0.0.1",
    "0.0.0.0",
    "user@127.0.0.1",
    "8.8.8.8@127.0.0.1",
    "127.0.0.1%2f.example.com",
];

#[tokio::test]
async fn inner_addresses_are_blocked_however_they_are_spelt() {
    let server = Server::start(vec![Act::Answer(OK.to_owned())]).await;
    let client = Client::new(Settings::default());
    for attack in ATTACKS {
        // Twice: what is remembered of a host must not open a way.
        for _ in 0..2 {
            let url = format!("http://{attack}:{}/x", server.address.port());
            let got = client.call_untrusted(post(url.clone(), 2000)).await;
            assert!(matches!(got, Err(Trouble::Unusable(_))), "{url}: {got:?}");
            let got = client.call(post(url.clone(), 2000)).await;
            assert!(matches!(got, Err(Trouble::Unusable(_))), "provider {url}: {got:?}");
        }
    }
    assert_eq!(server.counts(), (0, 0));
}

#[tokio::test]
async fn other_schemes_and_nonsense_are_blocked() {
    let client = local_client();
    for url in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "javascript:alert(1)",
        "unix:/run/socket",
        "//127.0.0.1/",
        "127.0.0.1",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/",
        "",
    ] {
        let got = client.call_untrusted(post(url.to_owned(), 2000)).await;
        assert!(matches!(got, Err(Trouble::Unusable(_))), "{url}: {got:?}");
    }
}

#[tokio::test]
async fn a_user_name_is_refused_even_where_the_host_is_known() {
    let server = Server::start(vec![Act::Answer(OK.to_owned())]).await;
    let client = local_client();
    client.call_untrusted(post(server.url(), 2000)).await.expect("answered");
    let url = format!("http://user:word@{}/", server.address);
    let got = client.call_untrusted(post(url, 2000)).await;
    assert!(matches!(got, Err(Trouble::Unusable(_))), "{got:?}");
}

#[tokio::test]
async fn a_configured_network_opens_one_side_only() {
    let server = Server::start(vec![Act::Answer(OK.to_owned())]).await;
    let networks = vec!["127.0.0.1/32".parse().expect("a network")];
    let client = Client::new(Settings { provider_networks: networks, ..Settings::default() });
    let named = format!("http://localhost:{}/", server.address.port());
    for url in [server.url(), named] {
        assert_eq!(client.call(post(url.clone(), 2000)).await.expect("allowed").status, 200);
        let got = client.call_untrusted(post(url, 2000)).await;
        assert!(matches!(got, Err(Trouble::Unusable(_))), "{got:?}");
    }
}

#[tokio::test]
async fn a_route_leads_elsewhere_and_keeps_the_host_header() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let to = listener.local_addr().expect("bound");
    let route = Route { hosts: HostPattern::parse("*.api.example.com"), to };
    let client = Client::new(Settings { routes: vec![route], ..Settings::default() });
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let text = read_request(&mut stream).await.expect("a request");
        stream.write_all(OK.as_bytes()).await.expect("written");
        text
    };
    let url = "https://1103.api.example.com/waInstance1/sendMessage/token".to_owned();
    let (reply, text) = tokio::join!(client.call(post(url, 2000)), serve);
    assert_eq!(reply.expect("answered").status, 200);
    assert!(text.starts_with("POST /waInstance1/sendMessage/token HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("\r\nhost: 1103.api.example.com\r\n"), "{text}");
}

#[test]
fn patterns_stand_for_one_label() {
    let pattern = HostPattern::parse("*.api.Example.com");
    assert!(pattern.fits("1103.api.example.com"));
    assert!(!pattern.fits("api.example.com"));
    assert!(!pattern.fits(".api.example.com"));
    assert!(!pattern.fits("a.b.api.example.com"));
    assert!(!pattern.fits("evil-api.example.com"));
    assert!(HostPattern::parse("api.example.com").fits("api.example.com"));
    assert!(!HostPattern::parse("api.example.com").fits("x.api.example.com"));
}
