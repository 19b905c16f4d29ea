//! Files that came in with messages: waiting to be fetched, fetched, refused or expired.

use crate::StoreError;
use vestnik_db::{DbError, Row, Rows, Tx, Value};
use vestnik_model::{
    file::FileHash,
    id::{AccountId, IncomingId},
    incoming::IncomingFile,
    time::Timestamp,
};

/// A file that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// The message it came with.
    pub incoming: IncomingId,
    /// Its place in the message.
    pub n: u16,
    /// The account it came to.
    pub account: AccountId,
    /// Where it stands.
    pub state: AttachmentState,
    /// When it is to be tried.
    pub due_at: Timestamp,
    /// Tries that came to an end.
    pub attempts: u32,
    /// Where its bytes are at the provider.
    pub locator: String,
    /// What it is called, empty if nobody said.
    pub name: String,
    /// Its media type: told at first, found in its bytes once it is fetched.
    pub mime: String,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its bytes in our storage.
    pub hash: Option<FileHash>,
    /// Why it stands there, for people.
    pub detail: String,
}

/// Where a file that came in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttachmentState {
    /// To be fetched. The fetcher moves it on.
    Waiting,
    /// In our storage. Final.
    Fetched,
    /// It can't be had, or is not taken. Final.
    Refused,
    /// It could not be had in time. Final.
    Expired,
}

impl AttachmentState {
    /// As stored and spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Fetched => "fetched",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }

    fn parse(code: &str) -> Result<Self, DbError> {
        [Self::Waiting, Self::Fetched, Self::Refused, Self::Expired]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| DbError::Unreadable(format!("attachment state {code}")))
    }
}

/// How a try to fetch ended.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The message.
    pub incoming: IncomingId,
    /// The file's place in it.
    pub n: u16,
    /// Where it stands now.
    pub state: AttachmentState,
    /// When it is tried again.
    pub due_at: Timestamp,
    /// Tries that came to an end.
    pub attempts: u32,
    /// Its media type, by its bytes.
    pub mime: String,
    /// Its size.
    pub size: Option<u64>,
    /// Its bytes.
    pub hash: Option<FileHash>,
    /// Why, for people.
    pub detail: String,
}

const INSERT: &str = "INSERT INTO attachment(incoming_id, n, account_id, state, due_at, attempts, \
    locator, name, mime, size, hash, detail) \
    VALUES ($1, $2, $3, 'waiting', $4, 0, $5, $6, $7, $8, NULL, '') \
    ON CONFLICT (incoming_id, n) DO UPDATE SET state = 'waiting', due_at = excluded.due_at, \
    attempts = 0, locator = excluded.locator, name = excluded.name, mime = excluded.mime, \
    size = excluded.size, hash = NULL, detail = ''";
const DUE: &str = "SELECT incoming_id, n, account_id, state, due_at, attempts, locator, name, mime, \
    size, hash, detail FROM attachment WHERE state = 'waiting' AND due_at <= $1 \
    ORDER BY due_at, incoming_id, n LIMIT $2";
const OF: &str = "SELECT incoming_id, n, account_id, state, due_at, attempts, locator, name, mime, \
    size, hash, detail FROM attachment, @rows(id_wanted bigint) WHERE incoming_id = @r.id_wanted";
const PUT: &str = "UPDATE attachment SET state = $3, due_at = $4, attempts = $5, mime = $6, \
    size = $7, hash = $8, detail = $9 WHERE incoming_id = $1 AND n = $2 AND state = 'waiting'";

/// Notes the files of a message as waiting.
///
/// # Errors
/// See [`StoreError`].
pub fn wait(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    incoming: IncomingId,
    files: &[IncomingFile],
) -> Result<(), StoreError> {
    for (n, file) in files.iter().enumerate() {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        let size = file.size.and_then(|size| i64::try_from(size).ok());
        let row = [
            incoming.0.into(),
            n.into(),
            account.0.into(),
            now.0.into(),
            file.locator.as_str().into(),
            file.name.as_deref().unwrap_or_default().into(),
            file.mime.as_deref().unwrap_or_default().into(),
            size.into(),
        ];
        tx.execute(INSERT, &row)?;
    }
    Ok(())
}

/// Files that are due, oldest first.
///
/// # Errors
/// See [`StoreError`].
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<Attachment>, StoreError> {
    tx.query(DUE, &[now.0.into(), limit.into()])?.iter().map(read).collect()
}

/// The files of messages, in no order.
///
/// # Errors
/// See [`StoreError`].
pub fn of(tx: &mut dyn Tx, ids: &[IncomingId]) -> Result<Vec<Attachment>, StoreError> {
    let mut rows = Rows::new();
    for id in ids {
        rows.push([Value::Int(id.0)]);
    }
    tx.query_rows(OF, &rows)?.iter().map(read).collect()
}

/// Writes down how a try ended.
///
/// # Errors
/// See [`StoreError`].
pub fn fetched(tx: &mut dyn Tx, end: &Fetched) -> Result<(), StoreError> {
    let hash = end.hash.map(|hash| hash.to_string());
    let row = [
        end.incoming.0.into(),
        i64::from(end.n).into(),
        end.state.code().into(),
        end.due_at.0.into(),
        i64::from(end.attempts).into(),
        end.mime.as_str().into(),
        end.size.and_then(|size| i64::try_from(size).ok()).into(),
        hash.as_deref().into(),
        end.detail.as_str().into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

fn read(row: &Row) -> Result<Attachment, StoreError> {
    let number = |i| row.int(i).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    Ok(Attachment {
        incoming: IncomingId(row.int(0)?),
        n: u16::try_from(row.int(1)?).unwrap_or(u16::MAX),
        account: AccountId(row.int(2)?),
        state: AttachmentState::parse(row.text(3)?)?,
        due_at: Timestamp(row.int(4)?),
        attempts: number(5)?,
        locator: row.text(6)?.to_owned(),
        name: row.text(7)?.to_owned(),
        mime: row.text(8)?.to_owned(),
        size: row.int_opt(9)?.and_then(|size| u64::try_from(size).ok()),
        hash: row.text_opt(10)?.and_then(FileHash::parse),
        detail: row.text(11)?.to_owned(),
    })
}
