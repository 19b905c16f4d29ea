//! `vestnik check`: what is wrong, all of it. Nothing is written.

use crate::{
    cli,
    data::DataFolder,
    out::{plain, say, warning},
    serve,
};
use anyhow::{Context, Result, bail};
use vestnik_app::{
    chore,
    seal::Sealer,
    setup::{AccountSetup, open_account},
};
use vestnik_net::Client;
use vestnik_provider::{
    chore::{Chore, Finding},
    port::AccountState,
};
use vestnik_store::config::Config;

/// Says what is wrong; fails if anything is.
///
/// # Errors
/// If anything is wrong.
pub(super) fn run(args: &cli::Check) -> Result<()> {
    let config = serve::load(&args.place)?;
    say!("configuration: fine")?;
    let data = DataFolder::open(&config.server.data)?;
    if let Some(risk) = data.risk() {
        warning!("{risk}");
    }
    let stored =
        data.look(|tx| vestnik_store::config::load(tx).context("what is set up can't be read"))?;
    say!("database: fine ({})", data.database().display())?;
    say!("partners: {}", stored.partners.len())?;
    let sealer = data.look(|tx| data.sealer_if_any(tx))?;
    let (accounts, mut wrong) = accounts(&stored, sealer.as_ref())?;
    if args.accounts {
        let client = Client::new(serve::outgoing(&config, args.allow_loopback));
        wrong += serve::runtime()?.block_on(ask(&accounts, &client))?;
    }
    match wrong {
        0 => say!("everything is fine"),
        1 => bail!("1 thing is wrong"),
        _ => bail!("{wrong} things are wrong"),
    }
}

/// The accounts that can be read, and how many things are wrong; each is said.
fn accounts(stored: &Config, sealer: Option<&Sealer>) -> Result<(Vec<AccountSetup>, usize)> {
    let (mut readable, mut wrong) = (Vec::new(), 0);
    for account in &stored.accounts {
        // Without a key there are no accounts.
        let Some(sealer) = sealer else { continue };
        let name = plain(&account.name);
        match open_account(account, vestnik_providers::all(), sealer) {
            Ok(account) => {
                if let Some(trouble) = &account.trouble {
                    say!("account {name}: stopped: {}", plain(trouble))?;
                    wrong += 1;
                }
                readable.push(account);
            }
            Err(reason) => {
                say!("account {name} ({}): {reason}", account.id)?;
                wrong += 1;
            }
        }
    }
    say!("accounts: {}, readable {}", stored.accounts.len(), readable.len())?;
    Ok((readable, wrong))
}

async fn ask(accounts: &[AccountSetup], client: &Client) -> Result<usize> {
    let mut wrong = 0;
    for account in accounts {
        let name = plain(&account.account.name);
        if !account.account.active {
            say!("account {name}: switched off")?;
            continue;
        }
        let found = chore::run(client, account.provider, &account.account, &Chore::Check).await;
        if found == Finding::State(AccountState::Ready) {
            say!("account {name}: ready")?;
        } else {
            say!("account {name}: {}", plain(&chore::words(&found)))?;
            wrong += 1;
        }
    }
    Ok(wrong)
}
