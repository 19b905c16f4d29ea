//! A message's row: its plan, which never changes, and its state, which every step rewrites.

use crate::{StoreError, slot::Slot};
use std::sync::Arc;
use vestnik_db::{DbError, Row, Rows, Tx, Value};
use vestnik_engine::{
    cascade::{CASCADE_VERSION, Cascade},
    plan::{PLAN_VERSION, Plan},
};
use vestnik_model::{
    id::{Epoch, MessageId, PartnerId, WorkspaceId},
    status::Status,
    time::{Millis, Timestamp},
};

/// A message as it lies in its row.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id; its time is in it.
    pub id: MessageId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Who asked for it.
    pub partner: PartnerId,
    /// What was asked for.
    pub plan: Arc<Plan>,
    /// Where it is.
    pub cascade: Cascade,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it is looked at again, as its row says: see [`Message::next_wake`].
    pub(crate) wake_at: Option<Timestamp>,
    /// The part that its own writer has begun to submit, and under which epoch; `None` = unknown.
    pub(crate) attempt: Option<(Slot, Epoch)>,
}

/// How much earlier than needed a row may say that its message is looked at again.
const WAKE_SLACK: Millis = Millis::seconds(60);
/// Room that the text of a state is given, with its status, for what it will say in the end, bytes:
/// of its head, of each link (four times), of each part (the provider's id).
const STATE_ROOM: [usize; 3] = [88, 136, 96];

impl Message {
    /// The provider's id of one of its bubbles.
    pub(crate) fn remote_id(&self, slot: Slot) -> Option<&str> {
        let link = self.cascade.links.get(usize::from(slot.link))?;
        link.parts.get(usize::from(slot.part))?.remote.as_deref()
    }

    /// When the message is to be looked at again, as its row shall say from now on.
    ///
    /// It is left as it is if it is only a little early: to be woken for nothing costs one step, once,
    /// of a message whose time ran out; to move the mark costs two changes of an index for every
    /// message. A time that has passed already (an attempt is under way and must come to its end
    /// first) is looked at again a little later.
    pub(crate) fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        const PATIENCE: Millis = Millis::seconds(5);
        let at = self.cascade.wake_at(&self.plan)?;
        let at = if at <= now { now + PATIENCE } else { at };
        let is_near = |said: &Timestamp| *said > now && *said <= at && at - *said <= WAKE_SLACK;
        self.wake_at.filter(is_near).or(Some(at))
    }
}

/// A state as its column holds it, with its status beside it: JSON, and spaces behind it.
///
/// A row that grows moves its neighbours, and pages split. Therefore a state has from the start the
/// room for what it will become.
pub(crate) fn state_text(cascade: &Cascade) -> Result<String, StoreError> {
    let [head, link, part] = STATE_ROOM;
    let parts: usize = cascade.links.iter().map(|link| link.parts.len()).sum();
    let room = head + cascade.links.len() * link + parts * part;
    // In one piece of memory, which it fills.
    let mut text = Vec::with_capacity(room);
    let unreadable = |error: String| StoreError::from(DbError::Unreadable(error));
    serde_json::to_writer(&mut text, cascade).map_err(|e| unreadable(e.to_string()))?;
    let taken = text.len() + cascade.status.code().len();
    text.resize(text.len() + room.saturating_sub(taken), b' ');
    String::from_utf8(text).map_err(|e| unreadable(e.to_string()))
}

const LOAD: &str = "SELECT id, workspace, partner, updated_at, plan, state, wake_at \
    FROM message, @rows(id_wanted bigint) WHERE id = @r.id_wanted";

/// Loads messages by id, in no order; those that do not exist are left out.
///
/// # Errors
/// See [`StoreError`].
pub fn load(tx: &mut dyn Tx, ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
    let mut rows = Rows::new();
    for id in ids {
        rows.push([Value::Int(id.0)]);
    }
    tx.query_rows(LOAD, &rows)?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Message, StoreError> {
    let plan: Plan = parse(row.text(4)?)?;
    let cascade: Cascade = parse(row.text(5)?)?;
    if plan.v > PLAN_VERSION || cascade.v > CASCADE_VERSION {
        return Err(DbError::Unreadable("written by a newer version".to_owned()).into());
    }
    Ok(Message {
        id: MessageId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        partner: PartnerId(row.int(2)?),
        updated_at: Timestamp(row.int(3)?),
        plan: Arc::new(plan),
        cascade,
        wake_at: row.int_opt(6)?.map(Timestamp),
        attempt: None,
    })
}

/// Parses a JSON column.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|e| DbError::Unreadable(e.to_string()).into())
}

/// Writes a JSON column. Our types always serialise: maps have text keys, numbers are finite.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|e| DbError::Unreadable(e.to_string()).into())
}

/// What to look for. All given conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The tenant (always).
    pub workspace: Option<WorkspaceId>,
    /// The partner's own id.
    pub partner_ref: Option<String>,
    /// The recipient, by the numbers that may stand for it; none = anybody.
    pub recipients: Vec<u64>,
    /// The status.
    pub status: Option<Status>,
    /// Only older than this id (a page's end).
    pub before: Option<MessageId>,
    /// How many at most.
    pub limit: usize,
}

/// One page of a search, newest first.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// What was found.
    pub messages: Vec<Message>,
    /// Where to go on, if there may be more.
    pub next: Option<MessageId>,
}

/// How many rows one page of a search examines at most.
const EXAMINED_MAX: usize = 20_000;
/// How many rows are read at once while searching.
const STRIDE: i64 = 1_000;

/// With the control of repeats on the id is the key; without it, it is only remembered.
const BY_REF: &str = "SELECT id, workspace, status, dest FROM message \
    WHERE dedupe_key = $1 AND dedupe_key IS NOT NULL AND id < $2 \
    UNION ALL SELECT id, workspace, status, dest FROM message \
    WHERE partner_ref = $1 AND partner_ref IS NOT NULL AND dedupe_key IS NULL AND id < $2 \
    ORDER BY id DESC LIMIT $3";
const BY_DEST: &str = "SELECT id, workspace, status, dest FROM message \
    WHERE dest = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const BY_LOST: &str = "SELECT id, workspace, status, dest FROM message \
    WHERE (status = 'cancelled' OR status = 'expired' OR status = 'failed') AND status = $1 \
    AND id < $2 ORDER BY id DESC LIMIT $3";
const BY_ID: &str = "SELECT id, workspace, status, dest FROM message \
    WHERE id < $1 ORDER BY id DESC LIMIT $2";

/// Finds messages, newest first. Cost is bounded: a page may be short (even empty) and still have
/// a continuation.
///
/// # Errors
/// See [`StoreError`].
pub fn search(tx: &mut dyn Tx, search: &Search) -> Result<Page, StoreError> {
    let mut before = search.before.map_or(i64::MAX, |id| id.0);
    let mut found = Vec::new();
    let mut examined = 0;
    let mut next = None;
    while found.len() < search.limit && examined < EXAMINED_MAX {
        let rows = stride(tx, search, before)?;
        for row in &rows {
            before = row.int(0)?;
            examined += 1;
            if found.len() < search.limit && matches(row, search)? {
                found.push(MessageId(before));
                next = Some(MessageId(before));
            }
        }
        if rows.len() < usize::try_from(STRIDE).unwrap_or(usize::MAX) {
            if found.len() < search.limit {
                next = None;
            }
            break;
        }
        if found.len() < search.limit {
            next = Some(MessageId(before));
        }
    }
    let mut messages = load(tx, &found)?;
    messages.sort_by_key(|m| std::cmp::Reverse(m.id));
    Ok(Page { messages, next })
}

fn stride(tx: &mut dyn Tx, search: &Search, before: i64) -> Result<Vec<Row>, DbError> {
    if let Some(reference) = &search.partner_ref {
        return tx.query(BY_REF, &[reference.into(), before.into(), STRIDE.into()]);
    }
    if !search.recipients.is_empty() {
        return to_any(tx, &search.recipients, before);
    }
    match search.status {
        Some(status @ (Status::Cancelled | Status::Expired | Status::Failed)) => {
            tx.query(BY_LOST, &[status.code().into(), before.into(), STRIDE.into()])
        }
        Some(
            Status::Queued | Status::Submitting | Status::Sent | Status::Delivered | Status::Read,
        )
        | None => tx.query(BY_ID, &[before.into(), STRIDE.into()]),
    }
}

/// The newest rows to any of these recipients, each found by the index.
fn to_any(tx: &mut dyn Tx, recipients: &[u64], before: i64) -> Result<Vec<Row>, DbError> {
    let mut rows = Vec::new();
    for recipient in recipients {
        let dest = recipient.cast_signed();
        for row in tx.query(BY_DEST, &[dest.into(), before.into(), STRIDE.into()])? {
            rows.push((std::cmp::Reverse(row.int(0)?), row));
        }
    }
    rows.sort_by_key(|(id, _)| *id);
    rows.truncate(usize::try_from(STRIDE).unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

fn matches(row: &Row, search: &Search) -> Result<bool, DbError> {
    let workspace = search.workspace.is_none_or(|w| row.int(1).is_ok_and(|of_row| of_row == w.0));
    // "Submitting" is told by the outbox row; in the message's own row it is still queued.
    let wanted = search.status.map(|s| if s == Status::Submitting { Status::Queued } else { s });
    let status = match wanted {
        Some(wanted) => row.text(2)? == wanted.code(),
        None => true,
    };
    let recipient = search.recipients.is_empty()
        || row.int_opt(3)?.is_some_and(|dest| search.recipients.contains(&dest.cast_unsigned()));
    Ok(workspace && status && recipient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_keeps_its_length_beside_its_status() {
        let text = r#"{"v":1,"n":1,"status":"queued","current":0,"done":false,"reports":0,
            "links":[{"status":"queued","released":1800000000000,"parts":[{"status":"queued",
            "hold":{"due":1800000000000}}]}]}"#;
        let begun: Cascade = parse(text).unwrap();
        let length = |c: &Cascade| state_text(c).unwrap().len() + c.status.code().len();
        let room = length(&begun);
        let text = r#"{"v":1,"n":4,"status":"read","current":0,"done":true,"reports":3,
            "links":[{"status":"read","released":1800000000000,"accepted":1800000000000,
            "delivered":1800000000000,"read":1800000000000,"parts":[{"status":"read",
            "hold":"settled","attempts":1,"remote":"3EB0C767D097B7C7C0FF"}]}]}"#;
        let ended: Cascade = parse(text).unwrap();
        assert_eq!(length(&ended), room, "the row does not grow from its accept to its end");
        assert_eq!(parse::<Cascade>(&state_text(&ended).unwrap()).unwrap(), ended);
    }
}
