//! Telegram: bots, by `https://api.telegram.org/bot<token>/<method>`, also without that host.
//!
//! Written from the Bot API's reference (10.1) and the open source of its server. Accounts are
//! bots; their ids are the part of the token before the colon. Bubbles are named `chat:message`.
//!
//! What documents leave open is decided here:
//!
//! * a user the twin has never spoken of is "chat not found"; one it has, who never started the
//!   bot, is "bot can't initiate conversation with a user";
//! * in a private chat five messages may come at once, then one a second;
//! * a webhook to this machine may have any scheme and port;
//! * of Markdown only what is needed to find errors is understood.
//!
//! | Number | What happens to what is sent there |
//! | --- | --- |
//! | `79990000200` | accepted, never on the phone |
//! | `79990000400` | 400 `chat not found` |
//! | `79990000403` | 403 `bot was blocked by the user` |
//! | `79990000404` | 403 `user is deactivated` |
//! | `79990000408` | takes effect, and the answer comes after ten minutes |
//! | `79990000429` | 429, `retry_after` 5 |
//! | `79990000498` | the connection is cut, without effect |
//! | `79990000499` | the connection is cut, with effect |
//! | `79990000500` | 500, without effect |
//! | `79990000502` | 502, with effect |

pub mod bot;
mod manage;
mod markup;
mod media;
mod message;
mod params;
mod receive;
mod refusal;
mod send;
mod updates;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use self::{bot::Bot, params::Params, refusal::Refusal};
use crate::{
    config::TelegramAccount,
    content::Kind,
    door::Door,
    limits,
    persona::{Claim, Line, Persona, Reply, Start, Told},
    stage::Stage,
    webhook::Word,
    wire::{Behaviour, Cut, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "telegram";
/// Its messenger.
pub const MESSENGER: &str = "telegram";
/// The official host.
pub const HOST: &str = "api.telegram.org";

/// The persona: its bots by id.
#[derive(Debug)]
pub struct Telegram {
    bots: BTreeMap<String, Bot>,
}

/// One call at work.
struct Desk<'a> {
    stage: &'a mut Stage,
    bot: &'a mut Bot,
    /// What becomes of the answer.
    door: Door,
    poll: Option<Behaviour>,
}

type Answer = Result<Value, Refusal>;

/// What a path names.
enum Path {
    Method { token: String, method: String },
    File { token: String, path: String },
    Unknown,
}

impl Path {
    /// Takes a path apart; `None` when it is not one of this provider's.
    fn parse(request: &WireRequest) -> Option<Self> {
        let segments = request.target().segments;
        let parts: Vec<&str> = segments.iter().map(String::as_str).collect();
        let token = |part: &str| {
            let token = part.strip_prefix("bot")?;
            token.starts_with(|c: char| c.is_ascii_digit()).then(|| token.to_owned())
        };
        let is_host = request.host.split(':').next() == Some(HOST);
        match parts.as_slice() {
            [bot, "test", method] | [bot, method] if token(bot).is_some() => {
                Some(Self::Method { token: token(bot)?, method: (*method).to_owned() })
            }
            ["file", bot, path @ ..] if token(bot).is_some() => {
                Some(Self::File { token: token(bot)?, path: path.join("/") })
            }
            [bot, ..] if token(bot).is_some() => Some(Self::Unknown),
            _ => is_host.then_some(Self::Unknown),
        }
    }
}

impl Telegram {
    /// The persona with some bots.
    pub fn new(stage: &mut Stage, accounts: &[TelegramAccount]) -> Self {
        let mut persona = Self { bots: BTreeMap::new() };
        for account in accounts.iter().take(limits::ACCOUNTS_MAX) {
            persona.add(stage, account);
        }
        persona
    }

    fn add(&mut self, stage: &mut Stage, account: &TelegramAccount) {
        let bot = Bot::new(account);
        stage.webhooks.open(bot.key.clone(), updates::POLICY);
        self.bots.insert(bot.key.account.to_string(), bot);
    }

    fn bot_of(&mut self, token: &str) -> Result<&mut Bot, Refusal> {
        let id = token.split(':').next().unwrap_or("");
        let bot = self.bots.get_mut(id).filter(|bot| bot.token == token);
        bot.ok_or_else(|| Refusal::new(401, "Unauthorized"))
    }

    fn bot_mut(&mut self, stage: &Stage, seq: u64) -> Option<&mut Bot> {
        let bubble = stage.bubbles.get(seq)?;
        self.bots.get_mut(bubble.key.owner())
    }

    fn call(
        &mut self,
        stage: &mut Stage,
        token: &str,
        method: &str,
        request: &WireRequest,
    ) -> Result<WireResponse, Refusal> {
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Refusal::new(405, "Method Not Allowed: unsupported HTTP method"));
        }
        let bot = self.bot_of(token)?;
        let params = Params::read(request)?;
        let mut desk = Desk { stage, bot, door: Door::Ordinary, poll: None };
        if desk.is_cut_before(&params) {
            return Ok(WireResponse::empty(502).cut(Cut::Before));
        }
        let (result, description) = desk.run(method, &params)?;
        let mut body = json!({ "ok": true, "result": result });
        if let Some(description) = description {
            body["description"] = json!(description);
        }
        let mut answer = desk.door.dress(WireResponse::json(200, &body));
        if let Some(poll) = desk.poll {
            answer.behaviour = poll;
        }
        Ok(answer)
    }

    /// Does what the answer to a webhook asks for; nobody hears how it went.
    fn call_of_answer(&mut self, stage: &mut Stage, account: &str, mut call: Map<String, Value>) {
        let method = call.remove("method").unwrap_or_default();
        let method = method.as_str().unwrap_or("").to_ascii_lowercase();
        let is_forbidden = method.starts_with("get")
            || ["setwebhook", "deletewebhook", "close", "logout"].contains(&method.as_str());
        if let Some(bot) = self.bots.get_mut(account).filter(|_| !is_forbidden) {
            let mut desk = Desk { stage, bot, door: Door::Ordinary, poll: None };
            let _ = desk.run(&method, &Params::of_object(call));
        }
    }
}

impl Desk<'_> {
    fn is_cut_before(&mut self, params: &Params) -> bool {
        let chat = self.bot.chat(self.stage, &params.text("chat_id"));
        chat.is_ok_and(|chat| Door::of(&chat.name) == Door::CutBefore)
    }

    /// Finds the method, in any case, and does it.
    fn run(
        &mut self,
        method: &str,
        params: &Params,
    ) -> Result<(Value, Option<&'static str>), Refusal> {
        let done = |text: &'static str| (json!(true), Some(text));
        let result = match method.to_ascii_lowercase().as_str() {
            "setwebhook" => return updates::set_webhook(self, params).map(done),
            "deletewebhook" => return updates::delete_webhook(self, params).map(done),
            "getwebhookinfo" => updates::webhook_info(self, params),
            "getupdates" => updates::get(self, params),
            "getme" => manage::me(self, params),
            "getchat" => manage::chat(self, params),
            "getchatmember" => manage::chat_member(self, params),
            "sendmessage" => send::text(self, params),
            "sendphoto" => send::file(self, params, "photo", Kind::Image),
            "senddocument" => send::file(self, params, "document", Kind::Document),
            "sendaudio" => send::file(self, params, "audio", Kind::Audio),
            "sendvoice" => send::file(self, params, "voice", Kind::Voice),
            "sendvideo" => send::file(self, params, "video", Kind::Video),
            "sendsticker" => send::file(self, params, "sticker", Kind::Sticker),
            "sendmediagroup" => send::album(self, params),
            "sendlocation" | "sendvenue" => send::location(self, params),
            "sendcontact" => send::contact(self, params),
            "sendpoll" => send::poll(self, params),
            "sendchataction" => send::action(self, params),
            "forwardmessage" => send::copy(self, params, true),
            "copymessage" => send::copy(self, params, false),
            "editmessagetext" => manage::edit(self, params, "text"),
            "editmessagecaption" => manage::edit(self, params, "caption"),
            "editmessagereplymarkup" => manage::edit(self, params, "reply_markup"),
            "deletemessage" => manage::delete(self, params),
            "deletemessages" => manage::delete_many(self, params),
            "setmessagereaction" => manage::react(self, params),
            "answercallbackquery" => manage::answer_press(self, params),
            "getfile" => media::get_file(self, params),
            "setmycommands" | "deletemycommands" | "close" | "logout" => Ok(json!(true)),
            _ => Err(Refusal::new(404, "Not Found: method not found")),
        };
        result.map(|value| (value, None))
    }
}

impl Persona for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let (token, method) = match Path::parse(request)? {
            Path::Method { token, method } => (token, method),
            Path::File { token, .. } => (token, "file".to_owned()),
            Path::Unknown => (String::new(), String::new()),
        };
        let account = token.split(':').next().filter(|id| !id.is_empty()).map(str::to_owned);
        Some(Claim { account, method })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, _: bool) -> WireResponse {
        let answer = match Path::parse(request) {
            Some(Path::Method { token, method }) => self.call(stage, &token, &method, request),
            Some(Path::File { token, path }) => self.bot_of(&token).and_then(|_| {
                media::download(stage, &path).ok_or_else(|| Refusal::new(404, "Not Found"))
            }),
            Some(Path::Unknown) | None => Err(Refusal::new(404, "Not Found")),
        };
        answer.unwrap_or_else(|refusal| refusal.answer())
    }

    fn refuse(&self, status: u16, _: &Claim, retry_after_s: Option<u64>) -> WireResponse {
        match retry_after_s.and_then(|seconds| i64::try_from(seconds).ok()) {
            Some(seconds) if status == 429 => Refusal::too_fast(seconds).answer(),
            _ => Refusal::of_status(status).answer(),
        }
    }

    fn perform(&mut self, _: &mut Stage, _: &str, _: u64) {}

    /// There are no receipts.
    fn changed(&mut self, _: &mut Stage, _: u64) {}

    fn heard(&mut self, stage: &mut Stage, word: &Word) {
        let account = word.key.owner().to_owned();
        let Some(bot) = self.bots.get_mut(&account) else { return };
        if let Some(call) = updates::heard(stage, bot, word) {
            self.call_of_answer(stage, &account, call);
        }
    }

    fn started(&mut self, stage: &mut Stage, start: &Start) -> Told {
        let bot = self.bots.get_mut(&start.account);
        bot.map_or(Told::No, |bot| receive::started(stage, bot, start))
    }

    fn blocked(&mut self, stage: &mut Stage, account: &str, from: &str, is: bool) -> Told {
        let bot = self.bots.get_mut(account);
        bot.map_or(Told::No, |bot| receive::membership(stage, bot, from, is))
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        let bot = self.bot_mut(stage, seq);
        bot.map_or(Told::No, |bot| receive::announce(stage, bot, seq, "edited_message"))
    }

    fn reacted(&mut self, stage: &mut Stage, seq: u64, from: &str, before: Option<&str>) -> Told {
        let bot = self.bot_mut(stage, seq);
        bot.map_or(Told::No, |bot| receive::reacted(stage, bot, seq, from, before))
    }

    fn pressed(&mut self, stage: &mut Stage, seq: u64, from: &str, button: usize) -> Told {
        let bot = self.bot_mut(stage, seq);
        bot.map_or(Told::No, |bot| receive::pressed(stage, bot, seq, from, button))
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        let bot = self.bots.get_mut(&reply.account).ok_or("no such bot")?;
        receive::incoming(stage, bot, reply)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |bot: &Bot| Line {
            account: bot.key.account.to_string(),
            messenger: MESSENGER,
            address: format!("@{}", bot.username),
            needs_start: true,
        };
        self.bots.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.bots.values().map(|bot| bot.view(stage)).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        if !self.bots.contains_key(account) {
            let is_id = (5..=12).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.bots.len() >= limits::ACCOUNTS_MAX {
                return Err("a bot's id has 5 to 12 digits, and there is a limit".to_owned());
            }
            self.add(
                stage,
                &TelegramAccount {
                    token: format!("{account}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"),
                    username: format!("demo_{account}_bot"),
                    name: format!("Demo {account}"),
                },
            );
        }
        self.bots.get_mut(account).ok_or("no such bot")?.change(change)
    }
}
