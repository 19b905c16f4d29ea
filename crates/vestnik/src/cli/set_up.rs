//! `vestnik partner …`, `vestnik account …`, `vestnik key …`: what is set up.

use super::Place;
use clap::{Args, Subcommand, ValueEnum};

/// `vestnik partner …`
#[derive(Debug, Subcommand)]
pub enum Partner {
    /// Add a partner.
    Add(PartnerAdd),
    /// List partners.
    List(Place),
    /// Change a partner: only what is given.
    Set(PartnerSet),
    /// Take no more calls of a partner, and tell it no more of what customers write; what was accepted
    /// goes on.
    Off(PartnerOne),
    /// Take a partner's calls again.
    On(PartnerOne),
}

/// `vestnik partner off`, `vestnik partner on`
#[derive(Debug, Args)]
pub struct PartnerOne {
    #[command(flatten)]
    pub place: Place,
    /// Its login.
    pub login: String,
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
    /// Its password, or `-` to read it from standard input (arguments can be seen by others on the
    /// machine); else VESTNIK_PASSWORD, else one is drawn and printed.
    #[arg(long)]
    pub password: Option<String>,
    /// A sender name it may use; may be given several times.
    #[arg(long = "sender", value_name = "NAME")]
    pub senders: Vec<String>,
    /// Calls without a sender name use the first of its sender names.
    #[arg(long, requires = "senders")]
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub concurrency: Option<u32>,
    /// Let a single WhatsApp message have any lifetime, not only whole days.
    #[arg(long)]
    pub any_ttl: bool,
}

/// `vestnik partner set`
#[derive(Debug, Args)]
pub struct PartnerSet {
    #[command(flatten)]
    pub place: Place,
    /// Its login.
    pub login: String,
    /// Another password, or `-` to read it from standard input.
    #[arg(long)]
    pub password: Option<String>,
    /// The sender names it may use, instead of those it has; may be given several times.
    #[arg(long = "sender", value_name = "NAME")]
    pub senders: Vec<String>,
    /// The sender name of calls that give none; "" = none.
    #[arg(long, value_name = "NAME")]
    pub default_sender: Option<String>,
    /// The kind of traffic a sender name stands for, as it is reported: 0 advertising, 1
    /// transactional, 2 service, 5 informational, 6 authorisation, 7 advertising by template.
    #[arg(long, value_name = "NAME=KIND")]
    pub traffic: Vec<String>,
    /// Where its reports go; "" = nowhere.
    #[arg(long, value_name = "URL")]
    pub notify_url: Option<String>,
    /// Where it is told what customers write to its senders; "" = nowhere.
    #[arg(long, value_name = "URL")]
    pub mo_url: Option<String>,
    /// The networks it may call from, instead of those it has; may be given several times; "" = any.
    #[arg(long = "subnet", value_name = "NETWORK")]
    pub subnets: Vec<String>,
    /// Its calls under way at once.
    #[arg(long, value_name = "N")]
    pub concurrency: Option<u32>,
    /// Lifetime of a message whose call gives none, like 30m or 24h.
    #[arg(long, value_name = "TIME")]
    pub ttl: Option<String>,
    /// Most links of a cascade.
    #[arg(long, value_name = "N")]
    pub links: Option<usize>,
    /// Let it send cascades.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub allow_cascades: Option<bool>,
    /// Refuse the same content to the same recipient within a day.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub block_duplicates: Option<bool>,
    /// Let it use the same id for several messages.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub repeat_ids: Option<bool>,
    /// Let a single WhatsApp message have any lifetime, not only whole days.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    pub any_ttl: Option<bool>,
}

/// `vestnik account …`
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Add an account of a provider.
    Add(AccountAdd),
    /// List accounts.
    List(Place),
    /// Change an account: only what is given; a setting given as "" is taken away. The provider is not
    /// asked about it.
    Set(AccountSet),
    /// Use an account again that was stopped.
    Resume(AccountOne),
    /// Neither send nor receive through an account.
    Off(AccountOne),
    /// Use an account again that was switched off.
    On(AccountOne),
    /// Put an account behind a sender name.
    Attach(AccountAttach),
}

/// `vestnik account add PROVIDER --SETTING VALUE …`
#[derive(Debug, Args)]
pub struct AccountAdd {
    /// The provider, as `vestnik providers` lists them: green_api, telegram, …
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
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub lanes: u16,
    /// What to do about an attempt whose answer was lost and can't be found out.
    #[arg(long, value_enum, default_value_t = Unknown::NeverTwice)]
    pub unknown: Unknown,
    #[command(flatten)]
    pub settings: Settings,
}

/// `vestnik account set`
#[derive(Debug, Args)]
pub struct AccountSet {
    #[command(flatten)]
    pub place: Place,
    /// The account's number.
    pub id: i64,
    /// What to call it.
    #[arg(long)]
    pub name: Option<String>,
    /// Its pace: the provider's own, or none at all.
    #[arg(long, value_enum)]
    pub pacing: Option<Pace>,
    /// What to do about an attempt whose answer was lost and can't be found out.
    #[arg(long, value_enum)]
    pub unknown: Option<Unknown>,
    #[command(flatten)]
    pub settings: Settings,
}

/// The settings of an account at its provider.
#[derive(Debug, Args)]
pub struct Settings {
    /// Green-API: the address of its server, with or without https://.
    #[arg(long, value_name = "HOST")]
    pub api_url: Option<String>,
    /// Green-API: the instance's number.
    #[arg(long, value_name = "DIGITS")]
    pub id_instance: Option<String>,
    /// The token, where the provider has a setting of this name. For each secret that is `-` a line
    /// is read from standard input: arguments can be seen by others on the machine.
    #[arg(long)]
    pub token: Option<String>,
    /// Green-API: what the provider's webhooks must carry in their Authorization header.
    #[arg(long)]
    pub webhook_token: Option<String>,
    /// Any other setting of a provider, as NAME=VALUE (or NAME=-); may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub others: Vec<String>,
}

/// `vestnik account attach`
#[derive(Debug, Args)]
pub struct AccountAttach {
    #[command(flatten)]
    pub place: Place,
    /// The account's number.
    pub id: i64,
    /// A sender name behind which it is to stand; may be given several times.
    #[arg(long = "sender", value_name = "NAME", required = true)]
    pub senders: Vec<String>,
    /// Only for this partner; else for every partner that may use the name.
    #[arg(long, value_name = "LOGIN")]
    pub partner: Option<String>,
}

/// `vestnik account resume`, `vestnik account off`, `vestnik account on`
#[derive(Debug, Args)]
pub struct AccountOne {
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
    /// List keys. What they are is known to nobody any more.
    List(Place),
    /// Take a key back: from then on it opens nothing.
    Revoke(KeyRevoke),
}

/// `vestnik key revoke`
#[derive(Debug, Args)]
pub struct KeyRevoke {
    #[command(flatten)]
    pub place: Place,
    /// The key's number or name, as `vestnik key list` shows them.
    pub key: String,
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
