//! `vestnik hook …`

use clap::{Args, Subcommand};
use std::path::PathBuf;

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
