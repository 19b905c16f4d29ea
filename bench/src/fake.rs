//! A hub that promises and reports without keeping anything: what the bench itself costs is
//! measured against it.

use std::{
    cell::RefCell, collections::HashMap, io::Write, net::SocketAddr, rc::Rc, time::Duration,
};

use tokio::{net::TcpListener, task::spawn_local};

use crate::{
    call::{self, recipient, text},
    provider::{FIRST_INSTANCE, number_in_id},
    wire::{Message, Peer, member, serve, write_answer, write_post},
};

/// The most connections kept to each side.
const IDLE_MAX: usize = 512;

struct Fake {
    provider: SocketAddr,
    sink: SocketAddr,
    idle: RefCell<HashMap<SocketAddr, Vec<Peer>>>,
}

/// Pretends until it is killed.
pub async fn run(listen: SocketAddr, provider: SocketAddr, sink: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    println!("vestnik ready http://{}", listener.local_addr()?);
    let fake = Rc::new(Fake { provider, sink, idle: RefCell::default() });
    serve(listener, Duration::ZERO, move |message, out| answer(&fake, message, out)).await;
    Ok(())
}

fn answer(fake: &Rc<Fake>, message: Message<'_>, out: &mut Vec<u8>) {
    if message.path() == call::PATH.as_bytes() {
        let Some(n) = call::number_in_id(message.body) else {
            write_answer(out, "400 Bad Request", b"{}");
            return;
        };
        write_answer(
            out,
            "200 OK",
            format!("{{\"mtNum\":\"{}\",\"id\":\"b-{n}\"}}", mt(n)).as_bytes(),
        );
        spawn_local(submit(Rc::clone(fake), n));
    } else {
        let n = member(message.body, "idMessage").map_or(u64::MAX, number_in_id);
        write_answer(out, "200 OK", b"");
        let fake = Rc::clone(fake);
        spawn_local(async move { report(&fake, n, 2).await });
    }
}

fn mt(n: u64) -> u64 {
    n + 7_000_000_000
}

async fn submit(fake: Rc<Fake>, n: u64) {
    let path = format!("/waInstance{FIRST_INSTANCE}/sendMessage/token");
    let body = format!("{{\"chatId\":\"{}@c.us\",\"message\":\"{}\"}}", recipient(n), text(n));
    let mut bytes = Vec::with_capacity(512);
    write_post(&mut bytes, &path, "", body.as_bytes());
    if post(&fake, fake.provider, &bytes).await == Some(200) {
        report(&fake, n, 0).await;
    }
}

async fn report(fake: &Fake, n: u64, status: u8) {
    let mut body = Vec::with_capacity(512);
    write!(
        body,
        "{{\"id\":\"b-{n}\",\"mtNum\":\"{}\",\"status\":{status},\"type\":\"WHATSAPP\",\
         \"doneDate\":\"\",\"submitDate\":\"2019-05-05T10:20:35+0300\",\"sourceAddr\":\"BENCH\",\
         \"destAddr\":\"{}\",\"text\":\"{}\",\"partCount\":\"001\",\"errorCode\":\"0\",\
         \"trafficType\":1}}",
        mt(n),
        recipient(n),
        text(n),
    )
    .expect("writing to memory does not fail");
    let mut bytes = Vec::with_capacity(1024);
    write_post(&mut bytes, "/report", "", &body);
    post(fake, fake.sink, &bytes).await;
}

async fn post(fake: &Fake, to: SocketAddr, bytes: &[u8]) -> Option<u16> {
    let kept = fake.idle.borrow_mut().entry(to).or_default().pop();
    let mut peer = match kept {
        Some(peer) => peer,
        None => Peer::connect(to).await.ok()?,
    };
    let status = peer.ask(bytes).await.ok()?.status();
    let mut idle = fake.idle.borrow_mut();
    let kept = idle.entry(to).or_default();
    if kept.len() < IDLE_MAX {
        kept.push(peer);
    }
    Some(status)
}
