//! Notices: messages made of a call, followed until it is known what became of them.

use crate::{StoreError, message};
use vestnik_db::{DbError, Row, Tx};
use vestnik_model::{
    id::{CallId, MessageId, WorkspaceId},
    status::Status,
    time::Timestamp,
};

/// A notice as it lies in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The message.
    pub message: MessageId,
    /// The call it was made of.
    pub call: CallId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Where it stands.
    pub state: NoticeState,
    /// When it is looked at next.
    pub due_at: Timestamp,
    /// How often it was looked at.
    pub looks: u32,
    /// What is needed to follow it: versioned JSON that the use cases write.
    pub facts: String,
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeState {
    /// It is followed.
    Open,
    /// The customer has it. Final.
    Delivered,
    /// It failed, and a person was told. Final.
    Failed,
    /// The provider took it, and nothing more could be learnt. Final.
    Unconfirmed,
}

impl NoticeState {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Open, Self::Delivered, Self::Failed, Self::Unconfirmed];

    /// Its code in the store and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Longest list of notices that is read at once.
pub const PAGE_MAX: i64 = 200;

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT message_id, call_id, workspace, state, due_at, looks, facts FROM notice",
            $rest
        )
    };
}
const DUE: &str =
    select!(" WHERE state = 'open' AND due_at <= $1 ORDER BY due_at, message_id LIMIT $2");
const OF_CALL: &str = select!(" WHERE call_id = $1 ORDER BY message_id LIMIT $2");
const LIST: &str =
    select!(" WHERE message_id < $1 AND workspace = $2 ORDER BY message_id DESC LIMIT $3");
const LIST_IN: &str = select!(
    " WHERE message_id < $1 AND workspace = $2 AND state = $4 ORDER BY message_id DESC LIMIT $3"
);
const ADD: &str = "INSERT INTO notice(message_id, call_id, workspace, state, due_at, looks, facts) \
    VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (message_id) DO NOTHING";
const PUT: &str =
    "UPDATE notice SET state = $2, due_at = $3, looks = $4, facts = $5 WHERE message_id = $1";
const HURRY: &str =
    "UPDATE notice SET due_at = $2 WHERE message_id = $1 AND state = 'open' AND due_at > $2";

/// Begins to follow a message; one that is followed already stays as it is.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, notice: &Notice) -> Result<(), StoreError> {
    let row = [
        notice.message.0.into(),
        notice.call.0.into(),
        notice.workspace.0.into(),
        notice.state.code().into(),
        notice.due_at.0.into(),
        notice.facts.as_str().into(),
    ];
    tx.execute(ADD, &row)?;
    Ok(())
}

/// Writes down what a look has shown.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, notice: &Notice) -> Result<(), StoreError> {
    let row = [
        notice.message.0.into(),
        notice.state.code().into(),
        notice.due_at.0.into(),
        i64::from(notice.looks).into(),
        notice.facts.as_str().into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// Writes down what a look has shown and when the next is due. A message whose status has changed
/// since the look has rung in vain meanwhile, for the notice was due already: it is looked at now.
///
/// # Errors
/// See [`StoreError`].
pub fn put_off(
    tx: &mut dyn Tx,
    notice: &Notice,
    seen: Status,
    now: Timestamp,
) -> Result<(), StoreError> {
    let found = message::load(tx, &[notice.message])?;
    let has_changed = found.first().is_some_and(|message| message.cascade.status != seen);
    let due_at = if has_changed { now } else { notice.due_at };
    put(tx, &Notice { due_at, ..notice.clone() })
}

/// Has a notice looked at now: its message has come to an end.
///
/// # Errors
/// See [`StoreError`].
pub fn hurry(tx: &mut dyn Tx, message: MessageId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(HURRY, &[message.0.into(), now.0.into()])?;
    Ok(())
}

/// Notices that are due to be looked at.
///
/// # Errors
/// See [`StoreError`].
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<Notice>, StoreError> {
    tx.query(DUE, &[now.0.into(), limit.into()])?.iter().map(read).collect()
}

/// The notices that were made of a call.
///
/// # Errors
/// See [`StoreError`].
pub fn of_call(tx: &mut dyn Tx, call: CallId) -> Result<Vec<Notice>, StoreError> {
    tx.query(OF_CALL, &[call.0.into(), PAGE_MAX.into()])?.iter().map(read).collect()
}

/// Lists a workspace's notices, newest first, those before a message.
///
/// # Errors
/// See [`StoreError`].
pub fn list(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    state: Option<NoticeState>,
    before: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let limit = limit.clamp(1, PAGE_MAX);
    let (before, workspace, limit) = (before.into(), workspace.0.into(), limit.into());
    let rows = match state {
        None => tx.query(LIST, &[before, workspace, limit])?,
        Some(state) => tx.query(LIST_IN, &[before, workspace, limit, state.code().into()])?,
    };
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Notice, StoreError> {
    let state = NoticeState::by_code(row.text(3)?)
        .ok_or_else(|| DbError::Unreadable("a state of a notice that is not known".to_owned()))?;
    Ok(Notice {
        message: MessageId(row.int(0)?),
        call: CallId(row.int(1)?),
        workspace: WorkspaceId(row.int(2)?),
        state,
        due_at: Timestamp(row.int(4)?),
        looks: u32::try_from(row.int(5)?).unwrap_or(u32::MAX),
        facts: row.text(6)?.to_owned(),
    })
}
