//! What customers wrote, on its way to partners: due, done or exhausted.

use crate::StoreError;
use vestnik_db::{DbError, Row, Tx};
use vestnik_model::{
    id::{IncomingId, LaneId, PartnerId},
    time::Timestamp,
};

/// A message that came in, owed to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedMo {
    /// The message.
    pub incoming: IncomingId,
    /// Whom it is told to.
    pub partner: PartnerId,
    /// The lane of the address it goes to.
    pub lane: LaneId,
    /// When it is to be tried.
    pub due_at: Timestamp,
    /// Tries that came to an end.
    pub attempts: u32,
}

/// Where it stands after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoState {
    /// To be told (again).
    Due,
    /// Taken. Final.
    Done,
    /// Given up after its time. Final.
    Exhausted,
}

impl MoState {
    fn code(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Done => "done",
            Self::Exhausted => "exhausted",
        }
    }
}

const OWE: &str = "INSERT INTO mo(incoming_id, partner, lane, state, due_at, attempts) \
    VALUES ($1, $2, $3, 'due', $4, 0) ON CONFLICT (incoming_id, partner) DO NOTHING";
const LANES: &str = "SELECT m.lane, m.due_at FROM mo m, \
    (SELECT lane, min(incoming_id) AS head FROM mo WHERE state = 'due' GROUP BY lane) h \
    WHERE m.state = 'due' AND m.lane = h.lane AND m.incoming_id = h.head AND NOT EXISTS \
    (SELECT 1 FROM mo e WHERE e.incoming_id = m.incoming_id AND e.partner < m.partner \
    AND e.lane = m.lane AND e.state = 'due') ORDER BY m.due_at, m.lane LIMIT $1";
const DUE: &str = "SELECT incoming_id, partner, lane, due_at, attempts FROM mo \
    WHERE state = 'due' AND lane = $1 ORDER BY incoming_id, partner LIMIT $2";
const PUT: &str = "UPDATE mo SET state = $3, due_at = $4, attempts = $5, answer = $6 \
    WHERE incoming_id = $1 AND partner = $2";

/// Owes a message to a partner.
///
/// # Errors
/// See [`StoreError`].
pub fn owe(
    tx: &mut dyn Tx,
    now: Timestamp,
    incoming: IncomingId,
    partner: PartnerId,
    lane: LaneId,
) -> Result<(), StoreError> {
    tx.execute(OWE, &[incoming.0.into(), partner.0.into(), lane.0.into(), now.0.into()])?;
    Ok(())
}

/// Lanes that have something to tell, with the time at which the first of it is due (what comes after
/// waits for it); those that are due first come first.
///
/// # Errors
/// See [`StoreError`].
pub fn lanes(tx: &mut dyn Tx, limit: i64) -> Result<Vec<(LaneId, Timestamp)>, StoreError> {
    let rows = tx.query(LANES, &[limit.into()])?;
    rows.iter().map(|row| Ok((LaneId(row.int(0)?), Timestamp(row.int(1)?)))).collect()
}

/// What a lane has to tell, in the order it came in, due or not: nothing overtakes what failed.
///
/// # Errors
/// See [`StoreError`].
pub fn of_lane(tx: &mut dyn Tx, lane: LaneId, limit: i64) -> Result<Vec<OwedMo>, StoreError> {
    Ok(tx
        .query(DUE, &[lane.0.into(), limit.into()])?
        .iter()
        .map(read)
        .collect::<Result<Vec<_>, DbError>>()?)
}

fn read(row: &Row) -> Result<OwedMo, DbError> {
    Ok(OwedMo {
        incoming: IncomingId(row.int(0)?),
        partner: PartnerId(row.int(1)?),
        lane: LaneId(row.int(2)?),
        due_at: Timestamp(row.int(3)?),
        attempts: u32::try_from(row.int(4)?).unwrap_or(u32::MAX),
    })
}

/// Writes down how a try ended.
///
/// # Errors
/// See [`StoreError`].
pub fn told(
    tx: &mut dyn Tx,
    mo: &OwedMo,
    state: MoState,
    due_at: Timestamp,
    answer: &str,
) -> Result<(), StoreError> {
    let attempts = i64::from(mo.attempts) + 1;
    let row = [
        mo.incoming.0.into(),
        mo.partner.0.into(),
        state.code().into(),
        due_at.0.into(),
        attempts.into(),
        answer.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

const WAIT: &str = "UPDATE mo SET due_at = $3 WHERE incoming_id = $1 AND partner = $2";

/// Puts a telling off without counting a try: something that belongs to it is not there yet.
///
/// # Errors
/// See [`StoreError`].
pub fn wait(tx: &mut dyn Tx, mo: &OwedMo, due_at: Timestamp) -> Result<(), StoreError> {
    tx.execute(WAIT, &[mo.incoming.0.into(), mo.partner.0.into(), due_at.0.into()])?;
    Ok(())
}
