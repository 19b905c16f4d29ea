//! Twilio Programmable Messaging for WhatsApp: accounts with one sender each, live or sandbox.
//!
//! Written from Twilio's public documents (its OpenAPI files, helper libraries and pages, seen in
//! 2026). What they leave open is decided here, some of it with a switch per account (`PUT
//! /twin/accounts/twilio/{AC…}`, see [`account::Change`]):
//!
//! * a closed window, a missing WhatsApp account and a customer who has not joined show in a status
//!   callback, as `failed` (`failure: "undelivered"` calls it so);
//! * a message with neither text nor media is 21602;
//! * documents and audio lose their `Body`: no caption is shown under them;
//! * a webhook is repeated once, and only if no answer came; `rc` and `rp` after `#` are not obeyed,
//!   but the fragment is neither sent nor signed;
//! * reactions, edits and deletions are not told; TwiML in an answer is not acted upon;
//! * files are fetched through a redirect to a storage that refuses Twilio's credentials.
//!
//! Order of checks: 20003 credentials, 20404 account, then To, From, content, lengths, media,
//! callbacks, and last numbers with a special meaning ([`magic`]).

pub mod account;
mod date;
mod journal;
pub mod magic;
mod notice;
mod refusal;
mod send;
mod sender;
mod template;

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde_json::Value;

use self::{
    account::{Account, Change, Note},
    notice::Pressed,
    refusal::Refusal,
};
use crate::{
    account::AccountKey,
    agenda::Deed,
    bubble::{Bubble, Direction, Status},
    config::{TWILIO_TOKEN, TwilioAccount},
    limits,
    persona::{Claim, Line, Persona, Reply, Told},
    stage::Stage,
    webhook::{Order, Policy},
    wire::{Target, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "twilio";
/// Its messenger.
pub const MESSENGER: &str = "whatsapp";
/// What was answered, however badly, is not sent again; what was not, once.
const POLICY: Policy = Policy {
    order: Order::Free,
    at_once: 8,
    accepts: |_| true,
    pause_ms: |_, _, _| 1_000,
    attempts_max: 2,
    keep_ms: 4 * 3_600_000,
    retry_header: None,
};

/// The persona: its accounts by SID.
#[derive(Debug)]
pub struct Twilio {
    accounts: BTreeMap<String, Account>,
}

/// What an account plans for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnDeed {
    Send(u64),
    Moderate(u64),
}

impl OwnDeed {
    fn deed(self) -> Deed {
        Deed::Own(match self {
            Self::Send(seq) => seq * 2,
            Self::Moderate(index) => index * 2 + 1,
        })
    }

    fn of(own: u64) -> Self {
        if own.is_multiple_of(2) { Self::Send(own / 2) } else { Self::Moderate(own / 2) }
    }
}

/// One call at work: the account it is for, and everything else.
struct Desk<'a> {
    stage: &'a mut Stage,
    account: &'a mut Account,
    request: &'a WireRequest,
    target: &'a Target,
}

type Answer = Result<WireResponse, Refusal>;

impl Twilio {
    /// The persona with some accounts.
    pub fn new(stage: &mut Stage, accounts: &[TwilioAccount]) -> Self {
        let mut persona = Self { accounts: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, account);
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, config: &TwilioAccount) {
        let account = Account::new(config);
        stage.webhooks.open(account.key.clone(), POLICY);
        self.accounts.insert(config.sid.clone(), account);
    }

    /// The account whose credentials these are.
    fn login(&self, request: &WireRequest) -> Option<String> {
        let header = request.header("authorization")?.strip_prefix("Basic ")?;
        let pair = BASE64.decode(header.trim().as_bytes()).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (sid, token) = pair.split_once(':')?;
        let account = self.accounts.get(sid)?;
        (account.token == token && !account.is_suspended).then(|| sid.to_owned())
    }

    fn run(&mut self, stage: &mut Stage, request: &WireRequest) -> Answer {
        let target = request.target();
        let parts = target.parts();
        if let [journal::STORAGE, sid, message, media] = parts[..] {
            let account = self.accounts.get_mut(sid).ok_or_else(|| Refusal::new(20_404))?;
            let mut desk = Desk { stage, account, request, target: &target };
            return journal::stored(&mut desk, message, media);
        }
        let login = self.login(request).ok_or_else(|| Refusal::new(20_003))?;
        let account = self.accounts.get_mut(&login).ok_or_else(|| Refusal::new(20_003))?;
        let mut desk = Desk { stage, account, request, target: &target };
        let method = request.method.as_str();
        match &parts[..] {
            ["2010-04-01", "Accounts", sid, rest @ ..] => {
                // The path keeps the account's SID; another's is not found.
                if sid.trim_end_matches(".json") != login {
                    return Err(Refusal::new(20_404));
                }
                messaging(&mut desk, method, rest)
            }
            ["v1", rest @ ..] => content(&mut desk, method, rest),
            ["v2", "Channels", "Senders"] if method == "GET" => sender::list(&mut desk),
            ["v2", "Channels", "Senders", sid] => sender::one(&mut desk, sid, method == "POST"),
            ["v2", "Indicators", "Typing.json"] if method == "POST" => sender::typing(&mut desk),
            _ => Err(Refusal::new(20_404)),
        }
    }

    fn incoming(
        &mut self,
        stage: &mut Stage,
        reply: &Reply,
        pressed: Option<&Pressed>,
    ) -> Result<String, String> {
        let account = self.accounts.get_mut(&reply.account).ok_or("no such account")?;
        let prefix = if reply.file.is_some() { "MM" } else { "SM" };
        let sid = format!("{prefix}{}", stage.random.hex(32).to_lowercase());
        let bubble = stage.written(&account.key, MESSENGER, &sid, &account.phone, reply)?;
        let seq = stage.add_bubble(bubble);
        let now = stage.clock.tick();
        if account.join_code.is_some() && is_for_sandbox(stage, account, reply) {
            return Ok(sid);
        }
        account.hear(&reply.from, now);
        stage.reach(seq, Status::Delivered, "");
        let media = reply.file.clone();
        let media = media.map(|f| (format!("ME{}", stage.random.hex(32).to_lowercase()), f));
        let (callback, doom, is_incoming) = (None, None, true);
        let note = Note { sid: sid.clone(), seq, callback, media, is_incoming, doom };
        account.note(note.clone());
        notice::incoming(stage, account, &note, pressed);
        Ok(sid)
    }
}

fn messaging(desk: &mut Desk<'_>, method: &str, rest: &[&str]) -> Answer {
    let plain = |part: &str| part.trim_end_matches(".json").to_owned();
    match (method, rest) {
        ("GET", []) => sender::account(desk),
        ("POST", ["Messages.json"]) => send::create(desk),
        ("GET", ["Messages.json"]) => journal::list(desk),
        ("GET", ["Messages", sid]) => journal::one(desk, &plain(sid)),
        ("POST", ["Messages", sid]) => journal::change(desk, &plain(sid)),
        ("DELETE", ["Messages", sid]) => journal::delete(desk, &plain(sid)),
        ("GET", ["Messages", sid, "Media.json"]) => journal::files(desk, sid),
        ("GET", ["Messages", sid, "Media", media]) => {
            journal::file(desk, sid, &plain(media), media.ends_with(".json"))
        }
        _ => Err(Refusal::new(20_404)),
    }
}

fn content(desk: &mut Desk<'_>, method: &str, rest: &[&str]) -> Answer {
    match (method, rest) {
        ("GET", ["Content"]) => template::list(desk, false),
        ("GET", ["ContentAndApprovals"]) => template::list(desk, true),
        ("POST", ["Content"]) => template::create(desk),
        ("GET", ["Content", sid]) => template::one(desk, sid),
        ("GET", ["Content", sid, "ApprovalRequests"]) => template::approval(desk, sid),
        ("POST", ["Content", sid, "ApprovalRequests", "whatsapp"]) => template::submit(desk, sid),
        _ => Err(Refusal::new(20_404)),
    }
}

/// Whether the sandbox keeps a word to itself: who joins or leaves is answered by it, and who does
/// not take part is told how to.
fn is_for_sandbox(stage: &mut Stage, account: &mut Account, reply: &Reply) -> bool {
    let now = stage.clock.tick();
    let code = account.join_code.clone().unwrap_or_default();
    let words = reply.text.trim().to_lowercase();
    let answer = if words == format!("join {code}") {
        account.join(&reply.from, now);
        account.hear(&reply.from, now);
        "You are all set! The sandbox can now send and receive messages from this number."
    } else if words == "stop" && account.takes_part(&reply.from, now) {
        account.participants.remove(&reply.from);
        "You have left the sandbox."
    } else if !account.takes_part(&reply.from, now) {
        "Your number is not connected to a sandbox. Reply with join <sandbox keyword>."
    } else {
        return false;
    };
    let sid = format!("SM{}", stage.random.hex(32).to_lowercase());
    let mut bubble = Bubble::new(&account.key, MESSENGER, Direction::In, &sid);
    bubble.phone.clone_from(&reply.from);
    bubble.from.clone_from(&account.phone);
    bubble.to.clone_from(&reply.from);
    answer.clone_into(&mut bubble.text);
    bubble.at.queued = stage.clock.now_ms();
    let seq = stage.add_bubble(bubble);
    stage.reach(seq, Status::Sent, "");
    stage.hand_over(seq);
    true
}

impl Persona for Twilio {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let target = request.target();
        let parts = target.parts();
        let (account, method) = match &parts[..] {
            ["2010-04-01", "Accounts", sid, rest @ ..] => {
                let method = rest.first().copied().unwrap_or("Account");
                (Some(sid.trim_end_matches(".json").to_owned()), method.to_owned())
            }
            [journal::STORAGE, sid, ..] => (Some((*sid).to_owned()), "Storage".to_owned()),
            ["v1", "Content" | "ContentAndApprovals", ..]
            | ["v2", "Channels" | "Indicators", ..] => (self.login(request), parts[1].to_owned()),
            _ => return None,
        };
        Some(Claim { account, method: method.trim_end_matches(".json").to_owned() })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, _again: bool) -> WireResponse {
        self.run(stage, request).unwrap_or_else(|refusal| refusal.answer())
    }

    fn refuse(&self, status: u16, _claim: &Claim, _: Option<u64>) -> WireResponse {
        Refusal::of_status(status).answer()
    }

    fn perform(&mut self, stage: &mut Stage, account: &str, own: u64) {
        let Some(account) = self.accounts.get_mut(account) else { return };
        match OwnDeed::of(own) {
            OwnDeed::Send(seq) => send::hand_over(stage, account, seq),
            OwnDeed::Moderate(index) => template::moderate(&mut account.templates, index),
        }
    }

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        let account = stage.bubbles.get(seq).map(|bubble| bubble.key.account.clone());
        if let Some(account) = account.and_then(|sid| self.accounts.get(&*sid)) {
            notice::status(stage, account, seq);
        }
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        if reply.group.is_some() {
            return Err("there are no groups here".to_owned());
        }
        self.incoming(stage, reply, None)
    }

    fn pressed(&mut self, stage: &mut Stage, seq: u64, from: &str, button: usize) -> Told {
        let Some(bubble) = stage.bubbles.get(seq) else { return Told::No };
        let Some(pressed) = bubble.buttons.get(button).cloned() else { return Told::No };
        let reply = Reply {
            account: bubble.key.account.to_string(),
            messenger: MESSENGER.to_owned(),
            from: from.to_owned(),
            text: pressed.text.clone(),
            quote: Some(bubble.id.clone()),
            ..Reply::default()
        };
        let pressed = Pressed { text: pressed.text, payload: pressed.data };
        self.incoming(stage, &reply, Some(&pressed)).map_or(Told::No, |_| Told::Yes)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |account: &Account| Line {
            account: account.key.account.to_string(),
            messenger: MESSENGER,
            address: account.phone.clone(),
            needs_start: false,
        };
        self.accounts.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.accounts.values().map(|account| account.view(stage)).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change: Change = serde_json::from_value(change.clone()).map_err(|e| e.to_string())?;
        if !self.accounts.contains_key(account) {
            let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            let digits = account.strip_prefix("AC").unwrap_or_default();
            let is_sid = digits.len() == 32 && digits.bytes().all(is_hex);
            if !is_sid || self.accounts.len() >= limits::ACCOUNTS_MAX {
                return Err(
                    "a SID is AC and 32 hexadecimal digits, and there is a limit".to_owned()
                );
            }
            let made = TwilioAccount {
                sid: account.to_owned(),
                token: TWILIO_TOKEN.to_owned(),
                phone: format!("7800555{:04}", self.accounts.len()),
                join_code: None,
            };
            self.add(stage, &made);
        }
        let account = self.accounts.get_mut(account).ok_or("no such account")?;
        account.change(stage, change)
    }
}

/// The key of an account.
fn key_of(id: &str) -> AccountKey {
    AccountKey::new(NAME, id)
}
