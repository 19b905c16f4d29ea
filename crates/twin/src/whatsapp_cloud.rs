//! WhatsApp Business Platform, Cloud API: numbers of a business account, behind the Graph API.
//!
//! Written from Meta's public documents (the OpenAPI file of Graph v23.0 and the pages of the
//! Cloud API, seen in 2026). What they leave open is decided here, some of it with a switch per
//! number (`PUT /twin/accounts/whatsapp_cloud/{phone number id}`, see [`number::Change`]):
//!
//! * a closed window shows in a `failed` status; `closed_window: "answer"` has it in the answer,
//!   `"ignored"` takes the window away;
//! * media that can't be fetched by their link fail later with 131053;
//! * an unknown id in `context` is 131009; one of another chat is left out;
//! * webhooks are posted again after 5 s, 10 s, 20 s … at most an hour, for seven days;
//! * `sha256` is Base64 in webhooks and hexadecimal in the answer about a file;
//! * the app's own callback is set at the control door, as in its dashboard, without a handshake.
//!
//! Order of checks: 190 token, 100/33 object, then the body, the life of the number, numbers with
//! a special meaning ([`magic`]), the rates (80 a second, pairs), the window.

mod content;
pub mod magic;
mod media;
mod notice;
pub mod number;
mod refusal;
mod registration;
mod send;
mod subscribe;
mod template;
mod waba;

use std::collections::BTreeMap;

use serde_json::Value;

use self::{
    notice::{Act, Pressed, PressedKind},
    number::{Change, Number},
    refusal::Refusal,
    waba::Waba,
};
use crate::{
    account::AccountKey,
    agenda::Deed,
    bubble::Status,
    config::WhatsappCloudAccount,
    limits,
    persona::{Claim, Line, Persona, Reply, Told},
    stage::Stage,
    webhook::{Order, Policy, Word},
    wire::{Target, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "whatsapp_cloud";
/// Its messenger.
pub const MESSENGER: &str = "whatsapp";
/// First pause after a webhook that was not taken; it doubles …
const RETRY_MS: i64 = 5_000;
/// … up to this.
const RETRY_MS_MAX: i64 = 3_600_000;
/// Each on its own: order is not promised. Only 200 counts.
const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 4,
    accepts: |answer| answer.status == 200,
    pause_ms: |attempt, _, _| (RETRY_MS << attempt.saturating_sub(1).min(20)).min(RETRY_MS_MAX),
    attempts_max: u32::MAX,
    keep_ms: 7 * 24 * 3_600_000,
    retry_header: None,
};

/// The persona: its numbers by id, and the business accounts they belong to.
#[derive(Debug)]
pub struct WhatsappCloud {
    numbers: BTreeMap<String, Number>,
    wabas: BTreeMap<String, Waba>,
}

/// What a number plans for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnDeed {
    Send(u64),
    Moderate(u64),
}

impl OwnDeed {
    fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::Send(seq) => seq * 2,
            Self::Moderate(id) => id * 2 + 1,
        })
    }

    fn of(own: u64) -> Self {
        if own.is_multiple_of(2) { Self::Send(own / 2) } else { Self::Moderate(own / 2) }
    }
}

/// One call at work: the number it is for, its business account, and everything else.
struct Desk<'a> {
    stage: &'a mut Stage,
    number: &'a mut Number,
    waba: &'a mut Waba,
    request: &'a WireRequest,
    target: &'a Target,
    is_again: bool,
}

type Answer = Result<WireResponse, Refusal>;

impl Desk<'_> {
    /// The body as a JSON object; none is an empty one.
    fn body(&self) -> Result<Value, Refusal> {
        if self.request.body.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        let body = serde_json::from_slice::<Value>(&self.request.body).ok();
        body.filter(Value::is_object)
            .ok_or_else(|| Refusal::parameter("The request body is not a JSON object."))
    }
}

/// `/v23.0/{object}/{edge}`, whatever the version.
struct Address {
    object: String,
    edge: String,
}

impl Address {
    fn parse(target: &Target) -> Option<Self> {
        let version = target.segments.first()?.strip_prefix('v')?;
        let (major, minor) = version.split_once('.')?;
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let object = target.segments.get(1)?;
        if !is_digits(major) || !is_digits(minor) || target.segments.len() > 3 {
            return None;
        }
        let edge = target.segments.get(2).cloned().unwrap_or_default();
        Some(Self { object: object.clone(), edge })
    }
}

impl WhatsappCloud {
    /// The persona with some numbers.
    pub fn new(stage: &mut Stage, accounts: &[WhatsappCloudAccount]) -> Self {
        let mut persona = Self { numbers: BTreeMap::new(), wabas: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, account);
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, account: &WhatsappCloudAccount) {
        let WhatsappCloudAccount { id, waba, phone, token, app_secret } = account;
        let number = Number::new(id, waba, phone, token, app_secret);
        stage.webhooks.open(number.key.clone(), POLICY);
        stage.webhooks.open(number.app_key(), POLICY);
        self.numbers.insert(id.clone(), number);
        self.wabas.entry(waba.clone()).or_insert_with(Waba::new);
    }

    /// The number that a call speaks of: by its own id, its business account's, or a file's.
    fn number_of(&self, stage: &Stage, object: &str) -> Option<String> {
        if self.numbers.contains_key(object) {
            return Some(object.to_owned());
        }
        let now = stage.clock.tick();
        let owns =
            |number: &&Number| number.waba == object || number.shelf.get(object, now).is_some();
        self.numbers.values().find(owns).map(|number| number.key.account.to_string())
    }

    fn run(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> Answer {
        let target = request.target();
        let is_file = target.segments.first().is_some_and(|first| first == media::PATH);
        let (object, edge) = match Address::parse(&target) {
            Some(address) => (address.object, address.edge),
            None if is_file => (target.get("mid").unwrap_or_default().to_owned(), String::new()),
            None => return Err(Refusal::no_object("")),
        };
        let token = token_of(request, &target);
        let is_known = self.numbers.values().any(|number| token == Some(number.token.as_str()));
        if !is_known {
            return Err(Refusal::new(190, ""));
        }
        let id = self.number_of(stage, &object).ok_or_else(|| Refusal::no_object(&object))?;
        let number = self.numbers.get_mut(&id).ok_or_else(|| Refusal::no_object(&object))?;
        if token != Some(number.token.as_str()) {
            return Err(Refusal::new(10, ""));
        }
        let waba = self.wabas.get_mut(&number.waba);
        let waba = waba.ok_or_else(|| Refusal::no_object(&object))?;
        let is_number = *number.key.account == *object;
        let is_waba = number.waba == object;
        let mut desk = Desk { stage, number, waba, request, target: &target, is_again };
        let desk = &mut desk;
        match (request.method.as_str(), edge.as_str()) {
            ("GET", "") if is_file => Ok(media::download(desk)),
            ("POST", "messages") if is_number => send::messages(desk),
            ("POST", "media") if is_number => media::upload(desk),
            ("POST", "") if is_number => subscribe::configure(desk),
            ("GET", "") if is_number => registration::number(desk),
            ("POST", step) if is_number => registration::step(desk, step),
            ("GET", "phone_numbers") if is_waba => registration::numbers(desk),
            ("GET", "subscribed_apps") if is_waba => subscribe::attached(desk),
            ("POST", "subscribed_apps") if is_waba => subscribe::attach(desk),
            ("DELETE", "subscribed_apps") if is_waba => subscribe::detach(desk),
            ("GET", "message_templates") if is_waba => template::list(desk),
            ("POST", "message_templates") if is_waba => template::create(desk),
            ("DELETE", "message_templates") if is_waba => template::delete(desk),
            ("GET", "") if !is_waba => media::resolve(desk, &object),
            ("DELETE", "") if !is_waba => media::delete(desk, &object),
            _ => Err(Refusal::no_object(&object)),
        }
    }

    fn both(&mut self, account: &str) -> Option<(&mut Number, &mut Waba)> {
        let number = self.numbers.get_mut(account)?;
        let waba = self.wabas.get_mut(&number.waba)?;
        Some((number, waba))
    }

    fn told(&mut self, stage: &mut Stage, seq: u64, act: &Act<'_>) -> Told {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        match account.and_then(|account| self.both(&account)) {
            Some((number, waba)) => notice::afterwards(stage, number, waba, seq, act),
            None => Told::No,
        }
    }

    fn write(
        &mut self,
        stage: &mut Stage,
        reply: &Reply,
        pressed: Option<&Pressed>,
    ) -> Result<String, String> {
        let (number, waba) = self.both(&reply.account).ok_or("no such number")?;
        let id = format!("wamid.HBgL{}", stage.random.hex(28));
        let bubble = stage.written(&number.key, MESSENGER, &id, &number.phone, reply)?;
        let seq = stage.add_bubble(bubble);
        number.hear(&reply.from, stage.clock.tick());
        stage.reach(seq, Status::Delivered, "");
        notice::incoming(stage, number, waba, seq, pressed);
        Ok(id)
    }
}

fn token_of<'a>(request: &'a WireRequest, target: &'a Target) -> Option<&'a str> {
    let header = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
    header.or_else(|| target.get("access_token"))
}

impl Persona for WhatsappCloud {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let target = request.target();
        if target.segments.first().is_some_and(|first| first == media::PATH) {
            return Some(Claim { account: None, method: "download".to_owned() });
        }
        let Address { object, edge } = Address::parse(&target)?;
        let account = self.numbers.contains_key(&object).then(|| object.clone());
        let waba = || self.numbers.values().find(|number| number.waba == object);
        let account = account.or_else(|| waba().map(|number| number.key.account.to_string()));
        Some(Claim { account, method: edge })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse {
        self.run(stage, request, is_again).unwrap_or_else(|refusal| refusal.answer())
    }

    fn refuse(&self, status: u16, _claim: &Claim, _: Option<u64>) -> WireResponse {
        Refusal::of_status(status).answer()
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let Some((number, waba)) = self.both(account) else { return };
        match OwnDeed::of(own) {
            OwnDeed::Send(seq) => send::hand_over(stage, number, waba, seq),
            OwnDeed::Moderate(id) => template::moderate(stage, number, waba, id),
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        if let Some((number, waba)) = account.and_then(|account| self.both(&account)) {
            notice::status(stage, number, waba, seq);
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        self.write(stage, reply, None)
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.told(stage, seq, &Act::Edited)
    }

    fn deleted(&mut self, stage: &mut Stage, seq: u64) -> Told {
        self.told(stage, seq, &Act::Deleted)
    }

    fn reacted(&mut self, stage: &mut Stage, seq: u64, from: &str, _before: Option<&str>) -> Told {
        self.told(stage, seq, &Act::Reacted { from })
    }

    fn pressed(&mut self, stage: &mut Stage, seq: u64, from: &str, button: usize) -> Told {
        let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
        let Some(pressed) = bubble.buttons.get(button).cloned() else { return Told::No };
        let kind = if bubble.template.is_some() {
            PressedKind::Template
        } else if bubble.extra["interactive"] == "list" {
            PressedKind::Row
        } else {
            PressedKind::Button
        };
        let reply = Reply {
            account: bubble.key.account.to_string(),
            messenger: MESSENGER.to_owned(),
            from: from.to_owned(),
            group: bubble.group.clone(),
            text: pressed.text,
            quote: Some(bubble.id.clone()),
            ..Reply::default()
        };
        let pressed = Pressed { kind, id: pressed.data };
        self.write(stage, &reply, Some(&pressed)).map_or(Told::No, |_| Told::Yes)
    }

    fn heard(&mut self, _stage: &mut Stage, word: &Word) {
        if word.tag.is_some()
            && let Some(number) = self.numbers.get_mut(&*word.key.account)
            && let Some(pending) = &mut number.pending
        {
            subscribe::heard(pending, word.answer.as_ref());
        }
    }

    fn lines(&self) -> Vec<Line> {
        let line = |number: &Number| Line {
            account: number.key.account.to_string(),
            messenger: MESSENGER,
            address: number.phone.clone(),
            needs_start: false,
        };
        self.numbers.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        let view = |number: &Number| Some(number.view(stage, self.wabas.get(&number.waba)?));
        self.numbers.values().filter_map(view).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change: Change = serde_json::from_value(change.clone()).map_err(|e| e.to_string())?;
        if !self.numbers.contains_key(account) {
            let is_id = (5..=20).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.numbers.len() >= limits::ACCOUNTS_MAX {
                return Err("a number's id has 5 to 20 digits, and there is a limit".to_owned());
            }
            let made = WhatsappCloudAccount {
                id: account.to_owned(),
                waba: format!("2{account}"),
                phone: format!("780{account:0>8}"),
                token: crate::config::CLOUD_TOKEN.to_owned(),
                app_secret: crate::config::CLOUD_APP_SECRET.to_owned(),
            };
            self.add(stage, &made);
        }
        let (number, waba) = self.both(account).ok_or("no such number")?;
        number.change(stage, waba, change)
    }
}

/// The key of a number.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}
