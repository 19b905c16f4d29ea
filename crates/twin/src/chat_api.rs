//! chat-api.com and its relatives: WhatsApp through "instances", each with an id in the path and a
//! token in the query. The service was closed in 2023; its dialect lives on in other services.
//!
//! Written from what is public of it: SDKs generated from the vendor's `OpenAPI` file (v1.0.0), a
//! richer hand-written SDK, the vendor's own sample bots, and clients with their fixtures. An
//! instance speaks one of three dialects (`PUT /twin/accounts/chat_api/{id}`, see
//! [`instance::Change`]): `classic`; `one_msg` (1msg.io: official WhatsApp behind the same calls,
//! with the 24-hour window and templates); `ultramsg` (paths and webhooks of its own). What the
//! sources leave open is decided here:
//!
//! * the three forms of addresses are all served: `/instance{id}/{method}?token=`,
//!   `/{method}?instanceId=&token=`, and `/{channel}/{method}?token=` for 1msg;
//! * own messages are told as `messages` with `fromMe` and `self: 1`; `echo: false` ends that;
//! * a group can be written to after somebody has written in it, or after it was made by a call;
//! * nothing is ever told of a number that is not in WhatsApp: it is accepted, and no `ack` comes;
//! * a webhook is posted once, with `guaranteedHooks` up to 20 times, ten seconds apart;
//! * `sendDelay` is 0 until it is set; what waits is in the order of the calls;
//! * a change of the instance's state is told as `status` if `statusNotificationsOn`;
//! * the bodies of 1msg's templates, and the names of the fields of `UltraMsg`'s files.
//!
//! Order of checks: instance, token, method, payment, then the body. Numbers with a special
//! meaning are in [`magic`].

mod address;
mod dialog;
pub mod instance;
mod journal;
pub mod magic;
mod notice;
mod outbound;
mod refusal;
mod send;
mod service;
mod settings;
mod template;
mod ultramsg;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::{
    address::Address,
    instance::{Change, Instance, OwnDeed},
    refusal::Refusal,
};
use crate::{
    account::AccountKey,
    config::{CHAT_API_TOKEN, ChatApiAccount},
    form, limits,
    persona::{Claim, Line, Persona, Reply},
    stage::Stage,
    webhook::{Order, Policy},
    wire::{WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "chat_api";
/// Its messenger.
pub const MESSENGER: &str = "whatsapp";
/// Attempts with `guaranteedHooks`.
const GUARANTEED_ATTEMPTS: u32 = 20;
/// Once, unless `guaranteedHooks` is on. Only 200 counts.
const POLICY: Policy = Policy {
    order: Order::Strict,
    at_once: 1,
    accepts: |answer| answer.status == 200,
    pause_ms: |_, _, _| 10_000,
    attempts_max: 1,
    keep_ms: 24 * 3_600_000,
    retry_header: None,
};

/// The persona: its instances by id.
#[derive(Debug)]
pub struct ChatApi {
    instances: BTreeMap<String, Instance>,
}

/// One call at work: the instance it is for, and everything else.
struct Desk<'a> {
    stage: &'a mut Stage,
    instance: &'a mut Instance,
    address: &'a Address,
    /// The body's members, whatever form it came in.
    body: Value,
    /// A file that came as a part of a form: name, media type, bytes.
    upload: Option<(String, String, Vec<u8>)>,
}

type Answer = Result<WireResponse, Refusal>;

impl ChatApi {
    /// The persona with some instances.
    pub fn new(stage: &mut Stage, accounts: &[ChatApiAccount]) -> Self {
        let mut persona = Self { instances: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            let mut instance = Instance::new(&account.id, &account.token, &account.phone);
            instance.dialect = account.dialect;
            persona.add(stage, instance);
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, instance: Instance) {
        stage.webhooks.open(instance.key.clone(), POLICY);
        self.instances.insert(instance.key.account.to_string(), instance);
    }

    fn address(&self, request: &WireRequest) -> Option<Address> {
        Address::parse(request, |id| self.instances.contains_key(id))
    }

    fn run(&mut self, stage: &mut Stage, request: &WireRequest, address: &Address) -> Answer {
        let Some(instance) = self.instances.get_mut(&address.instance) else {
            return Err(Refusal::Error("Instance not found".to_owned()));
        };
        let (body, upload) = read(request);
        let in_body = body.get("token").and_then(Value::as_str);
        let token = address.target.get("token").or(in_body).unwrap_or("");
        if token != instance.token {
            let (token, instance) = (token.to_owned(), address.instance.clone());
            return Err(Refusal::Token { token, instance });
        }
        let method = address::method(instance.dialect, &request.method, &address.method);
        let method = method.ok_or(Refusal::UnknownMethod)?;
        if instance.state == instance::State::NotPaid && !method.is_free {
            let text = "Your instance is stopped due to non-payment. Please pay for it";
            return Err(Refusal::Error(text.to_owned()));
        }
        (method.run)(&mut Desk { stage, instance, address, body, upload })
    }
}

/// The members of a body: JSON, a web form, or a form with files.
fn read(request: &WireRequest) -> (Value, Option<(String, String, Vec<u8>)>) {
    let kind = request.header("content-type").unwrap_or("");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if let Some(boundary) = form::boundary_of(kind) {
        let mut members = Map::new();
        let mut upload = None;
        for part in form::parts_of(&request.body, &boundary) {
            match part.file_name {
                Some(name) => {
                    upload = Some((name, part.mime.unwrap_or_default(), part.bytes.to_vec()));
                }
                None => drop(members.insert(part.name, Value::String(text(part.bytes)))),
            }
        }
        return (Value::Object(members), upload);
    }
    if kind.starts_with("application/x-www-form-urlencoded") {
        let pairs = form::pairs(&text(&request.body)).into_iter();
        return (Value::Object(pairs.map(|(k, v)| (k, Value::String(v))).collect()), None);
    }
    let value = serde_json::from_slice(&request.body).ok().filter(Value::is_object);
    (value.unwrap_or_else(|| Value::Object(Map::new())), None)
}

impl Persona for ChatApi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let address = self.address(request)?;
        Some(Claim { account: Some(address.instance), method: address.method })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, _: bool) -> WireResponse {
        let Some(address) = self.address(request) else { return Refusal::UnknownMethod.answer() };
        self.run(stage, request, &address).unwrap_or_else(Refusal::answer)
    }

    fn refuse(&self, status: u16, _: &Claim, _: Option<u64>) -> WireResponse {
        Refusal::Status(status).answer()
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let Some(instance) = self.instances.get_mut(account) else { return };
        match OwnDeed::of(own) {
            OwnDeed::SendNext => outbound::send_next(stage, instance),
            OwnDeed::Connected => instance.connected(stage),
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        if let Some(instance) = account.and_then(|id| self.instances.get_mut(&*id)) {
            notice::ack(stage, instance, seq);
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        let instance = self.instances.get_mut(&reply.account).ok_or("no such instance")?;
        notice::incoming(stage, instance, reply)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |instance: &Instance| Line {
            account: instance.key.account.to_string(),
            messenger: MESSENGER,
            address: instance.phone.clone(),
            needs_start: false,
        };
        self.instances.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.instances.values().map(|instance| instance.view(stage)).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change = Change::parse(change)?;
        if !self.instances.contains_key(account) {
            let is_id = (1..=12).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.instances.len() >= limits::ACCOUNTS_MAX {
                return Err("an instance's id has 1 to 12 digits, and there is a limit".to_owned());
            }
            let phone = format!("781{account:0>8}");
            self.add(stage, Instance::new(account, CHAT_API_TOKEN, &phone));
        }
        let instance = self.instances.get_mut(account).ok_or("no such instance")?;
        instance.change(stage, change)
    }
}

/// The key of an instance.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}
