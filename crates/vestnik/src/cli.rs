//! The command line.

mod hook;
mod set_up;

pub use hook::{Hook, HookAdd, HookCommand, HookManage, HookPreview, HookSample, HubAccess};
pub use set_up::{
    Account, AccountAdd, AccountAttach, AccountOne, AccountSet, Key, KeyAdd, KeyRevoke, Pace,
    Partner, PartnerAdd, PartnerOne, PartnerSet, Settings, Unknown,
};

use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// Vestnik: one self-hosted hub between your business and your customers' messengers.
#[derive(Debug, Parser)]
#[command(name = "vestnik", version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the hub.
    Serve(Serve),
    /// Run the hub with a twin of every provider and a sample workspace: no account needed.
    Demo(Demo),
    /// Run the twin alone.
    Twin(Twin),
    /// Check configuration, data folder and accounts, and say what is wrong.
    Check(Check),
    /// Send a message through a running hub.
    Send(Send),
    /// Print what customers write, as it comes in.
    Tail(Tail),
    /// What each provider can do.
    Providers(Providers),
    /// Booking hooks: what an event would become; hooks of a running hub.
    Hook(HookCommand),
    /// Partners: the logins of the partner API.
    #[command(subcommand)]
    Partner(Partner),
    /// Accounts: credentials at providers.
    #[command(subcommand)]
    Account(Account),
    /// Keys of the hub's own API.
    #[command(subcommand)]
    Key(Key),
    /// The numbering plan that tells a Russian number's time zone.
    #[command(subcommand)]
    Numbering(Numbering),
    /// Copy the whole installation to another folder while it runs.
    Backup(Backup),
    /// Print the commented default configuration.
    Config,
}

/// Where the installation lies.
#[derive(Debug, Clone, Args)]
pub struct Place {
    /// The configuration file. Without it: the built-in defaults and VESTNIK_… variables.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `vestnik serve`
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub place: Place,
    /// Where to listen; port 0 = any free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Let outgoing calls go to this machine itself (for tests and benches).
    #[arg(long)]
    pub allow_loopback: bool,
}

/// `vestnik demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = "vestnik-demo")]
    pub data: PathBuf,
    /// Where the hub listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the twin listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    pub twin_listen: SocketAddr,
    /// Where the twin's mail server listens; port 0 = any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub mail_listen: SocketAddr,
}

/// `vestnik twin`
#[derive(Debug, Args)]
pub struct Twin {
    /// Where the twin listens.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Where its mail server listens, if it is wanted.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub mail_listen: Option<SocketAddr>,
}

/// `vestnik check`
#[derive(Debug, Args)]
pub struct Check {
    #[command(flatten)]
    pub place: Place,
    /// Ask every provider whether its account is alive.
    #[arg(long)]
    pub accounts: bool,
    /// Let outgoing calls go to this machine itself.
    #[arg(long)]
    pub allow_loopback: bool,
}

/// `vestnik send`
#[derive(Debug, Args)]
pub struct Send {
    /// The hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub hub: String,
    /// Where its partner API lies, as its setting `partner.path` says.
    #[arg(long, value_name = "PATH", default_value = "/partner/v6/message")]
    pub path: String,
    /// The partner's login.
    #[arg(long, default_value = "demo")]
    pub login: String,
    /// The partner's password; else VESTNIK_PASSWORD, else `demo`.
    #[arg(long)]
    pub password: Option<String>,
    /// The recipient's number.
    #[arg(long)]
    pub to: String,
    /// The text.
    #[arg(long)]
    pub text: String,
    /// The sender name; without it the partner's default.
    #[arg(long)]
    pub sender: Option<String>,
    /// Your own id of the message: the same id is sent only once.
    #[arg(long)]
    pub id: Option<String>,
}

/// `vestnik tail`
#[derive(Debug, Args)]
pub struct Tail {
    /// The hub.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub hub: String,
    /// A key of its API; else VESTNIK_KEY, else the demo's.
    #[arg(long)]
    pub key: Option<String>,
    /// Begin with so many of the latest messages.
    #[arg(short = 'n', long, default_value_t = 10)]
    pub lines: usize,
    /// Print each message as a line of JSON.
    #[arg(long)]
    pub json: bool,
    /// End after the messages that are there.
    #[arg(long)]
    pub once: bool,
}

/// `vestnik providers`
#[derive(Debug, Args)]
pub struct Providers {
    /// For programs.
    #[arg(long)]
    pub json: bool,
}

/// `vestnik numbering …`
#[derive(Debug, Subcommand)]
pub enum Numbering {
    /// Import a file of the state numbering plan (semicolon CSV).
    Import(NumberingImport),
}

/// `vestnik numbering import`
#[derive(Debug, Args)]
pub struct NumberingImport {
    #[command(flatten)]
    pub place: Place,
    /// The file.
    pub file: PathBuf,
}

/// `vestnik backup`
#[derive(Debug, Args)]
pub struct Backup {
    #[command(flatten)]
    pub place: Place,
    /// The folder to copy to; it must not hold anything yet. It appears when the copy is whole.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}
