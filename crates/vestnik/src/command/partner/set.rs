//! `vestnik partner set`: what is given is changed, the rest stays.

use super::find;
use crate::{
    cli,
    command::{folder, secret},
    config::parse_duration,
    out::{say, warning},
    wiring::tool,
};
use anyhow::{Context, Result, bail};
use vestnik_app::admin;
use vestnik_model::{secret::Secret, time::Millis};
use vestnik_store::partner::{self, PartnerSettings};

/// Changes a partner.
pub(super) fn run(args: &cli::PartnerSet) -> Result<()> {
    let password = args.password.as_deref().map(secret::given).transpose()?.map(Secret::new);
    let traffic = args.traffic.iter().map(|pair| kind(pair)).collect::<Result<Vec<_>>>()?;
    let idle = tool(&folder(&args.place)?, |tx| {
        let before = find(tx, &args.login)?;
        let after = changed(before.settings.clone(), args)?;
        if password.is_none() && traffic.is_empty() && after == before.settings {
            bail!("nothing was given that is to be changed: see `vestnik partner set --help`");
        }
        admin::change_partner(tx, &before, password.as_ref(), &after)?;
        let known = &before.settings.senders;
        let new: Vec<_> = after.senders.iter().filter(|n| !known.contains(n)).cloned().collect();
        admin::join_names(tx, before.id, &new)?;
        for (name, kind) in &traffic {
            admin::set_traffic(tx, before.id, name, *kind)?;
        }
        let senders = partner::senders(tx)?;
        let stands =
            |name: &String| senders.iter().any(|s| s.partner == before.id && s.name == *name);
        Ok(new.into_iter().filter(|name| !stands(name)).collect::<Vec<_>>())
    })?;
    say!("partner {} changed", args.login)?;
    for name in idle {
        warning!("no account stands behind {name}: `vestnik account attach ID --sender NAME`");
    }
    Ok(())
}

/// The settings with what was given over them.
fn changed(mut settings: PartnerSettings, args: &cli::PartnerSet) -> Result<PartnerSettings> {
    let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    if !args.senders.is_empty() {
        settings.senders = args.senders.iter().filter_map(given).collect();
    }
    if let Some(name) = &args.default_sender {
        settings.default_sender = given(name);
    }
    if let Some(url) = &args.notify_url {
        settings.notify_url = given(url);
    }
    if let Some(url) = &args.mo_url {
        settings.mo_url = given(url);
    }
    if !args.subnets.is_empty() {
        settings.subnets = args.subnets.iter().filter_map(given).collect();
    }
    if let Some(time) = &args.ttl {
        let ttl = parse_duration(time).context("--ttl")?;
        settings.ttl = Millis(i64::try_from(ttl.as_millis()).context("--ttl: too long")?);
    }
    settings.concurrency = args.concurrency.unwrap_or(settings.concurrency);
    settings.links_max = args.links.unwrap_or(settings.links_max);
    settings.cascades = args.allow_cascades.unwrap_or(settings.cascades);
    settings.no_duplicates = args.block_duplicates.unwrap_or(settings.no_duplicates);
    settings.unique_refs = args.repeat_ids.map_or(settings.unique_refs, |repeats| !repeats);
    settings.any_ttl = args.any_ttl.unwrap_or(settings.any_ttl);
    Ok(settings)
}

/// `NAME=KIND`: a sender name and the kind of its traffic.
fn kind(pair: &str) -> Result<(String, u8)> {
    let (name, kind) = pair.rsplit_once('=').context("--traffic takes NAME=KIND")?;
    let kind = kind.parse().with_context(|| format!("--traffic: {kind} is no kind of traffic"))?;
    Ok((name.to_owned(), kind))
}
