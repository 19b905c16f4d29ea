//! `vestnik serve`: the hub until it is told to stop.

use crate::{
    cli,
    config::{self, Config, LogFormat},
    data::{DataFolder, Lock},
    listen::listen,
    out,
    wiring::{Wired, wire},
};
use anyhow::{Context, Result};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::{
    io::IsTerminal,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use vestnik_api::{DoorSettings, Doors};
use vestnik_app::Hub;
use vestnik_net::Settings;

/// How long requests under way may take to end when the hub is stopped: a caller who is slower than
/// this must not use up the time of attempts.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);

/// Runs the hub until a signal.
///
/// # Errors
/// If it can't start.
pub fn run(args: &cli::Serve) -> Result<()> {
    let mut config = load(&args.place)?;
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    start_log(&config)?;
    runtime()?.block_on(async {
        let settings = outgoing(&config, args.allow_loopback);
        let data = DataFolder::open_or_create(&config.server.data)?;
        let lock = data.lock()?;
        if let Some(risk) = data.risk() {
            tracing::warn!("{risk}");
        }
        let listener = listen(config.server.listen)?;
        let address = listener.local_addr().context("the address that is listened at")?;
        let running = start(&config, &data, lock, listener, settings).await?;
        out::ready(format_args!("vestnik ready http://{address}\n"));
        signal().await?;
        running.stop(config.server.stop_patience).await;
        Ok(())
    })
}

/// Reads the configuration for a command.
///
/// # Errors
/// See [`config::load`].
pub fn load(place: &cli::Place) -> Result<Config> {
    let mut config = config::load(place.config.as_deref(), std::env::vars_os())?;
    if let Some(data) = &place.data {
        config.server.data.clone_from(data);
    }
    Ok(config)
}

/// The runtime of the whole process.
///
/// # Errors
/// If the system gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start the runtime")
}

/// What the way out may do.
#[must_use]
pub fn outgoing(config: &Config, allow_loopback: bool) -> Settings {
    let settings = Settings {
        provider_networks: config.outgoing.provider_networks.clone(),
        untrusted_networks: config.outgoing.untrusted_networks.clone(),
        in_flight_per_host: config.outgoing.in_flight_per_host,
        ..Settings::default()
    };
    if allow_loopback { settings.with_loopback() } else { settings }
}

/// Starts the log.
///
/// # Errors
/// If its filter is wrong.
pub fn start_log(config: &Config) -> Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) => log_filter(&filter).context("environment variable RUST_LOG")?,
        Err(_) => log_filter(&config.log.filter).context("log.filter")?,
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // Where the log can't be written there is nowhere to say so either.
        .log_internal_errors(false);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// What is logged, as it is written in a setting.
///
/// # Errors
/// If it is no filter.
pub fn log_filter(text: &str) -> Result<tracing_subscriber::EnvFilter> {
    tracing_subscriber::EnvFilter::try_new(text)
        .with_context(|| format!("{text}: not a filter like info or warn,vestnik_worker=debug"))
}

/// A hub with its doors open and its workers at work.
pub struct Running {
    doors: Arc<Doors>,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<()>,
    workers: vestnik_worker::Workers,
    wired: Wired,
    _lock: Lock,
}

/// Starts everything.
///
/// # Errors
/// If the data folder or the address can't be used.
pub async fn start(
    config: &Config,
    data: &DataFolder,
    lock: Lock,
    listener: TcpListener,
    outgoing: Settings,
) -> Result<Running> {
    let public_url = config.server.public_url.clone().filter(|url| !url.is_empty());
    let wired = wire(data, &lock, outgoing, config, public_url.clone())?;
    let prometheus =
        PrometheusBuilder::new().install_recorder().context("can't start the metrics")?;
    let doors = Arc::new(Doors {
        hub: Arc::clone(&wired.hub),
        settings: DoorSettings {
            partner_path: config.partner.path.clone(),
            public_url,
            partner_networks: config.partner.networks.clone(),
            trusted_proxies: config.server.trusted_proxies.clone(),
            concurrency_max: config.partner.concurrency_max,
        },
        calls: AtomicU32::new(0),
        metrics: Box::new(move || prometheus.render()),
        is_ready: AtomicBool::new(false),
    });
    warn_of_risks(&wired);
    let address = listener.local_addr().context("the address that is listened at")?;
    let stop = CancellationToken::new();
    let front = vestnik_api::Front::new(Arc::clone(&doors));
    let patience = config.server.stop_patience.min(REQUEST_PATIENCE);
    let server = tokio::spawn(vestnik_api::server::serve(listener, front, stop.clone(), patience));
    let workers = vestnik_worker::start(&wired.hub).await?;
    doors.is_ready.store(true, Ordering::Relaxed);
    tracing::info!(listen = %address, epoch = wired.hub.epoch.0, "the hub is ready");
    Ok(Running { doors, stop, server, workers, wired, _lock: lock })
}

/// Settings that are allowed but deserve a word.
fn warn_of_risks(wired: &Wired) {
    for partner in wired.hub.setup().partners() {
        if partner.subnets.is_empty() {
            let login = &partner.partner.login;
            tracing::warn!(partner.login = login, "this partner may call from any address");
        }
    }
}

impl Running {
    /// The hub.
    #[must_use]
    pub fn hub(&self) -> &Arc<Hub> {
        &self.wired.hub
    }

    /// Stops in order: no new calls, what is under way ends, everything is on disk.
    pub async fn stop(self, patience: Duration) {
        tracing::info!("the hub stops");
        self.doors.is_ready.store(false, Ordering::Relaxed);
        self.stop.cancel();
        drop(self.server.await);
        self.workers.stop(patience).await;
        let Wired { hub, writer, checkpointer } = self.wired;
        drop(self.doors);
        drop(hub);
        // The writer ends when its last handle is gone; attempts given up still hold theirs.
        let ended = tokio::task::spawn_blocking(move || {
            let until = std::time::Instant::now() + Duration::from_secs(5);
            while !writer.is_finished() && std::time::Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
            drop(checkpointer);
        });
        drop(ended.await);
        tracing::info!("the hub has stopped");
    }
}

/// Waits for the signal to stop.
///
/// # Errors
/// If signals can't be heard.
pub async fn signal() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context("can't hear signals")?;
        tokio::select! {
            biased;
            _ = terminate.recv() => {}
            heard = tokio::signal::ctrl_c() => heard.context("can't hear signals")?,
        }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("can't hear signals")
}
