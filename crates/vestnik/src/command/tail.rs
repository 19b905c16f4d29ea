//! `vestnik tail`: what customers write, as it comes in.

use crate::{
    cli,
    out::{plain, say},
    serve,
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::time::Duration;
use vestnik_model::time::Millis;
use vestnik_net::{Client, Settings};
use vestnik_provider::{Transport, wire::Request};

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the hub may take.
const TIMEOUT: Millis = Millis::seconds(10);
/// Messages asked for at once.
const PAGE: usize = 100;

/// Prints until it is interrupted.
///
/// # Errors
/// If the hub does not answer, or refuses the key.
pub(super) fn run(args: &cli::Tail) -> Result<()> {
    let key = args.key.clone().or_else(|| std::env::var("VESTNIK_KEY").ok());
    let key = key.unwrap_or_else(|| "vst_demo".to_owned());
    let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|n| n.parse().ok()).collect();
    let client = Client::new(Settings { provider_networks: everywhere, ..Settings::default() });
    let base = format!("{}/v1/messages?direction=in", args.hub.trim_end_matches('/'));
    serve::runtime()?.block_on(async {
        let first = format!("{base}&limit={}", args.lines.clamp(1, PAGE));
        let mut latest = ask(&client, &key, first).await?;
        latest.reverse();
        let mut last = "1".to_owned();
        let mut fresh = if args.lines == 0 { latest.split_off(latest.len()) } else { latest };
        if args.lines == 0 {
            let newest = ask(&client, &key, format!("{base}&limit=1")).await?;
            last = id_of(newest.first()).unwrap_or(last);
        }
        loop {
            for message in &fresh {
                print(message, args.json)?;
            }
            last = id_of(fresh.last()).unwrap_or(last);
            if args.once {
                return Ok(());
            }
            tokio::select! {
                stopped = serve::signal() => return stopped,
                () = tokio::time::sleep(PAUSE) => {}
            }
            fresh = ask(&client, &key, format!("{base}&after={last}&limit={PAGE}")).await?;
        }
    })
}

fn id_of(message: Option<&Value>) -> Option<String> {
    message?["id"].as_str().map(str::to_owned)
}

async fn ask(client: &Client, key: &str, url: String) -> Result<Vec<Value>> {
    let request =
        Request::get("tail", url, TIMEOUT).with_header("authorization", format!("Bearer {key}"));
    let reply = client.call(request).await;
    let reply = reply.map_err(|trouble| anyhow::anyhow!("{}", trouble.detail().to_owned()))?;
    if reply.status != 200 {
        bail!("the hub refused it (HTTP {}): {}", reply.status, reply.text());
    }
    let page: Value = serde_json::from_slice(&reply.body).context("the hub's answer")?;
    Ok(page["messages"].as_array().cloned().unwrap_or_default())
}

/// One line per message; what a customer wrote can't move the cursor about.
fn print(message: &Value, is_json: bool) -> Result<()> {
    if is_json {
        return say!("{message}");
    }
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let author = &message["author"];
    let who = ["name", "phone", "id"].iter().map(|name| text(&author[*name]));
    let who = who.into_iter().find(|who| !who.is_empty()).unwrap_or_default();
    let mut files = String::new();
    for file in message["files"].as_array().into_iter().flatten() {
        let (kind, name, state) = (&file["kind"], text(&file["name"]), &file["state"]);
        files.push_str(&format!(" [{} {name} {}]", text(kind), text(state)));
    }
    say!(
        "{}  {:<9} {who}: {}{files}",
        text(&message["receivedAt"]),
        text(&message["messenger"]),
        text(&message["text"]),
    )
}
