//! A small mail server (RFC 5321): takes every mail and shows it on the page `/mails`; nothing leaves
//! it. Recipients with a special meaning: `refused@…` is refused for good (550), `later@…` is put off
//! (451), as a full mailbox and a greylisting server do.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use crate::{limits, mail::Mail, server::Shared};

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves mail until `shutdown` ends.
pub async fn serve(
    listener: TcpListener,
    twin: Shared,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let mut shutdown = std::pin::pin!(shutdown);
    let places = Arc::new(Semaphore::new(limits::MAIL_CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accept = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        tokio::select! {
            biased;
            () = &mut shutdown => return Ok(()),
            Some(_) = connections.join_next() => {}
            (accepted, place) = accept => match accepted {
                Ok((stream, _)) => {
                    let twin = twin.clone();
                    connections.spawn(async move {
                        // A client that goes away in the middle is none of our business.
                        let _ = session(stream, &twin).await;
                        drop(place);
                    });
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// What a client has said so far.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

/// One client's conversation.
async fn session(stream: TcpStream, twin: &Shared) -> io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut envelope = Envelope::default();
    writer.write_all(b"220 twin ESMTP\r\n").await?;
    loop {
        let Some(line) = line(&mut reader).await? else { return Ok(()) };
        let answer = match Command::parse(&line) {
            Command::Hello { is_extended: true } => "250-twin\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            Command::Hello { is_extended: false } => "250 twin",
            Command::Auth => "235 2.7.0 accepted",
            Command::From(from) => {
                envelope = Envelope { from: Some(from), to: Vec::new() };
                "250 2.1.0 ok"
            }
            Command::To(_) if envelope.from.is_none() => "503 5.5.1 MAIL first",
            Command::To(to) => recipient(&mut envelope, to),
            Command::Data if envelope.to.is_empty() => "503 5.5.1 RCPT first",
            Command::Data => {
                writer.write_all(b"354 go ahead\r\n").await?;
                match data(&mut reader).await? {
                    Some(raw) => {
                        keep(twin, std::mem::take(&mut envelope), &raw);
                        "250 2.0.0 kept"
                    }
                    None => "552 5.3.4 too large",
                }
            }
            Command::Reset => {
                envelope = Envelope::default();
                "250 2.0.0 ok"
            }
            Command::Nothing => "250 2.0.0 ok",
            Command::Quit => {
                writer.write_all(b"221 2.0.0 bye\r\n").await?;
                return Ok(());
            }
            Command::Unknown => "500 5.5.2 unknown command",
        };
        writer.write_all(answer.as_bytes()).await?;
        writer.write_all(b"\r\n").await?;
    }
}

fn recipient(envelope: &mut Envelope, to: String) -> &'static str {
    let name = to.split('@').next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "refused" => "550 5.1.1 no such mailbox",
        "later" => "451 4.7.1 try again later",
        _ if envelope.to.len() >= limits::MAIL_RECIPIENTS_MAX => "452 4.5.3 too many recipients",
        _ => {
            envelope.to.push(to);
            "250 2.1.5 ok"
        }
    }
}

enum Command {
    Hello { is_extended: bool },
    Auth,
    From(String),
    To(String),
    Data,
    Reset,
    Nothing,
    Quit,
    Unknown,
}

impl Command {
    fn parse(line: &str) -> Self {
        let upper = line.to_ascii_uppercase();
        let word = upper.split_whitespace().next().unwrap_or_default();
        match word {
            "EHLO" => Self::Hello { is_extended: true },
            "HELO" => Self::Hello { is_extended: false },
            "AUTH" => Self::Auth,
            "DATA" => Self::Data,
            "RSET" => Self::Reset,
            "NOOP" => Self::Nothing,
            "QUIT" => Self::Quit,
            _ if upper.starts_with("MAIL FROM:") => Self::From(address(&line[10..])),
            _ if upper.starts_with("RCPT TO:") => Self::To(address(&line[8..])),
            _ => Self::Unknown,
        }
    }
}

/// What stands between the angle brackets.
fn address(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or(text.trim(), |(address, _)| address).to_owned()
}

/// A line without its end; `None` when the client is gone, silent, or says too much.
async fn line(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut limited = reader.take(limits::MAIL_LINE_BYTES_MAX);
    let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut bytes)).await;
    match read {
        Ok(Ok(0)) | Err(_) => Ok(None),
        Ok(Ok(_)) if !bytes.ends_with(b"\n") => Ok(None),
        Ok(Ok(_)) => Ok(Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())),
        Ok(Err(error)) => Err(error),
    }
}

/// The mail up to the lone dot, dots at the beginning of lines undone; `None` if it is too large.
async fn data(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut mail = Vec::new();
    let mut is_kept = true;
    loop {
        let mut bytes = Vec::new();
        let mut limited = (&mut *reader).take(limits::MAIL_BYTES_MAX);
        let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut bytes)).await;
        let read = read.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if bytes == b".\r\n" || bytes == b".\n" {
            return Ok(is_kept.then_some(mail));
        }
        let text = bytes.strip_prefix(b".").unwrap_or(&bytes);
        let room = usize::try_from(limits::MAIL_BYTES_MAX).unwrap_or(usize::MAX);
        is_kept &= mail.len() + text.len() <= room;
        if is_kept {
            mail.extend_from_slice(text);
        }
    }
}

fn keep(twin: &Shared, envelope: Envelope, raw: &[u8]) {
    twin.with(|twin, now_ms| {
        let from = envelope.from.unwrap_or_default();
        twin.add_mail(Mail::read(now_ms, from, envelope.to, raw));
    });
}
