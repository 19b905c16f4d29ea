//! The shell over a real socket, with the twin as its own webhook receiver.

use std::{net::SocketAddr, time::Duration};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use vestnik_twin::{Config, Shared, Twin, config::TOKEN, serve};

/// One request on a connection of its own; the answer's head and body.
async fn call(to: SocketAddr, method: &str, path: &str, body: &Value) -> (String, String) {
    let mut stream = TcpStream::connect(to).await.expect("connects");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: 1103.api.green-api.com\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("writes");
    let mut answer = String::new();
    // A connection that is cut may end in an error; what came before counts.
    let _ = stream.read_to_string(&mut answer).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn calls_webhooks_live_updates_and_cuts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let shared = Shared::new(Twin::new(1, &Config::default()));
    let mut changes = shared.changes();
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(listener, shared.clone(), shutdown));

    let api = |method: &str| format!("/waInstance1234567890/{method}/{TOKEN}");
    let settings = json!({
        "webhookUrl": format!("http://{address}/twin/sink/hub"), "outgoingWebhook": "yes",
    });
    let (head, _) = call(address, "POST", &api("setSettings"), &settings).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");

    let mut live = TcpStream::connect(address).await.expect("connects");
    let request = "GET /handset/79001234567/live HTTP/1.1\r\nhost: x\r\n\r\n";
    live.write_all(request.as_bytes()).await.expect("writes");

    let message = json!({ "chatId": "79001234567@c.us", "message": "Привет" });
    let (_, body) = call(address, "POST", &api("sendMessage"), &message).await;
    assert!(body.contains("idMessage"), "{body}");

    let wait = async {
        loop {
            let (_, body) = call(address, "GET", "/twin/sink/hub", &Value::Null).await;
            let kept: Vec<Value> = serde_json::from_str(&body).expect("a list");
            if kept.len() >= 2 {
                return kept;
            }
            changes.changed().await.expect("the twin lives");
        }
    };
    let kept = tokio::time::timeout(Duration::from_secs(30), wait).await.expect("two webhooks");
    assert_eq!(kept[0]["body"]["status"], "sent");
    assert_eq!(kept[1]["body"]["status"], "delivered");

    let seen = async {
        let mut text = String::new();
        let mut piece = [0; 4096];
        while !text.contains("Привет") {
            let size = live.read(&mut piece).await.expect("reads");
            assert_ne!(size, 0, "the stream ended: {text}");
            text.push_str(&String::from_utf8_lossy(&piece[..size]));
        }
    };
    tokio::time::timeout(Duration::from_secs(30), seen).await.expect("a live update");

    let cut = json!({ "chatId": "79990000499@c.us", "message": "x" });
    let (head, _) = call(address, "POST", &api("sendMessage"), &cut).await;
    assert_eq!(head, "", "the connection is cut without an answer");

    stop.send(()).expect("the server listens");
    server.await.expect("no panic").expect("no error");
}
