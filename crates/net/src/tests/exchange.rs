//! What becomes of a request.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use vestnik_model::{limits::REPLY_BODY_BYTES_MAX, time::Millis};
use vestnik_provider::{
    port::Transport,
    wire::{Request, Trouble},
};

use super::server::{Act, OK, Server, local_client, post, read_request};
use crate::{Client, Settings, settings::IDLE_MAX};

fn answer() -> Act {
    Act::Answer(OK.to_owned())
}

fn is_cut(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Cut(_))
}

fn is_not_connected(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::NotConnected(_))
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start(vec![answer()]).await;
    let client = local_client();
    for _ in 0..5 {
        let reply = client.call(post(server.url(), 5000)).await.expect("answered");
        assert_eq!((reply.status, reply.text().as_ref()), (200, "ok"));
    }
    assert_eq!(server.counts(), (1, 5));
}

#[tokio::test]
async fn connections_without_work_are_swept() {
    let server = Server::start(vec![answer()]).await;
    let client = local_client();
    client.call(post(server.url(), 5000)).await.expect("answered");
    client.sweep();
    client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts(), (1, 2));
    client.sweep_at(Instant::now() + IDLE_MAX * 2);
    client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts(), (2, 3));
}

#[tokio::test]
async fn the_two_sides_share_no_connection() {
    let server = Server::start(vec![answer()]).await;
    let client = local_client();
    client.call(post(server.url(), 5000)).await.expect("answered");
    client.call_untrusted(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts(), (2, 2));
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced() {
    let server = Server::start(vec![Act::AnswerAndClose(OK.to_owned())]).await;
    let client = local_client();
    for _ in 0..20 {
        client.call(post(server.url(), 5000)).await.expect("answered");
        // The other side's end must have arrived, as it has after any real pause.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.counts(), (20, 20));
}

#[tokio::test]
async fn nothing_is_sent_twice() {
    let server = Server::start(vec![answer(), Act::Close, answer()]).await;
    let client = local_client();
    client.call(post(server.url(), 5000)).await.expect("answered");
    let trouble = client.call(post(server.url(), 5000)).await.expect_err("closed");
    assert!(is_cut(&trouble), "{trouble:?}");
    assert_eq!(server.counts(), (1, 2));
    client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts(), (2, 3));
}

#[tokio::test]
async fn a_refused_connection_sends_nothing() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", closed.local_addr().expect("bound"));
    drop(closed);
    let trouble = local_client().call(post(url, 5000)).await.expect_err("refused");
    assert!(is_not_connected(&trouble), "{trouble:?}");
}

#[tokio::test]
async fn an_unknown_name_sends_nothing() {
    let url = "http://no-such-host.invalid/".to_owned();
    let trouble = local_client().call(post(url, 5000)).await.expect_err("unknown");
    assert!(matches!(trouble, Trouble::Unreachable(_)), "{trouble:?}");
}

#[tokio::test]
async fn answers_that_do_not_come_whole_are_cuts() {
    for act in [
        Act::Close,
        Act::Silence,
        Act::Answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart".to_owned()),
        Act::AnswerAndClose("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\npart".to_owned()),
        Act::AnswerAndClose("HTTP/1.1 200 OK\r\nconte".to_owned()),
        Act::AnswerAndClose(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab".to_owned(),
        ),
        Act::Answer("SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned()),
    ] {
        let server = Server::start(vec![act.clone()]).await;
        let trouble = local_client().call(post(server.url(), 200)).await.expect_err("no answer");
        assert!(is_cut(&trouble), "{act:?}: {trouble:?}");
        assert_eq!(server.counts(), (1, 1), "{act:?}");
    }
}

#[tokio::test]
async fn a_dropped_exchange_leaves_no_connection_behind() {
    let server = Server::start(vec![answer(), Act::Silence, answer()]).await;
    let client = local_client();
    client.call(post(server.url(), 5000)).await.expect("answered");
    let dropped =
        tokio::time::timeout(Duration::from_millis(50), client.call(post(server.url(), 5000)));
    assert!(dropped.await.is_err());
    client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts(), (2, 3));
}

#[tokio::test]
async fn waiting_for_a_turn_sends_nothing() {
    let server = Server::start(vec![Act::Silence]).await;
    let client =
        Client::new(Settings { in_flight_per_host: 1, ..Settings::default() }.with_loopback());
    let (first, second) =
        tokio::join!(client.call(post(server.url(), 400)), client.call(post(server.url(), 200)),);
    assert!(is_cut(&first.expect_err("silent")));
    assert!(is_not_connected(&second.expect_err("no turn")));
    assert_eq!(server.counts(), (1, 1));
}

#[tokio::test]
async fn a_huge_answer_is_cut_and_its_connection_dropped() {
    let body = "x".repeat(REPLY_BODY_BYTES_MAX * 2);
    let huge = format!("HTTP/1.1 500 No\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let server = Server::start(vec![Act::Answer(huge), answer()]).await;
    let client = local_client();
    let reply = client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!((reply.status, reply.body.len()), (500, REPLY_BODY_BYTES_MAX));
    client.call(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(server.counts().0, 2);
}

#[tokio::test]
async fn unasked_bytes_cost_the_connection() {
    let server = Server::start(vec![Act::Answer(format!("{OK}{OK}"))]).await;
    let client = local_client();
    for _ in 0..3 {
        client.call(post(server.url(), 5000)).await.expect("answered");
    }
    assert_eq!(server.counts(), (3, 3));
}

#[tokio::test]
async fn redirects_are_answers() {
    let target = Server::start(vec![answer()]).await;
    let moved =
        format!("HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", target.url());
    let server = Server::start(vec![Act::Answer(moved)]).await;
    let reply = local_client().call_untrusted(post(server.url(), 5000)).await.expect("answered");
    assert_eq!(reply.status, 302);
    assert_eq!(reply.header("location"), Some(target.url().as_str()));
    assert_eq!(target.counts(), (0, 0));
}

#[tokio::test]
async fn a_large_body_arrives_and_an_early_refusal_is_heard() {
    let server = Server::start(vec![answer()]).await;
    let client = local_client();
    let mut request = post(server.url(), 5000);
    request.body = vec![b'x'; 3_000_000];
    assert_eq!(client.call(request.clone()).await.expect("answered").status, 200);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    request.url = format!("http://{}/", listener.local_addr().expect("bound"));
    request.timeout = Millis::seconds(2);
    let refuse = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let refusal = "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(refusal.as_bytes()).await.expect("written");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let (answer, ()) = tokio::join!(client.call(request), refuse);
    // A reset may overtake the answer; then it is a cut, never "nothing was sent".
    match answer {
        Ok(reply) => assert_eq!(reply.status, 413),
        Err(trouble) => assert!(is_cut(&trouble), "{trouble:?}"),
    }
}

#[tokio::test]
async fn the_path_goes_out_as_it_is_spelt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let seen = |stream: TcpStream| async move {
        let mut stream = stream;
        let text = read_request(&mut stream).await.expect("a request");
        stream.write_all(OK.as_bytes()).await.expect("written");
        text.lines().next().unwrap_or_default().to_owned()
    };
    let client = local_client();
    for (path, line) in [
        ("/a%2Fb/c?d=e&f", "POST /a%2Fb/c?d=e&f HTTP/1.1"),
        ("", "POST / HTTP/1.1"),
        ("?q=1", "POST /?q=1 HTTP/1.1"),
        (
            "/привет мир#часть",
            "POST /%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82%20%D0%BC%D0%B8%D1%80 HTTP/1.1",
        ),
    ] {
        // Twice: the second time the host is known.
        for _ in 0..2 {
            let request = post(format!("http://{address}{path}"), 5000);
            let serve = async { seen(listener.accept().await.expect("a connection").0).await };
            let (reply, first_line) = tokio::join!(client.call(request), serve);
            assert_eq!(reply.expect("answered").status, 200);
            assert_eq!(first_line, line);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn many_at_once_share_the_pool() {
    let server = Server::start(vec![answer()]).await;
    let client = std::sync::Arc::new(local_client());
    for _ in 0..3 {
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (client, request) = (std::sync::Arc::clone(&client), post(server.url(), 5000));
                tokio::spawn(async move { client.call(request).await.map(|reply| reply.status) })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.expect("no panic"), Ok(200));
        }
    }
    assert_eq!(server.counts().1, 300);
    assert!(server.counts().0 <= 100, "{:?}", server.counts());
}

#[tokio::test]
async fn a_get_has_no_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address: SocketAddr = listener.local_addr().expect("bound");
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let text = read_request(&mut stream).await.expect("a request");
        stream.write_all(b"HTTP/1.1 204 None\r\n\r\n").await.expect("written");
        text
    };
    let client = local_client();
    let request = Request::get("test.get", format!("http://{address}/x"), Millis::seconds(5));
    let (reply, text) = tokio::join!(client.call(request), serve);
    assert_eq!(reply.expect("answered").status, 204);
    let expected = format!(
        "GET /x HTTP/1.1\r\nhost: {address}\r\nuser-agent: vestnik/{}\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(text, expected);
}
