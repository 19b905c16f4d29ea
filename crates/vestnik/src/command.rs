//! The commands around the hub.

mod account;
mod check;
mod hook;
mod key;
mod partner;
mod secret;
mod send;
mod tail;

use crate::{
    cli::{self, Cli, Command},
    config,
    data::DataFolder,
    demo,
    listen::listen,
    out::{self, plain, say, warning},
    serve,
    wiring::{TOOL_NODE, tool},
};
use anyhow::{Context, Result};
use vestnik_app::{admin, clock::system_now, matrix};
use vestnik_model::id::IdSource;
use vestnik_store::config::Config;

/// Does what the command line says.
///
/// # Errors
/// A sentence for the person at the terminal.
pub fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Twin(args) => twin(&args),
        Command::Check(args) => check::run(&args),
        Command::Send(args) => send::run(&args),
        Command::Tail(args) => tail::run(&args),
        Command::Providers(args) => providers(&args),
        Command::Hook(command) => hook::run(&command),
        Command::Partner(command) => partner::run(&command),
        Command::Account(command) => account::run(&command),
        Command::Key(command) => key::run(&command),
        Command::Numbering(cli::Numbering::Import(args)) => import_numbering(&args),
        Command::Backup(args) => backup(&args),
        Command::Config => out::text(format_args!("{}", config::DEFAULT)),
    }
}

/// Prints the matrix of capabilities.
fn providers(args: &cli::Providers) -> Result<()> {
    let descriptors = vestnik_providers::all().iter().map(|p| p.descriptor());
    if args.json {
        let views: Vec<_> = descriptors.map(matrix::view).collect();
        say!("{}", serde_json::to_string_pretty(&views)?)
    } else {
        out::text(format_args!("{}", matrix::document(descriptors)))
    }
}

/// The folder of the installation that a command works on.
fn folder(place: &cli::Place) -> Result<DataFolder> {
    DataFolder::open(&serve::load(place)?.server.data)
}

/// The same for a command that may be the first of an installation.
fn new_folder(place: &cli::Place) -> Result<DataFolder> {
    let data = DataFolder::open_or_create(&serve::load(place)?.server.data)?;
    if let Some(risk) = data.risk() {
        warning!("{risk}");
    }
    Ok(data)
}

/// What is set up in the installation a command only looks into.
fn set_up(place: &cli::Place) -> Result<Config> {
    folder(place)?
        .look(|tx| vestnik_store::config::load(tx).context("what is set up can't be read"))
}

/// A fresh id, drawn beside a running hub.
fn fresh_id() -> i64 {
    IdSource::new(TOOL_NODE).next(system_now())
}

fn twin(args: &cli::Twin) -> Result<()> {
    serve::start_log(&config::load(None, std::env::vars_os())?)?;
    serve::runtime()?.block_on(async {
        let listener = listen(args.listen)?;
        let address = listener.local_addr().context("the address that is listened at")?;
        let twin_config = vestnik_twin::Config {
            listen: address,
            public_url: format!("http://{address}"),
            ..vestnik_twin::Config::default()
        };
        let twin = vestnik_twin::Twin::new(twin_config.seed, &twin_config);
        out::ready(format_args!("twin ready http://{address}\n"));
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
    say!("copied to {}", args.to.display())
}

fn import_numbering(args: &cli::NumberingImport) -> Result<()> {
    let file =
        std::fs::read(&args.file).with_context(|| format!("can't read {}", args.file.display()))?;
    let imported = tool(&new_folder(&args.place)?, |tx| Ok(admin::import_numbering(tx, &file)?))?;
    say!("{} rows read, {} ranges", imported.rows, imported.plan.ranges())?;
    for warning in &imported.warnings {
        say!(
            "warning: region \"{}\" (line {}, {} rows) {:?}: its numbers keep the default zone",
            plain(&warning.region),
            warning.line,
            warning.rows,
            warning.kind
        )?;
    }
    Ok(())
}
