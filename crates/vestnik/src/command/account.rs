//! `vestnik account …`

use super::{folder, fresh_id};
use crate::{cli, wiring::tool};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use vestnik_app::admin::{self, NewAccount};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, PartnerId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_provider::Provider;
use vestnik_store::config::Config;

/// Adds an account and prints its webhook path.
///
/// # Errors
/// If its values are wrong.
pub(super) fn add(args: &cli::AccountAdd) -> Result<()> {
    let Some(provider) = vestnik_providers::find(&args.provider) else {
        let known: Vec<_> = vestnik_providers::all().iter().map(|p| p.descriptor().code).collect();
        bail!("provider {} is not known; known are {}", args.provider, known.join(", "));
    };
    let new = NewAccount {
        name: args.name.clone().unwrap_or_else(|| provider.descriptor().name.to_owned()),
        messenger: messenger(provider, args.messenger.as_deref())?,
        settings: settings(args)?,
        pacing: match args.pacing {
            cli::Pace::Provider => None,
            cli::Pace::None => Some(Pacing::default()),
        },
        lanes: args.lanes,
        unknown: match args.unknown {
            cli::Unknown::NeverTwice => Guarantee::NeverTwice,
            cli::Unknown::AtLeastOnce => Guarantee::AtLeastOnce,
        },
        language: Language::Ru,
        queue: String::new(),
        webhook_key: None,
        is_implicit: false,
    };
    let data = folder(&args.place)?;
    let sealer = data.sealer()?;
    let id = AccountId(fresh_id());
    let (key, attached) = tool(&data, |tx| {
        let key = admin::add_account(tx, &sealer, id, provider, &new)?;
        let setup = vestnik_store::config::load(tx)?;
        let mut attached = 0;
        for name in &args.senders {
            for partner in owners(&setup, name, args.partner.as_deref())? {
                admin::add_sender(tx, partner, new.messenger, name, id)?;
                attached += 1;
            }
        }
        Ok((key, attached))
    })?;
    println!("account {id} added");
    println!("webhook /in/{key}");
    if attached == 0 {
        eprintln!("warning: no partner sends through it; give --sender NAME of a partner's name");
    }
    Ok(())
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

fn settings(args: &cli::AccountAdd) -> Result<BTreeMap<String, Secret>> {
    let mut out = BTreeMap::new();
    let named = [
        ("api_url", &args.api_url),
        ("id_instance", &args.id_instance),
        ("token", &args.token),
        ("webhook_token", &args.webhook_token),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            out.insert(name.to_owned(), Secret::new(value.clone()));
        }
    }
    for pair in &args.settings {
        let (name, value) = pair.split_once('=').context("--set takes NAME=VALUE")?;
        out.insert(name.to_owned(), Secret::new(value));
    }
    Ok(out)
}

/// Lists accounts.
///
/// # Errors
/// If the data folder can't be read.
pub(super) fn list(place: &cli::Place) -> Result<()> {
    let setup = tool(&folder(place)?, |tx| {
        vestnik_store::config::load(tx).context("what is set up can't be read")
    })?;
    for account in &setup.accounts {
        println!(
            "{}\t{}\t{}\twebhook /in/{}\t{}",
            account.id,
            account.provider,
            account.name,
            account.webhook_key,
            account
                .trouble
                .as_deref()
                .map_or_else(|| "in use".to_owned(), |t| format!("stopped: {t}")),
        );
    }
    Ok(())
}

/// Uses an account again that was stopped.
///
/// # Errors
/// If there is none such.
pub(super) fn resume(args: &cli::AccountResume) -> Result<()> {
    let id = AccountId(args.id);
    tool(&folder(&args.place)?, |tx| {
        let setup = vestnik_store::config::load(tx)?;
        if !setup.accounts.iter().any(|a| a.id == id) {
            bail!("there is no account {id}");
        }
        Ok(vestnik_store::account::set_trouble(tx, id, None)?)
    })?;
    println!("account {id} is used again");
    Ok(())
}
