//! A connection, and one exchange over it.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;
use vestnik_provider::wire::{Reply, Request};

use crate::{
    head,
    reader::{Reader, Step},
};

/// Bodies up to this go out in one piece with their head, bytes.
const JOINED_BODY_BYTES_MAX: usize = 32 * 1024;
/// At least so much room for a read, bytes.
const READ_BYTES_MIN: usize = 2 * 1024;
/// A kept connection's memory, bytes.
const KEPT_BYTES_MAX: usize = 16 * 1024;

/// The socket under a connection.
pub(crate) enum Wire {
    /// Without TLS.
    Plain(TcpStream),
    /// With it.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection to a host. It carries one exchange at a time, and only its owner uses it.
pub(crate) struct Link {
    wire: Wire,
    memory: Vec<u8>,
}

/// Why an exchange failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Not a byte of the request was taken by the system: it may travel over another connection.
    Unwritten(io::Error),
    /// Something of it may have left.
    Written(String),
}

impl Link {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire, memory: Vec::with_capacity(READ_BYTES_MIN) }
    }

    /// Whether the other side has left it open and silent. Asks the system, not what the runtime
    /// remembers of it.
    pub(crate) fn is_fresh(&self) -> bool {
        let socket = match &self.wire {
            Wire::Plain(stream) => stream,
            Wire::Tls(stream) => stream.get_ref().0,
        };
        let mut byte = [MaybeUninit::uninit()];
        let seen = SockRef::from(socket).peek(&mut byte);
        matches!(seen, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends a request and reads its answer. `may_have_left` is set before the first byte goes.
    /// Also gives for how long the connection may be kept, if at all.
    pub(crate) async fn exchange(
        &mut self,
        request: &Request,
        authority: &str,
        path: &str,
        may_have_left: &mut bool,
    ) -> Result<(Reply, Option<Duration>), Failure> {
        self.memory.clear();
        head::write(&mut self.memory, request, authority, path);
        let is_joined = request.body.len() <= JOINED_BODY_BYTES_MAX;
        if is_joined {
            self.memory.extend_from_slice(&request.body);
        }
        *may_have_left = true;
        let begun = match self.wire.write(&self.memory).await {
            Ok(begun) => begun,
            // A failed write(2) took nothing; TLS may have passed on a part of it.
            Err(error) if matches!(self.wire, Wire::Plain(_)) => {
                *may_have_left = false;
                return Err(Failure::Unwritten(error));
            }
            Err(error) => return Err(Failure::Written(format!("writing failed: {error}"))),
        };
        let rest = if is_joined { &[] } else { request.body.as_slice() };
        let written = self.write_rest(begun, rest).await;
        self.memory.clear();
        let answer = self.read_reply(request.reply_bytes_max).await;
        match (answer, written) {
            (Ok((reply, keep)), Ok(())) => Ok((reply, keep)),
            // An early refusal of a large body: the answer counts, the connection does not.
            (Ok((reply, _)), Err(_)) => Ok((reply, None)),
            (Err(_), Err(error)) => Err(Failure::Written(format!("writing failed: {error}"))),
            (Err(detail), Ok(())) => Err(Failure::Written(detail)),
        }
    }

    async fn write_rest(&mut self, begun: usize, body: &[u8]) -> io::Result<()> {
        if begun < self.memory.len() {
            self.wire.write_all(&self.memory[begun..]).await?;
        }
        if !body.is_empty() {
            self.wire.write_all(body).await?;
        }
        if matches!(self.wire, Wire::Tls(_)) {
            self.wire.flush().await?;
        }
        Ok(())
    }

    async fn read_reply(&mut self, body_max: usize) -> Result<(Reply, Option<Duration>), String> {
        let mut reader = Reader::new(body_max);
        let mut room = READ_BYTES_MIN;
        loop {
            self.memory.reserve(room);
            let count = match self.wire.read_buf(&mut self.memory).await {
                Ok(count) => count,
                Err(error) => return Err(format!("reading failed: {error}")),
            };
            if count == 0 && reader.ends_here() {
                return Ok((reader.finish().0, None));
            }
            if count == 0 {
                let begun = reader.has_begun() || !self.memory.is_empty();
                let when = if begun { "within" } else { "before" };
                return Err(format!("the connection ended {when} the answer"));
            }
            match reader.feed(&mut self.memory) {
                Ok(Step::More) => room = KEPT_BYTES_MAX,
                Ok(Step::Done) => {
                    let (reply, keep) = reader.finish();
                    // Bytes nobody asked for: whose answer would they be?
                    let keep = keep.filter(|_| self.memory.is_empty());
                    return Ok((reply, keep));
                }
                Err(malformed) => return Err(format!("malformed answer: {}", malformed.0)),
            }
        }
    }
}

/// A connection without work.
pub(crate) struct Idle {
    /// The connection.
    pub(crate) link: Link,
    /// When it is given up.
    pub(crate) until: Instant,
}

impl Idle {
    pub(crate) fn new(mut link: Link, keep: Duration) -> Self {
        if link.memory.capacity() > KEPT_BYTES_MAX {
            link.memory = Vec::with_capacity(READ_BYTES_MIN);
        }
        Self { link, until: Instant::now() + keep }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
