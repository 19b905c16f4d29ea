//! What is set up, as it is needed at every call: kept whole in memory, replaced as a whole.

use crate::seal::Sealer;
use ipnet::IpNet;
use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, OnceLock, atomic::AtomicU32},
};
use vestnik_engine::zone::NumberingPlan;
use vestnik_model::{
    account::Account,
    id::{AccountId, PartnerId},
    messenger::Messenger,
};
use vestnik_provider::Provider;
use vestnik_store::{config::Config, key::ApiKey, partner::Partner};

/// The providers this program was built with.
pub type Providers = &'static [&'static dyn Provider];

/// What is set up.
pub struct Setup {
    /// Its version in the store.
    pub version: i64,
    partners: HashMap<String, Arc<PartnerSetup>>,
    partners_by_id: HashMap<PartnerId, Arc<PartnerSetup>>,
    accounts: BTreeMap<AccountId, Arc<AccountSetup>>,
    accounts_by_key: HashMap<String, AccountId>,
    keys: HashMap<String, ApiKey>,
    /// The numbering plan.
    pub numbering: NumberingPlan,
}

/// A partner, ready for use.
pub struct PartnerSetup {
    /// As it is set up.
    pub partner: Partner,
    /// Networks it may call from; empty = any.
    pub subnets: Vec<IpNet>,
    /// Its sender names: (messenger, name) → the accounts behind it, in order.
    pub senders: BTreeMap<(Messenger, String), Vec<SenderAccount>>,
    /// The name used by calls that give none.
    pub defaults: BTreeMap<Messenger, String>,
    /// Its calls under way.
    pub calls: Arc<AtomicU32>,
}

/// An account behind a sender name.
#[derive(Debug, Clone, Copy)]
pub struct SenderAccount {
    /// The account.
    pub account: AccountId,
    /// The kind of traffic the name stands for.
    pub traffic: u8,
}

/// An account, ready for use.
pub struct AccountSetup {
    /// As it is set up, its secrets opened.
    pub account: Account,
    /// Its provider's adapter.
    pub provider: &'static dyn Provider,
    /// Why it is not used until somebody acts, if so.
    pub trouble: Option<String>,
    /// Whether it was made of the credentials in a hook's address: its webhooks are not ours.
    pub is_implicit: bool,
    /// The figure of its understood webhooks, found once: it is counted at every one of them.
    understood: OnceLock<metrics::Counter>,
}

impl AccountSetup {
    /// Counts a webhook that was understood.
    pub(crate) fn count_understood(&self) {
        let provider = self.provider.descriptor().code;
        let find = || {
            metrics::counter!(
                "vestnik_webhooks_total", "provider" => provider, "kind" => "understood"
            )
        };
        self.understood.get_or_init(find).increment(1);
    }

    /// Whether it may send.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.account.active && self.trouble.is_none()
    }
}

impl PartnerSetup {
    /// Whether it may call from this address.
    #[must_use]
    pub fn is_allowed(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.subnets.is_empty() || self.subnets.iter().any(|net| net.contains(&address))
    }
}

impl Setup {
    /// Makes ready what was read. An account that can't be read (another master key, a provider
    /// this program does not know) is left out and logged.
    #[must_use]
    pub fn new(
        config: &Config,
        providers: Providers,
        sealer: &Sealer,
        before: Option<&Self>,
    ) -> Self {
        let mut setup = Self {
            version: config.version,
            partners: HashMap::new(),
            partners_by_id: HashMap::new(),
            accounts: BTreeMap::new(),
            accounts_by_key: HashMap::new(),
            keys: config.keys.iter().map(|k| (k.secret_hash.clone(), k.clone())).collect(),
            numbering: numbering(config.numbering.as_deref()),
        };
        for stored in &config.accounts {
            match open_account(stored, providers, sealer) {
                Ok(account) => {
                    setup.accounts_by_key.insert(stored.webhook_key.clone(), stored.id);
                    setup.accounts.insert(stored.id, Arc::new(account));
                }
                Err(reason) => {
                    tracing::error!(account.id = stored.id.0, reason, "account left out");
                }
            }
        }
        for partner in &config.partners {
            let calls = before
                .and_then(|b| b.partners_by_id.get(&partner.id))
                .map_or_else(Arc::default, |p| Arc::clone(&p.calls));
            let ready = Arc::new(partner_setup(partner, config, calls));
            setup.partners.insert(partner.login.clone(), Arc::clone(&ready));
            setup.partners_by_id.insert(partner.id, ready);
        }
        setup
    }

    /// A partner by its login.
    #[must_use]
    pub fn partner(&self, login: &str) -> Option<&Arc<PartnerSetup>> {
        self.partners.get(login)
    }

    /// A partner by its id.
    #[must_use]
    pub fn partner_by_id(&self, id: PartnerId) -> Option<&Arc<PartnerSetup>> {
        self.partners_by_id.get(&id)
    }

    /// An account by its id.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Arc<AccountSetup>> {
        self.accounts.get(&id)
    }

    /// All accounts.
    pub fn accounts(&self) -> impl Iterator<Item = &Arc<AccountSetup>> {
        self.accounts.values()
    }

    /// All partners.
    pub fn partners(&self) -> impl Iterator<Item = &Arc<PartnerSetup>> {
        self.partners_by_id.values()
    }

    /// An account by the opaque part of its webhook address.
    #[must_use]
    pub fn account_by_key(&self, key: &str) -> Option<&Arc<AccountSetup>> {
        self.accounts.get(self.accounts_by_key.get(key)?)
    }

    /// A key of our own API: what it opens, and what it may.
    #[must_use]
    pub fn key(&self, key: &str) -> Option<&ApiKey> {
        // Looked up by its hash: the time this takes tells nothing about the key.
        self.keys.get(&crate::password::key_hash(key))
    }
}

fn numbering(bytes: Option<&[u8]>) -> NumberingPlan {
    let Some(bytes) = bytes else { return NumberingPlan::default() };
    NumberingPlan::from_bytes(bytes).unwrap_or_else(|_| {
        tracing::error!("the numbering plan is damaged: import it again");
        NumberingPlan::default()
    })
}

/// An account, its secrets opened.
///
/// # Errors
/// Why it can't be used, for people: another master key, an unknown provider.
pub fn open_account(
    stored: &vestnik_store::account::StoredAccount,
    providers: Providers,
    sealer: &Sealer,
) -> Result<AccountSetup, String> {
    let provider = providers
        .iter()
        .copied()
        .find(|p| p.descriptor().code == stored.provider)
        .ok_or_else(|| format!("provider {} is not known to this program", stored.provider))?;
    let settings = sealer.open(&stored.sealed).map_err(|e| e.to_string())?;
    let settings = serde_json::from_str(settings.reveal())
        .map_err(|_| "its settings are unreadable".to_owned())?;
    let properties = &stored.properties;
    let account = Account {
        id: stored.id,
        workspace: stored.workspace,
        provider: stored.provider.clone(),
        name: stored.name.clone(),
        messenger: properties.messenger,
        webhook_key: stored.webhook_key.clone(),
        settings,
        pacing: properties.pacing,
        lanes: properties.lanes,
        in_flight_max: properties.in_flight_max,
        unknown: properties.unknown,
        active: properties.active,
    };
    let is_implicit = properties.is_implicit;
    let trouble = stored.trouble.clone();
    Ok(AccountSetup { account, provider, trouble, is_implicit, understood: OnceLock::new() })
}

fn partner_setup(partner: &Partner, config: &Config, calls: Arc<AtomicU32>) -> PartnerSetup {
    let mut senders: BTreeMap<_, Vec<SenderAccount>> = BTreeMap::new();
    let mut defaults = BTreeMap::new();
    for sender in config.senders.iter().filter(|s| s.partner == partner.id) {
        let key = (sender.messenger, sender.name.clone());
        let account = SenderAccount { account: sender.account, traffic: sender.traffic };
        senders.entry(key).or_default().push(account);
        let is_default = partner.settings.default_sender.as_ref() == Some(&sender.name);
        if is_default {
            defaults.entry(sender.messenger).or_insert_with(|| sender.name.clone());
        }
    }
    let subnets = partner.settings.subnets.iter().filter_map(|net| net.parse().ok()).collect();
    PartnerSetup { partner: partner.clone(), subnets, senders, defaults, calls }
}
