//! Reads an answer from bytes as they come. Pure: no socket here.

use std::{borrow::Cow, mem::MaybeUninit, time::Duration};

use vestnik_provider::wire::Reply;

use crate::settings::{HEAD_BYTES_MAX, IDLE_MAX};

/// Most header lines of an answer.
const HEADERS_MAX: usize = 96;
/// Longest line that gives the size of a chunk, bytes.
const CHUNK_LINE_BYTES_MAX: usize = 4096;
/// Headers that say something to whoever asked.
const KEPT: [&str; 5] = ["retry-after", "content-type", "content-disposition", "date", "location"];

/// Whether the answer is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// More bytes are needed.
    More,
    /// It is, or it was cut at our limit.
    Done,
}

/// An answer that breaks the rules of HTTP/1.1; what exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// How the end of the body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// So many bytes are to come.
    Length(u64),
    /// In chunks.
    Chunked(Chunk),
    /// By the end of the connection.
    UntilClosed,
}

/// What comes next in a chunked body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chunk {
    Size,
    Data(u64),
    LineEnd,
    Trailer,
}

/// An answer on its way.
pub(crate) struct Reader {
    reply: Reply,
    framing: Option<Framing>,
    body_max: usize,
    is_persistent: bool,
    idle_max: Duration,
}

impl Reader {
    /// Reads at most so many bytes of the body.
    pub(crate) fn new(body_max: usize) -> Self {
        Self {
            body_max,
            reply: Reply { status: 0, headers: Vec::new(), body: Vec::new() },
            framing: None,
            is_persistent: false,
            idle_max: IDLE_MAX,
        }
    }

    /// Takes what it can from the front of `input`.
    pub(crate) fn feed(&mut self, input: &mut Vec<u8>) -> Result<Step, Malformed> {
        let mut at = 0;
        let step = self.advance(input, &mut at);
        if at == input.len() {
            input.clear();
        } else {
            input.drain(..at);
        }
        step
    }

    /// The connection has ended properly: whether the answer ends with it.
    pub(crate) fn ends_here(&self) -> bool {
        self.framing == Some(Framing::UntilClosed)
    }

    /// Whether any byte of the answer was understood.
    pub(crate) fn has_begun(&self) -> bool {
        self.framing.is_some()
    }

    /// The answer, and for how long the connection may be kept, if at all.
    pub(crate) fn finish(self) -> (Reply, Option<Duration>) {
        let whole = matches!(self.framing, Some(Framing::Length(0)));
        let keep =
            (whole && self.is_persistent && !self.idle_max.is_zero()).then_some(self.idle_max);
        (self.reply, keep)
    }

    fn advance(&mut self, input: &[u8], at: &mut usize) -> Result<Step, Malformed> {
        while self.framing.is_none() {
            if self.read_head(input, at)? == Step::More {
                return Ok(Step::More);
            }
        }
        loop {
            match self.framing {
                None => return Ok(Step::More),
                Some(Framing::Length(0)) => return Ok(Step::Done),
                Some(Framing::Length(left)) => {
                    let taken = self.take(&input[*at..], left);
                    *at += taken;
                    self.framing = Some(Framing::Length(left - taken as u64));
                    return Ok(if left == taken as u64 || self.is_full() {
                        Step::Done
                    } else {
                        Step::More
                    });
                }
                Some(Framing::UntilClosed) => {
                    *at += self.take(&input[*at..], u64::MAX);
                    return Ok(if self.is_full() { Step::Done } else { Step::More });
                }
                Some(Framing::Chunked(chunk)) => {
                    let before = (*at, chunk);
                    let next = self.read_chunk(chunk, input, at)?;
                    self.framing = Some(next);
                    if self.is_full() && next != Framing::Length(0) {
                        return Ok(Step::Done);
                    }
                    if next == Framing::Chunked(before.1) && *at == before.0 {
                        return Ok(Step::More);
                    }
                }
            }
        }
    }

    fn is_full(&self) -> bool {
        self.reply.body.len() >= self.body_max
    }

    /// Adds up to `wanted` bytes to the body, within its limit; how many.
    fn take(&mut self, input: &[u8], wanted: u64) -> usize {
        let room = self.body_max - self.reply.body.len();
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let taken = input.len().min(wanted).min(room);
        self.reply.body.extend_from_slice(&input[..taken]);
        taken
    }

    fn read_chunk(
        &mut self,
        chunk: Chunk,
        input: &[u8],
        at: &mut usize,
    ) -> Result<Framing, Malformed> {
        let rest = &input[*at..];
        let next = match chunk {
            Chunk::Size => match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((line, 0))) => {
                    *at += line;
                    Chunk::Trailer
                }
                Ok(httparse::Status::Complete((line, size))) => {
                    *at += line;
                    Chunk::Data(size)
                }
                Ok(httparse::Status::Partial) if rest.len() <= CHUNK_LINE_BYTES_MAX => chunk,
                _ => return Err(Malformed("the size of a chunk")),
            },
            Chunk::Data(left) => {
                let taken = self.take(rest, left);
                *at += taken;
                match left - taken as u64 {
                    0 => Chunk::LineEnd,
                    left => Chunk::Data(left),
                }
            }
            Chunk::LineEnd => match rest {
                [b'\r', b'\n', ..] => {
                    *at += 2;
                    Chunk::Size
                }
                [] | [b'\r'] => chunk,
                _ => return Err(Malformed("the end of a chunk")),
            },
            Chunk::Trailer => match rest.iter().position(|b| *b == b'\n') {
                Some(end) => {
                    *at += end + 1;
                    if rest[..end].trim_ascii().is_empty() {
                        return Ok(Framing::Length(0));
                    }
                    chunk
                }
                None if rest.len() <= HEAD_BYTES_MAX => chunk,
                None => return Err(Malformed("the trailer")),
            },
        };
        Ok(Framing::Chunked(next))
    }

    fn read_head(&mut self, input: &[u8], at: &mut usize) -> Result<Step, Malformed> {
        let rest = &input[*at..];
        let mut headers = [MaybeUninit::uninit(); HEADERS_MAX];
        let mut head = httparse::Response::new(&mut []);
        let parser = httparse::ParserConfig::default();
        let length = match parser.parse_response_with_uninit_headers(&mut head, rest, &mut headers)
        {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if rest.len() <= HEAD_BYTES_MAX => return Ok(Step::More),
            Ok(httparse::Status::Partial) => return Err(Malformed("the head is too long")),
            Err(_) => return Err(Malformed("the head")),
        };
        *at += length;
        let status = head.code.unwrap_or_default();
        match status {
            101 => return Err(Malformed("it changes the protocol")),
            100..=199 => return Ok(Step::Done), // Interim: the real one follows.
            200..=999 => {}
            _ => return Err(Malformed("the status")),
        }
        self.reply.status = status;
        let is_old = head.version == Some(0);
        self.take_headers(head.headers, is_old)?;
        Ok(Step::Done)
    }

    fn take_headers(
        &mut self,
        headers: &[httparse::Header<'_>],
        is_old: bool,
    ) -> Result<(), Malformed> {
        let mut length = None;
        let mut encoding: Option<bool> = None;
        self.is_persistent = !is_old;
        for header in headers {
            let (name, value) = (header.name, header.value);
            if name.eq_ignore_ascii_case("content-length") {
                let value = parse_length(value).ok_or(Malformed("the length"))?;
                if length.is_some_and(|known| known != value) {
                    return Err(Malformed("two lengths"));
                }
                length = Some(value);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                encoding = Some(last_word_is(value, "chunked"));
            } else if name.eq_ignore_ascii_case("connection") {
                if has_word(value, "close") {
                    self.is_persistent = false;
                } else if is_old && has_word(value, "keep-alive") {
                    self.is_persistent = true;
                }
            } else if name.eq_ignore_ascii_case("keep-alive") {
                self.idle_max = promised(value).unwrap_or(IDLE_MAX);
            } else if let Some(kept) = KEPT.iter().find(|kept| name.eq_ignore_ascii_case(kept)) {
                let value = String::from_utf8_lossy(value).into_owned();
                self.reply.headers.push((Cow::Borrowed(*kept), value));
            }
        }
        self.framing = Some(match (self.reply.status, encoding, length) {
            (204 | 304, _, _) => Framing::Length(0),
            (_, Some(true), _) => Framing::Chunked(Chunk::Size),
            (_, Some(false), _) | (_, None, None) => Framing::UntilClosed,
            (_, None, Some(length)) => Framing::Length(length),
        });
        // Both ways to tell the length at once is how answers are smuggled (RFC 9112, 6.3).
        if encoding.is_some() && length.is_some() {
            self.is_persistent = false;
        }
        Ok(())
    }
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?.trim();
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn words(value: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    value.split(|b| *b == b',').map(<[u8]>::trim_ascii)
}

fn has_word(value: &[u8], word: &str) -> bool {
    words(value).any(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

fn last_word_is(value: &[u8], word: &str) -> bool {
    words(value).next_back().is_some_and(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

/// `timeout=5` of a `Keep-Alive` header, less a second for the way.
fn promised(value: &[u8]) -> Option<Duration> {
    let value = words(value).find_map(|w| w.strip_prefix(b"timeout="))?;
    let seconds = parse_length(value)?;
    Some(Duration::from_secs(seconds.saturating_sub(1)).min(IDLE_MAX))
}

#[cfg(test)]
mod tests;
