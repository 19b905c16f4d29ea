//! The account behind the credentials of a hook's address: one that is set up here, if it is the
//! same; else one that is made once the provider has accepted them, and forgotten when it is idle.

use crate::{
    admin::{self, AdminError, NewAccount},
    chore,
    hub::Hub,
    password,
    setup::AccountSetup,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use subtle::ConstantTimeEq;
use vestnik_hooks::url_hook::Credentials;
use vestnik_model::{
    account::Account,
    id::{AccountId, WorkspaceId},
    language::Language,
    limits::IN_FLIGHT_DEFAULT,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding},
    port::AccountState,
    redact::redact,
};
use vestnik_store::{
    StoreError,
    implicit::{self, Implicit},
};

/// Accounts that nobody set up, at most.
const IMPLICIT_MAX: i64 = 1_000;
/// Stages of a cascade that are asked how they do.
const STAGES_MAX: usize = 10;
/// The setting that makes an account a cascade.
const CASCADE: &str = "cascade_id";
/// That an account is used is noted this often.
const USE_NOTED: Millis = Millis::hours(1);

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum NoAccount {
    /// The provider does not accept the credentials; its words.
    #[error("{0}")]
    Refused(String),
    /// The provider does not answer, or is not ready; its words.
    #[error("{0}")]
    Later(String),
    /// There are too many already.
    #[error("too many instances are used by hooks: at most {IMPLICIT_MAX}")]
    TooMany,
    /// It can't be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Instances whose provider did not answer a moment ago: not every call has to find that out anew, or
/// calls to a provider that is down would hold up all others.
#[derive(Debug, Default)]
pub struct Silent(Mutex<BTreeMap<String, (Timestamp, String)>>);

/// An instance that did not answer is asked again after this.
const SILENT_FOR: Millis = Millis::seconds(20);
/// Whoever takes so long to say nothing holds others up.
const SLOW: Millis = Millis::seconds(2);
/// Instances that are remembered to be silent, at most; beyond, all are asked again.
const SILENT_MAX: usize = 1_000;

impl Silent {
    /// What an instance's provider said when it was not ready, if that was a moment ago.
    fn said(&self, credentials: &str, now: Timestamp) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, detail) = known.get(credentials)?;
        (*until > now).then(|| detail.clone())
    }

    fn note(&self, credentials: &str, detail: &str, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SILENT_MAX {
            known.clear();
        }
        known.insert(credentials.to_owned(), (now + SILENT_FOR, detail.to_owned()));
    }
}

/// Finds the account behind credentials, or makes it.
///
/// # Errors
/// See [`NoAccount`].
pub async fn find(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    credentials: &Credentials,
) -> Result<Arc<AccountSetup>, NoAccount> {
    if let Some(own) = same(hub, workspace, credentials) {
        return Ok(own);
    }
    let hash = hash(hub, credentials);
    if let Some(known) = known(hub, credentials, &hash).await?
        && let Some(account) = hub.setup().account(known.account).cloned()
    {
        note_use(hub, &known).await?;
        return Ok(account);
    }
    let (provider, tried) = sketch(hub, workspace, credentials)
        .ok_or_else(|| NoAccount::Refused(format!("{} is not known here", credentials.provider)))?;
    if let Some(detail) = hub.silent.said(&hash, hub.now()) {
        return Err(NoAccount::Later(detail));
    }
    let asked_at = hub.now();
    let account = match accepted(hub, credentials, provider, tried).await {
        Ok(account) => account,
        Err(NoAccount::Later(detail)) => {
            // One that says at once that it is too much costs nothing to ask again.
            if hub.now() - asked_at >= SLOW {
                hub.silent.note(&hash, &detail, hub.now());
            }
            return Err(NoAccount::Later(detail));
        }
        Err(other) => return Err(other),
    };
    save(hub, credentials, provider, account, hash).await
}

/// Whether credentials are good as far as is known: they are an account's that is set up here, or their
/// provider has accepted them.
///
/// # Errors
/// See [`StoreError`].
pub(crate) async fn is_known(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    credentials: &Credentials,
) -> Result<bool, StoreError> {
    let hash = hash(hub, credentials);
    Ok(same(hub, workspace, credentials).is_some()
        || known(hub, credentials, &hash).await?.is_some())
}

/// The account that was made of the very same credentials: the instance's own, or one of those that
/// stand for it under other keys (a provider may give out several).
async fn known(
    hub: &Arc<Hub>,
    credentials: &Credentials,
    hash: &str,
) -> Result<Option<Implicit>, StoreError> {
    let (instance, hash) = (credentials.instance.clone(), hash.to_owned());
    hub.read(move |tx| match implicit::get(tx, &instance)? {
        Some(known) if bool::from(known.credentials.as_bytes().ct_eq(hash.as_bytes())) => {
            Ok(Some(known))
        }
        Some(_) => implicit::by_credentials(tx, &hash),
        None => Ok(None),
    })
    .await
}

/// An account that is set up here with the very same credentials.
fn same(hub: &Hub, workspace: WorkspaceId, credentials: &Credentials) -> Option<Arc<AccountSetup>> {
    let is_same = |found: &&Arc<AccountSetup>| {
        let account = &found.account;
        let is_equal = |name: &str, value: &str| {
            bool::from(bare(account.setting(name)).as_bytes().ct_eq(bare(value).as_bytes()))
        };
        !found.is_implicit
            && account.active
            && account.workspace == workspace
            && account.provider == credentials.provider
            && credentials.messenger.is_none_or(|messenger| messenger == account.messenger)
            && is_of_one_kind(account, credentials)
            && credentials.settings.iter().all(|(n, v)| is_equal(n, v.reveal()))
    };
    hub.setup().accounts().find(is_same).cloned()
}

/// A server's name may be set up as an address; everything else is as it is.
fn bare(value: &str) -> &str {
    value.trim().trim_start_matches("https://").trim_end_matches('/')
}

/// An account may have settings that decide where it sends (a cascade beside a profile): what is
/// not named by the credentials must not be set, unless it is a secret of ours or a detail.
fn is_of_one_kind(account: &Account, credentials: &Credentials) -> bool {
    const DECIDING: [&str; 2] = [CASCADE, "channel_id"];
    DECIDING
        .iter()
        .all(|name| account.setting(name).is_empty() || credentials.settings.contains_key(*name))
}

fn hash(hub: &Hub, credentials: &Credentials) -> String {
    // Keyed by the installation's own key: the hash says nothing about the token.
    let mut text = data_encoding::HEXLOWER.encode(&hub.sealer().derive("implicit accounts"));
    for (name, value) in &credentials.settings {
        text.push('\n');
        text.push_str(name);
        text.push('=');
        text.push_str(value.reveal());
    }
    password::key_hash(&text)
}

async fn note_use(hub: &Arc<Hub>, known: &Implicit) -> Result<(), StoreError> {
    if hub.now() - known.used_at < USE_NOTED {
        return Ok(());
    }
    let instance = known.instance.clone();
    hub.work(move |tx, now| implicit::used(tx, &instance, now)).await
}

/// An account as it would be.
#[must_use]
pub fn sketch(
    hub: &Hub,
    workspace: WorkspaceId,
    credentials: &Credentials,
) -> Option<(&'static dyn Provider, Account)> {
    let provider =
        hub.providers().iter().copied().find(|p| p.descriptor().code == credentials.provider)?;
    let first = provider.descriptor().channels.first()?;
    let messenger = credentials.messenger.unwrap_or(first.messenger);
    let channel = provider.descriptor().channel(messenger)?;
    let account = Account {
        id: AccountId(0),
        workspace,
        provider: credentials.provider.to_owned(),
        name: credentials.instance.clone(),
        messenger,
        webhook_key: String::new(),
        settings: credentials.settings.clone(),
        pacing: channel.pacing,
        lanes: 1,
        in_flight_max: IN_FLIGHT_DEFAULT,
        unknown: Guarantee::NeverTwice,
        active: true,
    };
    Some((provider, account))
}

/// How the account behind credentials does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It can send.
    Ready,
    /// Not just now; the provider's words.
    Waiting(String),
    /// Its credentials are not accepted, or it can't send until somebody acts; the provider's words.
    Refused(String),
}

impl Standing {
    fn of(found: Finding) -> Self {
        match found {
            Finding::State(AccountState::Ready) => Self::Ready,
            Finding::State(AccountState::Broken { detail }) => Self::Refused(detail),
            Finding::Failed(failure) => Self::Refused(failure.detail),
            Finding::State(AccountState::Waiting { detail }) | Finding::Later { detail, .. } => {
                Self::Waiting(detail)
            }
            found @ (Finding::Unsupported
            | Finding::Done
            | Finding::Subscription(_)
            | Finding::File { .. }
            | Finding::Qr(_)
            | Finding::Settings(_)
            | Finding::Count(_)
            | Finding::Exists(_)
            | Finding::Templates(_)
            | Finding::Delivery(_)) => Self::Waiting(chore::words(&found)),
        }
    }
}

/// What a provider says of credentials: the messenger they are good for, and how the account does.
/// No secret is in its words.
///
/// Where the credentials don't name the messenger, each that the provider carries is tried: a
/// profile called by another's path is refused.
pub async fn ask(
    hub: &Hub,
    credentials: &Credentials,
    provider: &dyn Provider,
    mut account: Account,
) -> (Account, Standing) {
    let mut standing = check(hub, provider, &account).await;
    if credentials.messenger.is_some() || account.settings.contains_key(CASCADE) {
        return (account, standing);
    }
    for channel in provider.descriptor().channels.iter().skip(1) {
        if !matches!(standing, Standing::Refused(_)) {
            break;
        }
        let next = Account { messenger: channel.messenger, ..account.clone() };
        let answer = check(hub, provider, &next).await;
        if !matches!(answer, Standing::Refused(_)) {
            (account, standing) = (next, answer);
        }
    }
    (account, standing)
}

async fn check(hub: &Hub, provider: &dyn Provider, account: &Account) -> Standing {
    let found = chore::run(&*hub.transport, provider, account, &Chore::Check).await;
    let words = |text: String| redact(&text, provider.descriptor(), account);
    match Standing::of(found) {
        Standing::Ready => Standing::Ready,
        Standing::Waiting(detail) => Standing::Waiting(words(detail)),
        Standing::Refused(detail) => Standing::Refused(words(detail)),
    }
}

/// A stage of a cascade that the provider keeps itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// The messenger and the profile, as people read them.
    pub name: String,
    /// Why it can't send just now, in the provider's words; empty if nothing is known against it.
    pub trouble: String,
}

/// The stages of a cascade, first to last, with how each does just now. None if it has none or they
/// can't be asked.
pub async fn stages(hub: &Hub, provider: &dyn Provider, account: &Account) -> Vec<Stage> {
    let found = chore::run(&*hub.transport, provider, account, &Chore::Settings).await;
    let Finding::Settings(settings) = found else { return Vec::new() };
    let order = settings.into_iter().find(|(name, _)| name == "order").map(|(_, order)| order);
    let order = order.unwrap_or_default();
    let mut stages = Vec::new();
    for name in order.split(", ").filter(|name| !name.is_empty()).take(STAGES_MAX) {
        let standing = match profile(account, name) {
            Some(profile) => check(hub, provider, &profile).await,
            None => Standing::Ready,
        };
        let trouble = match standing {
            Standing::Refused(detail) => detail,
            Standing::Ready | Standing::Waiting(_) => String::new(),
        };
        stages.push(Stage { name: name.to_owned(), trouble });
    }
    stages
}

/// The profile that a stage goes through, as an account by itself; `None` for what is none of our
/// messengers (SMS).
fn profile(cascade: &Account, stage: &str) -> Option<Account> {
    let (messenger, profile) = stage.rsplit_once(' ')?;
    let messenger = Messenger::ALL.into_iter().find(|one| one.name() == messenger)?;
    let mut settings = cascade.settings.clone();
    settings.remove(CASCADE);
    settings.insert("profile_id".to_owned(), Secret::new(profile.to_owned()));
    Some(Account { messenger, settings, ..cascade.clone() })
}

async fn accepted(
    hub: &Hub,
    credentials: &Credentials,
    provider: &dyn Provider,
    account: Account,
) -> Result<Account, NoAccount> {
    let (account, standing) = ask(hub, credentials, provider, account).await;
    match standing {
        Standing::Ready => Ok(account),
        Standing::Refused(detail) => Err(NoAccount::Refused(detail)),
        Standing::Waiting(detail) => Err(NoAccount::Later(detail)),
    }
}

/// Writes an accepted account down. Calls that come together find the same credentials new all at
/// once: the first makes the account, the others take it.
async fn save(
    hub: &Arc<Hub>,
    credentials: &Credentials,
    provider: &'static dyn Provider,
    account: Account,
    hash: String,
) -> Result<Arc<AccountSetup>, NoAccount> {
    let id = AccountId(hub.id());
    let new = new_account(credentials, &account);
    let sealer = hub.sealer().clone();
    let instance = credentials.instance.clone();
    let saved = hub.perform(move |tx, now| {
        let known = implicit::get(tx, &instance)?;
        if let Some(known) = known.as_ref().filter(|known| known.credentials == hash) {
            return Ok(Some(known.account));
        }
        if implicit::count(tx)? >= IMPLICIT_MAX {
            return Ok(None);
        }
        match admin::add_account(tx, &sealer, id, provider, &new) {
            Ok(_) => {}
            Err(AdminError::Store(error)) => return Err(error),
            Err(error) => {
                tracing::error!(%error, "an account of a hook could not be added");
                return Err(StoreError::Closed);
            }
        }
        // Other credentials for the same instance: another account, so that what is under way
        // through the old one can come to its end.
        if known.is_some() {
            implicit::replace(tx, &instance, id)?;
        }
        let (instance, credentials) = (instance.clone(), hash.clone());
        implicit::put(tx, &Implicit { instance, account: id, credentials, used_at: now })?;
        Ok(Some(id))
    });
    let id = saved.await?.ok_or(NoAccount::TooMany)?;
    hub.refresh().await?;
    hub.setup().account(id).cloned().ok_or(NoAccount::Store(StoreError::Closed))
}

fn new_account(credentials: &Credentials, account: &Account) -> NewAccount {
    NewAccount {
        name: credentials.instance.clone(),
        messenger: account.messenger,
        settings: credentials.settings.clone(),
        pacing: None,
        lanes: 1,
        unknown: Guarantee::NeverTwice,
        language: Language::default(),
        queue: String::new(),
        webhook_key: None,
        is_implicit: true,
    }
}

/// Whether an account is a cascade that the provider keeps itself, over several messengers.
#[must_use]
pub fn is_cascade(account: &Account) -> bool {
    !account.setting(CASCADE).is_empty()
}

/// The messenger people know an account by.
#[must_use]
pub fn messenger_of(account: &AccountSetup) -> Option<Messenger> {
    (!is_cascade(&account.account)).then_some(account.account.messenger)
}
