//! What customers wrote: the messages that came in, as they are now and as they were.

use crate::{
    StoreError,
    message::{json, parse},
};
use serde::{Deserialize, Serialize};
use vestnik_db::{DbError, Row, Rows, Tx, Value};
use vestnik_model::{
    id::{AccountId, IncomingId, WebhookId, WorkspaceId, hash64},
    incoming::{Incoming, IncomingFile},
    phone::Phone,
    recipient::number_of_chat,
    time::Timestamp,
};

/// The version of the stored form. A reader refuses a newer one.
pub const RECORD_VERSION: u8 = 1;
/// Earlier versions of a message that are kept.
const EDITS_MAX: usize = 32;
/// Signs put to one message that are kept.
const REACTIONS_MAX: usize = 64;

/// A message that came in, as it lies in its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id; when it came is in it.
    pub id: IncomingId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The account it came to.
    pub account: AccountId,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The webhook that brought it.
    pub webhook: WebhookId,
    /// What it holds.
    pub record: Record,
}

/// What is known of a message that came in. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this form: [`RECORD_VERSION`].
    pub v: u8,
    /// The message as it is now.
    pub incoming: Incoming,
    /// What it said before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Edit>,
    /// When its author took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Signs put to it, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<String>,
}

/// Words that were changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// When they were changed.
    pub at: Timestamp,
    /// The words before.
    pub text: String,
}

/// A message that has just come in.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The id it gets, if it is not known yet.
    pub id: IncomingId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// What it holds.
    pub incoming: Incoming,
}

/// What became of a message that came in.
#[derive(Debug, Clone, PartialEq)]
pub enum Became {
    /// It is new.
    New(Stored),
    /// It was known, with other content.
    Changed(Stored),
    /// It was known as it is.
    Known,
}

/// A change of a message that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other words.
    Edited(String),
    /// Taken back.
    Deleted,
    /// A sign put to it, or taken away.
    Reaction(Option<String>),
}

const FIND: &str = "SELECT id, workspace, account_id, updated_at, webhook, body FROM incoming \
    WHERE account_id = $1 AND remote_hash = $2";
const INSERT: &str = "INSERT INTO incoming(id, workspace, account_id, chat, phone, remote_hash, \
    updated_at, webhook, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const UPDATE: &str = "UPDATE incoming SET updated_at = $2, body = $3 WHERE id = $1";
const LOAD: &str = "SELECT id, workspace, account_id, updated_at, webhook, body \
    FROM incoming, @rows(id_wanted bigint) WHERE id = @r.id_wanted";

/// Writes a message down. The same id with other content is a change of it.
///
/// # Errors
/// See [`StoreError`].
pub fn arrive(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    webhook: WebhookId,
    arrived: &Arrived,
) -> Result<Became, StoreError> {
    let incoming = &arrived.incoming;
    if let Some(mut known) = find(tx, account, &incoming.chat.id, &incoming.remote_id)? {
        if is_same(&known.record.incoming, incoming) || is_earlier(&known.record, incoming) {
            return Ok(Became::Known);
        }
        let text = known.record.incoming.text.clone();
        known.record.keep_before(text, now);
        known.record.incoming = incoming.clone();
        put(tx, now, &mut known)?;
        return Ok(Became::Changed(known));
    }
    let stored = Stored {
        id: arrived.id,
        workspace: arrived.workspace,
        account,
        updated_at: now,
        webhook,
        record: Record {
            v: RECORD_VERSION,
            incoming: incoming.clone(),
            before: Vec::new(),
            deleted_at: None,
            reactions: Vec::new(),
        },
    };
    let body = json(&stored.record)?;
    let phone = incoming.author.phone.filter(|_| !incoming.chat.is_group);
    let row = [
        stored.id.0.into(),
        stored.workspace.0.into(),
        account.0.into(),
        number_of_chat(&incoming.chat.id).cast_signed().into(),
        phone.map(|phone| phone.digits().cast_signed()).into(),
        hash(&incoming.chat.id, &incoming.remote_id).into(),
        now.0.into(),
        webhook.0.into(),
        Value::Text(&body),
    ];
    tx.execute(INSERT, &row)?;
    Ok(Became::New(stored))
}

/// Applies a change to a message that came in. `None` if it is not known.
///
/// # Errors
/// See [`StoreError`].
pub fn change(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    chat: &str,
    remote_id: &str,
    change: &Change,
) -> Result<Option<Stored>, StoreError> {
    let Some(mut known) = find(tx, account, chat, remote_id)? else { return Ok(None) };
    let before = known.record.clone();
    match change {
        Change::Edited(text) if *text == known.record.incoming.text => {}
        Change::Edited(text) => {
            let old = std::mem::replace(&mut known.record.incoming.text, text.clone());
            known.record.keep_before(old, now);
        }
        Change::Deleted => known.record.deleted_at = known.record.deleted_at.or(Some(now)),
        Change::Reaction(None) => known.record.reactions.clear(),
        Change::Reaction(Some(sign)) => {
            if !known.record.reactions.contains(sign)
                && known.record.reactions.len() < REACTIONS_MAX
            {
                known.record.reactions.push(sign.clone());
            }
        }
    }
    if known.record != before {
        put(tx, now, &mut known)?;
    }
    Ok(Some(known))
}

impl Record {
    fn keep_before(&mut self, text: String, at: Timestamp) {
        if self.before.len() >= EDITS_MAX {
            self.before.remove(0);
        }
        self.before.push(Edit { at, text });
    }
}

/// The same but for what may differ between two tellings: when, and where files lie (addresses
/// that expire are made anew each time).
fn is_same(known: &Incoming, told: &Incoming) -> bool {
    let is_same_file = |(a, b): (&IncomingFile, &IncomingFile)| {
        a.kind == b.kind && a.name == b.name && a.mime == b.mime && a.size == b.size
    };
    known.text == told.text
        && known.extra == told.extra
        && known.quote == told.quote
        && known.files.len() == told.files.len()
        && known.files.iter().zip(&told.files).all(is_same_file)
}

/// What it said before its words were changed: a webhook that comes again, later than the change.
/// Whoever goes back to earlier words by the same id is not heard; that is rare, and repeats are not.
fn is_earlier(known: &Record, told: &Incoming) -> bool {
    let earlier = |edit: &Edit| {
        is_same(&Incoming { text: edit.text.clone(), ..known.incoming.clone() }, told)
    };
    known.before.iter().any(earlier)
}

fn put(tx: &mut dyn Tx, now: Timestamp, stored: &mut Stored) -> Result<(), StoreError> {
    stored.updated_at = now;
    let body = json(&stored.record)?;
    tx.execute(UPDATE, &[stored.id.0.into(), now.0.into(), Value::Text(&body)])?;
    Ok(())
}

/// Ids are unique within a chat everywhere, and within an account with most.
fn hash(chat: &str, remote_id: &str) -> i64 {
    hash64(format!("{chat}\n{remote_id}").as_bytes()).cast_signed()
}

fn find(
    tx: &mut dyn Tx,
    account: AccountId,
    chat: &str,
    remote_id: &str,
) -> Result<Option<Stored>, StoreError> {
    let rows = tx.query(FIND, &[account.0.into(), hash(chat, remote_id).into()])?;
    for row in &rows {
        let stored = read(row)?;
        let incoming = &stored.record.incoming;
        if incoming.remote_id == remote_id && incoming.chat.id == chat {
            return Ok(Some(stored));
        }
    }
    Ok(None)
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let record: Record = parse(row.text(5)?)?;
    if record.v > RECORD_VERSION {
        return Err(DbError::Unreadable("written by a newer version".to_owned()).into());
    }
    Ok(Stored {
        id: IncomingId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        account: AccountId(row.int(2)?),
        updated_at: Timestamp(row.int(3)?),
        webhook: WebhookId(row.int(4)?),
        record,
    })
}

/// Loads messages by id, in no order; those that do not exist are left out.
///
/// # Errors
/// See [`StoreError`].
pub fn load(tx: &mut dyn Tx, ids: &[IncomingId]) -> Result<Vec<Stored>, StoreError> {
    let mut rows = Rows::new();
    for id in ids {
        rows.push([Value::Int(id.0)]);
    }
    tx.query_rows(LOAD, &rows)?.iter().map(read).collect()
}

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The tenant.
    pub workspace: Option<WorkspaceId>,
    /// The numbers that may be the author's; none = anybody.
    pub phones: Vec<Phone>,
    /// The chat of an account.
    pub chat: Option<(AccountId, String)>,
    /// Only older than this (a page's end).
    pub before: Option<IncomingId>,
    /// Only newer than this; then the oldest come first.
    pub after: Option<IncomingId>,
    /// How many at most.
    pub limit: usize,
}

const BY_PHONE: &str = "SELECT id, workspace, account_id, updated_at, webhook, body FROM incoming \
    WHERE phone = $1 AND phone IS NOT NULL AND id < $2 AND workspace BETWEEN $3 AND $4 \
    ORDER BY id DESC LIMIT $5";
const BY_CHAT: &str = "SELECT id, workspace, account_id, updated_at, webhook, body FROM incoming \
    WHERE account_id = $1 AND chat = $2 AND id < $3 AND workspace BETWEEN $4 AND $5 \
    ORDER BY id DESC LIMIT $6";
const NEWEST: &str = "SELECT id, workspace, account_id, updated_at, webhook, body FROM incoming \
    WHERE id < $1 AND workspace BETWEEN $2 AND $3 ORDER BY id DESC LIMIT $4";
const NEWER: &str = "SELECT id, workspace, account_id, updated_at, webhook, body FROM incoming \
    WHERE id > $1 AND workspace BETWEEN $2 AND $3 ORDER BY id LIMIT $4";

impl Search {
    /// Between which tenants: one, or all.
    fn tenants(&self) -> (Value<'static>, Value<'static>) {
        let (from, to) = self.workspace.map_or((i64::MIN, i64::MAX), |w| (w.0, w.0));
        (from.into(), to.into())
    }
}

/// Finds messages that came in, newest first (oldest first with [`Search::after`]).
///
/// # Errors
/// See [`StoreError`].
pub fn search(tx: &mut dyn Tx, search: &Search) -> Result<Vec<Stored>, StoreError> {
    let before = search.before.map_or(i64::MAX, |id| id.0);
    let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
    let (from, to) = search.tenants();
    let rows = if let Some(after) = search.after {
        tx.query(NEWER, &[after.0.into(), from, to, limit.into()])?
    } else if let Some((account, chat)) = &search.chat {
        let chat = number_of_chat(chat).cast_signed();
        let values = [account.0.into(), chat.into(), before.into(), from, to, limit.into()];
        tx.query(BY_CHAT, &values)?
    } else if !search.phones.is_empty() {
        by_any_phone(tx, search, before)?
    } else {
        tx.query(NEWEST, &[before.into(), from, to, limit.into()])?
    };
    rows.iter().map(read).collect()
}

/// The newest rows by any of these authors, each found by the index.
fn by_any_phone(tx: &mut dyn Tx, search: &Search, before: i64) -> Result<Vec<Row>, StoreError> {
    let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
    let mut rows = Vec::new();
    for phone in &search.phones {
        let phone = phone.digits().cast_signed();
        let (from, to) = search.tenants();
        for row in tx.query(BY_PHONE, &[phone.into(), before.into(), from, to, limit.into()])? {
            rows.push((std::cmp::Reverse(row.int(0)?), row));
        }
    }
    rows.sort_by_key(|(id, _)| *id);
    rows.truncate(search.limit);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
