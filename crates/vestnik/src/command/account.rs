//! `vestnik account …`

use super::{folder, fresh_id, new_folder, secret, set_up};
use crate::{
    cli,
    out::{plain, say, warning},
    wiring::tool,
};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use vestnik_app::admin::{self, AccountChange, NewAccount};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, PartnerId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_provider::Provider;
use vestnik_store::{
    Tx,
    account::{self, StoredAccount},
    config::Config,
};

/// Does what `vestnik account` was asked for.
///
/// # Errors
/// See each of its commands.
pub(super) fn run(command: &cli::Account) -> Result<()> {
    match command {
        cli::Account::Add(args) => add(args),
        cli::Account::List(place) => list(place),
        cli::Account::Set(args) => set(args),
        cli::Account::Resume(args) => resume(args),
        cli::Account::Off(args) => switch(args, false),
        cli::Account::On(args) => switch(args, true),
        cli::Account::Attach(args) => attach(args),
    }
}

/// Adds an account and prints its webhook path.
fn add(args: &cli::AccountAdd) -> Result<()> {
    let Some(provider) = vestnik_providers::find(&args.provider) else {
        let known: Vec<_> = vestnik_providers::all().iter().map(|p| p.descriptor().code).collect();
        bail!("provider {} is not known; known are {}", args.provider, known.join(", "));
    };
    let new = NewAccount {
        name: args.name.clone().unwrap_or_else(|| provider.descriptor().name.to_owned()),
        messenger: messenger(provider, args.messenger.as_deref())?,
        settings: settings(&args.settings)?,
        pacing: pacing(args.pacing),
        lanes: args.lanes,
        unknown: unknown(args.unknown),
        language: Language::Ru,
        queue: String::new(),
        webhook_key: None,
        is_implicit: false,
    };
    let data = new_folder(&args.place)?;
    let id = AccountId(fresh_id());
    let (key, attached) = tool(&data, |tx| {
        let sealer = data.sealer(tx)?;
        let key = admin::add_account(tx, &sealer, id, provider, &new)?;
        let attached = put_behind(tx, id, new.messenger, &args.senders, args.partner.as_deref())?;
        Ok((key, attached))
    })?;
    say!("account {id} added")?;
    say!("webhook /in/{key}")?;
    if attached == 0 {
        warning!("no partner sends through it; give --sender NAME of a partner's name");
    }
    Ok(())
}

/// Puts an account behind sender names; how often that was possible.
fn put_behind(
    tx: &mut dyn Tx,
    id: AccountId,
    messenger: Messenger,
    names: &[String],
    login: Option<&str>,
) -> Result<usize> {
    let setup = vestnik_store::config::load(tx)?;
    let mut attached = 0;
    for name in names {
        for partner in owners(&setup, name, login)? {
            let is_there = |s: &vestnik_store::partner::Sender| {
                s.partner == partner && s.name == *name && s.account == id
            };
            if !setup.senders.iter().any(is_there) {
                admin::add_sender(tx, partner, messenger, name, id)?;
            }
            attached += 1;
        }
    }
    Ok(attached)
}

/// The messenger that was named, or the first one the provider carries.
fn messenger(provider: &dyn Provider, name: Option<&str>) -> Result<Messenger> {
    let known = Messenger::ALL.map(Messenger::code).join(", ");
    match name {
        Some(name) => Messenger::parse(name)
            .with_context(|| format!("messenger {name} is not known; known are {known}")),
        None => {
            let first = provider.descriptor().channels.first();
            Ok(first.context("the provider carries no messenger")?.messenger)
        }
    }
}

/// The partners that may use a sender name: the one named, or all that have it.
fn owners(setup: &Config, name: &str, login: Option<&str>) -> Result<Vec<PartnerId>> {
    if let Some(login) = login {
        let partner = setup.partners.iter().find(|p| p.login == login);
        return Ok(vec![partner.with_context(|| format!("there is no partner {login}"))?.id]);
    }
    let has_name =
        |p: &&vestnik_store::partner::Partner| p.settings.senders.iter().any(|s| s == name);
    Ok(setup.partners.iter().filter(has_name).map(|p| p.id).collect())
}

fn settings(args: &cli::Settings) -> Result<BTreeMap<String, Secret>> {
    let mut out = BTreeMap::new();
    let named = [
        ("api_url", &args.api_url),
        ("id_instance", &args.id_instance),
        ("token", &args.token),
        ("webhook_token", &args.webhook_token),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            out.insert(name.to_owned(), Secret::new(secret::given(value)?));
        }
    }
    for pair in &args.others {
        let (name, value) = pair.split_once('=').context("--set takes NAME=VALUE")?;
        out.insert(name.to_owned(), Secret::new(secret::given(value)?));
    }
    Ok(out)
}

fn pacing(pace: cli::Pace) -> Option<Pacing> {
    match pace {
        cli::Pace::Provider => None,
        cli::Pace::None => Some(Pacing::default()),
    }
}

fn unknown(choice: cli::Unknown) -> Guarantee {
    match choice {
        cli::Unknown::NeverTwice => Guarantee::NeverTwice,
        cli::Unknown::AtLeastOnce => Guarantee::AtLeastOnce,
    }
}

/// Changes an account.
fn set(args: &cli::AccountSet) -> Result<()> {
    let change = AccountChange {
        name: args.name.clone(),
        pacing: args.pacing.map(pacing),
        unknown: args.unknown.map(unknown),
        settings: settings(&args.settings)?,
        ..AccountChange::default()
    };
    let AccountChange { name, pacing, unknown, settings, .. } = &change;
    if name.is_none() && pacing.is_none() && unknown.is_none() && settings.is_empty() {
        bail!("nothing was given that is to be changed: see `vestnik account set --help`");
    }
    let changed = changed(&args.place, args.id, &change)?;
    say!("account {} changed", changed.id)?;
    warn_of_trouble(&changed);
    Ok(())
}

fn changed(place: &cli::Place, id: i64, change: &AccountChange) -> Result<StoredAccount> {
    let data = folder(place)?;
    tool(&data, |tx| {
        let sealer = data.sealer(tx)?;
        Ok(admin::change_account(tx, &sealer, vestnik_providers::all(), AccountId(id), change)?)
    })
}

fn warn_of_trouble(account: &StoredAccount) {
    let id = account.id;
    if let Some(trouble) = account.trouble.as_ref().filter(|_| account.properties.active) {
        warning!("it is stopped: {}; `vestnik account resume {id}` uses it again", plain(trouble));
    }
}

/// Lists accounts.
fn list(place: &cli::Place) -> Result<()> {
    for account in &set_up(place)?.accounts {
        let state = match &account.trouble {
            Some(trouble) => format!("stopped: {}", plain(trouble)),
            None if account.properties.active => "in use".to_owned(),
            None => "off".to_owned(),
        };
        say!(
            "{}\t{}\t{}\twebhook /in/{}\t{state}",
            account.id,
            account.provider,
            plain(&account.name),
            account.webhook_key,
        )?;
    }
    Ok(())
}

/// Uses an account again that was stopped.
fn resume(args: &cli::AccountOne) -> Result<()> {
    let id = AccountId(args.id);
    tool(&folder(&args.place)?, |tx| {
        find(tx, id)?;
        Ok(account::set_trouble(tx, id, None)?)
    })?;
    say!("account {id} is used again")
}

/// Switches an account off or on.
fn switch(args: &cli::AccountOne, active: bool) -> Result<()> {
    let change = AccountChange { active: Some(active), ..AccountChange::default() };
    let changed = changed(&args.place, args.id, &change)?;
    say!("account {} is {}", changed.id, if active { "on" } else { "off" })?;
    warn_of_trouble(&changed);
    Ok(())
}

/// Puts an account behind sender names.
fn attach(args: &cli::AccountAttach) -> Result<()> {
    let id = AccountId(args.id);
    let attached = tool(&folder(&args.place)?, |tx| {
        let messenger = find(tx, id)?.properties.messenger;
        put_behind(tx, id, messenger, &args.senders, args.partner.as_deref())
    })?;
    if attached == 0 {
        bail!("no partner may use this name: `vestnik partner set LOGIN --sender NAME` lets one");
    }
    say!("account {id} stands behind {}", args.senders.join(", "))
}

fn find(tx: &mut dyn Tx, id: AccountId) -> Result<StoredAccount> {
    let found = account::all(tx)?.into_iter().find(|account| account.id == id);
    found.with_context(|| format!("there is no account {id}"))
}
