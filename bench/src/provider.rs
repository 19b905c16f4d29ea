//! The mock provider: as much of Green-API as a hub needs, and its receipts.

use std::{
    io::Write,
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    call::{number_in_text, recipient, text},
    stage::Stage,
    wire::{Message, Peer, number, within, write_answer, write_post},
};

/// The first instance; further accounts follow.
pub const FIRST_INSTANCE: u64 = 1_101_000_001;
/// Pause before a receipt is posted again.
const RECEIPT_RETRY: Duration = Duration::from_millis(100);
/// How long the hub may take to take a receipt.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(30);

/// A word to be said about a bubble.
pub struct Receipt {
    n: u64,
    nth: u8,
    instance: u64,
    due: Instant,
}

/// Answers one call.
pub fn answer(stage: &Stage, message: Message<'_>, out: &mut Vec<u8>) {
    let mut segments = message.path().split(|b| *b == b'/').skip(1);
    let instance = segments.next().and_then(|s| s.strip_prefix(b"waInstance")).map_or(0, number);
    match segments.next().unwrap_or_default() {
        b"sendMessage" => submit(stage, instance, message.body, out),
        b"getStateInstance" => write_answer(out, "200 OK", br#"{"stateInstance":"authorized"}"#),
        b"setSettings" => write_answer(out, "200 OK", br#"{"saveSettings":true}"#),
        b"getSettings" => write_answer(out, "200 OK", br#"{"wid":"79990000001@c.us"}"#),
        b"lastOutgoingMessages" => {
            stage.inquiries.set(stage.inquiries.get() + 1);
            write_answer(out, "200 OK", &journal(stage));
        }
        b"showMessagesQueue" => write_answer(out, "200 OK", b"[]"),
        _ => write_answer(out, "404 Not Found", b"{}"),
    }
}

fn submit(stage: &Stage, instance: u64, body: &[u8], out: &mut Vec<u8>) {
    if stage.deferring.borrow().contains(&instance) {
        stage.deferred.set(stage.deferred.get() + 1);
        write_answer(out, "429 Too Many Requests", b"\"Too many requests\"");
        return;
    }
    let Some(n) = number_in_text(body) else {
        stage.ledger.borrow_mut().strays += 1;
        write_answer(out, "400 Bad Request", b"\"bad request data\"");
        return;
    };
    let nth = stage.ledger.borrow_mut().submit(n);
    let due = Instant::now() + stage.manner.receipt_delay;
    stage.receipts.borrow_mut().push_back(Receipt { n, nth, instance, due });
    stage.receipt_added.notify_one();
    let mut json = Vec::with_capacity(40);
    write_id(&mut json, b"{\"idMessage\":\"", n, nth);
    json.extend_from_slice(b"\"}");
    write_answer(out, "200 OK", &json);
}

fn write_id(out: &mut Vec<u8>, before: &[u8], n: u64, nth: u8) {
    out.extend_from_slice(before);
    write!(out, "3EB0{n:012X}{nth:04X}").expect("writing to memory does not fail");
}

/// What is at the provider and not yet reported in full. A real journal has more, but nothing more
/// that could be asked for.
fn journal(stage: &Stage) -> Vec<u8> {
    let now = unix_seconds();
    let mut out = b"[".to_vec();
    for (n, submissions) in stage.ledger.borrow().unsettled() {
        for nth in 1..=submissions {
            if out.len() > 1 {
                out.push(b',');
            }
            write_id(&mut out, b"{\"type\":\"outgoing\",\"idMessage\":\"", n, nth);
            write!(
                out,
                "\",\"timestamp\":{now},\"typeMessage\":\"textMessage\",\"chatId\":\"{}@c.us\",\
                 \"textMessage\":\"{}\",\"statusMessage\":\"sent\",\"sendByApi\":true}}",
                recipient(n),
                text(n),
            )
            .expect("writing to memory does not fail");
        }
    }
    out.push(b']');
    out
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Posts receipts one after the other over one connection, each until the hub takes it.
pub async fn post_receipts(stage: Rc<Stage>) {
    let mut peer = None;
    let mut bytes = Vec::with_capacity(1024);
    loop {
        let next = stage.receipts.borrow_mut().pop_front();
        let Some(receipt) = next else {
            stage.receipt_added.notified().await;
            continue;
        };
        if receipt.due > Instant::now() {
            sleep_until(receipt.due).await;
        }
        write_receipt(&stage, &receipt, &mut bytes);
        while !post(&stage, &mut peer, &bytes).await {
            peer = None;
            stage.receipts_repeated.set(stage.receipts_repeated.get() + 1);
            sleep(RECEIPT_RETRY).await;
        }
    }
}

fn write_receipt(stage: &Stage, receipt: &Receipt, bytes: &mut Vec<u8>) {
    let Receipt { n, nth, instance, .. } = *receipt;
    let mut json = Vec::with_capacity(400);
    write!(
        json,
        "{{\"typeWebhook\":\"outgoingMessageStatus\",\"chatId\":\"{}@c.us\",\
         \"instanceData\":{{\"idInstance\":{instance},\"wid\":\"79990000001@c.us\",\
         \"typeInstance\":\"whatsapp\"}},\"timestamp\":{},",
        recipient(n),
        unix_seconds(),
    )
    .expect("writing to memory does not fail");
    write_id(&mut json, b"\"idMessage\":\"", n, nth);
    json.extend_from_slice(b"\",\"status\":\"delivered\",\"description\":\"\",\"sendByApi\":true}");
    let webhooks = stage.webhooks.borrow();
    let path = webhooks.get(&instance).map_or("/in/unknown", String::as_str);
    bytes.clear();
    match &stage.manner.webhook_token {
        Some(token) => {
            write_post(bytes, path, &format!("authorization: Bearer {token}\r\n"), &json);
        }
        None => write_post(bytes, path, "", &json),
    }
}

async fn post(stage: &Stage, peer: &mut Option<Peer>, bytes: &[u8]) -> bool {
    let exchange = async {
        let peer = match peer {
            Some(peer) => peer,
            None => peer.insert(Peer::connect(stage.hub.get()).await?),
        };
        Ok::<_, std::io::Error>(peer.ask(bytes).await?.status())
    };
    matches!(within(RECEIPT_TIMEOUT, exchange).await, Some(Ok(200)))
}

/// The number of the bubble an `idMessage` stands for.
pub fn number_in_id(id: &[u8]) -> u64 {
    let digits = id.get(4..16).and_then(|hex| std::str::from_utf8(hex).ok()).unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or(u64::MAX)
}
