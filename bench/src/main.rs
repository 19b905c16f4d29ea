//! The load generator: loads a hub from outside and counts what became of every message.
//!
//! **Is:** a partner that calls, a mock provider that takes messages and posts receipts, a sink
//! that takes reports, all in one thread of one process and as cheap as they can be, for they share
//! the machine with the hub; and scenarios that use them.
//!
//! **Is not:** a part of the hub or a user of its code: it starts the hub as a program and speaks
//! HTTP with it. (`exchange` and `store` alone measure crates of the hub by themselves.)
//!
//! Start with [`scenario`], then [`stage`] (what the parts share), [`ledger`] (how a message's fate
//! is known) and [`hub`] (the hub's commands and flags, all in one place).

mod call;
mod exchange;
mod fake;
mod figures;
mod hub;
mod ledger;
mod load;
mod provider;
mod scenario;
mod sink;
mod stage;
mod store;
mod usage;
mod wire;

use std::{future::Future, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::LocalSet,
};

use crate::{
    call::Hold,
    figures::Form,
    hub::Program,
    load::Pace,
    scenario::{Afterwards, Setup, backlog, connections, kill, run},
    stage::Manner,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match start(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vestnik-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(async {
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            done = command.run() => done,
            // Dropping the rest kills the hub.
            _ = tokio::signal::ctrl_c() => anyhow::bail!("interrupted"),
            _ = terminated.recv() => anyhow::bail!("terminated"),
        }
    }))
}

/// Loads a Vestnik hub and counts what became of every message.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A plain load against a fresh hub.
    Run {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        load: LoadArgs,
    },
    /// The same against a pretended hub: what the bench itself costs.
    Selftest {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        load: LoadArgs,
    },
    /// kill −9 under load with messages waiting; then restart and count.
    Kill {
        #[command(flatten)]
        common: Common,
        /// Messages that wait while the hub dies.
        #[arg(long, default_value_t = 1000)]
        waiting: u64,
        /// Connections of the load.
        #[arg(long, default_value_t = 64)]
        connections: usize,
        /// Load before each kill and after the last.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// How many times it dies.
        #[arg(long, default_value_t = 1)]
        kills: u32,
    },
    /// One account under load beside few and beside many waiting messages of another.
    Backlog {
        #[command(flatten)]
        common: Common,
        /// Messages that wait at first.
        #[arg(long, default_value_t = 1000)]
        few: u64,
        /// Messages that wait in the end.
        #[arg(long, default_value_t = 1_000_000)]
        many: u64,
        /// Why they wait: `schedule`, or `none`: their provider answers 429.
        #[arg(long, value_enum, default_value_t = Hold::None)]
        hold: Hold,
        /// Connections of each load.
        #[arg(long, default_value_t = 256)]
        connections: usize,
        /// How long the other account is measured each time.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// The same load over few and over many connections.
    Connections {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        load: LoadArgs,
        /// Few.
        #[arg(long, default_value_t = 64)]
        few: usize,
        /// Many.
        #[arg(long, default_value_t = 1024)]
        many: usize,
    },
    /// CPU time of one exchange of the hub's HTTP client, beside a bare socket.
    Exchange {
        /// How many.
        #[arg(long, default_value_t = 300_000)]
        exchanges: u64,
        /// At once.
        #[arg(long, default_value_t = 64)]
        tasks: u64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// CPU time, row writes and bytes of one message in the store alone.
    Store {
        /// How many messages.
        #[arg(long, default_value_t = 300_000)]
        messages: u64,
        /// How many of each command stand in one batch.
        #[arg(long, default_value_t = 32)]
        batch: u64,
        /// Where its data goes: a folder on the disk that is to be measured.
        #[arg(long)]
        data: Option<PathBuf>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// A pretended hub.
    #[command(hide = true)]
    FakeHub {
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        provider: SocketAddr,
        #[arg(long)]
        sink: SocketAddr,
    },
    /// The server of `exchange`.
    #[command(hide = true)]
    Answer,
}

#[derive(Args)]
struct Common {
    /// The hub's program. Without it, the one beside this program.
    #[arg(long)]
    hub_bin: Option<PathBuf>,
    /// Use the pretended hub instead.
    #[arg(long, hide = true)]
    fake: bool,
    /// Where its data goes: a folder on the disk that is to be measured.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Leave the data behind.
    #[arg(long)]
    keep: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Messages between their call and their last report (closed loop).
    #[arg(long, default_value_t = 1024)]
    window: usize,
    /// Between the provider's answer and its receipt, ms.
    #[arg(long, default_value_t = 5)]
    receipt_delay_ms: u64,
    /// Before the provider answers, ms.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Connections that carry receipts.
    #[arg(long, default_value_t = 64)]
    receipt_connections: usize,
    /// A secret for the receipts.
    #[arg(long)]
    webhook_token: Option<String>,
    /// How long the last reports are waited for, s.
    #[arg(long, default_value_t = 30)]
    grace_seconds: u64,
}

#[derive(Args)]
struct LoadArgs {
    /// Connections at once.
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// The longest time.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// The most messages.
    #[arg(long, default_value_t = u64::MAX, hide_default_value = true)]
    messages: u64,
    /// How calls follow each other.
    #[arg(long, value_enum, default_value_t = Mode::Closed)]
    mode: Mode,
    /// Calls a second (open loop).
    #[arg(long, default_value_t = 1000.0)]
    rate: f64,
    /// Load before the measured one, s.
    #[arg(long, default_value_t = 2)]
    warm_up_seconds: u64,
    /// Accounts that share the load.
    #[arg(long, default_value_t = 1)]
    accounts: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Each connection calls again when it has its answer.
    Closed,
    /// At a fixed rate, whatever happens.
    Open,
}

impl Command {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Run { common, load } => {
                let setup = common.setup(common.program());
                print(run::run(&setup, &load.plan()), common.form()).await
            }
            Self::Selftest { common, load } => {
                let setup = common.setup(Program::Fake);
                print(run::run(&setup, &load.plan()), common.form()).await
            }
            Self::Kill { common, waiting, connections, seconds, kills } => {
                let setup = common.setup(common.program());
                let time = Duration::from_secs(seconds);
                let plan = kill::Plan { waiting, connections, time, kills };
                print(kill::kill(&setup, &plan), common.form()).await
            }
            Self::Backlog { common, few, many, hold, connections, seconds } => {
                let setup = common.setup(common.program());
                let time = Duration::from_secs(seconds);
                let plan = backlog::Plan { few, many, hold, connections, time };
                print(backlog::backlog(&setup, &plan), common.form()).await
            }
            Self::Connections { common, load, few, many } => {
                let setup = common.setup(common.program());
                print(connections::compare(&setup, &load.plan(), few, many), common.form()).await
            }
            Self::Exchange { exchanges, tasks, json } => {
                print(exchange::compare(exchanges, tasks), form(json)).await
            }
            Self::Store { messages, batch, data, json } => {
                let data = hub::data_folder(data.as_deref(), "store");
                let outcome = store::measure(&data, messages, batch);
                std::fs::remove_dir_all(&data)?;
                figures::print(&outcome?, form(json))
            }
            Self::FakeHub { listen, provider, sink } => fake::run(listen, provider, sink).await,
            Self::Answer => exchange::answer_everything().await,
        }
    }
}

async fn print<T: serde::Serialize>(
    work: impl Future<Output = anyhow::Result<T>>,
    form: Form,
) -> anyhow::Result<()> {
    figures::print(&work.await?, form)
}

fn form(json: bool) -> Form {
    if json { Form::Json } else { Form::Text }
}

impl Common {
    fn form(&self) -> Form {
        form(self.json)
    }

    fn program(&self) -> Program {
        if self.fake { Program::Fake } else { Program::Hub(self.hub()) }
    }

    fn hub(&self) -> PathBuf {
        let beside = || {
            let own = std::env::current_exe().unwrap_or_default();
            own.with_file_name(format!("vestnik{}", std::env::consts::EXE_SUFFIX))
        };
        self.hub_bin.clone().unwrap_or_else(beside)
    }

    fn setup(&self, program: Program) -> Setup {
        Setup {
            program,
            data: self.data.clone(),
            afterwards: if self.keep { Afterwards::Keep } else { Afterwards::Remove },
            manner: Manner {
                receipt_delay: Duration::from_millis(self.receipt_delay_ms),
                latency: Duration::from_millis(self.latency_ms),
                receipt_connections: self.receipt_connections.max(1),
                webhook_token: self.webhook_token.clone(),
                window: self.window.max(1),
            },
            grace: Duration::from_secs(self.grace_seconds),
        }
    }
}

impl LoadArgs {
    fn plan(&self) -> run::Plan {
        run::Plan {
            connections: self.connections.max(1),
            pace: match self.mode {
                Mode::Closed => Pace::Closed,
                Mode::Open => Pace::Open(self.rate.max(0.001)),
            },
            messages: self.messages,
            time: Duration::from_secs(self.seconds),
            warm_up: Duration::from_secs(self.warm_up_seconds),
            accounts: self.accounts.max(1),
        }
    }
}
