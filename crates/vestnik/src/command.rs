//! The commands around the hub.

mod account;
mod hook;
mod partner;
mod send;
mod tail;

use crate::{
    cli::{self, Cli, Command},
    config,
    data::DataFolder,
    demo,
    listen::listen,
    serve,
    wiring::{TOOL_NODE, tool},
};
use anyhow::{Context, Result, bail};
use vestnik_app::{admin, chore, clock::system_now, matrix, setup::Setup};
use vestnik_db::Pool;
use vestnik_db_sqlite::Readers;
use vestnik_model::id::{IdSource, KeyId};
use vestnik_net::Client;
use vestnik_provider::{
    chore::{Chore, Finding},
    port::AccountState,
};

/// Does what the command line says.
///
/// # Errors
/// A sentence for the person at the terminal.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Twin(args) => twin(&args),
        Command::Check(args) => check(&args),
        Command::Send(args) => send::run(&args),
        Command::Tail(args) => tail::run(&args),
        Command::Providers(args) => providers(&args),
        Command::Hook(command) => hook::run(&command),
        Command::Partner(cli::Partner::Add(args)) => partner::add(args),
        Command::Partner(cli::Partner::List(place)) => partner::list(&place),
        Command::Account(cli::Account::Add(args)) => account::add(&args),
        Command::Account(cli::Account::List(place)) => account::list(&place),
        Command::Account(cli::Account::Resume(args)) => account::resume(&args),
        Command::Key(cli::Key::Add(args)) => add_key(&args),
        Command::Numbering(cli::Numbering::Import(args)) => import_numbering(&args),
        Command::Backup(args) => backup(&args),
        Command::Config => {
            print!("{}", config::DEFAULT);
            Ok(())
        }
    }
}

/// Prints the matrix of capabilities.
fn providers(args: &cli::Providers) -> Result<()> {
    let descriptors = vestnik_providers::all().iter().map(|p| p.descriptor());
    if args.json {
        let views: Vec<_> = descriptors.map(matrix::view).collect();
        println!("{}", serde_json::to_string_pretty(&views)?);
    } else {
        print!("{}", matrix::document(descriptors));
    }
    Ok(())
}

/// The data folder a command works on.
fn folder(place: &cli::Place) -> Result<DataFolder> {
    DataFolder::open(&serve::load(place)?.server.data)
}

/// A fresh id, drawn beside a running hub.
fn fresh_id() -> i64 {
    IdSource::new(TOOL_NODE).next(system_now())
}

fn twin(args: &cli::Twin) -> Result<()> {
    serve::start_log(&config::load(None, std::env::vars_os())?)?;
    let twin_config = vestnik_twin::Config {
        listen: args.listen,
        public_url: format!("http://{}", args.listen),
        ..vestnik_twin::Config::default()
    };
    let twin = vestnik_twin::Twin::new(twin_config.seed, &twin_config);
    serve::runtime()?.block_on(async {
        let listener = listen(args.listen)?;
        println!("twin ready http://{}", args.listen);
        let shared = vestnik_twin::Shared::new(twin);
        let stop = async {
            if let Err(error) = serve::signal().await {
                tracing::error!(%error, "signals can't be heard");
            }
        };
        let Some(address) = args.mail_listen else {
            let served = vestnik_twin::serve(listener, shared, stop).await;
            return served.context("the twin can't run");
        };
        let mail = listen(address)?;
        let both = shared.clone();
        tokio::select! {
            ended = vestnik_twin::serve(listener, shared, stop) => ended,
            ended = vestnik_twin::smtp::serve(mail, both, std::future::pending()) => ended,
        }
        .context("the twin can't run")
    })
}

fn backup(args: &cli::Backup) -> Result<()> {
    folder(&args.place)?.backup(&args.to)?;
    println!("copied to {}", args.to.display());
    Ok(())
}

fn add_key(args: &cli::KeyAdd) -> Result<()> {
    let data = folder(&args.place)?;
    let key = tool(&data, |tx| {
        Ok(admin::add_key(tx, KeyId(fresh_id()), &args.name, None, !args.read_only)?)
    })?;
    println!("{key}");
    Ok(())
}

fn import_numbering(args: &cli::NumberingImport) -> Result<()> {
    let file =
        std::fs::read(&args.file).with_context(|| format!("can't read {}", args.file.display()))?;
    let imported = tool(&folder(&args.place)?, |tx| Ok(admin::import_numbering(tx, &file)?))?;
    println!("{} rows read, {} ranges", imported.rows, imported.plan.ranges());
    for warning in &imported.warnings {
        println!(
            "warning: region \"{}\" (line {}, {} rows) {:?}: its numbers keep the default zone",
            warning.region, warning.line, warning.rows, warning.kind
        );
    }
    Ok(())
}

/// Says what is wrong, all of it; fails if anything is.
fn check(args: &cli::Check) -> Result<()> {
    let config = serve::load(&args.place)?;
    println!("configuration: fine");
    if !config.server.data.join("vestnik.db").exists() {
        bail!("{} holds no installation yet", config.server.data.display());
    }
    let data = DataFolder::open(&config.server.data)?;
    drop(data.writer()?);
    println!("database: fine ({})", data.database().display());
    let sealer = data.sealer()?;
    let mut setup = None;
    Readers::new(&data.database()).read(&mut |tx| {
        setup = vestnik_store::config::load(tx).ok();
        Ok(())
    })?;
    let stored = setup.context("what is set up can't be read")?;
    let accounts = stored.accounts.len();
    let setup = Setup::new(&stored, vestnik_providers::all(), &sealer, None);
    let readable = setup.accounts().count();
    println!("partners: {}", setup.partners().count());
    println!("accounts: {accounts}, readable {readable}");
    let mut wrong = accounts - readable;
    for account in setup.accounts() {
        if let Some(trouble) = &account.trouble {
            println!("account {}: stopped: {trouble}", account.account.name);
            wrong += 1;
        }
    }
    if args.accounts {
        let client = Client::new(serve::outgoing(&config, args.allow_loopback));
        wrong += serve::runtime()?.block_on(ask_accounts(&setup, &client));
    }
    if wrong > 0 {
        bail!("{wrong} things are wrong");
    }
    println!("everything is fine");
    Ok(())
}

async fn ask_accounts(setup: &Setup, client: &Client) -> usize {
    let mut wrong = 0;
    for account in setup.accounts() {
        let name = &account.account.name;
        let found = chore::run(client, account.provider, &account.account, &Chore::Check).await;
        if found == Finding::State(AccountState::Ready) {
            println!("account {name}: ready");
        } else {
            println!("account {name}: {}", chore::words(&found));
            wrong += 1;
        }
    }
    wrong
}
