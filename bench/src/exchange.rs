//! What one exchange of the hub's own client costs, beside the least it could cost.

use std::{net::SocketAddr, process::Stdio, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
    task::{JoinSet, LocalSet},
};
use vestnik_model::time::Millis;
use vestnik_net::{Client, Settings};
use vestnik_provider::{port::Transport, wire::Request};

use crate::{
    call::{recipient, text},
    figures::{ratio, share},
    usage::cpu,
    wire::{Peer, serve, write_answer, write_post},
};

const PATH: &str = "/waInstance1101000001/sendMessage/9410830193ce4ad56fe4df0378d1a0a8da13672248d9";
const ANSWER: &[u8] = br#"{"idMessage":"3EB0C767D097B7C7C000"}"#;

/// CPU time per exchange, µs.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// The hub's client.
    pub client_us: f64,
    /// A bare socket: one write, one read, no pool, no checks.
    pub bare_us: f64,
    /// The first through the second.
    pub ratio: f64,
}

/// Measures both.
pub async fn compare(exchanges: u64, tasks: u64) -> anyhow::Result<Outcome> {
    let (_server, address) = start_server().await?;
    let per_task = exchanges / tasks.max(1);
    let body = format!("{{\"chatId\":\"{}@c.us\",\"message\":\"{}\"}}", recipient(1), text(1));
    let begun = cpu(std::process::id())?;
    through_client(address, &body, tasks, per_task).await?;
    let middle = cpu(std::process::id())?;
    bare(address, &body, tasks, per_task).await?;
    let ended = cpu(std::process::id())?;
    let client_us = share(middle - begun, per_task * tasks);
    let bare_us = share(ended - middle, per_task * tasks);
    Ok(Outcome { client_us, bare_us, ratio: ratio(client_us, bare_us) })
}

async fn through_client(
    address: SocketAddr,
    body: &str,
    tasks: u64,
    per_task: u64,
) -> anyhow::Result<()> {
    let client = Arc::new(Client::new(Settings::default().with_loopback()));
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        let (client, body) = (Arc::clone(&client), body.as_bytes().to_vec());
        set.spawn(async move {
            for _ in 0..per_task {
                let url = format!("http://{address}{PATH}");
                let timeout = Millis::seconds(30);
                let request = Request::post_json("bench.exchange", url, body.clone(), timeout);
                match client.call(request).await {
                    Ok(reply) if reply.body == ANSWER => {}
                    other => bail!("not the answer: {other:?}"),
                }
            }
            Ok(())
        });
    }
    while let Some(task) = set.join_next().await {
        task??;
    }
    Ok(())
}

async fn bare(address: SocketAddr, body: &str, tasks: u64, per_task: u64) -> anyhow::Result<()> {
    let mut set = JoinSet::new();
    for _ in 0..tasks {
        let mut bytes = Vec::new();
        write_post(&mut bytes, PATH, "", body.as_bytes());
        set.spawn(async move {
            let mut peer = Peer::connect(address).await?;
            for _ in 0..per_task {
                if peer.ask(&bytes).await?.body != ANSWER {
                    bail!("not the answer");
                }
            }
            Ok(())
        });
    }
    while let Some(task) = set.join_next().await {
        task??;
    }
    Ok(())
}

async fn start_server() -> anyhow::Result<(Child, SocketAddr)> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("answer").stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().context("no output")?;
    let line = BufReader::new(stdout).lines().next_line().await?.context("no address")?;
    Ok((child, line.parse()?))
}

/// The server of the measurement: prints its address and gives one answer to everything.
pub async fn answer_everything() -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let serving = serve(listener, Duration::ZERO, |_, out| write_answer(out, "200 OK", ANSWER));
    LocalSet::new().run_until(serving).await;
    Ok(())
}
