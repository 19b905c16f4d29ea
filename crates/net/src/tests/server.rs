//! A server that does what it is told.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use vestnik_model::time::Millis;
use vestnik_provider::wire::Request;

use crate::{Client, Settings};

/// An ordinary answer.
pub(super) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What the server does with a connection's next request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Answers.
    Answer(String),
    /// Answers and closes without having said so.
    AnswerAndClose(String),
    /// Reads the request and closes.
    Close,
    /// Reads the request and says nothing.
    Silence,
}

/// A listening server.
pub(super) struct Server {
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Connections taken.
    pub(super) connections: Arc<AtomicUsize>,
    /// Requests read.
    pub(super) requests: Arc<AtomicUsize>,
}

impl Server {
    /// Answers the n-th request (of all connections) with the n-th act; the last one is repeated.
    pub(super) async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(AtomicUsize::new(0));
        let counters = (Arc::clone(&connections), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counters.0.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(play(stream, acts.clone(), Arc::clone(&counters.1)));
            }
        });
        Self { address, connections, requests }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/path?a=b", self.address)
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.connections.load(Ordering::SeqCst), self.requests.load(Ordering::SeqCst))
    }
}

async fn play(mut stream: TcpStream, acts: Vec<Act>, requests: Arc<AtomicUsize>) {
    while read_request(&mut stream).await.is_some() {
        let n = requests.fetch_add(1, Ordering::SeqCst);
        match &acts[n.min(acts.len() - 1)] {
            Act::Answer(text) => {
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Act::AnswerAndClose(text) => {
                let _ = stream.write_all(text.as_bytes()).await;
                return;
            }
            Act::Close => return,
            Act::Silence => std::future::pending().await,
        }
    }
}

/// The bytes of the next request.
pub(super) async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |value| value.parse().expect("a number"));
        if body.len() >= length {
            return Some(text);
        }
    }
}

/// A client that may talk to this machine.
pub(super) fn local_client() -> Client {
    Client::new(Settings::default().with_loopback())
}

/// A JSON request to be answered within so many milliseconds.
pub(super) fn post(url: String, timeout_ms: i64) -> Request {
    Request::post_json("test.post", url, b"{\"text\":\"hello\"}".to_vec(), Millis(timeout_ms))
}
