//! `vestnik demo`: hub, twin and a sample workspace in one process.

use crate::{
    cli, config,
    data::DataFolder,
    serve,
    wiring::{TOOL_NODE, tool},
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, net::SocketAddr};
use tokio::net::TcpListener;
use vestnik_app::{
    admin::{self, NewAccount, NewPartner},
    clock::system_now,
};
use vestnik_model::{
    id::{AccountId, IdSource, KeyId, PartnerId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_net::{HostPattern, Route, Settings};
use vestnik_store::partner::PartnerSettings;
use vestnik_twin::{Shared, WireRequest};

const LOGIN: &str = "demo";
const SENDER: &str = "VESTNIK";
const API_KEY: &str = "vst_demo";
const GREEN_API_HOST: &str = "1103.api.green-api.com";
const INSTANCES: [&str; 2] = ["1234567890", "1234567891"];
/// A number nobody has: the customer of the sample commands.
const CUSTOMER: &str = "79161234567";

/// Runs the demo until a signal.
///
/// # Errors
/// If it can't start.
pub fn run(args: &cli::Demo) -> Result<()> {
    let mut config = config::load(None, std::env::vars())?;
    config.server.listen = args.listen;
    config.server.data.clone_from(&args.data);
    config.server.public_url = Some(format!("http://{}", args.listen));
    serve::start_log(&config)?;
    let data = DataFolder::open(&args.data)?;
    let accounts = sample(&data, args)?;
    serve::runtime()?.block_on(async {
        let twin = start_twin(args, &accounts).await?;
        let running = serve::start(&config, &data, outgoing(args.twin_listen)).await?;
        greet(args);
        serve::signal().await?;
        running.stop(config.server.stop_patience).await;
        twin.abort();
        Ok(())
    })
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

/// The sample workspace, made at the first start. Returns webhook keys by instance.
fn sample(data: &DataFolder, args: &cli::Demo) -> Result<BTreeMap<String, String>> {
    let sealer = data.sealer()?;
    let mut ids = IdSource::new(TOOL_NODE);
    let mut id = || ids.next(system_now());
    let sink = format!("http://{}/twin/sink/{LOGIN}", args.twin_listen);
    tool(data, |tx| {
        let setup = vestnik_store::config::load(tx)?;
        if setup.partners.iter().any(|p| p.login == LOGIN) {
            let keys = setup.accounts.iter().map(|a| (a.name.clone(), a.webhook_key.clone()));
            return Ok(keys.collect());
        }
        let partner = PartnerId(id());
        let settings = PartnerSettings {
            cascades: true,
            notify_url: Some(sink),
            senders: vec![SENDER.to_owned()],
            default_sender: Some(SENDER.to_owned()),
            ..PartnerSettings::default()
        };
        let new = NewPartner { login: LOGIN.to_owned(), password: Secret::new(LOGIN), settings };
        admin::add_partner(tx, partner, &new)?;
        admin::add_key(tx, KeyId(id()), "demo", Some(API_KEY), true)?;
        let mut keys = BTreeMap::new();
        for instance in INSTANCES {
            let account = AccountId(id());
            let provider = vestnik_providers::find("green_api").context("Green-API is known")?;
            let key =
                admin::add_account(tx, &sealer, account, provider, &sample_account(instance))?;
            admin::add_sender(tx, partner, Messenger::Whatsapp, SENDER, account)?;
            keys.insert(instance.to_owned(), key);
        }
        Ok(keys)
    })
}

fn sample_account(instance: &str) -> NewAccount {
    let settings = [
        ("api_url", GREEN_API_HOST),
        ("id_instance", instance),
        ("token", vestnik_twin::config::TOKEN),
    ];
    NewAccount {
        name: instance.to_owned(),
        messenger: Messenger::Whatsapp,
        settings: settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Secret::new(value)))
            .collect(),
        pacing: None,
        lanes: 1,
        unknown: Guarantee::NeverTwice,
        language: Language::Ru,
        queue: String::new(),
        webhook_key: None,
    }
}

/// Starts the twin and points its instances to the hub, as an owner would in the provider's
/// cabinet.
async fn start_twin(
    args: &cli::Demo,
    accounts: &BTreeMap<String, String>,
) -> Result<tokio::task::JoinHandle<std::io::Result<()>>> {
    let twin_config = vestnik_twin::Config {
        listen: args.twin_listen,
        public_url: format!("http://{}", args.twin_listen),
        ..vestnik_twin::Config::default()
    };
    let listener = TcpListener::bind(args.twin_listen)
        .await
        .with_context(|| format!("can't listen on {}", args.twin_listen))?;
    let shared = Shared::new(vestnik_twin::Twin::new(system_now().0.cast_unsigned(), &twin_config));
    for (instance, key) in accounts {
        let token = vestnik_twin::config::TOKEN;
        let path = format!("/waInstance{instance}/setSettings/{token}");
        let settings = serde_json::json!({
            "webhookUrl": format!("http://{}/in/{key}", args.listen),
            "outgoingWebhook": "yes",
            "incomingWebhook": "yes",
            "outgoingMessageWebhook": "yes",
            "stateWebhook": "yes",
        });
        let request = WireRequest::json("POST", &path, &settings);
        shared.with(|twin, now| twin.request(now, &request));
    }
    Ok(tokio::spawn(vestnik_twin::serve(listener, shared, std::future::pending())))
}

fn greet(args: &cli::Demo) {
    let (hub, twin) = (args.listen, args.twin_listen);
    println!("vestnik ready http://{hub}");
    println!(
        "\n\
         Send a message (paste it):\n\n\
         curl -s http://{hub}/partner/v6/message -d '{{\"login\":\"demo\",\"password\":\"demo\",\
         \"destAddr\":\"{CUSTOMER}\",\"message\":{{\"type\":\"WHATSAPP\",\"data\":{{\
         \"instantContent\":{{\"type\":\"TEXT\",\"data\":{{\"text\":\"Здравствуйте! Ваш заказ \
         готов.\"}}}},\"serviceNumber\":\"{SENDER}\"}}}}}}'\n\n\
         See it on the customer's phone:   http://{twin}/handset/{CUSTOMER}\n\
         What was reported to the partner: http://{twin}/twin/sink/{LOGIN}\n\
         What became of it, and why:\n\n\
         curl -s -H 'Authorization: Bearer {API_KEY}' http://{hub}/v1/messages\n\n\
         Press Ctrl-C to stop. Everything is kept in {}.",
        args.data.display()
    );
}
