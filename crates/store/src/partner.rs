//! Partners: the logins of the partner API, and the sender names they may use.

use crate::{
    StoreError, config,
    message::{json, parse},
};
use serde::{Deserialize, Serialize};
use vestnik_db::Tx;
use vestnik_model::{
    id::{AccountId, PartnerId, WorkspaceId},
    limits::{CASCADE_LINKS_MAX, PARTNER_CONCURRENCY_DEFAULT, TTL_DEFAULT},
    messenger::Messenger,
    time::Millis,
};

/// A partner.
#[derive(Debug, Clone, PartialEq)]
pub struct Partner {
    /// Its id.
    pub id: PartnerId,
    /// The tenant.
    pub workspace: WorkspaceId,
    /// Its login.
    pub login: String,
    /// Its password, hashed (argon2id, PHC form).
    pub password_hash: String,
    /// What it may and wants.
    pub settings: PartnerSettings,
}

/// What a partner may and wants. Stored as JSON; absent members have their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartnerSettings {
    /// Whether it may send at all.
    pub active: bool,
    /// Whether its calls may hold cascades.
    pub cascades: bool,
    /// Most links of a cascade.
    pub links_max: usize,
    /// Whether its own id of a message may be used only once.
    pub unique_refs: bool,
    /// Whether the same content to the same recipient within a day is refused.
    pub no_duplicates: bool,
    /// Networks its calls may come from, as `a.b.c.d/n`; empty = from anywhere.
    pub subnets: Vec<String>,
    /// Its calls under way at once.
    pub concurrency: u32,
    /// Lifetime of a link if the call gives none.
    pub ttl: Millis,
    /// Whether a single WhatsApp message may have a lifetime other than the seven of the document.
    pub any_ttl: bool,
    /// Where reports go if the call gives no address.
    pub notify_url: Option<String>,
    /// Where it is told what customers write; none = it is not told.
    pub mo_url: Option<String>,
    /// The sender names it may use.
    pub senders: Vec<String>,
    /// The sender name of calls that give none.
    pub default_sender: Option<String>,
}

impl Default for PartnerSettings {
    fn default() -> Self {
        Self {
            active: true,
            cascades: false,
            links_max: CASCADE_LINKS_MAX,
            unique_refs: true,
            no_duplicates: false,
            subnets: Vec::new(),
            concurrency: PARTNER_CONCURRENCY_DEFAULT,
            ttl: TTL_DEFAULT,
            any_ttl: false,
            notify_url: None,
            mo_url: None,
            senders: Vec::new(),
            default_sender: None,
        }
    }
}

/// One account behind a sender name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// Whose name it is.
    pub partner: PartnerId,
    /// In which messenger.
    pub messenger: Messenger,
    /// The name.
    pub name: String,
    /// Its place among the accounts of the name: a type that repeats in a chain takes the next.
    pub position: i64,
    /// The account.
    pub account: AccountId,
    /// The kind of traffic it stands for, as reported: 1 = transactional.
    pub traffic: u8,
}

const INSERT: &str = "INSERT INTO partner(id, workspace, login, password_hash, settings) \
    VALUES ($1, $2, $3, $4, $5)";
const ALL: &str = "SELECT id, workspace, login, password_hash, settings FROM partner ORDER BY id";
const INSERT_SENDER: &str = "INSERT INTO sender(partner, messenger, name, position, account_id, \
    traffic) SELECT $1, $2, $3, \
    COALESCE((SELECT max(position) + 1 FROM sender \
    WHERE partner = $1 AND messenger = $2 AND name = $3), 0), $4, $5";
const UPDATE: &str = "UPDATE partner SET password_hash = $2, settings = $3 WHERE id = $1";
const FORGET_SENDER: &str = "DELETE FROM sender WHERE partner = $1 AND name = $2";
const TRAFFIC: &str = "UPDATE sender SET traffic = $3 WHERE partner = $1 AND name = $2";
const SENDERS: &str = "SELECT partner, messenger, name, position, account_id, traffic \
    FROM sender ORDER BY partner, messenger, name, position";

/// Adds a partner. Its login must be new.
///
/// # Errors
/// A constraint error if the login is taken; else see [`StoreError`].
pub fn add(tx: &mut dyn Tx, partner: &Partner) -> Result<(), StoreError> {
    let settings = json(&partner.settings)?;
    tx.execute(
        INSERT,
        &[
            partner.id.0.into(),
            partner.workspace.0.into(),
            partner.login.as_str().into(),
            partner.password_hash.as_str().into(),
            settings.as_str().into(),
        ],
    )?;
    config::changed(tx)
}

/// Puts an account behind a sender name, after those that are there.
///
/// # Errors
/// See [`StoreError`].
pub fn add_sender(tx: &mut dyn Tx, sender: &Sender) -> Result<(), StoreError> {
    tx.execute(
        INSERT_SENDER,
        &[
            sender.partner.0.into(),
            sender.messenger.code().into(),
            sender.name.as_str().into(),
            sender.account.0.into(),
            i64::from(sender.traffic).into(),
        ],
    )?;
    config::changed(tx)
}

/// Changes a partner: its password and settings.
///
/// # Errors
/// See [`StoreError`].
pub fn update(tx: &mut dyn Tx, partner: &Partner) -> Result<(), StoreError> {
    let settings = json(&partner.settings)?;
    let row =
        [partner.id.0.into(), partner.password_hash.as_str().into(), settings.as_str().into()];
    tx.execute(UPDATE, &row)?;
    config::changed(tx)
}

/// Takes all accounts from behind a partner's sender name.
///
/// # Errors
/// See [`StoreError`].
pub fn forget_sender(tx: &mut dyn Tx, partner: PartnerId, name: &str) -> Result<(), StoreError> {
    tx.execute(FORGET_SENDER, &[partner.0.into(), name.into()])?;
    config::changed(tx)
}

/// Sets the kind of traffic that a partner's sender name stands for. Returns how many accounts stand
/// behind it.
///
/// # Errors
/// See [`StoreError`].
pub fn set_traffic(
    tx: &mut dyn Tx,
    partner: PartnerId,
    name: &str,
    traffic: u8,
) -> Result<u64, StoreError> {
    let row = [partner.0.into(), name.into(), i64::from(traffic).into()];
    let changed = tx.execute(TRAFFIC, &row)?;
    config::changed(tx)?;
    Ok(changed)
}

/// All partners.
///
/// # Errors
/// See [`StoreError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<Partner>, StoreError> {
    tx.query(ALL, &[])?
        .iter()
        .map(|row| {
            Ok(Partner {
                id: PartnerId(row.int(0)?),
                workspace: WorkspaceId(row.int(1)?),
                login: row.text(2)?.to_owned(),
                password_hash: row.text(3)?.to_owned(),
                settings: parse(row.text(4)?)?,
            })
        })
        .collect()
}

/// All sender names, in the order of their accounts.
///
/// # Errors
/// See [`StoreError`].
pub fn senders(tx: &mut dyn Tx) -> Result<Vec<Sender>, StoreError> {
    let mut out = Vec::new();
    for row in tx.query(SENDERS, &[])? {
        let Some(messenger) = Messenger::parse(row.text(1)?) else { continue };
        out.push(Sender {
            partner: PartnerId(row.int(0)?),
            messenger,
            name: row.text(2)?.to_owned(),
            position: row.int(3)?,
            account: AccountId(row.int(4)?),
            traffic: u8::try_from(row.int(5)?).unwrap_or(1),
        });
    }
    Ok(out)
}
