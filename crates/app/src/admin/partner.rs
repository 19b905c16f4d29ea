//! Partners: added, changed, and given accounts for their sender names.

use super::{AdminError, WORKSPACE, check_name};
use crate::password;
use vestnik_db::{DbError, Tx};
use vestnik_model::{
    id::{AccountId, PartnerId},
    limits::{CASCADE_LINKS_MAX, NOTIFY_URL_CHARS_MAX, SENDER_CHARS_MAX, TTL_MAX, TTL_MIN},
    messenger::Messenger,
    secret::Secret,
};
use vestnik_store::{
    StoreError, config,
    partner::{self, Partner, PartnerSettings, Sender},
};

/// Most characters of a login.
const LOGIN_CHARS_MAX: usize = 64;
/// The kind of traffic a new sender name stands for: transactional.
const TRAFFIC_DEFAULT: u8 = 1;

/// The kinds of traffic that reports know: advertising, transactional, service, informational,
/// authorisation, advertising by template.
const TRAFFIC_KINDS: [u8; 6] = [0, 1, 2, 5, 6, 7];

/// A partner to be added.
#[derive(Debug, Clone)]
pub struct NewPartner {
    /// Its login: 1 to 64 characters.
    pub login: String,
    /// Its password.
    pub password: Secret,
    /// What it may and wants.
    pub settings: PartnerSettings,
}

/// Adds a partner.
///
/// # Errors
/// See [`AdminError`].
pub fn add_partner(tx: &mut dyn Tx, id: PartnerId, new: &NewPartner) -> Result<(), AdminError> {
    let login = &new.login;
    check_name("login", login, LOGIN_CHARS_MAX)?;
    check(&new.settings)?;
    let partner = Partner {
        id,
        workspace: WORKSPACE,
        login: login.clone(),
        password_hash: hash(&new.password)?,
        settings: new.settings.clone(),
    };
    config::put_workspace(tx, WORKSPACE, "default")?;
    match partner::add(tx, &partner) {
        Err(StoreError::Db(DbError::Constraint(_))) => {
            Err(AdminError::Exists(format!("partner {login}")))
        }
        other => Ok(other?),
    }
}

/// Changes a partner's settings, and its password if one is given. Names that it may not use any more
/// lose their accounts.
///
/// # Errors
/// See [`AdminError`].
pub fn change_partner(
    tx: &mut dyn Tx,
    before: &Partner,
    password: Option<&Secret>,
    settings: &PartnerSettings,
) -> Result<(), AdminError> {
    check(settings)?;
    for name in before.settings.senders.iter().filter(|name| !settings.senders.contains(name)) {
        partner::forget_sender(tx, before.id, name)?;
    }
    let password_hash = match password {
        Some(password) => hash(password)?,
        None => before.password_hash.clone(),
    };
    let changed = Partner { password_hash, settings: settings.clone(), ..before.clone() };
    Ok(partner::update(tx, &changed)?)
}

fn hash(password: &Secret) -> Result<String, AdminError> {
    if password.reveal().is_empty() {
        return Err(AdminError::Invalid("password: it must not be empty".to_owned()));
    }
    password::hash(password.reveal()).map_err(|_| AdminError::Randomness)
}

/// Whether a partner could work with these settings.
fn check(settings: &PartnerSettings) -> Result<(), AdminError> {
    let wrong = |sentence: String| Err(AdminError::Invalid(sentence));
    for net in &settings.subnets {
        if net.parse::<ipnet::IpNet>().is_err() {
            return wrong(format!("{net}: not a network like 10.0.0.0/8"));
        }
    }
    for url in [&settings.notify_url, &settings.mo_url].into_iter().flatten() {
        check_url(url)?;
    }
    for name in &settings.senders {
        check_name("sender", name, SENDER_CHARS_MAX)?;
    }
    if let Some(name) = settings.default_sender.as_ref().filter(|n| !settings.senders.contains(n)) {
        return wrong(format!("default sender: {name} is none of the partner's sender names"));
    }
    if settings.concurrency == 0 {
        return wrong("concurrency: with 0 every call would be refused".to_owned());
    }
    if !(1..=CASCADE_LINKS_MAX).contains(&settings.links_max) {
        return wrong(format!("links: 1 to {CASCADE_LINKS_MAX} are possible"));
    }
    if settings.ttl < TTL_MIN || settings.ttl > TTL_MAX {
        let days = TTL_MAX.0 / (24 * 60 * 60 * 1000);
        return wrong(format!("lifetime: a second to {days} days are possible"));
    }
    Ok(())
}

fn check_url(url: &str) -> Result<(), AdminError> {
    let parsed = url::Url::parse(url).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
    match parsed {
        Some(_) if url.chars().count() <= NOTIFY_URL_CHARS_MAX => Ok(()),
        Some(_) => Err(AdminError::Invalid("the address is too long".to_owned())),
        None => Err(AdminError::Invalid(format!("{url}: not an http or https address"))),
    }
}

/// Puts an account behind a sender name of a partner.
///
/// # Errors
/// See [`AdminError`].
pub fn add_sender(
    tx: &mut dyn Tx,
    partner: PartnerId,
    messenger: Messenger,
    name: &str,
    account: AccountId,
) -> Result<(), AdminError> {
    check_name("sender", name, SENDER_CHARS_MAX)?;
    let name = name.to_owned();
    let sender =
        Sender { partner, messenger, name, position: 0, account, traffic: TRAFFIC_DEFAULT };
    Ok(partner::add_sender(tx, &sender)?)
}

/// Sets the kind of traffic that a partner's sender name stands for.
///
/// # Errors
/// See [`AdminError`].
pub fn set_traffic(tx: &mut dyn Tx, id: PartnerId, name: &str, kind: u8) -> Result<(), AdminError> {
    if !TRAFFIC_KINDS.contains(&kind) {
        let known = TRAFFIC_KINDS.map(|kind| kind.to_string()).join(", ");
        return Err(AdminError::Invalid(format!("traffic: {kind} is none of {known}")));
    }
    if partner::set_traffic(tx, id, name, kind)? == 0 {
        return Err(AdminError::Invalid(format!("traffic: no account stands behind {name}")));
    }
    Ok(())
}

/// Accounts that stand behind sender names for other partners stand behind them for this one too.
///
/// # Errors
/// See [`AdminError`].
pub fn join_names(tx: &mut dyn Tx, id: PartnerId, names: &[String]) -> Result<(), AdminError> {
    let all = partner::senders(tx)?;
    let mut joined: Vec<(&str, AccountId)> =
        all.iter().filter(|s| s.partner == id).map(|s| (s.name.as_str(), s.account)).collect();
    for sender in all.iter().filter(|s| s.partner != id && names.contains(&s.name)) {
        let place = (sender.name.as_str(), sender.account);
        if !joined.contains(&place) {
            add_sender(tx, id, sender.messenger, &sender.name, sender.account)?;
            joined.push(place);
        }
    }
    Ok(())
}
