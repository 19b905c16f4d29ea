//! `vestnik partner …`

mod set;

use super::{folder, fresh_id, new_folder, secret, set_up};
use crate::{
    cli,
    out::{plain, say, warning},
    wiring::tool,
};
use anyhow::{Context, Result};
use vestnik_app::{
    admin::{self, NewPartner},
    chance::secret_bytes,
};
use vestnik_model::{id::PartnerId, limits::PARTNER_CONCURRENCY_DEFAULT, secret::Secret};
use vestnik_store::{
    Tx,
    partner::{self, Partner, PartnerSettings},
};

/// Does what `vestnik partner` was asked for.
///
/// # Errors
/// See each of its commands.
pub(super) fn run(command: &cli::Partner) -> Result<()> {
    match command {
        cli::Partner::Add(args) => add(args),
        cli::Partner::List(place) => list(place),
        cli::Partner::Set(args) => set::run(args),
        cli::Partner::Off(args) => switch(args, false),
        cli::Partner::On(args) => switch(args, true),
    }
}

/// Adds a partner.
fn add(args: &cli::PartnerAdd) -> Result<()> {
    let given = args.password.as_deref().map(secret::given).transpose()?;
    let given = given.or_else(|| std::env::var("VESTNIK_PASSWORD").ok());
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
        subnets: args.subnets.clone(),
        concurrency: args.concurrency.unwrap_or(PARTNER_CONCURRENCY_DEFAULT),
        any_ttl: args.any_ttl,
        notify_url: args.notify_url.clone(),
        mo_url: args.mo_url.clone(),
        senders: args.senders.clone(),
        default_sender,
        ..PartnerSettings::default()
    };
    let is_open = settings.subnets.is_empty();
    let login = args.login.clone();
    let new = NewPartner { login, password: Secret::new(password.clone()), settings };
    let id = PartnerId(fresh_id());
    tool(&new_folder(&args.place)?, |tx| {
        admin::add_partner(tx, id, &new)?;
        admin::join_names(tx, id, &new.settings.senders)?;
        let drawn = if drawn { format!("\npassword {password}") } else { String::new() };
        // Nobody can show a drawn password again: what could not be shown is not kept.
        say!("partner {} added{drawn}", new.login)
            .map_err(|error| anyhow::anyhow!("no partner was added: {error}"))
    })?;
    if is_open {
        warning!("it may call from any address; limit it with --subnet");
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
fn list(place: &cli::Place) -> Result<()> {
    for partner in &set_up(place)?.partners {
        let s = &partner.settings;
        say!(
            "{}\tsenders {}\tcascades {}\tnotify {}\t{}",
            plain(&partner.login),
            plain(&s.senders.join(",")),
            if s.cascades { "yes" } else { "no" },
            s.notify_url.as_deref().map_or_else(|| "-".to_owned(), vestnik_net::redact_url),
            if s.active { "in use" } else { "off" },
        )?;
    }
    Ok(())
}

/// Takes a partner's calls, or takes no more of them.
fn switch(args: &cli::PartnerOne, active: bool) -> Result<()> {
    tool(&folder(&args.place)?, |tx| {
        let partner = find(tx, &args.login)?;
        let settings = PartnerSettings { active, ..partner.settings.clone() };
        let changed = Partner { settings, ..partner };
        Ok(partner::update(tx, &changed)?)
    })?;
    say!("partner {} is {}", args.login, if active { "on" } else { "off" })
}

fn find(tx: &mut dyn Tx, login: &str) -> Result<Partner> {
    let found = partner::all(tx)?.into_iter().find(|partner| partner.login == login);
    found.with_context(|| format!("there is no partner {login}"))
}
