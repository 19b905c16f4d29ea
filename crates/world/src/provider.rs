//! The provider: the twin's core, its webhooks on their way to the hub, its phones.

use crate::{
    clock::{BEGIN, pause},
    life::lock,
    script::{AccountScript, Script, WritingScript},
    world::{Purpose, World},
};
use serde_json::{Value, json};
use std::sync::Arc;
use vestnik_app::receive::{Received, receive};
use vestnik_model::time::Timestamp;
use vestnik_provider::wire::Inbound;
use vestnik_twin::{
    Config, GreenApiAccount, HookAnswer, Outgoing, Twin, WireRequest, config::TOKEN,
};

/// What webhooks of every account carry.
pub const WEBHOOK_TOKEN: &str = "webhook-token";

/// A twin with the script's accounts and phones.
#[must_use]
pub fn open(script: &Script, now: Timestamp) -> Twin {
    let green_api = (0..script.accounts.len()).map(|i| GreenApiAccount {
        id: AccountScript::number(i),
        token: TOKEN.to_owned(),
        messenger: "whatsapp",
        phone: format!("7800555{i:04}"),
    });
    let config = Config { green_api: green_api.collect(), ..Config::default() };
    let mut twin = Twin::new(script.seed, &config);
    for (i, account) in script.accounts.iter().enumerate() {
        let id = AccountScript::number(i);
        let switch = |on: bool| if on { "yes" } else { "no" };
        let change = json!({
            "delay_ms": account.send_gap_ms, "journal_delay_ms": account.journal_delay_ms,
            "settings": {
                "webhookUrl": format!("http://hub.example/in/key-{i}"),
                "webhookUrlToken": WEBHOOK_TOKEN,
                "outgoingWebhook": switch(account.statuses), "stateWebhook": "yes",
                "incomingWebhook": "yes", "editedMessageWebhook": "yes",
            },
        });
        control(&mut twin, now, "PUT", &format!("/twin/instances/{id}"), &change);
        let share = |per_mille: u32| f64::from(per_mille) / 1_000.0;
        let fault = json!({
            "provider": "green_api", "account": id,
            "receipts": {
                "lose": share(account.lose), "double": share(account.double),
                "delay_ms": account.late_ms, "shuffle": account.shuffle,
            },
        });
        control(&mut twin, now, "PUT", "/twin/faults", &fault);
    }
    for phone in &script.phones {
        let messengers = if phone.has_messenger { vec!["whatsapp"] } else { Vec::new() };
        let change = json!({ "messengers": messengers, "auto_read": phone.reads });
        control(&mut twin, now, "PUT", &format!("/twin/phones/{}", phone.number), &change);
    }
    twin
}

/// Asks the twin's control door.
///
/// # Panics
/// If it refuses: the request is ours.
pub fn control(twin: &mut Twin, now: Timestamp, verb: &str, path: &str, body: &Value) -> Value {
    let request = match verb {
        "GET" | "DELETE" => WireRequest::new(verb, path),
        _ => WireRequest::json(verb, path, body),
    };
    let answer = twin.request(now.0, &request);
    assert!(answer.status == 200, "the twin refuses {verb} {path}: {}", answer.to_json());
    answer.to_json()
}

impl World {
    /// Asks the twin's control door for something that it may refuse: a phone is off.
    pub fn try_twin(&self, verb: &str, path: &str, body: &Value) -> Option<Value> {
        let request = WireRequest::json(verb, path, body);
        let answer = lock(&self.twin).request(self.clock.now().0, &request);
        self.twin_bell.notify_one();
        (answer.status == 200).then(|| answer.to_json())
    }

    /// Puts a file where customers can send it from; its address.
    pub fn put_file(&self, name: &str, mime: &str, bytes: Vec<u8>) -> Value {
        let mut request = WireRequest::new("POST", &format!("/twin/files?name={name}"));
        request.headers.push(("content-type".to_owned(), mime.to_owned()));
        request.body = bytes;
        let answer = lock(&self.twin).request(self.clock.now().0, &request);
        answer.to_json()["url"].clone()
    }

    /// Asks the twin's control door.
    pub fn ask_twin(&self, verb: &str, path: &str, body: &Value) -> Value {
        let answer = control(&mut lock(&self.twin), self.clock.now(), verb, path, body);
        self.twin_bell.notify_one();
        answer
    }
}

/// Lets the provider do what is due, for ever.
pub async fn drive(world: Arc<World>) {
    loop {
        let now = world.clock.now();
        let (outgoing, due) = {
            let mut twin = lock(&world.twin);
            (twin.turn(now.0), twin.due())
        };
        for webhook in outgoing {
            tokio::spawn(post(Arc::clone(&world), webhook));
        }
        let wait = due.map_or(3_600_000, |at| (at - now.0).max(0));
        tokio::select! {
            biased;
            () = world.twin_bell.notified() => {}
            () = pause(wait) => {}
        }
    }
}

/// Switches phones and accounts off and on, as the script says; all are on when the storm is over.
pub async fn switch(world: Arc<World>) {
    let mut turns = Vec::new();
    let storm = world.script.storm_ms;
    for phone in &world.script.phones {
        let Some((from, until)) = phone.off else { continue };
        let path = format!("/twin/phones/{}", phone.number);
        turns.push((from, path.clone(), json!({ "on": false })));
        turns.push((until.min(storm), path, json!({ "on": true })));
    }
    for (i, account) in world.script.accounts.iter().enumerate() {
        let Some((from, until)) = account.out else { continue };
        let path = format!("/twin/instances/{}", AccountScript::number(i));
        turns.push((from, path.clone(), json!({ "state": "notAuthorized" })));
        turns.push((until.min(storm), path, json!({ "state": "authorized" })));
    }
    turns.sort_by_key(|(at, ..)| *at);
    for (at, path, change) in turns {
        pause(at - world.clock.passed_ms()).await;
        world.ask_twin("PUT", &path, &change);
    }
}

/// A webhook on its way, and the word back to the provider whether it was taken.
async fn post(world: Arc<World>, webhook: Outgoing) {
    let _busy = world.busy();
    let weather = world.script.weather.clone();
    pause(world.roll(Purpose::Hooks, |dice| dice.ms(1, 30))).await;
    if world.strikes(Purpose::Hooks, weather.hook_late, "webhook late") {
        pause(world.roll(Purpose::Hooks, |dice| dice.ms(100, 20_000))).await;
    }
    let mut status = None;
    if !world.strikes(Purpose::Hooks, weather.hook_lost, "webhook lost") {
        if world.strikes(Purpose::Hooks, weather.hook_forged, "webhook forged") {
            forge(&world, &webhook).await;
        }
        if world.strikes(Purpose::Hooks, weather.hook_garbage, "webhook garbage") {
            deliver(&world, &webhook, b"{\"typeWebhook\":").await;
        }
        if world.strikes(Purpose::Hooks, weather.hook_double, "webhook doubled") {
            let (world, webhook) = (Arc::clone(&world), webhook.clone());
            tokio::spawn(async move {
                let _busy = world.busy();
                pause(world.roll(Purpose::Hooks, |dice| dice.ms(0, 10_000))).await;
                deliver(&world, &webhook, &webhook.body).await;
            });
        }
        if let Some(body) = anew(&webhook.body)
            && world.strikes(Purpose::Hooks, weather.hook_anew, "message anew")
        {
            let (world, webhook) = (Arc::clone(&world), webhook.clone());
            tokio::spawn(async move {
                let _busy = world.busy();
                pause(world.roll(Purpose::Hooks, |dice| dice.ms(0, 10_000))).await;
                deliver(&world, &webhook, &body).await;
            });
        }
        status = deliver(&world, &webhook, &webhook.body).await;
        if world.strikes(Purpose::Hooks, weather.hook_answer_lost, "webhook answer lost") {
            status = None;
        }
    }
    let answer = status.map(HookAnswer::of);
    lock(&world.twin).posted(world.clock.now().0, webhook.id, answer);
    world.twin_bell.notify_one();
}

/// The same message of a customer with other words, if it is one.
fn anew(body: &[u8]) -> Option<Vec<u8>> {
    let mut body: Value = serde_json::from_slice(body).ok()?;
    let words = body["messageData"]["textMessageData"]["textMessage"].as_str()?;
    let words = WritingScript::anew(words);
    body["messageData"]["textMessageData"]["textMessage"] = json!(words);
    Some(body.to_string().into_bytes())
}

/// Somebody without the secret says that a bubble was read.
async fn forge(world: &Arc<World>, webhook: &Outgoing) {
    let mut body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
    body["status"] = json!("read");
    let mut forged = webhook.clone();
    for (name, value) in &mut forged.headers {
        if name == "authorization" {
            *value = "Bearer guessed".to_owned();
        }
    }
    let status = deliver(world, &forged, body.to_string().as_bytes()).await;
    if !matches!(status, None | Some(401)) {
        world.blame(&format!("a forged webhook was answered {status:?}"));
    }
}

/// Hands a webhook to the hub as its door does. `None` = no answer.
async fn deliver(world: &Arc<World>, webhook: &Outgoing, body: &[u8]) -> Option<u16> {
    let process = world.process()?;
    let key = webhook.url.rsplit('/').next().unwrap_or_default();
    let Some(account) = process.hub.setup().account_by_key(key).cloned() else {
        return Some(404);
    };
    let headers: Vec<(&str, &str)> =
        webhook.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let inbound = Inbound { method: "POST", url: "", query: "", headers: &headers, body };
    let received = receive(&process.hub, &account, &inbound).await;
    if process.life.is_dead() {
        return None;
    }
    if received == Received::Stored {
        world.witness_webhook(body);
        world.witness_words(body);
    }
    Some(match received {
        Received::Stored => 200,
        Received::Handshake { status, .. } => status,
        Received::Forged => 401,
        Received::Unavailable => 503,
    })
}

/// Milliseconds of the world at a moment of the provider's.
#[must_use]
pub fn since_begin(ms: i64) -> i64 {
    ms - BEGIN.0
}
