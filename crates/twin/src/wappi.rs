//! Wappi: profiles of WhatsApp, Telegram, MAX and VK, and cascades over them.
//!
//! Written from the vendor's documentation pages and from traffic and clients that others have
//! published. Paths begin with `/api` (WhatsApp), `/tapi` (Telegram), `/maxapi` (MAX), `/vkapi`
//! (VK: no document names it) and `/csender` (cascades), whatever the `Host` header says. The token
//! stands bare in `Authorization`; it covers all profiles with the same one.
//!
//! What the documents leave open is decided here, some of it with a switch (`PUT
//! /twin/accounts/wappi/{profile_id}`):
//!
//! * errors are `{"status":"error","detail"}` with 400, 402 unpaid, 401 in plain text;
//! * who has no account in the messenger is 400 `recipient not found`, at once;
//! * a profile that is logged out answers 400 `profile is not authorized`;
//! * a webhook that is not taken is not repeated; `auth` is its `Authorization` header, bare;
//! * webhooks come as documented, as captured, or bare (`envelope`), media with bytes and, if
//!   `links`, with an address;
//! * a cascade goes on when a stage refuses at once or has not delivered within 30 s, and its
//!   `task_id` is that of the webhooks of its stages.
//!
//! Special numbers: `79996000001` `undelivered`, `79996000002` `error`, `79996000003` `temporary
//! ban`, `79990000402` is answered 402, `79990000404` with `PEER_NOT_FOUND`, `79990000200` is never
//! spoken of, `79990000201` never delivered; `79990000408`, `…429`, `…498`, `…499`, `…500`, `…502`
//! meet a trouble on the wire, see [`crate::door::Door`].

mod cascade;
mod notice;
mod profile;
mod refusal;
mod send;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::{
    cascade::{Cascade, Job},
    profile::{Change, Profile, types_of},
    refusal::Refusal,
};
use crate::{
    account::AccountKey,
    agenda::Deed,
    bubble::Status,
    config::{WAPPI_CASCADE, WAPPI_TOKEN, WappiAccount},
    date::moscow,
    limits,
    persona::{Claim, Line, Persona, Reply, Told},
    phone::{MESSENGERS, number_of},
    stage::Stage,
    webhook::{Order, Policy},
    wire::{Target, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "wappi";
/// What paths begin with.
const PREFIXES: [&str; 5] = ["api", "tapi", "maxapi", "vkapi", "csender"];
/// In whose name cascades plan.
const CASCADES: &str = "cascades";
/// Repetitions are not promised: there are none.
const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 8,
    accepts: crate::HookAnswer::is_success,
    pause_ms: |_, _, _| 0,
    attempts_max: 1,
    keep_ms: 24 * 3_600_000,
    retry_header: None,
};

/// The persona.
#[derive(Debug)]
pub struct Wappi {
    profiles: BTreeMap<String, Profile>,
    cascades: BTreeMap<String, Cascade>,
    jobs: BTreeMap<u64, Job>,
    last_job: u64,
}

/// What is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnDeed {
    Send(u64),
    Task(u64),
    Job(u64),
}

impl OwnDeed {
    fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::Send(seq) => seq * 3,
            Self::Task(place) => place * 3 + 1,
            Self::Job(place) => place * 3 + 2,
        })
    }

    fn of(own: u64) -> Self {
        match own % 3 {
            0 => Self::Send(own / 3),
            1 => Self::Task(own / 3),
            _ => Self::Job(own / 3),
        }
    }
}

/// One call at work.
struct Desk<'a> {
    stage: &'a mut Stage,
    profile: &'a mut Profile,
    request: &'a WireRequest,
    target: &'a Target,
}

type Answer = Result<WireResponse, Refusal>;

impl Desk<'_> {
    fn body(&self) -> Result<Value, Refusal> {
        let body = serde_json::from_slice::<Value>(&self.request.body).ok();
        body.filter(Value::is_object).ok_or_else(|| Refusal::new("invalid request body"))
    }

    /// A success with what it has to say.
    fn done(&self, more: Value) -> WireResponse {
        let now = self.stage.clock.now_ms();
        let mut body = json!({ "status": "done", "timestamp": now.div_euclid(1_000),
            "time": moscow(now) });
        if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
            body.extend(more);
        }
        WireResponse::json(200, &body)
    }

    /// Whether the profile can send.
    fn check_ready(&self) -> Result<(), Refusal> {
        if !self.profile.is_paid {
            return Err(Refusal::of_status(402));
        }
        if !self.profile.is_authorized {
            return Err(Refusal::new("profile is not authorized"));
        }
        Ok(())
    }

    fn run(&mut self) -> Answer {
        let parts = self.target.parts();
        match (self.request.method.as_str(), parts.get(1..).unwrap_or_default()) {
            ("POST", ["sync", "message", path @ ..]) => send::message(self, true, path),
            ("POST", ["async", "message", path @ ..]) => send::message(self, false, path),
            ("GET", ["sync", "get", "status"]) => {
                Ok(WireResponse::json(200, &self.profile.state(self.stage)))
            }
            ("GET", ["sync", "qr", "get"] | ["sync", "auth", "qr"]) => self.qr(),
            ("GET", ["sync", "contact", "check"]) => self.contact(),
            ("GET", ["sync", "messages", "history"]) => send::history(self),
            ("GET", ["sync", "messages", "id", "get"]) => send::one(self),
            ("GET", ["sync", "message", "media", "download"]) => send::media(self),
            ("GET", ["task", "get"]) => send::task(self),
            ("GET", ["tasks", "get"]) => send::tasks(self, false),
            ("GET", ["profile", "queue", "get"]) => send::tasks(self, true),
            ("GET", ["profile", "queue", "purge"]) => send::purge(self),
            ("GET", ["profile", "restart"]) => Ok(self.done(json!({}))),
            ("GET", ["profile", "logout"]) => {
                self.profile.is_authorized = false;
                let (kind, reason) = ("authorization_status", "logout from api");
                notice::state(self.stage, self.profile, kind, false, reason);
                Ok(self.done(json!({})))
            }
            ("POST", ["webhook", "url", "set"]) => self.set_webhook(),
            ("POST", ["webhook", "url", "delete"]) => {
                self.profile.webhook_url.clear();
                self.profile.aim(self.stage);
                Ok(self.done(json!({})))
            }
            ("GET", ["webhook", "url", "get"]) => {
                let url = &self.profile.webhook_url;
                Ok(self.done(json!({ "url": url, "installed": !url.is_empty() })))
            }
            ("POST", ["webhook", "types", "set"]) => self.set_types(),
            _ => Err(Refusal::of_status(404)),
        }
    }

    fn qr(&mut self) -> Answer {
        if self.profile.is_authorized {
            return Err(Refusal::new("profile is already authorized"));
        }
        let png = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==";
        Ok(self.done(json!({ "qrCode": png })))
    }

    fn contact(&mut self) -> Answer {
        self.check_ready()?;
        let number = self.target.get("phone").and_then(number_of);
        let number = number.ok_or_else(|| Refusal::new("phone is required"))?;
        let is_there = self.stage.phones.has(&number, self.profile.messenger);
        match self.profile.messenger {
            "whatsapp" => Ok(self.done(json!({ "on_whatsapp": is_there, "phone": number }))),
            "max" => {
                let chat = self.profile.person(self.stage, &number);
                Ok(self.done(json!({ "on_max": is_there, "chat_id": chat })))
            }
            _ => Err(Refusal::of_status(404)),
        }
    }

    fn set_webhook(&mut self) -> Answer {
        let url = self.target.get("url").unwrap_or_default();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Refusal::new("url is not valid"));
        }
        url.clone_into(&mut self.profile.webhook_url);
        self.profile.webhook_auth = self.target.get("auth").unwrap_or_default().to_owned();
        self.profile.aim(self.stage);
        Ok(self.done(json!({ "url": url })))
    }

    fn set_types(&mut self) -> Answer {
        let names: Vec<String> = serde_json::from_slice(&self.request.body)
            .map_err(|_| Refusal::new("invalid request body"))?;
        let types = types_of(names.iter().map(String::as_str));
        self.profile.types = types.ok_or_else(|| Refusal::new("unknown webhook type"))?;
        Ok(self.done(json!({})))
    }
}

impl Wappi {
    /// The persona with some profiles.
    pub fn new(stage: &mut Stage, accounts: &[WappiAccount]) -> Self {
        let (profiles, cascades) = (BTreeMap::new(), BTreeMap::new());
        let mut persona = Self { profiles, cascades, jobs: BTreeMap::new(), last_job: 0 };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, account);
        }
        let of = |messenger: &str| {
            let found = persona.profiles.values().find(|profile| profile.messenger == messenger);
            found.map(|profile| (profile.key.account.to_string(), profile.token.clone()))
        };
        let stages: Vec<(String, String)> =
            ["telegram", "whatsapp"].into_iter().filter_map(of).collect();
        if let Some((_, token)) = stages.first().cloned() {
            let order = stages.into_iter().map(|(id, _)| id).collect();
            let (id, name) = (WAPPI_CASCADE.to_owned(), "twin".to_owned());
            persona.cascades.insert(id.clone(), Cascade { id, token, name, order });
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, account: &WappiAccount) {
        let messenger = MESSENGERS.into_iter().find(|name| *name == account.messenger);
        let profile = Profile::new(account, messenger.unwrap_or("whatsapp"));
        stage.webhooks.open(profile.key.clone(), POLICY);
        self.profiles.insert(account.id.clone(), profile);
    }

    fn call(&mut self, stage: &mut Stage, request: &WireRequest) -> Answer {
        let target = request.target();
        let prefix = target.segments.first().map(String::as_str).unwrap_or_default();
        let token = request.header("authorization").unwrap_or_default();
        let mut own = self.profiles.values().filter(|profile| profile.token == token);
        if own.next().is_none() {
            return Err(Refusal::of_status(401));
        }
        if prefix == "csender" {
            return cascade::answer(self, stage, request, &target, token);
        }
        if target.parts().get(1..) == Some(&["profile", "all", "get"]) {
            let same = |profile: &&Profile| profile.token == token && profile.prefix() == prefix;
            let listed = self.profiles.values().filter(same);
            let listed: Vec<Value> = listed.map(|profile| profile.state(stage)).collect();
            return Ok(WireResponse::json(200, &json!({ "profiles": listed, "status": "done" })));
        }
        let id = target.get("profile_id").unwrap_or_default();
        let profile = self.profiles.get_mut(id).filter(|profile| profile.token == token);
        let profile = profile.ok_or_else(|| Refusal::new("profile not found"))?;
        if profile.prefix() != prefix {
            return Err(Refusal::new("Wrong platform"));
        }
        Desk { stage, profile, request, target: &target }.run()
    }

    fn of_bubble(&self, stage: &Stage, seq: u64) -> Option<&Profile> {
        self.profiles.get(stage.bubbles.get(seq)?.key.owner())
    }
}

impl Persona for Wappi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let target = request.target();
        let prefix = target.segments.first()?;
        if !PREFIXES.contains(&prefix.as_str()) {
            return None;
        }
        let account = target.get("profile_id").map(str::to_owned);
        let method = target.segments.get(1..).unwrap_or_default().join("/");
        Some(Claim { account, method })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, _: bool) -> WireResponse {
        self.call(stage, request).unwrap_or_else(|refusal| refusal.answer())
    }

    fn refuse(&self, status: u16, _: &Claim, _: Option<u64>) -> WireResponse {
        Refusal::of_status(status).answer()
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let deed = OwnDeed::of(own);
        if let OwnDeed::Job(place) = deed {
            return cascade::run(self, stage, place);
        }
        let Some(profile) = self.profiles.get_mut(account) else { return };
        match deed {
            OwnDeed::Send(seq) => send::hand_over(stage, profile, seq),
            OwnDeed::Task(place) => send::run(stage, profile, place),
            OwnDeed::Job(_) => {}
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        if let Some(profile) = self.of_bubble(stage, seq) {
            notice::status(stage, profile, seq);
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        let profile = self.profiles.get(&reply.account).ok_or("no such profile")?;
        let id = match profile.is_whatsapp() {
            true => format!("3A{}", stage.random.hex(18)),
            false => send::message_id(stage, profile),
        };
        let bubble = stage.written(&profile.key, profile.messenger, &id, &profile.phone, reply)?;
        let seq = stage.add_bubble(bubble);
        stage.reach(seq, Status::Delivered, "");
        notice::incoming(stage, profile, seq);
        Ok(id)
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        let profile = self.of_bubble(stage, seq);
        profile.map_or(Told::No, |profile| notice::incoming(stage, profile, seq))
    }

    fn deleted(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.edited(stage, seq)
    }

    fn reacted(&mut self, stage: &mut Stage, seq: u64, from: &str, _: Option<&str>) -> Told {
        let profile = self.of_bubble(stage, seq);
        profile.map_or(Told::No, |profile| notice::reacted(stage, profile, seq, from))
    }

    fn lines(&self) -> Vec<Line> {
        let line = |profile: &Profile| Line {
            account: profile.key.account.to_string(),
            messenger: profile.messenger,
            address: profile.phone.clone(),
            needs_start: profile.messenger == "vk",
        };
        self.profiles.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.profiles.values().map(|profile| profile.view(stage)).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change: Change = serde_json::from_value(change.clone()).map_err(|e| e.to_string())?;
        if !self.profiles.contains_key(account) {
            let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_id = account.len() == 13
                && account
                    .split_once('-')
                    .is_some_and(|(a, b)| a.len() == 8 && is_hex(a) && is_hex(b));
            let messenger = change.messenger.clone().unwrap_or_else(|| "whatsapp".to_owned());
            let is_known = MESSENGERS.contains(&messenger.as_str());
            if !is_id || !is_known || self.profiles.len() >= limits::ACCOUNTS_MAX {
                return Err(
                    "a profile's id is 8 digits, a dash and 4 more; there is a limit".into()
                );
            }
            let made = WappiAccount {
                id: account.to_owned(),
                token: change.token.clone().unwrap_or_else(|| WAPPI_TOKEN.to_owned()),
                messenger,
                phone: format!("7800557{:04}", self.profiles.len()),
            };
            self.add(stage, &made);
        }
        let profile = self.profiles.get_mut(account).ok_or("no such profile")?;
        profile.change(stage, change)
    }
}

/// The key of a profile.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}
