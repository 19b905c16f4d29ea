//! `vestnik key …`

use super::{folder, fresh_id, new_folder, set_up};
use crate::{
    cli,
    out::{plain, say},
    wiring::tool,
};
use anyhow::{Context, Result, bail};
use vestnik_app::admin;
use vestnik_model::id::KeyId;
use vestnik_store::key::{self, ApiKey};

/// Does what `vestnik key` was asked for.
///
/// # Errors
/// See each of its commands.
pub(super) fn run(command: &cli::Key) -> Result<()> {
    match command {
        cli::Key::Add(args) => add(args),
        cli::Key::List(place) => list(place),
        cli::Key::Revoke(args) => revoke(args),
    }
}

fn add(args: &cli::KeyAdd) -> Result<()> {
    tool(&new_folder(&args.place)?, |tx| {
        let key = admin::add_key(tx, KeyId(fresh_id()), &args.name, None, !args.read_only)?;
        // Nobody can show it again: what could not be shown is not kept.
        say!("{key}").map_err(|error| anyhow::anyhow!("no key was added: {error}"))
    })
}

fn list(place: &cli::Place) -> Result<()> {
    for key in &set_up(place)?.keys {
        let may = if key.may_write() { "read and write" } else { "read" };
        say!("{}\t{}\t{may}", key.id, plain(&key.name))?;
    }
    Ok(())
}

fn revoke(args: &cli::KeyRevoke) -> Result<()> {
    let key = tool(&folder(&args.place)?, |tx| {
        let key = find(&key::all(tx)?, &args.key)?.clone();
        key::remove(tx, key.id)?;
        Ok(key)
    })?;
    say!("key {} ({}) opens nothing any more", key.id, plain(&key.name))
}

/// A key by its number or name.
fn find<'a>(all: &'a [ApiKey], wanted: &str) -> Result<&'a ApiKey> {
    if let Some(key) = all.iter().find(|key| key.id.to_string() == wanted) {
        return Ok(key);
    }
    let mut named = all.iter().filter(|key| key.name == wanted);
    let first = named.next().with_context(|| format!("there is no key {wanted}"))?;
    if named.next().is_some() {
        bail!("several keys are called {wanted}: give the number of one (`vestnik key list`)");
    }
    Ok(first)
}
