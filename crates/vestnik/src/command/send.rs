//! `vestnik send`: one message through a running hub.

use crate::{cli, out::say, serve};
use anyhow::{Context, Result, bail};
use vestnik_model::time::Millis;
use vestnik_net::{Client, Settings};
use vestnik_provider::{Transport, wire::Request};

/// How long the hub may take.
const TIMEOUT: Millis = Millis::seconds(30);

/// Sends, and prints the hub's answer.
///
/// # Errors
/// If the hub does not accept it.
pub(super) fn run(args: &cli::Send) -> Result<()> {
    let password = args
        .password
        .clone()
        .or_else(|| std::env::var("VESTNIK_PASSWORD").ok())
        .unwrap_or_else(|| "demo".to_owned());
    let mut data = serde_json::json!({
        "instantContent": {"type": "TEXT", "data": {"text": args.text}},
    });
    if let Some(sender) = &args.sender {
        data["serviceNumber"] = sender.as_str().into();
    }
    let mut call = serde_json::json!({
        "login": args.login,
        "password": password,
        "destAddr": args.to,
        "message": {"type": "WHATSAPP", "data": data},
    });
    if let Some(id) = &args.id {
        call["id"] = id.as_str().into();
    }
    let (hub, path) = (args.hub.trim_end_matches('/'), args.path.trim_start_matches('/'));
    let url = format!("{hub}/{path}");
    let body = serde_json::to_vec(&call).context("the call can't be written")?;
    let request = Request::post_json("send", url, body, TIMEOUT);
    // The address is the caller's own: it may be anywhere.
    let everywhere = ["0.0.0.0/0", "::/0"].iter().filter_map(|n| n.parse().ok()).collect();
    let client = Client::new(Settings { provider_networks: everywhere, ..Settings::default() });
    let reply = serve::runtime()?.block_on(async { client.call(request).await });
    let reply = reply.map_err(|trouble| anyhow::anyhow!("{}", trouble.detail().to_owned()))?;
    say!("{}", reply.text())?;
    if reply.status != 200 {
        bail!("the hub refused it (HTTP {})", reply.status);
    }
    Ok(())
}
