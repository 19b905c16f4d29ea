//! Green-API: WhatsApp through "instances", each with an id and a token in the path.
//!
//! Written from the provider's public documents and SDKs (green-api.com/en/docs/api, seen in 2026).
//! What they leave open is decided here, with a switch per instance (`PUT /twin/instances/{id}`,
//! see [`instance::Change`]):
//!
//! * the `Authorization` header of webhooks is `Bearer <token>`; `basic` and `bare` exist too;
//! * errors are JSON objects with `statusCode` and `message`; `text` and `reason` exist too;
//! * changed settings apply at once unless `settings_delay_ms` is set;
//! * the state `yellowCard` holds the send queue until a reboot, `blocked` fails what is sent.
//!
//! Order of checks: 404 method, 403 instance, 401 token, 429 rate, 500 body too large, then the
//! state, then the body. Numbers with a special meaning are in [`magic`].

mod address;
pub mod chat;
pub mod instance;
mod journal;
pub mod magic;
mod notice;
mod outbound;
mod queues;
mod receive;
mod refusal;
mod send;
mod service;
mod settings;
mod upload;

use std::collections::BTreeMap;

use serde_json::Value;

use self::{
    address::{Address, METHODS, Method},
    instance::{Change, Instance, OwnDeed},
    refusal::Refusal,
};
use crate::{
    account::AccountKey,
    config::{GreenApiAccount, TOKEN},
    limits,
    persona::{Claim, Line, Persona, Reply, Told},
    stage::Stage,
    webhook::{Order, Policy},
    wire::{WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "green_api";
/// A JSON body above this is refused.
const JSON_BYTES_MAX: usize = 100 * 1024;
/// Only 200 counts; the same webhook again after a minute, for a day.
const POLICY: Policy = Policy {
    order: Order::Strict,
    at_once: 1,
    accepts: |answer| answer.status == 200,
    pause_ms: |_, _, _| 60_000,
    attempts_max: u32::MAX,
    keep_ms: 24 * 3_600_000,
    retry_header: None,
};

/// The persona: its instances by id.
#[derive(Debug)]
pub struct GreenApi {
    instances: BTreeMap<String, Instance>,
}

/// One call at work: the instance it is for, and everything else.
struct Desk<'a> {
    stage: &'a mut Stage,
    instance: &'a mut Instance,
    request: &'a WireRequest,
    address: &'a Address,
    is_again: bool,
}

type Answer = Result<WireResponse, Refusal>;

impl GreenApi {
    /// The persona with some instances.
    pub fn new(stage: &mut Stage, accounts: &[GreenApiAccount]) -> Self {
        let mut persona = Self { instances: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, &account.id, &account.token, &account.phone, account.messenger);
        }
        persona
    }

    fn add(
        &mut self,
        stage: &mut Stage,
        id: &str,
        token: &str,
        phone: &str,
        messenger: &'static str,
    ) {
        let instance = Instance::new(id, token, phone, messenger);
        stage.webhooks.open(instance.key.clone(), POLICY);
        self.instances.insert(id.to_owned(), instance);
    }

    fn notify(
        &self,
        stage: &mut Stage,
        seq: u64,
        notice: impl FnOnce(&mut Stage, &Instance, u64) -> Told,
    ) -> Told {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        let instance = account.and_then(|id| self.instances.get(&*id));
        instance.map_or(Told::No, |instance| notice(stage, instance, seq))
    }

    fn run(
        &mut self,
        stage: &mut Stage,
        request: &WireRequest,
        address: &Address,
        is_again: bool,
    ) -> (Answer, refusal::Form) {
        let plain = refusal::Form::Object;
        let Some(method) = METHODS.iter().find(|method| method.answers(request, address)) else {
            return (Err(Refusal::UnknownMethod), plain);
        };
        let Some(instance) = self.instances.get_mut(&address.instance) else {
            return (Err(Refusal::UnknownInstance), plain);
        };
        let form = instance.error_form;
        let mut desk = Desk { stage, instance, request, address, is_again };
        (desk.check(method).and_then(|()| (method.run)(&mut desk)), form)
    }
}

impl Desk<'_> {
    fn check(&mut self, method: &Method) -> Result<(), Refusal> {
        if self.address.token != self.instance.token {
            return Err(Refusal::BadToken);
        }
        if !self.is_again && !self.instance.admit(method, self.stage.clock.tick()) {
            return Err(Refusal::TooFast);
        }
        if !method.is_upload && self.request.body.len() > JSON_BYTES_MAX {
            return Err(Refusal::Server("request entity too large".to_owned()));
        }
        self.instance.check_life()
    }

    /// The body as a JSON object.
    fn body(&self) -> Result<Value, Refusal> {
        if self.request.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let text = String::from_utf8_lossy(&self.request.body);
        match serde_json::from_slice::<Value>(&self.request.body) {
            Ok(value @ Value::Object(_)) => Ok(value),
            Ok(_) => Err(Refusal::Bad("bad request data".to_owned())),
            Err(error) => {
                let position = error.column().saturating_sub(1);
                let token = text.lines().nth(error.line().saturating_sub(1));
                let token = token.and_then(|line| line.chars().nth(position)).unwrap_or(' ');
                Err(Refusal::Bad(format!(
                    "Unexpected token {token} in JSON at position {position}"
                )))
            }
        }
    }
}

impl Persona for GreenApi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let address = Address::parse(request)?;
        Some(Claim { account: Some(address.instance), method: address.method })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse {
        let Some(address) = Address::parse(request) else {
            return Refusal::UnknownMethod.answer("", refusal::Form::Object);
        };
        let (answer, form) = self.run(stage, request, &address, is_again);
        answer.unwrap_or_else(|refusal| refusal.answer(&address.method, form))
    }

    fn refuse(&self, status: u16, claim: &Claim, _: Option<u64>) -> WireResponse {
        let instance = claim.account.as_ref().and_then(|id| self.instances.get(id));
        let form = instance.map_or(refusal::Form::Object, |instance| instance.error_form);
        Refusal::of_status(status).answer(&claim.method, form)
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let Some(instance) = self.instances.get_mut(account) else { return };
        match OwnDeed::of(own) {
            OwnDeed::SendNext => outbound::send_next(stage, instance),
            OwnDeed::ApplySettings => settings::apply_planned(stage, instance),
            OwnDeed::Restarted => instance.restarted(stage),
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        if let Some(instance) = account.and_then(|id| self.instances.get_mut(&*id)) {
            notice::status(stage, instance, seq);
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        let Some(instance) = self.instances.get_mut(&reply.account) else {
            return Err("no such instance".to_owned());
        };
        receive::incoming(stage, instance, reply)
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.notify(stage, seq, notice::edited)
    }

    fn deleted(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.notify(stage, seq, notice::deleted)
    }

    fn reacted(&mut self, stage: &mut Stage, seq: u64, from: &str, _before: Option<&str>) -> Told {
        self.notify(stage, seq, |stage, instance, seq| notice::reaction(stage, instance, seq, from))
    }

    fn lines(&self) -> Vec<Line> {
        let line = |instance: &Instance| Line {
            account: instance.key.account.to_string(),
            messenger: instance.messenger,
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
            let is_id = (5..=12).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.instances.len() >= limits::ACCOUNTS_MAX {
                return Err("an instance's id has 5 to 12 digits, and there is a limit".to_owned());
            }
            // MAX instances have numbers of their own.
            let messenger = if account.starts_with("31") { chat::MAX } else { chat::WHATSAPP };
            self.add(stage, account, TOKEN, &format!("780{account:0>8}"), messenger);
        }
        let Some(instance) = self.instances.get_mut(account) else {
            return Err("no such instance".to_owned());
        };
        instance.change(stage, change)
    }
}

/// The key of an instance.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}
