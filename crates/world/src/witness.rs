//! The witness: looks on while the world goes, and notes what must never be seen.

use crate::{
    life::{Life, lock},
    script::{CallScript, EventScript},
    source::Mailed,
    world::World,
};
use std::collections::{BTreeMap, BTreeSet};
use vestnik_db::{Tx, Value};
use vestnik_engine::cause::{Cause, WaitedFor};
use vestnik_model::{
    id::{Epoch, MessageId},
    outcome::ReceiptKind,
    status::Status,
    time::{Millis, Timestamp},
};
use vestnik_provider::wire::Request;
use vestnik_store::{
    StoreError, journal,
    message::{self, Message, Search},
    slot::Slot,
};

/// What was seen on the way.
#[derive(Debug, Default)]
pub struct Witness {
    /// What is not as it must be.
    pub violations: Vec<String>,
    /// Calls that were answered with an id, and which.
    pub accepted: BTreeMap<usize, MessageId>,
    /// Calls that came to their end.
    pub answered: usize,
    /// What customers wrote: the provider's id of it.
    pub written: BTreeMap<usize, String>,
    /// Customers who have done all they will.
    pub writers_done: usize,
    /// Words of customers' messages that were taken, by the provider's id of the message, in order.
    pub words: BTreeMap<String, Vec<String>>,
    /// Events that were answered.
    pub events_answered: BTreeSet<usize>,
    /// Booking systems that have posted all they will.
    pub sources_done: usize,
    /// Mails that the server took, in order.
    pub mails: Vec<Mailed>,
    /// Requests that were written to send a part, in order.
    pub submissions: Vec<Submission>,
    /// The epoch of the newest process.
    pub epoch: Option<Epoch>,
    statuses: BTreeMap<MessageId, Status>,
}

/// A request written to send a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// When, from the beginning.
    pub at_ms: i64,
    /// By which life.
    pub life: usize,
    /// Of which message.
    pub message: MessageId,
    /// Which part.
    pub slot: Slot,
}

const STATUSES: &str = "SELECT id, status FROM message ORDER BY id";
const ROW: &str = "SELECT state, epoch FROM outbox WHERE message_id = $1 AND slot = $2";
const LIVE: &str = "SELECT slot, state FROM outbox WHERE message_id = $1 AND slot <> $2 \
    AND state IN ('wait', 'submit', 'inquire', 'unknown') ORDER BY slot";
const KEPT: &str = "SELECT (SELECT count(*) FROM journal WHERE raw = $1) \
    + (SELECT count(*) FROM parked WHERE raw = $1) \
    + (SELECT count(*) FROM webhook WHERE raw = $1)";
const IDS: &str = "SELECT id FROM message ORDER BY id";

/// Every message, oldest first.
///
/// # Errors
/// If the database can't be read.
pub fn messages(tx: &mut dyn Tx) -> Result<Vec<Message>, StoreError> {
    let rows = tx.query(IDS, &[])?;
    let ids: Vec<MessageId> =
        rows.iter().map(|row| Ok(MessageId(row.int(0)?))).collect::<Result<_, StoreError>>()?;
    let mut found = message::load(tx, &ids)?;
    found.sort_by_key(|m| m.id);
    Ok(found)
}

/// The message that holds this content in one of its parts, and in which.
fn find(tx: &mut dyn Tx, content: &str) -> Result<(Message, Slot), String> {
    let message = if EventScript::is_told_by(content) {
        let holds = |message: &Message| {
            let mut parts = message.plan.links.iter().flat_map(|link| &link.parts);
            parts.any(|part| part.as_text() == content)
        };
        let all = messages(tx).map_err(|e| e.to_string())?;
        all.into_iter().find(holds).ok_or("no message of an event is on disk")?
    } else {
        let call = CallScript::call_of(content).ok_or("no call holds it")?;
        let reference = Some(CallScript::reference(call));
        let search = Search { partner_ref: reference, limit: 1, ..Search::default() };
        let page = message::search(tx, &search).map_err(|e| e.to_string())?;
        page.messages.into_iter().next().ok_or("no message is on disk")?
    };
    let byte = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    for (l, link) in message.plan.links.iter().enumerate() {
        let part = link.parts.iter().position(|part| part.as_text() == content);
        if let Some(p) = part {
            return Ok((message, Slot { link: byte(l), part: byte(p) }));
        }
    }
    Err("its message does not hold it".to_owned())
}

impl World {
    /// Status never falls, and no message goes.
    pub fn witness_statuses(&self) {
        let rows = self.disk.look(|tx| tx.query(STATUSES, &[])).unwrap_or_default();
        let mut seen = BTreeMap::new();
        for row in &rows {
            if let (Ok(id), Ok(code)) = (row.int(0), row.text(1))
                && let Some(status) = Status::parse(code)
            {
                seen.insert(MessageId(id), status);
            }
        }
        let mut witness = lock(&self.witness);
        let mut falls = Vec::new();
        for (id, before) in &witness.statuses {
            let now = seen.get(id);
            if now.is_none_or(|now| now < before) {
                falls.push(format!("message {id}: {before:?} became {now:?}"));
            }
        }
        witness.statuses = seen;
        drop(witness);
        for fall in falls {
            self.blame(&fall);
        }
    }

    /// A webhook was answered 200: its bytes must be on disk.
    pub fn witness_webhook(&self, raw: &[u8]) {
        let found = self.disk.look(|tx| {
            let rows = tx.query(KEPT, &[Value::Bytes(raw)]).ok()?;
            rows.first()?.int(0).ok()
        });
        if found.is_none_or(|n| n == 0) {
            self.blame(&format!("a webhook was taken and is not kept: {}", raw.escape_ascii()));
        }
    }

    /// A webhook was answered 200. If it tells words of a customer, they are known from now on.
    pub fn witness_words(&self, raw: &[u8]) {
        let body: serde_json::Value = serde_json::from_slice(raw).unwrap_or_default();
        if body["typeWebhook"] != "incomingMessageReceived" {
            return;
        }
        let data = &body["messageData"];
        let edited = &data["editedMessageData"];
        let id = edited["stanzaId"].as_str().or(body["idMessage"].as_str());
        let words = edited["textMessage"]
            .as_str()
            .or(data["textMessageData"]["textMessage"].as_str())
            .or(data["fileMessageData"]["caption"].as_str());
        if let (Some(id), Some(words)) = (id, words) {
            let mut witness = lock(&self.witness);
            witness.words.entry(id.to_owned()).or_default().push(words.to_owned());
        }
    }

    /// A request is to be written. If it sends a part: its intent must be on disk under the
    /// process's own epoch, and no other part of its message may be on its way.
    pub fn witness_request(&self, life: &Life, request: &Request) {
        if !request.label.starts_with("green_api.send") {
            return;
        }
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let content = body["message"].as_str().or(body["urlFile"].as_str()).unwrap_or_default();
        let found = self.disk.look(|tx| self.intent(tx, content));
        match found {
            Ok((message, slot, faults)) => {
                let at_ms = self.clock.passed_ms();
                let submission = Submission { at_ms, life: life.number, message, slot };
                lock(&self.witness).submissions.push(submission);
                for fault in faults {
                    self.blame(&format!("{content:?} is submitted: {fault}"));
                }
            }
            Err(error) => self.blame(&format!("{content:?} is submitted: {error}")),
        }
    }

    fn intent(
        &self,
        tx: &mut dyn Tx,
        content: &str,
    ) -> Result<(MessageId, Slot, Vec<String>), String> {
        let (message, slot) = find(tx, content)?;
        let epoch = lock(&self.witness).epoch;
        let mut faults = Vec::new();
        let key = [message.id.0.into(), slot.code().into()];
        let rows = tx.query(ROW, &key).map_err(|e| e.to_string())?;
        let row = rows.first().map(|row| {
            let state = row.text(0).unwrap_or_default().to_owned();
            (state, row.int_opt(1).ok().flatten().map(Epoch))
        });
        if row != Some(("submit".to_owned(), epoch)) {
            faults.push(format!("its row says {row:?}, the epoch is {epoch:?}"));
        }
        for row in tx.query(LIVE, &key).map_err(|e| e.to_string())? {
            let other = Slot::from_code(row.int(0).unwrap_or_default());
            faults.push(format!("{other:?} is {}", row.text(1).unwrap_or_default()));
        }
        let lines = journal::of_message(tx, message.id).map_err(|e| e.to_string())?;
        for earlier in 0..slot.link {
            if !lines.iter().any(|line| has_ended(&line.cause, earlier)) {
                faults.push(format!("link {earlier} has not ended"));
            }
        }
        faults.extend(untimely(&message, slot, self.clock.now()));
        if message.cascade.current != slot.link {
            faults.push(format!("the cascade is at link {}", message.cascade.current));
        }
        Ok((message.id, slot, faults))
    }
}

/// Nothing leaves outside its window, past its deadline, or when its link's time is over. What was
/// taken up in time may leave a little later: a recipient's gap may have been waited for.
fn untimely(message: &Message, slot: Slot, now: Timestamp) -> Option<String> {
    const SLACK: Millis = Millis::seconds(5);
    let (plan, before) = (&message.plan, now - SLACK);
    if plan.deadline.is_some_and(|deadline| deadline <= now) {
        return Some("its deadline has passed".to_owned());
    }
    if message.cascade.expires_at(plan, slot.link).is_some_and(|at| at <= before) {
        return Some("its link's time is over".to_owned());
    }
    (plan.opens(before) > now).then(|| "its window is closed".to_owned())
}

/// Whether a journal line ends a link, so that the next one may go.
fn has_ended(cause: &Cause, link: u8) -> bool {
    match cause {
        Cause::Refused { link: of, .. } | Cause::GaveUp { link: of, .. } => *of == link,
        Cause::LinkExpired { link: of, .. } | Cause::OutOfReach { link: of, .. } => *of == link,
        Cause::Receipt { link: of, kind: ReceiptKind::Failed(_), .. } => *of == link,
        Cause::Receipt { .. }
        | Cause::Accepted { .. }
        | Cause::RepeatedDifferently
        | Cause::Submitted { .. }
        | Cause::Deferred { .. }
        | Cause::AnswerLost { .. }
        | Cause::Orphaned { .. }
        | Cause::FoundInJournal { .. }
        | Cause::AbsentInJournal { .. }
        | Cause::JournalUnsure { .. }
        | Cause::Cancelled
        | Cause::NothingNew => false,
    }
}

/// Whether a link's end was that nobody could find out whether it was sent.
#[must_use]
pub fn is_uncertain(cause: &Cause, link: u8) -> bool {
    matches!(cause, Cause::LinkExpired { link: of, waited_for: WaitedFor::Certainty, .. } if *of == link)
}
