//! Calls of event sources: on disk before they are answered, worked on afterwards, kept for a while
//! so that people can see what came and have it played again.

use crate::StoreError;
use vestnik_db::{Row, Tx, Value};
use vestnik_model::{
    id::{CallId, HookId, WorkspaceId},
    time::Timestamp,
};

/// A call as it lies in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookCall {
    /// Its id; when it came is in it.
    pub id: CallId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The managed hook it came to; `None` = one whose address says everything itself.
    pub hook: Option<HookId>,
    /// The door it came through: the last part of its path.
    pub door: String,
    /// Its query, sealed: it may hold credentials.
    pub sealed: Option<Vec<u8>>,
    /// Its body.
    pub body: Vec<u8>,
    /// Where it stands.
    pub state: CallState,
    /// When it is to be worked on (again).
    pub due_at: Timestamp,
    /// Tries that came to nothing so far.
    pub attempts: u32,
    /// The call it plays again: what that one told may be told again.
    pub replay_of: Option<CallId>,
    /// What came of it: versioned JSON that the use cases write; empty until then.
    pub outcome: String,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// To be worked on.
    New,
    /// Messages were made of it. Final.
    Done,
    /// There was nothing to tell: no rule wanted it, or it had been told. Final.
    Ignored,
    /// Not all that it wanted could be made, and a person was told. Final.
    Failed,
}

impl CallState {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::New, Self::Done, Self::Ignored, Self::Failed];

    /// Its code in the store and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Done => "done",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// Longest list of calls that is read at once.
pub const PAGE_MAX: i64 = 200;

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, hook_id, door, sealed, body, state, due_at, attempts, \
    outcome, replay_of FROM hook_call",
            $rest
        )
    };
}
const DUE: &str = "SELECT id FROM hook_call WHERE state = 'new' AND due_at <= $1 \
    ORDER BY due_at, id LIMIT $2";
const WAITING: &str =
    "SELECT count(*) FROM (SELECT 1 FROM hook_call WHERE state = 'new' LIMIT $1) AS waiting";
const BY_ID: &str = select!(" WHERE id = $1");
const LIST: &str = select!(" WHERE id < $1 AND workspace = $2 ORDER BY id DESC LIMIT $3");
const LIST_FAILED: &str =
    select!(" WHERE id < $1 AND workspace = $2 AND state = 'failed' ORDER BY id DESC LIMIT $3");
const LIST_OF_HOOK: &str =
    select!(" WHERE id < $1 AND workspace = $2 AND hook_id = $4 ORDER BY id DESC LIMIT $3");
const LIST_FAILED_OF_HOOK: &str = select!(
    " WHERE id < $1 AND workspace = $2 AND hook_id = $4 AND state = 'failed' \
     ORDER BY id DESC LIMIT $3"
);
const ADD: &str = "INSERT INTO hook_call(id, workspace, hook_id, door, sealed, body, state, due_at, \
    attempts, outcome, replay_of) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', $9)";
const SETTLE: &str = "UPDATE hook_call SET state = $2, outcome = $3 WHERE id = $1";
const PUT_OFF: &str =
    "UPDATE hook_call SET due_at = $2, attempts = attempts + 1 WHERE id = $1 AND state = 'new'";

/// Writes a call down.
///
/// # Errors
/// See [`StoreError`].
pub fn add(tx: &mut dyn Tx, call: &HookCall) -> Result<(), StoreError> {
    let row = [
        call.id.0.into(),
        call.workspace.0.into(),
        call.hook.map(|hook| hook.0).into(),
        call.door.as_str().into(),
        call.sealed.as_deref().map_or(Value::Null, Value::Bytes),
        Value::Bytes(&call.body),
        call.state.code().into(),
        call.due_at.0.into(),
        call.replay_of.map(|call| call.0).into(),
    ];
    tx.execute(ADD, &row)?;
    Ok(())
}

/// Calls that are due, in the order they are due; without their bodies, which are large.
///
/// # Errors
/// See [`StoreError`].
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<CallId>, StoreError> {
    let rows = tx.query(DUE, &[now.0.into(), limit.into()])?;
    rows.iter().map(|row| Ok(CallId(row.int(0)?))).collect()
}

/// How many calls wait to be worked on, counted up to a limit.
///
/// # Errors
/// See [`StoreError`].
pub fn waiting(tx: &mut dyn Tx, limit: i64) -> Result<i64, StoreError> {
    Ok(tx.query(WAITING, &[limit.into()])?.first().map(|row| row.int(0)).transpose()?.unwrap_or(0))
}

/// A call.
///
/// # Errors
/// See [`StoreError`].
pub fn get(tx: &mut dyn Tx, id: CallId) -> Result<Option<HookCall>, StoreError> {
    tx.query(BY_ID, &[id.0.into()])?.first().map(read).transpose()
}

/// What calls to list: newest first, those before `before`.
#[derive(Debug, Clone, Copy, Default)]
pub struct CallSearch {
    /// The tenant.
    pub workspace: Option<WorkspaceId>,
    /// Of one hook.
    pub hook: Option<HookId>,
    /// Only those that failed.
    pub only_failed: bool,
    /// Only those that came before this one.
    pub before: Option<CallId>,
    /// How many at most.
    pub limit: i64,
}

/// Lists calls, newest first.
///
/// # Errors
/// See [`StoreError`].
pub fn list(tx: &mut dyn Tx, wanted: &CallSearch) -> Result<Vec<HookCall>, StoreError> {
    let before = wanted.before.map_or(i64::MAX, |id| id.0);
    let limit = wanted.limit.clamp(1, PAGE_MAX);
    let workspace = wanted.workspace.map_or(0, |w| w.0);
    let row = [before.into(), workspace.into(), limit.into()];
    let rows = match (wanted.hook, wanted.only_failed) {
        (None, false) => tx.query(LIST, &row)?,
        (None, true) => tx.query(LIST_FAILED, &row)?,
        (Some(hook), false) => {
            let [before, workspace, limit] = row;
            tx.query(LIST_OF_HOOK, &[before, workspace, limit, hook.0.into()])?
        }
        (Some(hook), true) => {
            let [before, workspace, limit] = row;
            tx.query(LIST_FAILED_OF_HOOK, &[before, workspace, limit, hook.0.into()])?
        }
    };
    rows.iter().map(read).collect()
}

/// Ends the work on a call.
///
/// # Errors
/// See [`StoreError`].
pub fn settle(
    tx: &mut dyn Tx,
    id: CallId,
    state: CallState,
    outcome: &str,
) -> Result<(), StoreError> {
    tx.execute(SETTLE, &[id.0.into(), state.code().into(), outcome.into()])?;
    Ok(())
}

/// Puts a call off that could not be worked on just now.
///
/// # Errors
/// See [`StoreError`].
pub fn put_off(tx: &mut dyn Tx, id: CallId, due_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(PUT_OFF, &[id.0.into(), due_at.0.into()])?;
    Ok(())
}

fn read(row: &Row) -> Result<HookCall, StoreError> {
    let state = CallState::by_code(row.text(6)?).ok_or_else(|| {
        vestnik_db::DbError::Unreadable("a state of a call that is not known".to_owned())
    })?;
    Ok(HookCall {
        id: CallId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        hook: row.int_opt(2)?.map(HookId),
        door: row.text(3)?.to_owned(),
        sealed: row.bytes_opt(4)?.map(<[u8]>::to_vec),
        body: row.bytes_opt(5)?.unwrap_or_default().to_vec(),
        state,
        due_at: Timestamp(row.int(7)?),
        attempts: u32::try_from(row.int(8)?).unwrap_or(u32::MAX),
        outcome: row.text(9)?.to_owned(),
        replay_of: row.int_opt(10)?.map(CallId),
    })
}
