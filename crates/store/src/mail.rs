//! Mails to people: due, done or exhausted.

use crate::StoreError;
use vestnik_db::{DbError, Row, Tx};
use vestnik_model::{
    id::{MailId, WorkspaceId, id_floor},
    time::Timestamp,
};

/// A mail as it lies in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id; when it was written is in it.
    pub id: MailId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Whom it goes to.
    pub recipient: String,
    /// Where it stands.
    pub state: MailState,
    /// When it is to be tried (again).
    pub due_at: Timestamp,
    /// Tries that came to an end.
    pub attempts: u32,
    /// What it is about, and only once: a second mail under the same key is not written.
    pub dedupe_key: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// What the mail server said last.
    pub answer: Option<String>,
    /// When the mail server took it.
    pub sent_at: Option<Timestamp>,
    /// Whether it was asked for by a hook's address whose credentials were never accepted: anybody
    /// can write such an address, with anybody's box in it.
    pub is_unproven: bool,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// To be sent (again).
    Due,
    /// Taken by the mail server, alone or within another. Final.
    Done,
    /// Given up. Final.
    Exhausted,
    /// Held back: too many were asked for by nobody knows whom. Final.
    Held,
}

impl MailState {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Due, Self::Done, Self::Exhausted, Self::Held];

    /// Its code in the store and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Done => "done",
            Self::Exhausted => "exhausted",
            Self::Held => "held",
        }
    }

    fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Longest list of mails that is read at once.
pub const PAGE_MAX: i64 = 200;

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, recipient, state, due_at, attempts, dedupe_key, \
    subject, body, answer, sent_at, is_unproven FROM mail",
            $rest
        )
    };
}
const DUE: &str = select!(" WHERE state = 'due' AND due_at <= $1 ORDER BY due_at, id LIMIT $2");
const LIST: &str = select!(" WHERE id < $1 AND workspace = $2 ORDER BY id DESC LIMIT $3");
const ADD: &str = "INSERT INTO mail(id, workspace, recipient, due_at, attempts, dedupe_key, \
    subject, body, state, answer, is_unproven) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10) \
    ON CONFLICT (dedupe_key) DO NOTHING";
const PUT: &str = "UPDATE mail SET state = $2, due_at = $3, attempts = $4, answer = $5, \
    sent_at = $6 WHERE id = $1";
const SENT_SINCE: &str = "SELECT count(DISTINCT sent_at), min(sent_at) FROM mail \
    WHERE recipient = $1 AND sent_at >= $2 AND is_unproven = $3";
const UNPROVEN_SINCE: &str = "SELECT count(*), count(CASE WHEN recipient = $2 THEN 1 END) FROM mail \
    WHERE id >= $1 AND is_unproven = 1 AND state <> 'held'";

/// Writes a mail down, unless one of its key was written before.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, mail: &Mail) -> Result<(), StoreError> {
    let row = [
        mail.id.0.into(),
        mail.workspace.0.into(),
        mail.recipient.as_str().into(),
        mail.due_at.0.into(),
        mail.dedupe_key.as_str().into(),
        mail.subject.as_str().into(),
        mail.body.as_str().into(),
        mail.state.code().into(),
        mail.answer.as_deref().into(),
        i64::from(mail.is_unproven).into(),
    ];
    tx.execute(ADD, &row)?;
    Ok(())
}

/// Mails that are due, in the order they are due.
///
/// # Errors
/// See [`StoreError`].
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<Mail>, StoreError> {
    tx.query(DUE, &[now.0.into(), limit.into()])?.iter().map(read).collect()
}

/// How many times something was sent to a recipient since a time, and when the first of them went:
/// mails that went within one count once. Those that are unproven count by themselves.
///
/// # Errors
/// See [`StoreError`].
pub fn sent_since(
    tx: &mut dyn Tx,
    recipient: &str,
    since: Timestamp,
    is_unproven: bool,
) -> Result<(i64, Option<Timestamp>), StoreError> {
    let values = [recipient.into(), since.0.into(), i64::from(is_unproven).into()];
    let rows = tx.query(SENT_SINCE, &values)?;
    let Some(row) = rows.first() else { return Ok((0, None)) };
    Ok((row.int(0)?, row.int_opt(1)?.map(Timestamp)))
}

/// How many unproven mails were let go since a time: all, and to one recipient.
///
/// # Errors
/// See [`StoreError`].
pub fn unproven_since(
    tx: &mut dyn Tx,
    recipient: &str,
    since: Timestamp,
) -> Result<(i64, i64), StoreError> {
    let rows = tx.query(UNPROVEN_SINCE, &[id_floor(since).into(), recipient.into()])?;
    let Some(row) = rows.first() else { return Ok((0, 0)) };
    Ok((row.int(0)?, row.int(1)?))
}

/// Writes down how a try ended, or that it is put off.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, mail: &Mail) -> Result<(), StoreError> {
    let row = [
        mail.id.0.into(),
        mail.state.code().into(),
        mail.due_at.0.into(),
        i64::from(mail.attempts).into(),
        mail.answer.as_deref().into(),
        mail.sent_at.map(|at| at.0).into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// Lists a workspace's mails, newest first, those before one.
///
/// # Errors
/// See [`StoreError`].
pub fn list(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    before: Option<MailId>,
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let row = [before.into(), workspace.0.into(), limit.clamp(1, PAGE_MAX).into()];
    tx.query(LIST, &row)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Mail, StoreError> {
    let state = MailState::by_code(row.text(3)?)
        .ok_or_else(|| DbError::Unreadable("a state of a mail that is not known".to_owned()))?;
    Ok(Mail {
        id: MailId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        recipient: row.text(2)?.to_owned(),
        state,
        due_at: Timestamp(row.int(4)?),
        attempts: u32::try_from(row.int(5)?).unwrap_or(u32::MAX),
        dedupe_key: row.text(6)?.to_owned(),
        subject: row.text(7)?.to_owned(),
        body: row.text(8)?.to_owned(),
        answer: row.text_opt(9)?.map(str::to_owned),
        sent_at: row.int_opt(10)?.map(Timestamp),
        is_unproven: row.int(11)? != 0,
    })
}
