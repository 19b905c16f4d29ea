//! MAX: bots, by `https://platform-api2.max.ru` (and its two older hosts), also without a host.
//!
//! Written from the vendor's OpenAPI description (0.0.32), its clients and their recorded payloads.
//! Accounts are bots by their user ids. Bubbles are named by `mid`. Uploads go to the vendor's
//! upload hosts when the call came by an official host, otherwise to the twin itself; the path is
//! the same.
//!
//! What documents leave open is decided here:
//!
//! * who never started the bot is 404 `dialog.not.found`, who stopped it 403 `chat.denied`;
//! * while there is a subscription, asking for updates is 405, and events are not kept for it;
//! * a subscription at this machine may have any scheme and port;
//! * events of one chat may overtake each other;
//! * pictures can be sent at once after the upload, other files after `processing_ms`.
//!
//! | Number | What happens to what is sent there |
//! | --- | --- |
//! | `79990000200` | accepted, never on the phone |
//! | `79990000400` | 400 `proto.payload` |
//! | `79990000403` | 403 `chat.denied`, as stopped |
//! | `79990000404` | 404 `dialog.not.found` |
//! | `79990000408` | takes effect, and the answer comes after ten minutes |
//! | `79990000429` | 429 |
//! | `79990000498` | the connection is cut, without effect |
//! | `79990000499` | the connection is cut, with effect |
//! | `79990000500` | 500, without effect |
//! | `79990000502` | 502, with effect |
//! | `79990000503` | 503, without effect |

pub mod bot;
mod keyboard;
mod markup;
mod message;
mod receive;
mod refusal;
mod send;
mod updates;
mod upload;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::{bot::Bot, refusal::Refusal};
use crate::{
    config::MaxAccount,
    door::Door,
    identity::Realm,
    limits,
    persona::{Claim, Line, Persona, Reply, Start, Told},
    stage::Stage,
    webhook::Word,
    wire::{Behaviour, Cut, Target, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "max";
/// Its messenger.
pub const MESSENGER: &str = "max";
/// The official hosts, the present one first.
pub const HOSTS: [&str; 3] = ["platform-api2.max.ru", "platform-api.max.ru", "botapi.max.ru"];
/// The hosts of uploads.
pub const UPLOAD_HOSTS: [&str; 3] = ["iu.oneme.ru", "vu.okcdn.ru", "fu.oneme.ru"];
/// What paths begin with.
const ROOTS: [&str; 8] =
    ["me", "messages", "answers", "uploads", "videos", "subscriptions", "updates", "chats"];

/// The persona: its bots by id.
#[derive(Debug)]
pub struct Max {
    bots: BTreeMap<String, Bot>,
}

/// One call at work.
struct Desk<'a> {
    stage: &'a mut Stage,
    bot: &'a mut Bot,
    request: &'a WireRequest,
    target: &'a Target,
    host: &'a str,
    /// What becomes of the answer.
    door: Door,
    poll: Option<Behaviour>,
}

type Answer = Result<Value, Refusal>;

impl Max {
    /// The persona with some bots.
    pub fn new(_: &mut Stage, accounts: &[MaxAccount]) -> Self {
        let bots = accounts.iter().take(limits::ACCOUNTS_MAX);
        Self { bots: bots.map(|account| (account.id.clone(), Bot::new(account))).collect() }
    }

    fn bot_mut(&mut self, stage: &Stage, seq: u64) -> Option<&mut Bot> {
        let bubble = stage.bubbles.get(seq)?;
        self.bots.get_mut(bubble.key.owner())
    }

    fn call(
        &mut self,
        stage: &mut Stage,
        request: &WireRequest,
        is_again: bool,
    ) -> Result<WireResponse, Refusal> {
        let target = request.target();
        // The bare token; with `Bearer` before it, or in the query, it is none.
        let token = request.header("authorization").unwrap_or("");
        let bot = self.bots.values_mut().find(|bot| bot.token == token);
        let bot = bot.ok_or_else(|| Refusal::of_status(401))?;
        if !is_again {
            bot.admit(stage.clock.tick())?;
        }
        let host = request.host.split(':').next().unwrap_or("");
        let (door, poll) = (Door::Ordinary, None);
        let mut desk = Desk { stage, bot, request, target: &target, host, door, poll };
        if desk.is_cut_before() {
            return Ok(WireResponse::empty(502).cut(Cut::Before));
        }
        let result = desk.run()?;
        let mut answer = desk.door.dress(WireResponse::json(200, &result));
        if let Some(poll) = desk.poll {
            answer.behaviour = poll;
        }
        Ok(answer)
    }
}

impl Desk<'_> {
    fn is_cut_before(&self) -> bool {
        let id = |name: &str| self.target.get(name).and_then(|id| id.parse().ok()).unwrap_or(0);
        let user = self.stage.identities.find(Realm::MaxUser, id("user_id"));
        let dialog = self.stage.identities.find(Realm::MaxDialog, id("chat_id"));
        let dialog = dialog.and_then(|name| name.split_once('/')).map(|(_, number)| number);
        let is_cut = |number: &str| Door::of(number) == Door::CutBefore;
        user.or(dialog).is_some_and(is_cut)
    }

    /// The body as a JSON object.
    fn body(&self) -> Result<Value, Refusal> {
        match serde_json::from_slice(&self.request.body) {
            Ok(body @ Value::Object(_)) => Ok(body),
            _ => Err(Refusal::payload("Can't deserialize body")),
        }
    }

    fn run(&mut self) -> Answer {
        let parts = self.target.parts();
        match (self.request.method.as_str(), parts.as_slice()) {
            ("GET", ["me"]) => Ok(message::bot_user(self.stage, self.bot)),
            ("POST", ["messages"]) => send::send(self),
            ("PUT", ["messages"]) => send::edit(self),
            ("DELETE", ["messages"]) => send::delete(self),
            ("GET", ["messages"]) => send::list(self),
            ("GET", ["messages", mid]) => send::one(self, mid),
            ("POST", ["answers"]) => send::answer_press(self),
            ("POST", ["uploads"]) => upload::begin(self),
            ("GET", ["videos", token]) => upload::video(self, token),
            ("GET", ["subscriptions"]) => updates::list(self),
            ("POST", ["subscriptions"]) => updates::subscribe(self),
            ("DELETE", ["subscriptions"]) => updates::unsubscribe(self),
            ("GET", ["updates"]) => updates::get(self),
            ("GET", ["chats", id]) => self.chat(id),
            ("POST", ["chats", id, "actions"]) => self.action(id),
            ("GET", ["chats", id, "members"]) => self.members(id),
            (_, ["me" | "messages" | "answers" | "uploads" | "subscriptions" | "updates"]) => {
                Err(Refusal::of_status(405))
            }
            _ => Err(Refusal::not_found("Unknown path")),
        }
    }

    fn chat_of(&mut self, id: &str) -> Result<bot::Chat, Refusal> {
        let id = id.parse().map_err(|_| Refusal::payload("Invalid chatId"))?;
        self.bot.chat(self.stage, id)
    }

    /// `GET /chats/{chatId}`.
    fn chat(&mut self, id: &str) -> Answer {
        let chat = self.chat_of(id)?;
        let group = self.stage.groups.get(&chat.name).filter(|_| chat.is_group);
        let title = group.map(|group| group.name.clone());
        let count = group.map_or(2, |group| group.members.len() + 1);
        let mut view = json!({
            "chat_id": chat.id, "type": if chat.is_group { "chat" } else { "dialog" },
            "status": "active", "title": title, "last_event_time": self.stage.clock.now_ms(),
            "participants_count": count, "is_public": false,
        });
        if !chat.is_group {
            view["dialog_with_user"] = message::user(self.stage, &chat.name);
        }
        Ok(view)
    }

    /// `POST /chats/{chatId}/actions`.
    fn action(&mut self, id: &str) -> Answer {
        const ACTIONS: [&str; 5] =
            ["typing_on", "sending_photo", "sending_video", "sending_audio", "sending_file"];
        self.chat_of(id)?;
        let body = self.body()?;
        match body["action"].as_str().is_some_and(|action| ACTIONS.contains(&action)) {
            true => Ok(json!({ "success": true })),
            false => Err(Refusal::payload("Unknown action")),
        }
    }

    /// `GET /chats/{chatId}/members`.
    fn members(&mut self, id: &str) -> Answer {
        let chat = self.chat_of(id)?;
        let group = self.stage.groups.get(&chat.name).filter(|_| chat.is_group);
        let numbers = group.map_or_else(|| vec![chat.name.clone()], |group| group.members.clone());
        let members: Vec<Value> =
            numbers.iter().map(|number| message::user(self.stage, number)).collect();
        Ok(json!({ "members": members, "marker": null }))
    }
}

impl Persona for Max {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        let target = request.target();
        let parts = target.parts();
        if let [NAME, "upload", account, _] = parts.as_slice() {
            let account = Some((*account).to_owned());
            return Some(Claim { account, method: "upload".to_owned() });
        }
        let host = request.host.split(':').next().unwrap_or("");
        let is_host = HOSTS.contains(&host) || UPLOAD_HOSTS.contains(&host);
        let root = parts.first().copied().unwrap_or("");
        if !is_host && !ROOTS.contains(&root) {
            return None;
        }
        let token = request.header("authorization").unwrap_or("");
        let bot = self.bots.values().find(|bot| bot.token == token);
        let account = bot.map(|bot| bot.key.account.to_string());
        Some(Claim { account, method: format!("{} /{root}", request.method) })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, is_again: bool) -> WireResponse {
        let target = request.target();
        if let [NAME, "upload", account, token] = target.parts().as_slice() {
            return match self.bots.get_mut(*account) {
                Some(bot) => upload::take(stage, bot, request, token),
                None => Refusal::not_found("Upload not found").answer(),
            };
        }
        self.call(stage, request, is_again).unwrap_or_else(|refusal| refusal.answer())
    }

    fn refuse(&self, status: u16, _: &Claim, _: Option<u64>) -> WireResponse {
        Refusal::of_status(status).answer()
    }

    fn perform(&mut self, _: &mut Stage, _: &str, _: u64) {}

    /// There are no receipts.
    fn changed(&mut self, _: &mut Stage, _: u64) {}

    fn heard(&mut self, stage: &mut Stage, word: &Word) {
        if let Some(bot) = self.bots.get_mut(word.key.owner()) {
            updates::heard(stage, bot, word);
        }
    }

    fn started(&mut self, stage: &mut Stage, start: &Start) -> Told {
        let bot = self.bots.get_mut(&start.account);
        bot.map_or(Told::No, |bot| receive::started(stage, bot, start))
    }

    fn blocked(&mut self, stage: &mut Stage, account: &str, from: &str, is: bool) -> Told {
        let bot = self.bots.get_mut(account).filter(|_| is);
        bot.map_or(Told::No, |bot| receive::stopped(stage, bot, from))
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        let bot = self.bot_mut(stage, seq);
        bot.map_or(Told::No, |bot| receive::announce(stage, bot, seq, "message_edited"))
    }

    fn deleted(&mut self, stage: &mut Stage, seq: u64) -> Told {
        let bot = self.bot_mut(stage, seq);
        bot.map_or(Told::No, |bot| receive::deleted(stage, bot, seq))
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
            address: bot.name.clone(),
            needs_start: true,
        };
        self.bots.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.bots.values().map(|bot| bot.view(stage)).collect()
    }

    fn change(&mut self, _: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        if !self.bots.contains_key(account) {
            let is_id = (5..=12).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.bots.len() >= limits::ACCOUNTS_MAX {
                return Err("a bot's id has 5 to 12 digits, and there is a limit".to_owned());
            }
            let made = MaxAccount {
                id: account.to_owned(),
                token: format!("twin-max-token-{account}"),
                username: format!("demo_{account}_bot"),
                name: format!("Demo {account}"),
            };
            self.bots.insert(account.to_owned(), Bot::new(&made));
        }
        self.bots.get_mut(account).ok_or("no such bot")?.change(change)
    }
}
