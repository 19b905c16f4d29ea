//! The address book: chats that are known to an account, and whose they are.
//!
//! A messenger's own bots can't write to a number: they must have been written to first. What ties
//! a chat to a number is kept with its evidence.

use crate::StoreError;
use serde::{Deserialize, Serialize};
use vestnik_db::{DbError, Row, Tx};
use vestnik_model::{
    id::{AccountId, WorkspaceId},
    messenger::Messenger,
    phone::Phone,
    recipient::number_of_chat,
    time::Timestamp,
};

/// Why a chat is believed to be a number's. The later ones are the stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Somebody of ours said so.
    Entered,
    /// They came by a link that was made for this number.
    DeepLink,
    /// They shared their own contact, and the messenger vouches that it is theirs.
    SharedContact,
    /// The messenger tells the number of every author.
    Messenger,
}

impl Evidence {
    const ALL: [Self; 4] = [Self::Entered, Self::DeepLink, Self::SharedContact, Self::Messenger];

    /// As stored and spoken in our own API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::DeepLink => "deep_link",
            Self::SharedContact => "shared_contact",
            Self::Messenger => "messenger",
        }
    }

    /// From its code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|e| e.code() == code)
    }
}

/// A chat known to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The messenger.
    pub messenger: Messenger,
    /// The provider's id of the chat.
    pub chat: String,
    /// It is a group.
    pub is_group: bool,
    /// The provider's id of the person, or empty.
    pub person: String,
    /// What they call themselves, or the group's name.
    pub name: String,
    /// Their public name.
    pub username: String,
    /// Their number, and why it is believed.
    pub phone: Option<(Phone, Evidence)>,
    /// They can be written to: they did not turn us away.
    pub is_open: bool,
    /// When they were last heard: the service window begins there.
    pub heard_at: Timestamp,
}

/// What a webhook tells of a chat.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The messenger.
    pub messenger: Messenger,
    /// The provider's id of the chat.
    pub chat: String,
    /// It is a group.
    pub is_group: bool,
    /// The provider's id of the person.
    pub person: String,
    /// What they call themselves, if it is told.
    pub name: Option<String>,
    /// Their public name, if it is told.
    pub username: Option<String>,
    /// Their number, if something speaks for it.
    pub phone: Option<(Phone, Evidence)>,
    /// An invitation they came by.
    pub invitation: Option<String>,
    /// They turn us away (or let us in).
    pub is_open: bool,
}

const GET: &str = "SELECT account_id, workspace, messenger, chat, is_group, person, name, username, \
    phone, evidence, is_open, heard_at FROM identity WHERE account_id = $1 AND chat_number = $2";
const PUT: &str = "INSERT INTO identity(account_id, chat_number, workspace, messenger, chat, \
    is_group, person, name, username, phone, evidence, is_open, heard_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
    ON CONFLICT (account_id, chat_number) DO UPDATE SET person = excluded.person, \
    name = excluded.name, username = excluded.username, phone = excluded.phone, \
    evidence = excluded.evidence, is_open = excluded.is_open, heard_at = excluded.heard_at";
const BY_PHONE: &str = "SELECT account_id, workspace, messenger, chat, is_group, person, name, \
    username, phone, evidence, is_open, heard_at FROM identity \
    WHERE phone = $1 AND phone IS NOT NULL ORDER BY account_id, chat_number LIMIT $2";

/// Chats of one number that are looked at: more than one per account is rare.
const OF_PHONE_MAX: i64 = 256;

/// Notes what was told of a chat.
///
/// # Errors
/// See [`StoreError`].
pub fn see(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    seen: &Seen,
) -> Result<Identity, StoreError> {
    let known = get(tx, account, &seen.chat)?;
    let invited = match &seen.invitation {
        Some(token) => take_invitation(tx, now, account, token, &seen.chat)?,
        None => None,
    };
    let candidates = [
        known.as_ref().and_then(|k| k.phone),
        invited.map(|phone| (phone, Evidence::DeepLink)),
        seen.phone,
    ];
    // Of equal evidence the newest counts.
    let phone = candidates.into_iter().flatten().max_by_key(|(_, evidence)| *evidence);
    let kept = |new: &Option<String>, old: Option<&String>| {
        new.as_ref().filter(|n| !n.is_empty()).or(old).cloned().unwrap_or_default()
    };
    let identity = Identity {
        account,
        workspace: seen.workspace,
        messenger: seen.messenger,
        chat: seen.chat.clone(),
        is_group: seen.is_group,
        person: kept(&Some(seen.person.clone()), known.as_ref().map(|k| &k.person)),
        name: kept(&seen.name, known.as_ref().map(|k| &k.name)),
        username: kept(&seen.username, known.as_ref().map(|k| &k.username)),
        phone,
        is_open: seen.is_open,
        heard_at: now,
    };
    put(tx, &identity)?;
    Ok(identity)
}

/// Writes a chat down as it is.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, identity: &Identity) -> Result<(), StoreError> {
    let row = [
        identity.account.0.into(),
        number_of_chat(&identity.chat).cast_signed().into(),
        identity.workspace.0.into(),
        identity.messenger.code().into(),
        identity.chat.as_str().into(),
        i64::from(identity.is_group).into(),
        identity.person.as_str().into(),
        identity.name.as_str().into(),
        identity.username.as_str().into(),
        identity.phone.map(|(phone, _)| phone.digits().cast_signed()).into(),
        identity.phone.map(|(_, evidence)| evidence.code()).into(),
        i64::from(identity.is_open).into(),
        identity.heard_at.0.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// A chat of an account.
///
/// # Errors
/// See [`StoreError`].
pub fn get(
    tx: &mut dyn Tx,
    account: AccountId,
    chat: &str,
) -> Result<Option<Identity>, StoreError> {
    let number = number_of_chat(chat).cast_signed();
    let rows = tx.query(GET, &[account.0.into(), number.into()])?;
    rows.iter().map(read).find(|i| i.as_ref().is_ok_and(|i| i.chat == chat)).transpose()
}

/// The chats of a number, in all accounts.
///
/// # Errors
/// See [`StoreError`].
pub fn of_phone(tx: &mut dyn Tx, phone: Phone) -> Result<Vec<Identity>, StoreError> {
    let number = phone.digits().cast_signed();
    tx.query(BY_PHONE, &[number.into(), OF_PHONE_MAX.into()])?.iter().map(read).collect()
}

/// The chat by which an account reaches a number: the one with the strongest evidence, then the
/// one heard last. Chats that turned us away are not taken.
///
/// # Errors
/// See [`StoreError`].
pub fn reach(
    tx: &mut dyn Tx,
    account: AccountId,
    phone: Phone,
) -> Result<Option<Identity>, StoreError> {
    let found = of_phone(tx, phone)?;
    let usable = found.into_iter().filter(|i| i.account == account && i.is_open && !i.is_group);
    Ok(usable.max_by_key(|i| (i.phone.map(|(_, evidence)| evidence), i.heard_at)))
}

fn read(row: &Row) -> Result<Identity, StoreError> {
    let unreadable = |what: &str| DbError::Unreadable(format!("identity: {what}"));
    let phone = match (row.int_opt(8)?, row.text_opt(9)?) {
        (Some(digits), Some(code)) => {
            Phone::from_digits(digits.cast_unsigned()).zip(Evidence::parse(code))
        }
        (_, _) => None,
    };
    Ok(Identity {
        account: AccountId(row.int(0)?),
        workspace: WorkspaceId(row.int(1)?),
        messenger: Messenger::parse(row.text(2)?).ok_or_else(|| unreadable("messenger"))?,
        chat: row.text(3)?.to_owned(),
        is_group: row.int(4)? != 0,
        person: row.text(5)?.to_owned(),
        name: row.text(6)?.to_owned(),
        username: row.text(7)?.to_owned(),
        phone,
        is_open: row.int(10)? != 0,
        heard_at: Timestamp(row.int(11)?),
    })
}

/// An invitation: a link made for one number.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// What the link carries.
    pub token: String,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The account it leads to.
    pub account: AccountId,
    /// For whom.
    pub phone: Phone,
    /// Until when it counts.
    pub expires_at: Timestamp,
}

const INVITE: &str = "INSERT INTO invitation(token, workspace, account_id, phone, expires_at, \
    taken_by) VALUES ($1, $2, $3, $4, $5, NULL)";
const INVITED: &str = "SELECT phone, taken_by FROM invitation \
    WHERE token = $1 AND account_id = $2 AND expires_at > $3";
const TAKE: &str = "UPDATE invitation SET taken_by = $2 WHERE token = $1";

/// Writes an invitation down.
///
/// # Errors
/// See [`StoreError`].
pub fn invite(tx: &mut dyn Tx, invitation: &Invitation) -> Result<(), StoreError> {
    let row = [
        invitation.token.as_str().into(),
        invitation.workspace.0.into(),
        invitation.account.0.into(),
        invitation.phone.digits().cast_signed().into(),
        invitation.expires_at.0.into(),
    ];
    tx.execute(INVITE, &row)?;
    Ok(())
}

/// Whose number an invitation stands for. It counts for the first chat that comes by it, and no
/// other: a link that was passed on proves nothing.
fn take_invitation(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    token: &str,
    chat: &str,
) -> Result<Option<Phone>, StoreError> {
    let rows = tx.query(INVITED, &[token.into(), account.0.into(), now.0.into()])?;
    let Some(row) = rows.first() else { return Ok(None) };
    let phone = Phone::from_digits(row.int(0)?.cast_unsigned());
    match row.text_opt(1)? {
        None => {
            tx.execute(TAKE, &[token.into(), chat.into()])?;
            Ok(phone)
        }
        Some(first) if first == chat => Ok(phone),
        Some(_) => Ok(None),
    }
}
