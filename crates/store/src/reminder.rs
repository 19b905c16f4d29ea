//! Reminders: what is to be told at a time before or after a booking. They move with it, and are
//! dropped with it.

use crate::StoreError;
use vestnik_db::{DbError, Row, Tx};
use vestnik_model::{
    id::{CallId, HookId},
    time::Timestamp,
};

/// Which reminder: there is one for each rule of a hook, case and participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReminderKey {
    /// The hook.
    pub hook: HookId,
    /// The hash of the rule's name.
    pub rule: u64,
    /// The hash of the case's id.
    pub case: u64,
    /// The hash of the participant's id.
    pub participant: u64,
}

/// A reminder as it lies in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Which.
    pub key: ReminderKey,
    /// Where it stands.
    pub state: ReminderState,
    /// When it is to be told.
    pub due_at: Timestamp,
    /// The call that spoke last of the booking.
    pub call: CallId,
    /// The version of the booking that it spoke of.
    pub version: i64,
}

/// Where a reminder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderState {
    /// It waits for its time.
    Wait,
    /// It was told, for the time it was due. A booking that moves wakes it again.
    Done,
    /// The booking was called off, or the rule does not hold any more.
    Dropped,
}

impl ReminderState {
    /// All, in the order of their declaration.
    pub const ALL: [Self; 3] = [Self::Wait, Self::Done, Self::Dropped];

    /// Its code in the store and the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }

    fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// The columns that are read, with what follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT hook_id, rule_hash, case_hash, participant_hash, state, due_at, \
    call_id, version FROM reminder",
            $rest
        )
    };
}
const ONE: &str =
    select!(" WHERE hook_id = $1 AND rule_hash = $2 AND case_hash = $3 AND participant_hash = $4");
const DUE: &str = select!(" WHERE state = 'wait' AND due_at <= $1 ORDER BY due_at LIMIT $2");
const OF_HOOK: &str = select!(" WHERE hook_id = $1 ORDER BY rule_hash, case_hash LIMIT $2");
const PUT: &str = "INSERT INTO reminder(hook_id, rule_hash, case_hash, participant_hash, state, \
    due_at, call_id, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
    ON CONFLICT (hook_id, rule_hash, case_hash, participant_hash) DO UPDATE SET \
    state = excluded.state, due_at = excluded.due_at, call_id = excluded.call_id, \
    version = excluded.version";
const END: &str = "UPDATE reminder SET state = $6 WHERE hook_id = $1 AND rule_hash = $2 \
    AND case_hash = $3 AND participant_hash = $4 AND due_at = $5 AND state = 'wait'";
const DROP_CASE: &str = "UPDATE reminder SET state = 'dropped', version = $4 WHERE hook_id = $1 \
    AND rule_hash = $2 AND case_hash = $3 AND state = 'wait' AND version <= $4";
const DROP_HOOK: &str = "DELETE FROM reminder WHERE hook_id = $1";

/// A reminder.
///
/// # Errors
/// See [`StoreError`].
pub fn get(tx: &mut dyn Tx, key: &ReminderKey) -> Result<Option<Reminder>, StoreError> {
    tx.query(ONE, &key_row(key))?.first().map(read).transpose()
}

/// Writes a reminder down as it stands now.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, reminder: &Reminder) -> Result<(), StoreError> {
    let [hook, rule, case, participant] = key_row(&reminder.key);
    let row = [
        hook,
        rule,
        case,
        participant,
        reminder.state.code().into(),
        reminder.due_at.0.into(),
        reminder.call.0.into(),
        reminder.version.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// Ends the reminder that was due at a time; one that has moved since stays.
///
/// # Errors
/// See [`StoreError`].
pub fn end(
    tx: &mut dyn Tx,
    key: &ReminderKey,
    due_at: Timestamp,
    state: ReminderState,
) -> Result<(), StoreError> {
    let [hook, rule, case, participant] = key_row(key);
    tx.execute(END, &[hook, rule, case, participant, due_at.0.into(), state.code().into()])?;
    Ok(())
}

/// Drops what a rule has promised to anybody about a case, unless a later version of it has spoken.
///
/// # Errors
/// See [`StoreError`].
pub fn drop_case(
    tx: &mut dyn Tx,
    hook: HookId,
    rule: u64,
    case: u64,
    version: i64,
) -> Result<(), StoreError> {
    let (rule, case) = (rule.cast_signed().into(), case.cast_signed().into());
    tx.execute(DROP_CASE, &[hook.0.into(), rule, case, version.into()])?;
    Ok(())
}

/// Reminders that are due.
///
/// # Errors
/// See [`StoreError`].
pub fn due(tx: &mut dyn Tx, now: Timestamp, limit: i64) -> Result<Vec<Reminder>, StoreError> {
    tx.query(DUE, &[now.0.into(), limit.into()])?.iter().map(read).collect()
}

/// The reminders of a hook, as far as they are kept.
///
/// # Errors
/// See [`StoreError`].
pub fn of_hook(tx: &mut dyn Tx, hook: HookId, limit: i64) -> Result<Vec<Reminder>, StoreError> {
    tx.query(OF_HOOK, &[hook.0.into(), limit.into()])?.iter().map(read).collect()
}

/// Forgets the reminders of a hook that is removed.
///
/// # Errors
/// See [`StoreError`].
pub fn remove_of_hook(tx: &mut dyn Tx, hook: HookId) -> Result<(), StoreError> {
    tx.execute(DROP_HOOK, &[hook.0.into()])?;
    Ok(())
}

fn key_row(key: &ReminderKey) -> [vestnik_db::Value<'static>; 4] {
    [
        key.hook.0.into(),
        key.rule.cast_signed().into(),
        key.case.cast_signed().into(),
        key.participant.cast_signed().into(),
    ]
}

fn read(row: &Row) -> Result<Reminder, StoreError> {
    let state = ReminderState::by_code(row.text(4)?)
        .ok_or_else(|| DbError::Unreadable("a state of a reminder that is not known".to_owned()))?;
    Ok(Reminder {
        key: ReminderKey {
            hook: HookId(row.int(0)?),
            rule: row.int(1)?.cast_unsigned(),
            case: row.int(2)?.cast_unsigned(),
            participant: row.int(3)?.cast_unsigned(),
        },
        state,
        due_at: Timestamp(row.int(5)?),
        call: CallId(row.int(6)?),
        version: row.int(7)?,
    })
}
