//! Wazzup, API v3: channels of WhatsApp (by phone and by the Business API), Telegram, MAX and VK.
//!
//! Written from the vendor's help pages and from what was reported of a live account. Paths begin
//! with `/v3`, with or without a slash at the end, whatever the `Host` header says. An account of
//! the twin is a *channel* by its `channelId`; channels with the same API key are one client: they
//! share the address of webhooks, the subscriptions, the templates and the limit of calls.
//!
//! What the documents leave open is decided here, some of it with a switch (`PUT
//! /twin/accounts/wazzup/{channelId}`):
//!
//! * a webhook that is not taken is not repeated; receipts are lost and doubled by faults;
//! * sends by the API are not echoed (`echoes`), and each word is a post of its own (`batch_ms`);
//! * who has no account is an `error` status; by `phone` the call is refused at once;
//! * text of a WABA channel has at most 1024 characters; codes are in upper case (`camel`);
//! * the address is tested only when a `PATCH` names it; the failure's `data` is `{"code"}`;
//! * a press of a button is a text with `interactive: [{type, text, payload}]`;
//! * reactions are not told; users, contacts, deals and the chat window are left out.
//!
//! Order of checks: key, limit, JSON, then as [`send::create`] says. Special numbers: [`magic`].

mod channel;
pub mod magic;
mod notice;
mod refusal;
mod send;
mod subscribe;
mod template;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::{
    channel::{Change, Channel, Client, messenger_of},
    refusal::Refusal,
};
use crate::{
    account::AccountKey,
    agenda::Deed,
    bubble::Status,
    config::{WAZZUP_KEY, WazzupAccount},
    content::Button,
    limits,
    persona::{Claim, Line, Persona, Reply, Told},
    stage::Stage,
    webhook::{Order, Policy, Word},
    wire::{Target, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "wazzup";
/// What paths go on with after `/v3`.
const ROOTS: [&str; 9] = [
    "message",
    "webhooks",
    "channels",
    "templates",
    "users",
    "contacts",
    "deals",
    "iframe",
    "unanswered",
];
/// What a sidecar key may use.
const SIDECAR: [&str; 4] = ["message", "webhooks", "channels", "templates"];
/// Repetitions are not promised: there are none.
const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 8,
    accepts: |answer| answer.status == 200,
    pause_ms: |_, _, _| 0,
    attempts_max: 1,
    keep_ms: 24 * 3_600_000,
    retry_header: None,
};

/// The persona.
#[derive(Debug)]
pub struct Wazzup {
    clients: BTreeMap<String, Client>,
    channels: BTreeMap<String, Channel>,
}

/// What a channel plans for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnDeed {
    Flush,
    Send(u64),
}

impl OwnDeed {
    /// Bubbles are numbered from one.
    fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::Flush => 0,
            Self::Send(seq) => seq,
        })
    }

    fn of(own: u64) -> Self {
        if own == 0 { Self::Flush } else { Self::Send(own) }
    }
}

/// One call at work: its client, all channels, and everything else.
struct Desk<'a> {
    stage: &'a mut Stage,
    client: &'a mut Client,
    channels: &'a mut BTreeMap<String, Channel>,
    request: &'a WireRequest,
    target: &'a Target,
    is_again: bool,
}

type Answer = Result<WireResponse, Refusal>;

impl Desk<'_> {
    fn body(&self) -> Result<Value, Refusal> {
        match serde_json::from_slice(&self.request.body) {
            Ok(body @ Value::Object(_)) => Ok(body),
            _ => Err(Refusal::new("INVALID_MESSAGE_DATA").worded("The body is no JSON object")),
        }
    }

    fn run(&mut self) -> Answer {
        let parts = self.target.parts();
        let root = parts.get(1).copied().unwrap_or_default();
        if self.client.is_sidecar && !SIDECAR.contains(&root) {
            return Err(Refusal::of_status(403));
        }
        match (self.request.method.as_str(), parts.get(1..).unwrap_or_default()) {
            ("POST", ["message"]) => send::create(self),
            ("PATCH", ["message", id]) => send::edit(self, id),
            ("DELETE", ["message", id]) => send::delete(self, id),
            ("GET", ["webhooks"]) => subscribe::get(self),
            ("PATCH", ["webhooks"]) => subscribe::set(self),
            ("GET", ["channels"]) => Ok(self.list()),
            ("GET", ["templates", "whatsapp"]) => template::list(self),
            _ => Err(Refusal::of_status(404)),
        }
    }

    /// `GET /channels`.
    fn list(&self) -> WireResponse {
        let own = self.channels.values().filter(|channel| channel.client == self.client.key);
        let view = |channel: &Channel| {
            json!({
                "channelId": &*channel.key.account, "transport": channel.transport,
                "plainId": channel.plain_id, "state": channel.state, "name": channel.plain_id,
            })
        };
        WireResponse::json(200, &Value::Array(own.map(view).collect()))
    }
}

impl Wazzup {
    /// The persona with some channels.
    pub fn new(stage: &mut Stage, accounts: &[WazzupAccount]) -> Self {
        let mut persona = Self { clients: BTreeMap::new(), channels: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, account);
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, account: &WazzupAccount) {
        let channel = Channel::new(account);
        stage.webhooks.open(channel.key.clone(), POLICY);
        self.channels.insert(account.id.clone(), channel);
        let client = self.clients.entry(account.key.clone());
        client.or_insert_with(|| Client::new(&account.key)).aim(stage, &self.channels);
    }

    fn key_in<'a>(&self, request: &'a WireRequest) -> Option<&'a str> {
        let header = request.header("authorization")?;
        let key = header.strip_prefix("Bearer ")?.trim();
        self.clients.contains_key(key).then_some(key)
    }

    fn both(&mut self, channel: &str) -> Option<(&Client, &mut Channel)> {
        let channel = self.channels.get_mut(channel)?;
        Some((self.clients.get(&channel.client)?, channel))
    }

    fn of_bubble(&mut self, stage: &Stage, seq: u64) -> Option<(&Client, &mut Channel)> {
        let key = stage.bubbles.get(seq)?.key.clone();
        self.both(key.owner())
    }

    fn write(
        &mut self,
        stage: &mut Stage,
        reply: &Reply,
        pressed: Option<&Button>,
    ) -> Result<String, String> {
        let (client, channel) = self.both(&reply.account).ok_or("no such channel")?;
        if reply.group.is_some() && channel.chat_types().1.is_none() {
            return Err("there are no groups here".to_owned());
        }
        let id = uuid(stage);
        let bubble =
            stage.written(&channel.key, channel.messenger(), &id, &channel.plain_id, reply)?;
        let seq = stage.add_bubble(bubble);
        // From now on this person's id is known to the channel.
        channel.chat_id(stage, &reply.from);
        let is_new = channel.hear(&reply.from, stage.clock.tick());
        stage.reach(seq, Status::Delivered, "");
        if is_new && reply.group.is_none() {
            notice::newcomer(stage, client, channel, &reply.from);
        }
        notice::incoming(stage, client, channel, seq, pressed);
        Ok(id)
    }

    fn again(&mut self, stage: &mut Stage, seq: u64, flag: &str) -> Told {
        match self.of_bubble(stage, seq) {
            Some((client, channel)) => notice::again(stage, client, channel, seq, flag),
            None => Told::No,
        }
    }
}

impl Persona for Wazzup {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let target = request.target();
        let parts = target.parts();
        let root = match &parts[..] {
            ["v3", root, ..] if ROOTS.contains(root) => *root,
            _ => return None,
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let account = body["channelId"].as_str().map(str::to_owned);
        Some(Claim { account, method: root.to_owned() })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse {
        let target = request.target();
        let is_send = target.segments.get(1).is_some_and(|root| root == "message");
        let client = self.key_in(request).and_then(|key| self.clients.get_mut(key));
        let Some(client) = client else { return Refusal::of_status(401).answer(None, false) };
        if !is_again && !client.admit(stage.clock.tick()) {
            return Refusal::of_status(429).answer(None, false);
        }
        let is_camel = client.is_camel;
        let channels = &mut self.channels;
        let mut desk = Desk { stage, client, channels, request, target: &target, is_again };
        let answer = desk.run();
        answer.unwrap_or_else(|refusal| {
            let number = format!("{:08x}", stage.serial("wazzup/requests"));
            refusal.answer(is_send.then_some(number.as_str()), is_camel)
        })
    }

    fn refuse(&self, status: u16, _: &Claim, _: Option<u64>) -> WireResponse {
        match status {
            400 => Refusal::new("VALIDATION_ERROR").answer(None, false),
            status => Refusal::of_status(status).answer(None, false),
        }
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let Some((client, channel)) = self.both(account) else { return };
        match OwnDeed::of(own) {
            OwnDeed::Flush => notice::flush(stage, channel),
            OwnDeed::Send(seq) => send::hand_over(stage, client, channel, seq),
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        if let Some((client, channel)) = self.of_bubble(stage, seq) {
            notice::status(stage, client, channel, seq);
        }
    }

    fn heard(&mut self, _stage: &mut Stage, word: &Word) {
        if word.tag.is_some()
            && let Some(client) = self.clients.get_mut(&*word.key.account)
            && let Some(pending) = &mut client.pending
        {
            subscribe::heard(pending, word.answer.as_ref());
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        self.write(stage, reply, None)
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.again(stage, seq, "isEdited")
    }

    fn deleted(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.again(stage, seq, "isDeleted")
    }

    fn pressed(&mut self, stage: &mut Stage, seq: u64, from: &str, button: usize) -> Told {
        let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
        let Some(button) = bubble.buttons.get(button).cloned() else { return Told::No };
        let reply = Reply {
            account: bubble.key.account.to_string(),
            messenger: bubble.messenger.to_owned(),
            from: from.to_owned(),
            group: bubble.group.clone(),
            text: button.text.clone(),
            quote: Some(bubble.id.clone()),
            ..Reply::default()
        };
        self.write(stage, &reply, Some(&button)).map_or(Told::No, |_| Told::Yes)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |channel: &Channel| Line {
            account: channel.key.account.to_string(),
            messenger: channel.messenger(),
            address: channel.plain_id.clone(),
            needs_start: channel.is_reply_only(),
        };
        self.channels.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        let view = |channel: &Channel| channel.view(stage, self.clients.get(&channel.client));
        self.channels.values().map(view).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change: Change = serde_json::from_value(change.clone()).map_err(|e| e.to_string())?;
        if change.transport.as_deref().is_some_and(|name| messenger_of(name).is_none()) {
            return Err("unknown transport".to_owned());
        }
        if !self.channels.contains_key(account) {
            let is_id = account.len() == 36 && account.split('-').count() == 5;
            if !is_id || self.channels.len() >= limits::ACCOUNTS_MAX {
                return Err("a channel's id is a UUID, and there is a limit".to_owned());
            }
            let made = WazzupAccount {
                id: account.to_owned(),
                key: change.key.clone().unwrap_or_else(|| WAZZUP_KEY.to_owned()),
                transport: change.transport.clone().unwrap_or_else(|| "whatsapp".to_owned()),
                plain_id: format!("7800556{:04}", self.channels.len()),
            };
            self.add(stage, &made);
        }
        let channel = self.channels.get_mut(account).ok_or("no such channel")?;
        if let Some(key) = &change.key {
            channel.client.clone_from(key);
            self.clients.entry(key.clone()).or_insert_with(|| Client::new(key));
        }
        let client = self.clients.get_mut(&channel.client).ok_or("no such client")?;
        let changed = client.change(&change)?;
        channel.change(stage, client, &change);
        for template in &changed {
            notice::template(stage, client, channel, template);
        }
        client.aim(stage, &self.channels);
        Ok(())
    }
}

/// The key of a channel, or of a client.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}

/// A UUID of the fourth kind.
fn uuid(stage: &mut Stage) -> String {
    let hex = stage.random.hex(32).to_ascii_lowercase();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
