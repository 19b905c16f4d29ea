//! The hub as a program: its commands, its flags and what it prints. Nothing else in this crate
//! knows them.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{call::PARTNER, provider::FIRST_INSTANCE, stage::Stage, wire::within};

/// How long the hub may take until it is ready, and each of its commands.
const READY_TIMEOUT: Duration = Duration::from_secs(60);
/// The provider's token: the mock takes any.
const TOKEN: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";

/// Which program plays the hub.
#[derive(Debug, Clone)]
pub enum Program {
    /// The hub.
    Hub(PathBuf),
    /// This program itself, pretending: for measuring the bench.
    Fake,
}

/// A hub that can be started.
#[derive(Debug)]
pub struct Hub {
    program: Program,
    data: PathBuf,
    address: SocketAddr,
    provider: SocketAddr,
    sink: SocketAddr,
}

/// A hub that runs. It dies with this value.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Its process.
    pub pid: u32,
    /// From its start to its readiness.
    pub ready_after: Duration,
}

/// The name of an account's sender.
pub fn sender(account: u64) -> String {
    if account == 0 { "BENCH".to_owned() } else { format!("BENCH{account}") }
}

/// The instance of an account.
pub fn instance(account: u64) -> u64 {
    FIRST_INSTANCE + account
}

impl Hub {
    /// Sets up a partner and accounts in an empty data folder.
    pub async fn prepare(
        program: Program,
        data: PathBuf,
        accounts: u64,
        stage: &Stage,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(&data).with_context(|| data.display().to_string())?;
        let free = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = free.local_addr()?;
        drop(free);
        stage.hub.set(address);
        let hub = Self { program, data, address, provider: stage.provider, sink: stage.sink };
        if let Program::Fake = hub.program {
            return Ok(hub);
        }
        hub.add_partner(accounts).await?;
        for account in 0..accounts {
            let printed = hub.add_account(account, stage).await?;
            let path = webhook_path(&printed)
                .with_context(|| format!("`account add` printed no webhook path: {printed}"))?;
            stage.webhooks.borrow_mut().insert(instance(account), path);
        }
        Ok(hub)
    }

    async fn add_partner(&self, accounts: u64) -> anyhow::Result<String> {
        let mut command = self.command(&["partner", "add"])?;
        command.args(["--login", PARTNER, "--password", PARTNER]);
        for account in 0..accounts {
            command.args(["--sender", &sender(account)]);
        }
        command.args(["--notify-url", &format!("http://{}/report", self.sink)]);
        command.arg("--allow-cascades");
        run(command).await
    }

    async fn add_account(&self, account: u64, stage: &Stage) -> anyhow::Result<String> {
        let mut command = self.command(&["account", "add", "green_api"])?;
        command.args(["--api-url", &format!("http://{}", self.provider)]);
        command.args(["--id-instance", &instance(account).to_string(), "--token", TOKEN]);
        command.args(["--pacing", "none", "--sender", &sender(account)]);
        if let Some(token) = &stage.manner.webhook_token {
            command.args(["--webhook-token", token]);
        }
        run(command).await
    }

    /// Starts it and waits until it says that it is ready.
    pub async fn start(&self) -> anyhow::Result<Running> {
        let mut command = match &self.program {
            Program::Hub(_) => {
                let mut command = self.command(&["serve"])?;
                command.args(["--listen", &self.address.to_string(), "--allow-loopback"]);
                command
            }
            Program::Fake => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["fake-hub", "--listen", &self.address.to_string()]);
                command.args(["--provider", &self.provider.to_string()]);
                command.args(["--sink", &self.sink.to_string()]);
                command
            }
        };
        let log = self.log_path();
        let errors = File::options().create(true).append(true).open(&log)?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).kill_on_drop(true);
        let begun = Instant::now();
        let mut child = command.spawn().context("the hub does not start")?;
        let pid = child.id().context("the hub ended at once")?;
        let stdout = child.stdout.take().context("the hub has no output")?;
        let mut lines = BufReader::new(stdout).lines();
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if line.starts_with("vestnik ready ") {
                    return Ok(());
                }
            }
            bail!("the hub ended without being ready; see {}", log.display())
        };
        match within(READY_TIMEOUT, ready).await {
            Some(ready) => ready?,
            None => bail!("the hub is not ready in time; see {}", log.display()),
        }
        let ready_after = begun.elapsed();
        // What else it prints must not fill the pipe.
        tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Running { child, pid, ready_after })
    }

    /// Size of its data folder, bytes.
    pub fn data_bytes(&self) -> u64 {
        let Ok(entries) = fs::read_dir(&self.data) else { return 0 };
        entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|meta| meta.len()).sum()
    }

    fn log_path(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    fn command(&self, words: &[&str]) -> anyhow::Result<Command> {
        let Program::Hub(path) = &self.program else { bail!("a fake hub has no commands") };
        let mut command = Command::new(path);
        command.args(words).arg("--data").arg(&self.data);
        Ok(command)
    }
}

impl Running {
    /// Ends it without a warning, and waits until it is gone.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("the hub can't be killed")
    }
}

async fn run(mut command: Command) -> anyhow::Result<String> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let Some(output) = within(READY_TIMEOUT, command.output()).await else {
        bail!("{:?} takes too long", command.as_std());
    };
    let output = output.with_context(|| format!("{:?}", command.as_std()))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{:?}: {}\n{printed}{errors}", command.as_std(), output.status);
    }
    Ok(printed)
}

/// The first `/in/KEY` in a text.
fn webhook_path(printed: &str) -> Option<String> {
    let from = &printed[printed.find("/in/")?..];
    let key = from[4..].bytes().take_while(|b| b.is_ascii_alphanumeric() || b"-_".contains(b));
    let length = 4 + key.count();
    (length > 4).then(|| from[..length].to_owned())
}

/// A folder for a hub's data: the given one, or one of our own among the temporary files.
pub fn data_folder(given: Option<&Path>, name: &str) -> PathBuf {
    let folder = format!("{name}-{}", std::process::id());
    match given {
        Some(path) => path.join(folder),
        None => std::env::temp_dir().join(format!("vestnik-bench-{folder}")),
    }
}

/// Removes a data folder and the log beside it.
pub fn remove_data(hub: &Hub) {
    // It is among the temporary files: what can't be removed goes with them.
    let _ = fs::remove_dir_all(&hub.data);
    let _ = fs::remove_file(hub.log_path());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_webhook_path_is_found_in_what_is_printed() {
        let printed = "account 1 added\nwebhook: http://127.0.0.1:8080/in/aB3-x_9 (give it …)\n";
        assert_eq!(webhook_path(printed).as_deref(), Some("/in/aB3-x_9"));
        assert_eq!(webhook_path("nothing /in/ here"), None);
    }
}
