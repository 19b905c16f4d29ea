//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
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
    /// Where to listen.
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

/// `vestnik hook …`
#[derive(Debug, Subcommand)]
pub enum Hook {
    /// Print the message that an event becomes, in each messenger, and what is wrong with the
    /// hook's address. Nothing is sent, and nobody is asked.
    Preview(HookPreview),
    /// Print an event to try hooks with.
    Sample(HookSample),
    /// Hooks that are managed by a running hub, and the calls of all hooks.
    #[command(flatten)]
    Manage(HookManage),
}

/// `vestnik hook list`, `add`, …: what a running hub is asked for.
#[derive(Debug, Subcommand)]
pub enum HookManage {
    /// List the hooks.
    List,
    /// Make a hook and print its address.
    Add(HookAdd),
    /// Remove a hook.
    Remove {
        /// Its number.
        id: String,
    },
    /// Show what a hook would write about an event, or have it acted upon.
    Test {
        /// The hook's number.
        id: String,
        /// The event; without it the source's sample.
        #[arg(long, value_name = "FILE")]
        event: Option<PathBuf>,
        /// Act upon it as if the source had called.
        #[arg(long)]
        send: bool,
    },
    /// List calls, of one hook or of all (those included whose address holds everything).
    Calls {
        /// The hook's number.
        id: Option<String>,
        /// Only those of which nothing could be made.
        #[arg(long)]
        failed: bool,
    },
    /// Print a call with its body.
    Show {
        /// The call's number.
        call: String,
    },
    /// Play a call again, by the rules of now.
    Replay {
        /// The call's number.
        call: String,
    },
}

/// `vestnik hook add`
#[derive(Debug, Args)]
pub struct HookAdd {
    /// What to call it.
    #[arg(long)]
    pub name: String,
    /// An account it sends through, by name or number; several are tried one after the other.
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub accounts: Vec<String>,
    /// Who posts the events: torrow or json.
    #[arg(long, default_value = "torrow")]
    pub source: String,
    /// Whom failures are mailed to.
    #[arg(long, value_name = "ADDRESS")]
    pub error_email: Option<String>,
    /// The first words of messages.
    #[arg(long)]
    pub message: Option<String>,
    /// A rule to begin with, by its name; several, or "all". Without it every action's event is told.
    #[arg(long = "preset", value_name = "RULE")]
    pub presets: Vec<String>,
    /// The language of the presets: ru or en.
    #[arg(long, default_value = "ru")]
    pub lang: String,
    /// Settings as a whole, as `GET /v1/hooks` shows them; the flags above go over it.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// Which hub, and with which key.
#[derive(Debug, Args)]
pub struct HubAccess {
    /// The hub.
    #[arg(long, global = true, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub hub: String,
    /// A key of its API; else VESTNIK_KEY, else the demo's.
    #[arg(long, global = true)]
    pub key: Option<String>,
}

/// `vestnik hook`
#[derive(Debug, Args)]
pub struct HookCommand {
    #[command(flatten)]
    pub access: HubAccess,
    #[command(subcommand)]
    pub asked: Hook,
}

/// `vestnik hook preview`
#[derive(Debug, Args)]
pub struct HookPreview {
    /// The event, as its source posts it.
    pub event: PathBuf,
    /// The hook's address, or only what stands behind its question mark. Without it: the usual
    /// layout.
    #[arg(long)]
    pub url: Option<String>,
    /// Only this messenger: whatsapp, telegram, max or vk.
    #[arg(long)]
    pub messenger: Option<String>,
    /// The language of the remarks, and of the message if no address says it: ru or en.
    #[arg(long, default_value = "ru")]
    pub lang: String,
    /// Who posts the event: torrow or json.
    #[arg(long, default_value = "torrow")]
    pub source: String,
    /// A template instead of the built-in layout.
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
}

/// `vestnik hook sample`
#[derive(Debug, Args)]
pub struct HookSample {
    /// Who posts it: torrow or json.
    #[arg(long, default_value = "torrow")]
    pub source: String,
    /// Whom it is to be about; without it, nobody whom a message could reach.
    #[arg(long)]
    pub phone: Option<String>,
}

/// `vestnik partner …`
#[derive(Debug, Subcommand)]
pub enum Partner {
    /// Add a partner.
    Add(PartnerAdd),
    /// List partners.
    List(Place),
}

/// `vestnik partner add`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct PartnerAdd {
    #[command(flatten)]
    pub place: Place,
    /// Its login.
    #[arg(long)]
    pub login: String,
    /// Its password; else VESTNIK_PASSWORD, else one is drawn and printed.
    #[arg(long)]
    pub password: Option<String>,
    /// A sender name it may use; may be given several times.
    #[arg(long = "sender", value_name = "NAME")]
    pub senders: Vec<String>,
    /// Calls without a sender name use the first of its sender names.
    #[arg(long)]
    pub default_sender: bool,
    /// Where its reports go.
    #[arg(long, value_name = "URL")]
    pub notify_url: Option<String>,
    /// Where it is told what customers write to its senders.
    #[arg(long, value_name = "URL")]
    pub mo_url: Option<String>,
    /// Let it send cascades.
    #[arg(long)]
    pub allow_cascades: bool,
    /// A network it may call from; may be given several times. Without it: any address.
    #[arg(long = "subnet", value_name = "NETWORK")]
    pub subnets: Vec<String>,
    /// Refuse the same content to the same recipient within a day.
    #[arg(long)]
    pub block_duplicates: bool,
    /// Let it use the same id for several messages.
    #[arg(long)]
    pub repeat_ids: bool,
    /// Its calls under way at once.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<u32>,
    /// Let a single WhatsApp message have any lifetime, not only whole days.
    #[arg(long)]
    pub any_ttl: bool,
}

/// `vestnik account …`
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add an account of a provider.
    Add(AccountAdd),
    /// List accounts.
    List(Place),
    /// Use an account again that was stopped.
    Resume(AccountResume),
}

/// `vestnik account add PROVIDER --SETTING VALUE …`
#[derive(Debug, Args)]
pub struct AccountAdd {
    /// The provider: green_api.
    pub provider: String,
    #[command(flatten)]
    pub place: Place,
    /// What to call it; else the provider's name.
    #[arg(long)]
    pub name: Option<String>,
    /// The messenger: whatsapp, telegram, max or vk; else the first one the provider carries.
    #[arg(long)]
    pub messenger: Option<String>,
    /// A sender name behind which it stands; may be given several times.
    #[arg(long = "sender", value_name = "NAME")]
    pub senders: Vec<String>,
    /// Only for this partner; else for every partner that may use the name.
    #[arg(long, value_name = "LOGIN")]
    pub partner: Option<String>,
    /// Its pace: the provider's own, or none at all.
    #[arg(long, value_enum, default_value_t = Pace::Provider)]
    pub pacing: Pace,
    /// Into how many lanes its conversations are dealt; each keeps its own order and pace.
    #[arg(long, default_value_t = 1)]
    pub lanes: u16,
    /// What to do about an attempt whose answer was lost and can't be found out.
    #[arg(long, value_enum, default_value_t = Unknown::NeverTwice)]
    pub unknown: Unknown,
    /// Green-API: the address of its server, with or without https://.
    #[arg(long, value_name = "HOST")]
    pub api_url: Option<String>,
    /// Green-API: the instance's number.
    #[arg(long, value_name = "DIGITS")]
    pub id_instance: Option<String>,
    /// Green-API: the instance's token.
    #[arg(long)]
    pub token: Option<String>,
    /// Green-API: what the provider's webhooks must carry in their Authorization header.
    #[arg(long)]
    pub webhook_token: Option<String>,
    /// Any other setting of a provider, as NAME=VALUE; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
}

/// `vestnik account resume`
#[derive(Debug, Args)]
pub struct AccountResume {
    #[command(flatten)]
    pub place: Place,
    /// The account's number.
    pub id: i64,
}

/// A pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Pace {
    /// As the provider's documents say.
    Provider,
    /// As fast as it goes.
    None,
}

/// What to do about lost answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unknown {
    /// Never send again: a message may be lost, never doubled.
    NeverTwice,
    /// Send again: a message may be doubled, never lost.
    AtLeastOnce,
}

/// `vestnik key …`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Add a key and print it: it is shown only once.
    Add(KeyAdd),
}

/// `vestnik key add`
#[derive(Debug, Args)]
pub struct KeyAdd {
    #[command(flatten)]
    pub place: Place,
    /// What to call it.
    #[arg(long, default_value = "api")]
    pub name: String,
    /// The key may look, but not send or change anything.
    #[arg(long)]
    pub read_only: bool,
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
    /// The folder to copy to; it must not hold an installation.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}
