//! Reports owed to partners: due, done or exhausted. They stay as the record of what was said.

use crate::{StoreError, message};
use std::collections::BTreeMap;
use vestnik_db::{Row, Rows, Tx, Value};
use vestnik_engine::cascade::Report;
use vestnik_model::{
    id::{LaneId, MessageId},
    time::Timestamp,
};

/// A report as it lies in its row.
#[derive(Debug, Clone)]
pub struct Owed {
    /// The message.
    pub message: MessageId,
    /// What it says; its number is in it.
    pub report: Report,
    /// The lane of its address.
    pub lane: LaneId,
    /// Where it stands.
    pub state: ReportState,
    /// When it is (or was) to be tried.
    pub due_at: Timestamp,
    /// How many tries came to an end.
    pub attempts: u32,
    /// Since when it is owed.
    pub created_at: Timestamp,
    /// The last answer, for people.
    pub answer: Option<String>,
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// To be delivered. The reporter moves it on.
    Due,
    /// Taken by the partner. Final.
    Done,
    /// Given up after its time. A person may send it again.
    Exhausted,
}

impl ReportState {
    /// As stored and spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Done => "done",
            Self::Exhausted => "exhausted",
        }
    }

    fn parse(code: &str) -> Self {
        match code {
            "done" => Self::Done,
            "exhausted" => Self::Exhausted,
            _ => Self::Due,
        }
    }
}

/// How a try of a report ended.
#[derive(Debug, Clone)]
pub struct Reported {
    /// The message.
    pub message: MessageId,
    /// The report's number.
    pub n: u16,
    /// Where it stands now.
    pub state: ReportState,
    /// When it is tried again, with [`ReportState::Due`].
    pub due_at: Timestamp,
    /// How many tries came to an end.
    pub attempts: u32,
    /// The answer, for people.
    pub answer: String,
}

const PUT: &str = "UPDATE report SET state = @r.new_state, due_at = @r.due, \
    attempts = @r.tries, answer = @r.said \
    FROM @rows(key_message bigint, key_n bigint, new_state text, due bigint, tries bigint, \
    said text) WHERE message_id = @r.key_message AND n = @r.key_n";

/// Writes down how tries ended.
///
/// # Errors
/// See [`StoreError`].
pub fn reported(tx: &mut dyn Tx, batch: &[&Reported]) -> Result<(), StoreError> {
    let mut rows = Rows::new();
    for r in batch {
        rows.push([
            r.message.0.into(),
            i64::from(r.n).into(),
            r.state.code().into(),
            r.due_at.0.into(),
            i64::from(r.attempts).into(),
            r.answer.as_str().into(),
        ]);
    }
    tx.execute_rows(PUT, &rows)?;
    let mut later = BTreeMap::new();
    for r in batch {
        // What follows a report that is tried again waits for it; what follows one that was given
        // up is free. After the ordinary case, a report taken, nothing is to be done.
        if r.state == ReportState::Due || r.state == ReportState::Exhausted {
            later.insert(r.message.0, [r.message.0, i64::from(r.n), r.due_at.0]);
        }
    }
    let mut rows = Rows::new();
    for row in later.into_values() {
        rows.push(row.map(Value::Int));
    }
    tx.execute_rows(PUT_LATER, &rows)?;
    Ok(())
}

const PUT_LATER: &str = "UPDATE report SET due_at = @r.due \
    FROM @rows(key_message bigint, key_n bigint, due bigint) \
    WHERE message_id = @r.key_message AND n > @r.key_n AND state = 'due'";

/// A report's place in its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportKey {
    /// When it is due.
    pub due_at: Timestamp,
    /// Its message.
    pub message: MessageId,
    /// Its number.
    pub n: u16,
}

const DUE: &str = "SELECT message_id, lane, state, due_at, attempts, created_at, body, \
    answer FROM report WHERE state = 'due' AND lane = $1 AND due_at <= $2 \
    AND (due_at, message_id, n) > ($3, $4, $5) ORDER BY due_at, message_id, n LIMIT $6";
const RETRYING: &str = "SELECT message_id, due_at FROM report \
    WHERE state = 'due' AND lane = $1 AND due_at > $2 ORDER BY due_at, message_id, n LIMIT $3";
const OWED_BY: &str = "SELECT message_id, lane, state, due_at, attempts, created_at, body, \
    answer FROM report, @rows(key_message bigint) \
    WHERE message_id = @r.key_message AND state = 'due' ORDER BY n";
const OF_MESSAGE: &str = "SELECT message_id, lane, state, due_at, attempts, created_at, body, \
    answer FROM report WHERE message_id = $1 ORDER BY n";
const NEXT: &str = "SELECT min(due_at) FROM report \
    WHERE state = 'due' AND lane = $1 AND due_at > $2";

/// The reports of a lane that are due, oldest first, after the one that was read last.
///
/// # Errors
/// See [`StoreError`].
pub fn due(
    tx: &mut dyn Tx,
    lane: LaneId,
    now: Timestamp,
    after: Option<ReportKey>,
    limit: i64,
) -> Result<Vec<Owed>, StoreError> {
    let (due_at, message, n) =
        after.map_or((i64::MIN, 0, 0), |k| (k.due_at.0, k.message.0, i64::from(k.n)));
    let params =
        [lane.0.into(), now.0.into(), due_at.into(), message.into(), n.into(), limit.into()];
    tx.query(DUE, &params)?.iter().map(read).collect()
}

/// The messages of a lane whose reports wait for their next try, and until when.
///
/// # Errors
/// See [`StoreError`].
pub fn retrying(
    tx: &mut dyn Tx,
    lane: LaneId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(MessageId, Timestamp)>, StoreError> {
    tx.query(RETRYING, &[lane.0.into(), now.0.into(), limit.into()])?
        .iter()
        .map(|row| Ok((MessageId(row.int(0)?), Timestamp(row.int(1)?))))
        .collect()
}

/// All reports that messages still owe, each message's in order: a report must not overtake an
/// earlier one of its message that waits for its next try.
///
/// # Errors
/// See [`StoreError`].
pub fn owed_by(tx: &mut dyn Tx, messages: &[MessageId]) -> Result<Vec<Owed>, StoreError> {
    let mut rows = Rows::new();
    for id in messages {
        rows.push([id.0.into()]);
    }
    let mut owed =
        tx.query_rows(OWED_BY, &rows)?.iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    owed.sort_by_key(|o| (o.message, o.report.n));
    Ok(owed)
}

/// Everything that was or is to be reported about a message.
///
/// # Errors
/// See [`StoreError`].
pub fn of_message(tx: &mut dyn Tx, message: MessageId) -> Result<Vec<Owed>, StoreError> {
    tx.query(OF_MESSAGE, &[message.0.into()])?.iter().map(read).collect()
}

/// When, after `now`, a lane's next report is due.
///
/// # Errors
/// See [`StoreError`].
pub fn next_due_after(
    tx: &mut dyn Tx,
    lane: LaneId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let rows = tx.query(NEXT, &[lane.0.into(), now.0.into()])?;
    Ok(rows.first().map_or(Ok(None), |row| row.int_opt(0))?.map(Timestamp))
}

/// Walks the lanes that owe something, by jumping from lane to lane in the index: the cost is
/// that of the lanes, not of their reports.
const LANES: &str = "WITH RECURSIVE hop(lane) AS (\
    SELECT (SELECT min(lane) FROM report WHERE state = 'due') \
    UNION ALL SELECT (SELECT min(r.lane) FROM report AS r WHERE r.state = 'due' \
    AND r.lane > hop.lane) FROM hop WHERE hop.lane IS NOT NULL) \
    SELECT lane FROM hop WHERE lane IS NOT NULL LIMIT $1";

/// The lanes that owe reports.
///
/// # Errors
/// See [`StoreError`].
pub fn lanes(tx: &mut dyn Tx, limit: i64) -> Result<Vec<LaneId>, StoreError> {
    tx.query(LANES, &[limit.into()])?.iter().map(|row| Ok(LaneId(row.int(0)?))).collect()
}

const RESEND: &str = "UPDATE report SET state = 'due', due_at = $2, created_at = $2, attempts = 0 \
    WHERE message_id = $1 AND state = 'exhausted'";

/// Takes up a message's exhausted reports again. Returns how many.
///
/// # Errors
/// See [`StoreError`].
pub fn resend(tx: &mut dyn Tx, now: Timestamp, message: MessageId) -> Result<u64, StoreError> {
    Ok(tx.execute(RESEND, &[message.0.into(), now.0.into()])?)
}

fn read(row: &Row) -> Result<Owed, StoreError> {
    Ok(Owed {
        message: MessageId(row.int(0)?),
        lane: LaneId(row.int(1)?),
        state: ReportState::parse(row.text(2)?),
        due_at: Timestamp(row.int(3)?),
        attempts: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
        created_at: Timestamp(row.int(5)?),
        report: message::parse(row.text(6)?)?,
        answer: row.text_opt(7)?.map(str::to_owned),
    })
}
