//! A provider's webhook: its raw bytes and what it says, in one commit.

use crate::{
    StoreError,
    advance::{Advance, Advanced, advance_taken},
    heard::{self, Heard},
    known::Known,
    message::{self, Message, json},
    slot::Slot,
};
use std::{collections::BTreeMap, sync::Arc};
use vestnik_db::{Rows, Tx, Value};
use vestnik_engine::cascade::Event;
use vestnik_model::{
    id::{AccountId, MessageId, WebhookId, hash64},
    limits::PARKED_PER_ACCOUNT_MAX,
    outcome::ReceiptKind,
    status::Status,
    time::Timestamp,
};

/// A webhook that was read and found authentic.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// An id, should it be kept apart.
    pub id: WebhookId,
    /// The account it came for.
    pub account: AccountId,
    /// Its bytes.
    pub raw: Arc<[u8]>,
    /// What it says about bubbles of ours.
    pub receipts: Vec<Receipt>,
    /// Bubbles up to which a chat was read.
    pub read_up_to: Vec<ReadUpTo>,
    /// What it tells of customers.
    pub heard: Vec<Heard>,
    /// What else it is: kept apart from the messages' journals.
    pub keep: Keep,
}

/// What a webhook says about one bubble.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The provider's id of the bubble.
    pub remote_id: String,
    /// What it says.
    pub kind: ReceiptKind,
    /// When, by the provider's clock.
    pub at: Option<Timestamp>,
}

/// All bubbles of a chat up to this one were opened. Ids are whole numbers that grow, alone or
/// behind the chat's id.
#[derive(Debug, Clone)]
pub struct ReadUpTo {
    /// The provider's id of the last one.
    pub remote_id: String,
    /// When, by the provider's clock.
    pub at: Option<Timestamp>,
}

/// Whether a webhook's bytes are kept apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keep {
    /// No: everything in it went to messages' journals.
    No,
    /// Yes: it says something that is not about a bubble of ours.
    Other,
    /// Yes: it was not understood.
    Unreadable {
        /// Why.
        detail: String,
    },
}

const MATCH: &str = "SELECT account_id, message_id, slot \
    FROM outbox, @rows(key_account bigint, key_hash bigint) \
    WHERE state = 'await' AND account_id = @r.key_account AND remote_hash = @r.key_hash";
const PARK: &str = "INSERT INTO parked(account_id, remote_hash, id, remote_id, receipt, at, raw) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (account_id, remote_hash, id) DO NOTHING";
const PARKED_COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM parked WHERE account_id = $1 \
    LIMIT $2) AS counted";
const KEEP: &str = "INSERT INTO webhook(id, account_id, state, detail, raw) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";

/// Writes webhooks down and applies their receipts. What can't be matched yet is parked.
///
/// # Errors
/// See [`StoreError`].
pub fn ingest(
    tx: &mut dyn Tx,
    now: Timestamp,
    batch: &[&Ingest],
) -> Result<Vec<Vec<Advanced>>, StoreError> {
    ingest_known(tx, now, &mut Known::default(), batch)
}

/// As [`ingest`], by a writer that remembers messages.
pub(crate) fn ingest_known(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    batch: &[&Ingest],
) -> Result<Vec<Vec<Advanced>>, StoreError> {
    if batch.iter().any(|ingest| !ingest.read_up_to.is_empty()) {
        let spelled = batch.iter().map(|ingest| spell_out(tx, known, ingest));
        let spelled = spelled.collect::<Result<Vec<_>, _>>()?;
        return ingest_known(tx, now, known, &spelled.iter().collect::<Vec<_>>());
    }
    let candidates = candidates(tx, known, batch)?;
    let mut ids: Vec<MessageId> = candidates.iter().map(|c| c.1).collect();
    ids.sort_unstable();
    ids.dedup();
    let messages = known.take(tx, &ids)?;
    let places = verified(&messages, &candidates);
    let mut advances = Vec::new();
    let mut owners = Vec::new();
    for (i, ingest) in batch.iter().enumerate() {
        keep(tx, ingest)?;
        for heard in &ingest.heard {
            heard::hear(tx, now, ingest.account, ingest.id, heard)?;
        }
        let mut strangers: BTreeMap<&str, &Receipt> = BTreeMap::new();
        for receipt in &ingest.receipts {
            let place = places.get(&(ingest.account, receipt.remote_id.clone()));
            match place {
                Some(place) => {
                    advances.push(event_of(place, receipt, ingest));
                    owners.push(i);
                }
                None => {
                    // Of what one webhook says of one bubble, the best is enough: the rest goes
                    // without saying.
                    let best = strangers.entry(&receipt.remote_id).or_insert(receipt);
                    if evidence(&receipt.kind) > evidence(&best.kind) {
                        *best = receipt;
                    }
                }
            }
        }
        for receipt in strangers.into_values() {
            park(tx, ingest, receipt)?;
        }
    }
    let refs: Vec<&Advance> = advances.iter().collect();
    let mut out: Vec<Vec<Advanced>> = batch.iter().map(|_| Vec::new()).collect();
    let advanced = advance_taken(tx, now, known, &refs, messages)?;
    for (advanced, owner) in advanced.into_iter().zip(owners) {
        out[owner].extend(advanced);
    }
    Ok(out)
}

/// Bubbles that the receipts of a batch may mean: those that are gathered, and for the others what
/// the index says.
fn candidates(
    tx: &mut dyn Tx,
    known: &mut Known,
    batch: &[&Ingest],
) -> Result<Vec<(AccountId, MessageId, Slot)>, StoreError> {
    let mut out = Vec::new();
    let mut keys = Rows::new();
    for (ingest, receipt) in receipts(batch) {
        let account = ingest.account;
        let found = known.awaited.find(tx, account, hash(receipt))?;
        if found.is_empty() {
            keys.push([account.0.into(), hash(receipt).into()]);
        }
        out.extend(found.into_iter().map(|(message, slot)| (account, message, slot)));
    }
    for row in tx.query_rows(MATCH, &keys)? {
        let slot = Slot::from_code(row.int(2)?);
        out.push((AccountId(row.int(0)?), MessageId(row.int(1)?), slot));
    }
    Ok(out)
}

/// Bubbles before the last one that are looked at when a chat was read.
const READ_BEFORE_MAX: i64 = 64;
const BEFORE: &str = "SELECT id FROM message WHERE dest = $1 AND id <= $2 \
    ORDER BY id DESC LIMIT $3";

/// "Read up to here" as one receipt for each bubble it means.
fn spell_out(tx: &mut dyn Tx, known: &mut Known, ingest: &Ingest) -> Result<Ingest, StoreError> {
    let mut out = ingest.clone();
    for read in std::mem::take(&mut out.read_up_to) {
        let last = Receipt { remote_id: read.remote_id, kind: ReceiptKind::Read, at: read.at };
        let one = Ingest { receipts: vec![last.clone()], ..out.clone() };
        let found = candidates(tx, known, &[&one])?;
        let message = found.first().map(|(_, id, _)| message::load(tx, &[*id])).transpose()?;
        if let Some(message) = message.into_iter().flatten().next() {
            let dest = message.plan.recipient.number().cast_signed();
            let limit = READ_BEFORE_MAX;
            let rows = tx.query(BEFORE, &[dest.into(), message.id.0.into(), limit.into()])?;
            let ids = rows.iter().map(|row| Ok(MessageId(row.int(0)?)));
            let ids = ids.collect::<Result<Vec<_>, StoreError>>()?;
            for message in message::load(tx, &ids)? {
                out.receipts.extend(unread_before(&message, ingest.account, &last));
            }
        }
        out.receipts.push(last);
    }
    Ok(out)
}

/// Receipts for the bubbles of a message that came before the last one that was read.
fn unread_before(message: &Message, account: AccountId, last: &Receipt) -> Vec<Receipt> {
    let links = message.plan.links.iter().zip(&message.cascade.links);
    links
        .filter(|(planned, _)| planned.account == account)
        .flat_map(|(_, link)| &link.parts)
        .filter(|part| part.status != Status::Read)
        .filter_map(|part| part.remote.as_ref())
        .filter(|remote_id| number(remote_id) < number(&last.remote_id))
        .map(|remote_id| Receipt { remote_id: remote_id.clone(), ..last.clone() })
        .collect()
}

/// The whole number at the end of an id; nothing is before an id without one.
fn number(remote_id: &str) -> u64 {
    let digits = remote_id.rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(u64::MAX)
}

fn receipts<'a>(batch: &'a [&Ingest]) -> impl Iterator<Item = (&'a Ingest, &'a Receipt)> {
    batch.iter().flat_map(|ingest| ingest.receipts.iter().map(move |receipt| (*ingest, receipt)))
}

fn evidence(kind: &ReceiptKind) -> Status {
    match kind {
        ReceiptKind::Sent => Status::Sent,
        ReceiptKind::Failed(_) => Status::Failed,
        ReceiptKind::Delivered => Status::Delivered,
        ReceiptKind::Read => Status::Read,
    }
}

fn hash(receipt: &Receipt) -> i64 {
    hash64(receipt.remote_id.as_bytes()).cast_signed()
}

struct Place {
    message: MessageId,
    slot: Slot,
}

/// A hash may collide: the whole id is compared with the message's own record.
fn verified(
    messages: &[Message],
    candidates: &[(AccountId, MessageId, Slot)],
) -> BTreeMap<(AccountId, String), Place> {
    let by_id: BTreeMap<MessageId, &Message> = messages.iter().map(|m| (m.id, m)).collect();
    let mut out = BTreeMap::new();
    for (account, id, slot) in candidates {
        if let Some(remote_id) = by_id.get(id).and_then(|message| message.remote_id(*slot)) {
            let place = Place { message: *id, slot: *slot };
            out.insert((*account, remote_id.to_owned()), place);
        }
    }
    out
}

fn event_of(place: &Place, receipt: &Receipt, ingest: &Ingest) -> Advance {
    Advance {
        message: place.message,
        event: Event::Receipt {
            link: place.slot.link,
            part: place.slot.part,
            kind: receipt.kind.clone(),
            at: receipt.at,
        },
        fence: None,
        exchange: None,
        raw: Some(Arc::clone(&ingest.raw)),
        jitter: 0,
    }
}

fn keep(tx: &mut dyn Tx, ingest: &Ingest) -> Result<(), StoreError> {
    let (state, detail) = match &ingest.keep {
        Keep::No => return Ok(()),
        Keep::Other => ("kept", ""),
        Keep::Unreadable { detail } => ("unreadable", detail.as_str()),
    };
    let (id, account) = (ingest.id.0, ingest.account.0);
    let raw = Value::Bytes(&ingest.raw);
    tx.execute(KEEP, &[id.into(), account.into(), state.into(), detail.into(), raw])?;
    Ok(())
}

fn park(tx: &mut dyn Tx, ingest: &Ingest, receipt: &Receipt) -> Result<(), StoreError> {
    let account = ingest.account.0;
    let count = tx.query(PARKED_COUNT, &[account.into(), PARKED_PER_ACCOUNT_MAX.into()])?;
    let is_full = count.first().map_or(Ok(0), |row| row.int(0))? >= PARKED_PER_ACCOUNT_MAX;
    if is_full {
        // The bytes are still kept; only the match is given up.
        let (id, raw) = (ingest.id.0, Value::Bytes(&ingest.raw));
        tx.execute(KEEP, &[id.into(), account.into(), "unparked".into(), "".into(), raw])?;
        return Ok(());
    }
    let row = [
        account.into(),
        hash(receipt).into(),
        ingest.id.0.into(),
        receipt.remote_id.as_str().into(),
        Value::Text(&json(&receipt.kind)?),
        receipt.at.map(|at| at.0).into(),
        Value::Bytes(&ingest.raw),
    ];
    tx.execute(PARK, &row)?;
    Ok(())
}
