//! `vestnik demo`: hub, twin and a sample workspace in one process.

mod sample;

use crate::{cli, config, data::DataFolder, listen::listen, out, serve};
use anyhow::{Context, Result};
use sample::{API_KEY, LOGIN, SENDER};
use std::{net::SocketAddr, path::Path, sync::Arc};
use tokio::task::JoinHandle;
use vestnik_app::{Hub, account, clock::system_now};
use vestnik_net::{HostPattern, Route, Settings};
use vestnik_twin::{Shared, config::TOKEN};

/// A number nobody has: the customer of the sample commands.
const CUSTOMER: &str = "79161234567";

/// Runs the demo until a signal.
///
/// # Errors
/// If it can't start.
pub fn run(args: &cli::Demo) -> Result<()> {
    let mut config = config::load(None, std::env::vars_os())?;
    config.server.data.clone_from(&args.data);
    config.hooks.url_hooks = true;
    serve::start_log(&config)?;
    let data = DataFolder::open_or_create(&args.data)?;
    // Before anything is written: the folder may be another hub's, or somebody's real installation.
    let lock = data.lock()?;
    sample::refuse_others(&data)?;
    serve::runtime()?.block_on(async {
        let listener = listen(args.listen)?;
        let hub = listener.local_addr().context("the hub's address")?;
        config.server.public_url = Some(format!("http://{hub}"));
        let twin = Twin::start(args).await?;
        config.mail.host = twin.mail.ip().to_string();
        config.mail.port = twin.mail.port();
        config.mail.protection = config::MailProtection::None;
        sample::make(&data, &lock, twin.at)?;
        let running = serve::start(&config, &data, lock, listener, outgoing(twin.at)).await?;
        subscribe(running.hub()).await;
        greet(hub, twin.at, &args.data);
        serve::signal().await?;
        running.stop(config.server.stop_patience).await;
        twin.task.abort();
        Ok(())
    })
}

/// A twin that runs beside the hub.
struct Twin {
    task: JoinHandle<std::io::Result<()>>,
    /// Where it listens.
    at: SocketAddr,
    /// Where its mail server listens.
    mail: SocketAddr,
}

/// Providers' official hosts lead to the twin, and this machine may be called.
fn outgoing(twin: SocketAddr) -> Settings {
    let mut routes = Vec::new();
    for provider in vestnik_providers::all() {
        for host in provider.descriptor().hosts {
            routes.push(Route { hosts: HostPattern::parse(host), to: twin });
        }
    }
    Settings { routes, ..Settings::default() }.with_loopback()
}

impl Twin {
    /// Starts it with its mail server.
    async fn start(args: &cli::Demo) -> Result<Self> {
        let listener = listen(args.twin_listen)?;
        let at = listener.local_addr().context("the twin's address")?;
        let twin_config = vestnik_twin::Config {
            listen: at,
            public_url: format!("http://{at}"),
            official_hosts: true,
            ..vestnik_twin::Config::default()
        };
        let twin = vestnik_twin::Twin::new(system_now().0.cast_unsigned(), &twin_config);
        let shared = Shared::new(twin);
        let mails = listen(args.mail_listen)?;
        let mail = mails.local_addr().context("the mail server's address")?;
        let both = shared.clone();
        let served = async move {
            tokio::select! {
                ended = vestnik_twin::serve(listener, shared, std::future::pending()) => ended,
                ended = vestnik_twin::smtp::serve(mails, both, std::future::pending()) => ended,
            }
        };
        Ok(Self { task: tokio::spawn(served), at, mail })
    }
}

/// Has every account's webhooks sent here, as connecting an account does. The twin forgets
/// everything when it ends: they are ordered at every start.
async fn subscribe(hub: &Arc<Hub>) {
    let setup = hub.setup();
    for account in setup.accounts() {
        let (name, provider) = (&account.account.name, account.provider);
        if !account::subscribe(hub, provider, &account.account).await {
            tracing::warn!(name, "the webhooks of a sample account could not be ordered");
        }
        if let Err(error) = account::look_after(hub, account).await {
            tracing::warn!(name, %error, "the state of a sample account was not noted");
        }
    }
}

fn greet(hub: SocketAddr, twin: SocketAddr, data: &Path) {
    let hook = format!(
        "http://{hub}/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
         &apiTokenInstance={TOKEN}&errorEmail=owner@example.com&message=Ждём%20вас!"
    );
    out::ready(format_args!(
        "vestnik ready http://{hub}\n\
         \n\
         Send a message (paste it):\n\n\
         curl -s http://{hub}/partner/v6/message -d '{{\"login\":\"demo\",\"password\":\"demo\",\
         \"destAddr\":\"{CUSTOMER}\",\"message\":{{\"type\":\"WHATSAPP\",\"data\":{{\
         \"instantContent\":{{\"type\":\"TEXT\",\"data\":{{\"text\":\"Здравствуйте! Ваш заказ \
         готов.\"}}}},\"serviceNumber\":\"{SENDER}\"}}}}}}'\n\n\
         See it on the customer's phone:   http://{twin}/handset/{CUSTOMER}\n\
         What was reported to the partner: http://{twin}/twin/sink/{LOGIN}\n\
         Mails about failures:             http://{twin}/mails\n\
         What became of it, and why:\n\n\
         curl -s -H 'Authorization: Bearer {API_KEY}' http://{hub}/v1/messages\n\n\
         Open a hook's address to have it checked:\n\n\
         {hook}\n\n\
         Post an event to it (paste it):\n\n\
         curl -s 'http://{hub}/hook-samples/torrow.json?phone={CUSTOMER}' | curl -s --data-binary \
         @- '{hook}'\n\n\
         Press Ctrl-C to stop. Everything is kept in {}.\n",
        data.display()
    ));
}
