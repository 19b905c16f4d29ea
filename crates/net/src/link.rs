//! A connection, and one exchange over it.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, Waker},
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

/// So long after its last exchange a connection counts as just used.
const WARM: Duration = Duration::from_millis(5);

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

    /// Whether the other side has left it open and silent, as far as the runtime has heard: it costs
    /// nothing to ask, but what came a moment ago may not be known yet.
    fn is_silent(&self) -> bool {
        let mut nobody = Context::from_waker(Waker::noop());
        self.socket().poll_read_ready(&mut nobody).is_pending()
    }

    /// Whether the other side has left it open and silent. Asks the system.
    fn is_fresh(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let seen = SockRef::from(self.socket()).peek(&mut byte);
        matches!(seen, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    fn socket(&self) -> &TcpStream {
        match &self.wire {
            Wire::Plain(stream) => stream,
            Wire::Tls(stream) => stream.get_ref().0,
        }
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
    link: Link,
    /// Since when.
    since: Instant,
    /// When it is given up.
    pub(crate) until: Instant,
}

impl Idle {
    pub(crate) fn new(mut link: Link, keep: Duration) -> Self {
        if link.memory.capacity() > KEPT_BYTES_MAX {
            link.memory = Vec::with_capacity(READ_BYTES_MIN);
        }
        let since = Instant::now();
        Self { link, since, until: since + keep }
    }

    /// The connection, if it is still good at this moment. Servers give up what had no work for
    /// seconds: what had some just now is not worth a question to the system.
    pub(crate) fn into_fresh(self, now: Instant) -> Option<Link> {
        let is_good = if now.saturating_duration_since(self.since) < WARM {
            self.link.is_silent()
        } else {
            self.link.is_fresh()
        };
        (self.until > now && is_good).then_some(self.link)
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn ends() -> (Link, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let ours = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("open");
        let (theirs, _) = listener.accept().await.expect("taken");
        (Link::new(Wire::Plain(ours)), theirs)
    }

    #[tokio::test]
    async fn what_was_closed_or_speaks_unasked_is_not_used_again_however_warm() {
        let keep = Duration::from_secs(60);
        for waited in [Duration::ZERO, WARM] {
            let (link, _theirs) = ends().await;
            let idle = Idle::new(link, keep);
            let asked = idle.since + waited;
            let link = idle.into_fresh(asked).expect("open and silent");
            assert!(Idle::new(link, keep).into_fresh(asked + 2 * keep).is_none(), "kept too long");

            let (talked_to, mut talker) = ends().await;
            talker.write_all(b"HTTP/1.1 408").await.expect("written");
            let (left, leaver) = ends().await;
            drop(leaver);
            for link in [talked_to, left] {
                link.socket().readable().await.expect("news");
                let idle = Idle::new(link, keep);
                let asked = idle.since + waited;
                assert!(idle.into_fresh(asked).is_none(), "{waited:?}");
            }
        }
    }
}
