//! Accounts: connecting one, seeing how it does, changing it.

use crate::{
    admin::{self, AccountChange, AdminError, NewAccount, WORKSPACE},
    chore,
    hub::Hub,
    instance::{self, Holder},
    setup::AccountSetup,
};
use std::{collections::BTreeMap, sync::Arc};
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    id::{AccountId, MessageId, WorkspaceId},
    language::Language,
    limits::IN_FLIGHT_DEFAULT,
    messenger::Messenger,
    outcome::{Guarantee, Outcome},
    phone::Phone,
    secret::Secret,
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Subscription},
    descriptor::Descriptor,
    port::{AccountState, Next, Submission, To},
};
use vestnik_store::{
    StoreError,
    account::{self, Condition, ConditionState, Webhooks},
};

/// Calls of the verification message at most.
const STEPS_MAX: usize = 16;

/// An account to be connected.
#[derive(Debug, Clone)]
pub struct Connect {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The provider's code.
    pub provider: String,
    /// The messenger; `None` = the first the provider carries.
    pub messenger: Option<Messenger>,
    /// What people call it; empty = the provider's name.
    pub name: String,
    /// Its settings.
    pub settings: BTreeMap<String, Secret>,
    /// Whom a verification message goes to before it is saved.
    pub confirmation: Option<Phone>,
    /// The language its customers write in.
    pub language: Language,
    /// The queue whose operators answer.
    pub queue: String,
    /// Send as quickly as it goes.
    pub is_unpaced: bool,
}

/// Why an account was not connected or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A value is wrong.
    #[error("{0}")]
    Invalid(String),
    /// Another account has the instance.
    #[error("{0}")]
    Taken(Holder),
    /// The provider does not take it.
    #[error("the provider refused it: {0}")]
    Refused(String),
    /// The provider does not answer.
    #[error("the provider could not be asked: {0}")]
    Later(String),
    /// There is no such account.
    #[error("there is no such account")]
    Missing,
    /// It can't be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Randomness,
}

impl From<AdminError> for ConnectError {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Invalid(reason) | AdminError::Exists(reason) => Self::Invalid(reason),
            AdminError::Taken(holder) => Self::Taken(holder),
            AdminError::Store(error) => Self::Store(error),
            AdminError::Missing(_) => Self::Missing,
            AdminError::Randomness => Self::Randomness,
        }
    }
}

/// An account that was connected.
#[derive(Debug, Clone)]
pub struct Connected {
    /// Its number.
    pub id: AccountId,
    /// The opaque part of its webhook address.
    pub webhook_key: String,
    /// What was found out about it.
    pub condition: Condition,
}

/// Connects an account: the provider is asked first, and nothing is saved that it refuses. One that
/// only waits (for its code to be scanned, to be approved) is saved as waiting.
///
/// # Errors
/// See [`ConnectError`].
pub async fn connect(hub: &Arc<Hub>, new: Connect) -> Result<Connected, ConnectError> {
    let provider = hub.providers().iter().copied().find(|p| p.descriptor().code == new.provider);
    let provider = provider.ok_or_else(|| {
        let known: Vec<_> = hub.providers().iter().map(|p| p.descriptor().code).collect();
        ConnectError::Invalid(format!("provider: one of {}", known.join(", ")))
    })?;
    let descriptor = provider.descriptor();
    admin::check_settings(descriptor, &new.settings)?;
    let first = descriptor.channels.first().map(|channel| channel.messenger);
    let messenger = new.messenger.or(first).unwrap_or(Messenger::Whatsapp);
    if descriptor.channel(messenger).is_none() {
        let name = messenger.name();
        return Err(ConnectError::Invalid(format!("messenger: it does not carry {name}")));
    }
    // Before the provider is asked: a verification message must not go out for nothing.
    not_taken(hub, descriptor, &new.settings)?;
    let webhook_key = admin::token()?;
    let id = AccountId(hub.id());
    let name = if new.name.is_empty() { descriptor.name.to_owned() } else { new.name.clone() };
    let account = sketch(id, &new, provider, messenger, &name, &webhook_key);
    let mut condition = condition(hub, provider, &account).await;
    if condition.state == ConditionState::Broken && !is_curable(hub, provider, &account).await {
        return Err(ConnectError::Refused(condition.detail));
    }
    if let Some(phone) = new.confirmation {
        verify(hub, provider, &account, phone, new.language).await?;
    }
    save(hub, provider, &new, id, messenger, name, &webhook_key).await?;
    if subscribe(hub, provider, &account).await {
        condition.webhooks = Webhooks::Ours;
    }
    let row = condition.clone();
    hub.work(move |tx, _| account::set_condition(tx, id, &row)).await?;
    hub.refresh().await?;
    Ok(Connected { id, webhook_key, condition })
}

async fn save(
    hub: &Arc<Hub>,
    provider: &'static dyn Provider,
    new: &Connect,
    id: AccountId,
    messenger: Messenger,
    name: String,
    webhook_key: &str,
) -> Result<(), ConnectError> {
    let row = NewAccount {
        name,
        messenger,
        settings: new.settings.clone(),
        pacing: new.is_unpaced.then(Pacing::default),
        lanes: 1,
        unknown: Guarantee::NeverTwice,
        language: new.language,
        queue: new.queue.clone(),
        webhook_key: Some(webhook_key.to_owned()),
        is_implicit: false,
    };
    let sealer = hub.sealer().clone();
    let added = hub.perform(move |tx, _| {
        match admin::add_account(tx, &sealer, id, provider, &row) {
            Ok(_) => Ok(None),
            Err(AdminError::Store(error)) => Err(error),
            // Somebody connected it while its provider was asked.
            Err(AdminError::Taken(holder)) => Ok(Some(holder)),
            // Everything else was checked before.
            Err(error) => {
                tracing::error!(%error, "an account could not be added");
                Err(StoreError::Closed)
            }
        }
    });
    added.await?.map_or(Ok(()), |holder| Err(ConnectError::Taken(holder)))
}

/// That no other account in use has the instance.
fn not_taken(
    hub: &Hub,
    descriptor: &Descriptor,
    settings: &BTreeMap<String, Secret>,
) -> Result<(), ConnectError> {
    let setup = hub.setup();
    let accounts = setup.accounts().map(|account| &**account);
    instance::holder(accounts, descriptor, settings)
        .map_or(Ok(()), |holder| Err(ConnectError::Taken(holder)))
}

/// The account as it will be, for the questions that are asked before it is saved.
fn sketch(
    id: AccountId,
    new: &Connect,
    provider: &dyn Provider,
    messenger: Messenger,
    name: &str,
    webhook_key: &str,
) -> Account {
    let channel = provider.descriptor().channel(messenger);
    Account {
        id,
        workspace: WORKSPACE,
        provider: new.provider.clone(),
        name: name.to_owned(),
        messenger,
        webhook_key: webhook_key.to_owned(),
        settings: new.settings.clone(),
        pacing: channel.map(|c| c.pacing).unwrap_or_default(),
        lanes: 1,
        in_flight_max: IN_FLIGHT_DEFAULT,
        unknown: Guarantee::NeverTwice,
        active: true,
    }
}

/// An account that lacks only its code's scan can be saved: that is how it is brought to life.
async fn is_curable(hub: &Hub, provider: &dyn Provider, account: &Account) -> bool {
    let found = chore::run(&*hub.transport, provider, account, &Chore::Qr).await;
    matches!(found, Finding::Qr(_))
}

/// A message to the confirmation phone: proof that the account can send.
async fn verify(
    hub: &Hub,
    provider: &dyn Provider,
    account: &Account,
    phone: Phone,
    language: Language,
) -> Result<(), ConnectError> {
    let text = match language {
        Language::Ru => "Проверка подключения: канал работает.",
        Language::En => "Connection check: the channel works.",
    };
    let content = Content::Text(text.to_owned());
    let submission = Submission {
        message: MessageId(account.id.0),
        key: account.id.0.unsigned_abs(),
        to: To::Phone(phone),
        content: &content,
        file: None,
        quote: None,
    };
    let mut next = provider.submit(account, &submission);
    for _ in 0..STEPS_MAX {
        let call = match next {
            Next::Done(outcome) => return verified(outcome),
            Next::Call(call) => call,
        };
        next = match hub.transport.call(call.request).await {
            Ok(reply) => provider.resume(account, &submission, &call.step, &reply),
            Err(trouble) => return Err(ConnectError::Later(trouble.detail().to_owned())),
        };
    }
    Err(ConnectError::Later("the provider's answers came to no end".to_owned()))
}

fn verified(outcome: Outcome) -> Result<(), ConnectError> {
    match outcome {
        Outcome::Accepted { .. } => Ok(()),
        Outcome::Refused(failure) => {
            Err(ConnectError::Refused(format!("{:?}: {}", failure.reason, failure.detail)))
        }
        Outcome::Deferred { detail, .. } | Outcome::Unknown { detail } => {
            Err(ConnectError::Later(detail))
        }
    }
}

/// The address the provider is told for an account's webhooks, if we know where the world finds us.
#[must_use]
pub fn webhook_url(hub: &Hub, account: &Account) -> Option<String> {
    hub.public_url.as_ref().map(|public| format!("{public}/in/{}", account.webhook_key))
}

/// Has an account's webhooks sent to us. Whether that is so now.
pub async fn subscribe(hub: &Hub, provider: &dyn Provider, account: &Account) -> bool {
    let Some(url) = webhook_url(hub, account) else { return false };
    let chore = Chore::Subscribe { url: &url };
    let found = chore::run(&*hub.transport, provider, account, &chore).await;
    if found != Finding::Done && found != Finding::Unsupported {
        let detail = chore::words(&found);
        tracing::warn!(account.id = account.id.0, detail, "webhooks could not be ordered");
    }
    found == Finding::Done
}

/// Asks a provider how an account does and where its webhooks go.
pub async fn condition(hub: &Hub, provider: &dyn Provider, account: &Account) -> Condition {
    let found = chore::run(&*hub.transport, provider, account, &Chore::Check).await;
    let (state, detail) = if let Finding::State(state) = found {
        match state {
            AccountState::Ready => (ConditionState::Ready, String::new()),
            AccountState::Broken { detail } => (ConditionState::Broken, detail),
            AccountState::Waiting { detail } => (ConditionState::Waiting, detail),
        }
    } else if let Finding::Failed(failure) = found {
        (ConditionState::Broken, failure.detail)
    } else {
        (ConditionState::Waiting, chore::words(&found))
    };
    let webhooks = match webhook_url(hub, account) {
        Some(ours) => webhooks(hub, provider, account, &ours).await,
        None => Webhooks::Unknown,
    };
    Condition { state, detail, webhooks, checked_at: hub.now() }
}

async fn webhooks(hub: &Hub, provider: &dyn Provider, account: &Account, ours: &str) -> Webhooks {
    let found = chore::run(&*hub.transport, provider, account, &Chore::Subscription).await;
    let Finding::Subscription(found) = found else { return Webhooks::Unknown };
    let is_ours = |urls: &[String]| urls.iter().any(|url| url == ours);
    match found {
        Subscription::None => Webhooks::Nowhere,
        Subscription::To(urls) if is_ours(&urls) => Webhooks::Ours,
        Subscription::Partial { urls, missing } if is_ours(&urls) => Webhooks::Partial(missing),
        Subscription::To(urls) | Subscription::Partial { urls, .. } => {
            elsewhere(hub, account, urls.first().map(String::as_str).unwrap_or_default())
        }
    }
}

/// Who has webhooks that do not come to us. Their address may hold a secret of theirs: only the host
/// is kept, or which account of ours it is whose key the address ends in.
fn elsewhere(hub: &Hub, account: &Account, url: &str) -> Webhooks {
    let Ok(url) = url::Url::parse(url) else { return Webhooks::Elsewhere(String::new()) };
    let key = url.path_segments().and_then(|mut segments| segments.next_back());
    let setup = hub.setup();
    match key.and_then(|key| setup.account_by_key(key)) {
        Some(other) if other.account.id != account.id => Webhooks::Sibling(other.account.id),
        // Its own key at another address: an earlier address of ours, or a copy of this installation.
        Some(_) | None => Webhooks::Elsewhere(url.host_str().unwrap_or_default().to_owned()),
    }
}

/// Looks after an account: asks how it does, orders its webhooks again where they go nowhere, and
/// notes what it found. Webhooks that go elsewhere are left there: the last one to be set up has the
/// account.
pub async fn look_after(hub: &Arc<Hub>, setup: &AccountSetup) -> Result<Condition, StoreError> {
    let (provider, account) = (setup.provider, &setup.account);
    let mut condition = condition(hub, provider, account).await;
    let is_lost = matches!(condition.webhooks, Webhooks::Nowhere | Webhooks::Partial(_));
    if is_lost && account.active && subscribe(hub, provider, account).await {
        condition.webhooks = Webhooks::Ours;
    }
    match &condition.webhooks {
        Webhooks::Elsewhere(host) => {
            tracing::warn!(account.id = account.id.0, host, "another installation has the account");
        }
        Webhooks::Sibling(other) => tracing::warn!(
            account.id = account.id.0,
            other.id = other.0,
            "another account of this installation has the webhooks: of two accounts of one instance \
             switch one off"
        ),
        Webhooks::Unknown | Webhooks::Ours | Webhooks::Partial(_) | Webhooks::Nowhere => {}
    }
    match condition.state {
        ConditionState::Ready => hub.resume_account(account.id),
        ConditionState::Broken => hub.stop_account(account.id, &condition.detail),
        ConditionState::Waiting => {}
    }
    let (id, row) = (account.id, condition.clone());
    hub.work(move |tx, _| account::set_condition(tx, id, &row)).await?;
    Ok(condition)
}

/// Changes an account. New settings are tried at the provider first.
///
/// # Errors
/// See [`ConnectError`].
pub async fn change(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    id: AccountId,
    change: AccountChange,
) -> Result<(), ConnectError> {
    let setup = hub.setup().account(id).filter(|a| a.account.workspace == workspace).cloned();
    let setup = setup.ok_or(ConnectError::Missing)?;
    if !change.settings.is_empty() {
        let mut account = setup.account.clone();
        account.settings = change.settings(&account.settings);
        admin::check_settings(setup.provider.descriptor(), &account.settings)?;
        let found = condition(hub, setup.provider, &account).await;
        if found.state == ConditionState::Broken {
            return Err(ConnectError::Refused(found.detail));
        }
    }
    let (sealer, providers) = (hub.sealer().clone(), hub.providers());
    let changed = hub.perform(move |tx, _| {
        match admin::change_account(tx, &sealer, providers, id, &change) {
            Ok(_) => Ok(Ok(())),
            Err(AdminError::Store(error)) => Err(error),
            Err(refusal) => Ok(Err(refusal)),
        }
    });
    changed.await??;
    hub.refresh().await?;
    Ok(())
}
