//! The smallest HTTP client that serves: one request, one connection.

use serde_json::Value;
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const TIMEOUT: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// A header's value; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }
}

/// A request with all it may have; `None` = nobody answered.
pub(crate) fn try_request(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<Answer> {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).ok()?;
    socket.set_read_timeout(Some(TIMEOUT)).ok()?;
    socket.set_nodelay(true).ok()?;
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    socket.write_all(&bytes).ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let bytes = answer[end + 4..].to_vec();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head, text, bytes })
}

/// A request that must be answered.
pub(crate) fn request(port: u16, method: &str, path: &str, body: &[u8]) -> Answer {
    let answer = try_request(port, method, path, &[], body);
    answer.unwrap_or_else(|| panic!("{method} {path} was not answered"))
}

/// A request with JSON that must succeed.
pub(crate) fn json(port: u16, method: &str, path: &str, body: &Value) -> Value {
    let answer = request(port, method, path, &serde_json::to_vec(body).unwrap());
    assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text);
    answer.json()
}

/// A look that must succeed.
pub(crate) fn get(port: u16, path: &str) -> Value {
    let answer = request(port, "GET", path, b"");
    assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
    answer.json()
}
