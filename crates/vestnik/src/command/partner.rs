//! `vestnik partner …`

use super::{folder, fresh_id};
use crate::{cli, wiring::tool};
use anyhow::{Context, Result};
use vestnik_app::{
    admin::{self, NewPartner},
    chance::secret_bytes,
};
use vestnik_model::{id::PartnerId, limits::PARTNER_CONCURRENCY_DEFAULT, secret::Secret};
use vestnik_store::partner::PartnerSettings;

/// Adds a partner.
///
/// # Errors
/// If its values are wrong or its login is taken.
pub(super) fn add(args: cli::PartnerAdd) -> Result<()> {
    let given = args.password.or_else(|| std::env::var("VESTNIK_PASSWORD").ok());
    let drawn = given.is_none();
    let password = match given {
        Some(password) => password,
        None => draw_password()?,
    };
    let default_sender = if args.default_sender { args.senders.first().cloned() } else { None };
    let settings = PartnerSettings {
        cascades: args.allow_cascades,
        unique_refs: !args.repeat_ids,
        no_duplicates: args.block_duplicates,
        subnets: args.subnets,
        concurrency: args.concurrency.unwrap_or(PARTNER_CONCURRENCY_DEFAULT),
        any_ttl: args.any_ttl,
        notify_url: args.notify_url,
        mo_url: args.mo_url,
        senders: args.senders,
        default_sender,
        ..PartnerSettings::default()
    };
    let is_open = settings.subnets.is_empty();
    let new = NewPartner { login: args.login, password: Secret::new(password.clone()), settings };
    let id = PartnerId(fresh_id());
    tool(&folder(&args.place)?, |tx| {
        admin::add_partner(tx, id, &new)?;
        // Accounts that stand behind its sender names for others stand behind them for it too.
        for sender in vestnik_store::partner::senders(tx)? {
            if sender.partner != id && new.settings.senders.contains(&sender.name) {
                attach_once(tx, id, &sender)?;
            }
        }
        Ok(())
    })?;
    println!("partner {} added", new.login);
    if drawn {
        println!("password {password}");
    }
    if is_open {
        eprintln!("warning: it may call from any address; limit it with --subnet");
    }
    Ok(())
}

fn attach_once(
    tx: &mut dyn vestnik_db::Tx,
    id: PartnerId,
    sender: &vestnik_store::partner::Sender,
) -> Result<()> {
    let known = vestnik_store::partner::senders(tx)?
        .iter()
        .any(|s| s.partner == id && s.name == sender.name && s.account == sender.account);
    if !known {
        admin::add_sender(tx, id, sender.messenger, &sender.name, sender.account)?;
    }
    Ok(())
}

fn draw_password() -> Result<String> {
    const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let bytes: [u8; 20] = secret_bytes().map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    let letter = |b: &u8| char::from(LETTERS[usize::from(*b) % LETTERS.len()]);
    Ok(bytes.iter().map(letter).collect())
}

/// Lists partners.
///
/// # Errors
/// If the data folder can't be read.
pub(super) fn list(place: &cli::Place) -> Result<()> {
    let setup = tool(&folder(place)?, |tx| {
        vestnik_store::config::load(tx).context("what is set up can't be read")
    })?;
    for partner in &setup.partners {
        let s = &partner.settings;
        println!(
            "{}\tsenders {}\tcascades {}\tnotify {}",
            partner.login,
            s.senders.join(","),
            if s.cascades { "yes" } else { "no" },
            s.notify_url.as_deref().map_or_else(|| "-".to_owned(), vestnik_net::redact_url),
        );
    }
    Ok(())
}
