//! HTTP/1.1 with as little work as possible: known peers, bodies with a length, kept connections.

use std::{future::Future, io, net::SocketAddr, rc::Rc, time::Duration};

use memchr::{memchr, memmem};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::spawn_local,
};

/// Longest message that is read, bytes.
const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Room for a read, bytes.
const READ_BYTES: usize = 4 * 1024;

/// One end of a kept connection.
pub struct Peer {
    stream: TcpStream,
    bytes: Vec<u8>,
    used: usize,
}

/// A request or an answer.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// From the first line to the empty one.
    pub head: &'a [u8],
    /// What follows.
    pub body: &'a [u8],
}

impl Message<'_> {
    /// The status of an answer, 0 if there is none.
    pub fn status(&self) -> u16 {
        let digits = self.head.get(9..12).unwrap_or_default();
        digits.iter().fold(0, |sum, b| sum * 10 + u16::from(b.wrapping_sub(b'0') % 10))
    }

    /// The path of a request.
    pub fn path(&self) -> &[u8] {
        self.head.split(|b| *b == b' ').nth(1).unwrap_or_default()
    }
}

impl Peer {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(TcpStream::connect(address).await?)
    }

    fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, bytes: Vec::with_capacity(READ_BYTES), used: 0 })
    }

    /// Sends bytes in one write.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// The next whole message; `None` at the end of the connection.
    pub async fn next(&mut self) -> io::Result<Option<Message<'_>>> {
        if self.used == self.bytes.len() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..self.used);
        }
        self.used = 0;
        let (head, whole) = loop {
            if let Some(head) = memmem::find(&self.bytes, b"\r\n\r\n") {
                let whole = head + 4 + length(&self.bytes[..head])?;
                if self.bytes.len() >= whole {
                    break (head, whole);
                }
            }
            if self.bytes.len() > MESSAGE_BYTES_MAX {
                return Err(io::Error::other("the message is too long"));
            }
            self.bytes.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.bytes).await? == 0 {
                return Ok(None);
            }
        };
        self.used = whole;
        Ok(Some(Message { head: &self.bytes[..head], body: &self.bytes[head + 4..whole] }))
    }

    /// Sends a request and reads its answer.
    pub async fn ask(&mut self, bytes: &[u8]) -> io::Result<Message<'_>> {
        self.send(bytes).await?;
        self.next().await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

fn length(head: &[u8]) -> io::Result<usize> {
    const NAME: &[u8] = b"content-length:";
    let mut rest = head;
    while let Some(end) = memchr(b'\n', rest) {
        rest = &rest[end + 1..];
        if rest.len() > NAME.len() && rest[..NAME.len()].eq_ignore_ascii_case(NAME) {
            let line = &rest[NAME.len()..memchr(b'\r', rest).unwrap_or(rest.len())];
            let text = std::str::from_utf8(line).unwrap_or_default().trim();
            return text.parse().map_err(|_| io::Error::other("the length is malformed"));
        }
        if rest.first().is_some_and(|b| b | 0x20 == b't')
            && rest.len() > 18
            && rest[..18].eq_ignore_ascii_case(b"transfer-encoding:")
        {
            return Err(io::Error::other("chunked bodies are not read"));
        }
    }
    Ok(0)
}

/// Answers every request of every connection. The answer is written into the buffer, whole; after a
/// pause, if there is one.
pub async fn serve<F>(listener: TcpListener, pause: Duration, answer: F)
where
    F: Fn(Message<'_>, &mut Vec<u8>) + 'static,
{
    let answer = Rc::new(answer);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of sockets: let some go.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        if let Ok(peer) = Peer::new(stream) {
            spawn_local(answer_all(peer, pause, Rc::clone(&answer)));
        }
    }
}

async fn answer_all<F>(mut peer: Peer, pause: Duration, answer: Rc<F>)
where
    F: Fn(Message<'_>, &mut Vec<u8>),
{
    let mut out = Vec::with_capacity(512);
    while let Ok(Some(message)) = peer.next().await {
        out.clear();
        answer(message, &mut out);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if peer.send(&out).await.is_err() {
            return;
        }
    }
}

/// Writes an answer with a JSON body.
pub fn write_answer(out: &mut Vec<u8>, status: &str, body: &[u8]) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_bytes());
    out.extend_from_slice(b"\r\ncontent-type: application/json\r\ncontent-length: ");
    out.extend_from_slice(body.len().to_string().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
}

/// Writes a POST with a JSON body. `extra` holds whole header lines.
pub fn write_post(out: &mut Vec<u8>, path: &str, extra: &str, body: &[u8]) {
    for piece in ["POST ", path, " HTTP/1.1\r\nhost: 127.0.0.1\r\n", extra] {
        out.extend_from_slice(piece.as_bytes());
    }
    out.extend_from_slice(b"content-type: application/json\r\ncontent-length: ");
    out.extend_from_slice(body.len().to_string().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body);
}

/// The raw value of a member of flat JSON: without quotes, as it stands.
pub fn member<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut rest = json;
    loop {
        let at = memmem::find(rest, name.as_bytes())?;
        let is_quoted = at > 0 && rest[at - 1] == b'"' && rest.get(at + name.len()) == Some(&b'"');
        rest = &rest[at + name.len()..];
        let Some(value) = rest.get(1..).map(<[u8]>::trim_ascii_start) else { continue };
        let Some(value) = value.strip_prefix(b":") else { continue };
        if !is_quoted {
            continue;
        }
        let value = value.trim_ascii_start();
        return Some(match value.strip_prefix(b"\"") {
            Some(text) => &text[..memchr(b'"', text)?],
            None => {
                let end = value.iter().position(|b| b",}] \r\n".contains(b));
                &value[..end.unwrap_or(value.len())]
            }
        });
    }
}

/// The digits at the front as a number.
pub fn number(text: &[u8]) -> u64 {
    text.iter()
        .take_while(|b| b.is_ascii_digit())
        .fold(0_u64, |sum, b| sum.wrapping_mul(10).wrapping_add(u64::from(b - b'0')))
}

/// Runs a future until it ends or the time is up.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(time, work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_where_they_are() {
        let json = br#"{"myid":"x","text":"id","id" : "b-17","status":2,"mtNum":"90","last": 5}"#;
        assert_eq!(member(json, "id"), Some(&b"b-17"[..]));
        assert_eq!(member(json, "status"), Some(&b"2"[..]));
        assert_eq!(member(json, "last"), Some(&b"5"[..]));
        assert_eq!(number(member(json, "mtNum").unwrap()), 90);
        assert_eq!(member(json, "none"), None);
    }

    #[test]
    fn lengths_are_read_in_any_case() {
        assert_eq!(length(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nx: y").unwrap(), 12);
        assert_eq!(length(b"GET / HTTP/1.1\r\nhost: x").unwrap(), 0);
        assert!(length(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n").is_err());
    }
}
