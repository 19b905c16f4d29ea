//! VK: messages of communities, by `https://api.vk.com/method/<method>` (`api.vk.ru` is the same),
//! also without those hosts.
//!
//! Written from VK's JSON schema 5.199, its pages for developers and the open source of several
//! SDKs. Accounts are communities by their positive ids. Bubbles are named
//! `community:peer:cmid`. Upload addresses and the long poll server are the twin's own.
//!
//! What documents leave open is decided here:
//!
//! * a user who never wrote is refused with 901, as is one who denied messages;
//! * a repeated `random_id` to the same peer returns the earlier id, without limit of time;
//! * an event is tried seven times within an hour; then its server is `failed` until it is edited;
//! * the confirmation string stays the same until the control door changes it;
//! * a press can be answered for a minute, a message edited for a day;
//! * `execute` is not there.
//!
//! | Number | What happens to what is sent there |
//! | --- | --- |
//! | `79990000200` | accepted, never on the phone |
//! | `79990000400` | error 100 |
//! | `79990000402` | error 902 |
//! | `79990000403` | error 901 |
//! | `79990000404` | error 18 |
//! | `79990000408` | takes effect, and the answer comes after ten minutes |
//! | `79990000409` | error 9 |
//! | `79990000429` | error 6 |
//! | `79990000498` | the connection is cut, without effect |
//! | `79990000499` | the connection is cut, with effect |
//! | `79990000500` | error 10 |
//! | `79990000502` | HTTP 502, with effect |

mod callback;
pub mod community;
mod keyboard;
mod message;
mod params;
mod receive;
mod refusal;
mod send;
mod upload;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use self::{
    community::{Change, Community},
    params::Params,
    refusal::Refusal,
};
use crate::{
    bubble::{Direction, Status},
    config::{VK_CONFIRMATION, VkAccount},
    door::Door,
    identity::Realm,
    limits,
    persona::{Claim, Line, Persona, Reply, Start, Told},
    stage::Stage,
    webhook::Word,
    wire::{Cut, WireRequest, WireResponse},
};

/// The persona's name.
pub const NAME: &str = "vk";
/// Its messenger.
pub const MESSENGER: &str = "vk";
/// The official hosts.
pub const HOSTS: [&str; 2] = ["api.vk.com", "api.vk.ru"];

/// The persona: its communities by id.
#[derive(Debug)]
pub struct Vk {
    communities: BTreeMap<String, Community>,
}

/// One call at work.
struct Desk<'a> {
    stage: &'a mut Stage,
    community: &'a mut Community,
    params: Params,
    /// What becomes of the answer.
    door: Door,
}

type Answer = Result<Value, Refusal>;

/// What a path names.
enum Path {
    Method(String),
    Upload { account: String, kind: String, ticket: String },
    Poll(String),
    Unknown,
}

impl Path {
    /// Takes a path apart; `None` when it is not one of this provider's.
    fn parse(request: &WireRequest) -> Option<Self> {
        let target = request.target();
        let is_host = HOSTS.contains(&request.host.split(':').next().unwrap_or(""));
        match target.parts().as_slice() {
            ["method", method] => {
                let method = method.strip_suffix(".json").unwrap_or(method);
                Some(Self::Method(method.to_owned()))
            }
            [NAME, "upload", account, kind, ticket] => Some(Self::Upload {
                account: (*account).to_owned(),
                kind: (*kind).to_owned(),
                ticket: (*ticket).to_owned(),
            }),
            [NAME, "poll", account] => Some(Self::Poll((*account).to_owned())),
            _ => is_host.then_some(Self::Unknown),
        }
    }
}

impl Vk {
    /// The persona with some communities.
    pub fn new(_: &mut Stage, accounts: &[VkAccount]) -> Self {
        let communities = accounts.iter().take(limits::ACCOUNTS_MAX);
        let communities = communities.map(|account| (account.id.clone(), Community::new(account)));
        Self { communities: communities.collect() }
    }

    fn community_of(&mut self, token: &str) -> Option<&mut Community> {
        self.communities.values_mut().find(|community| community.token == token)
    }

    fn community_mut(&mut self, stage: &Stage, seq: u64) -> Option<&mut Community> {
        let bubble = stage.bubbles.get(seq)?;
        self.communities.get_mut(bubble.key.owner())
    }

    fn call(&mut self, stage: &mut Stage, method: &str, request: &WireRequest) -> WireResponse {
        let params = Params::read(request);
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Refusal::new(9999).answer(method, &params);
        }
        let Some(community) = self.community_of(params.text("access_token")) else {
            return Refusal::new(5).answer(method, &params);
        };
        let mut desk = Desk { stage, community, params, door: Door::Ordinary };
        if desk.is_cut_before() {
            return WireResponse::empty(502).cut(Cut::Before);
        }
        match desk.run(method) {
            Ok(result) => desk.door.dress(WireResponse::json(200, &json!({ "response": result }))),
            Err(refusal) => refusal.answer(method, &desk.params),
        }
    }
}

impl Desk<'_> {
    fn is_cut_before(&self) -> bool {
        let peer = self.params.int("peer_id").ok().flatten();
        let peer = peer.or_else(|| self.params.int("user_id").ok().flatten());
        let first = || self.params.ints("peer_ids").ok()?.first().copied();
        let peer = peer.or_else(first);
        let number = peer.and_then(|id| self.stage.identities.find(Realm::VkUser, id));
        number.is_some_and(|number| Door::of(number) == Door::CutBefore)
    }

    fn run(&mut self, method: &str) -> Answer {
        if !self.params.has("v") {
            return Err(Refusal::new(8));
        }
        self.community.admit(self.stage.clock.tick())?;
        match method {
            "messages.send" => send::send(self),
            "messages.edit" => send::edit(self),
            "messages.delete" => send::delete(self),
            "messages.getByConversationMessageId" => send::by_cmid(self),
            "messages.markAsRead" => self.mark_read(),
            "messages.setActivity" => self.activity(),
            "messages.isMessagesFromGroupAllowed" => self.is_allowed(),
            "messages.sendMessageEventAnswer" => self.answer_press(),
            "photos.getMessagesUploadServer" => upload::photo_server(self),
            "photos.saveMessagesPhoto" => upload::save_photo(self),
            "docs.getMessagesUploadServer" => upload::doc_server(self),
            "docs.save" => upload::save_doc(self),
            "groups.getById" => Ok(json!({ "groups": [self.group()], "profiles": [] })),
            "groups.getCallbackConfirmationCode" => callback::code(self),
            "groups.getCallbackServers" => callback::list(self),
            "groups.addCallbackServer" => callback::add_server(self),
            "groups.editCallbackServer" => callback::edit_server(self),
            "groups.deleteCallbackServer" => callback::delete_server(self),
            "groups.setCallbackSettings" => callback::settings(self),
            "groups.getLongPollServer" => callback::poll_server(self),
            "users.get" => self.users(),
            _ => Err(Refusal::new(3)),
        }
    }

    fn group(&self) -> Value {
        json!({
            "id": self.community.id(), "name": self.community.name, "type": "group",
            "screen_name": format!("club{}", self.community.id()), "is_closed": 0,
        })
    }

    /// `messages.markAsRead`.
    fn mark_read(&mut self) -> Answer {
        let peer = self.community.peer(self.stage, self.params.required("peer_id")?)?;
        let unread = self.stage.bubbles.of_phone(&peer.name).filter(|bubble| {
            bubble.direction == Direction::Out
                && bubble.status == Status::Delivered
                && bubble.key == self.community.key
        });
        let unread: Vec<u64> = unread.map(|bubble| bubble.seq).collect();
        for seq in unread {
            self.stage.reach(seq, Status::Read, "");
        }
        Ok(json!(1))
    }

    /// `messages.setActivity`.
    fn activity(&mut self) -> Answer {
        const TYPES: [&str; 5] = ["typing", "audiomessage", "photo", "video", "file"];
        if !TYPES.contains(&self.params.text("type")) {
            return Err(Refusal::param("type is undefined"));
        }
        let peer = self.params.int("peer_id")?.or(self.params.int("user_id")?);
        self.community.peer(self.stage, peer.unwrap_or(0))?;
        Ok(json!(1))
    }

    /// `messages.isMessagesFromGroupAllowed`.
    fn is_allowed(&mut self) -> Answer {
        if self.params.required("group_id")? != self.community.id() {
            return Err(Refusal::new(125));
        }
        let user = self.params.required("user_id")?;
        let number = self.stage.identities.find(Realm::VkUser, user);
        let contact = number.map(|number| self.stage.contacts.get(&self.community.key, number));
        let is_allowed = contact.is_some_and(crate::contact::Contact::is_open);
        Ok(json!({ "is_allowed": i32::from(is_allowed) }))
    }

    /// `messages.sendMessageEventAnswer`.
    fn answer_press(&mut self) -> Answer {
        let (user, peer) = (self.params.required("user_id")?, self.params.required("peer_id")?);
        let data = self.params.text("event_data");
        let is_json = data.is_empty() || serde_json::from_str::<Value>(data).is_ok();
        if !is_json || data.chars().count() > 1_000 {
            return Err(Refusal::param("event_data is invalid"));
        }
        let press = format!("{}/{user}/{peer}", self.params.text("event_id"));
        match self.community.presses.remove(&press) {
            None => Err(Refusal::param("event_id is invalid")),
            Some(lapses) if lapses <= self.stage.clock.tick() => Err(Refusal::new(950)),
            Some(_) => Ok(json!(1)),
        }
    }

    /// `users.get`: whom nobody knows is left out.
    fn users(&mut self) -> Answer {
        let mut users = Vec::new();
        for id in self.params.ints("user_ids")? {
            if let Some(number) = self.stage.identities.find(Realm::VkUser, id) {
                let name = self.stage.phones.get(number).name;
                let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
                users.push(json!({
                    "id": id, "first_name": first, "last_name": last, "is_closed": false,
                    "can_access_closed": true,
                }));
            }
        }
        Ok(Value::Array(users))
    }
}

impl Persona for Vk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn claim(&self, request: &WireRequest) -> Option<Claim> {
        Some(match Path::parse(request)? {
            Path::Method(method) => {
                let params = Params::read(request);
                let token = params.text("access_token");
                let found = self.communities.values().find(|community| community.token == token);
                let account = found.map(|community| community.key.account.to_string());
                Claim { account, method }
            }
            Path::Upload { account, .. } => {
                Claim { account: Some(account), method: "upload".to_owned() }
            }
            Path::Poll(account) => Claim { account: Some(account), method: "poll".to_owned() },
            Path::Unknown => Claim::default(),
        })
    }

    fn answer(&mut self, stage: &mut Stage, request: &WireRequest, _: bool) -> WireResponse {
        match Path::parse(request) {
            Some(Path::Method(method)) => self.call(stage, &method, request),
            Some(Path::Upload { account, kind, ticket }) => {
                match self.communities.get_mut(&account) {
                    Some(community) => upload::take(stage, community, request, &kind, &ticket),
                    None => refusal::outage(404),
                }
            }
            Some(Path::Poll(account)) => match self.communities.get(&account) {
                Some(community) => callback::poll(stage, community, request),
                None => refusal::outage(404),
            },
            Some(Path::Unknown) | None => refusal::outage(404),
        }
    }

    fn refuse(&self, status: u16, claim: &Claim, _: Option<u64>) -> WireResponse {
        if status > 500 {
            return refusal::outage(status);
        }
        Refusal::of_status(status).answer(&claim.method, &Params::default())
    }

    fn perform(&mut self, _: &mut Stage, _: &str, _: u64) {}

    fn changed(&mut self, stage: &mut Stage, seq: u64) {
        let Some(bubble) = stage.bubbles.get(seq).cloned() else { return };
        if bubble.status != Status::Read {
            return;
        }
        if let Some(community) = self.communities.get_mut(bubble.key.owner()) {
            callback::read(stage, community, &bubble);
        }
    }

    fn heard(&mut self, stage: &mut Stage, word: &Word) {
        if let Some(community) = self.communities.get_mut(word.key.owner()) {
            callback::heard(stage, community, word);
        }
    }

    fn started(&mut self, stage: &mut Stage, start: &Start) -> Told {
        let community = self.communities.get_mut(&start.account);
        community.map_or(Told::No, |community| receive::started(stage, community, start))
    }

    fn blocked(&mut self, stage: &mut Stage, account: &str, from: &str, is: bool) -> Told {
        let community = self.communities.get_mut(account);
        community.map_or(Told::No, |community| receive::membership(stage, community, from, is))
    }

    fn edited(&mut self, stage: &mut Stage, seq: u64) -> Told {
        let community = self.community_mut(stage, seq);
        community.map_or(Told::No, |community| callback::edited(stage, community, seq))
    }

    fn reacted(&mut self, stage: &mut Stage, seq: u64, from: &str, _: Option<&str>) -> Told {
        let community = self.community_mut(stage, seq);
        community.map_or(Told::No, |community| receive::reacted(stage, community, seq, from))
    }

    fn pressed(&mut self, stage: &mut Stage, seq: u64, from: &str, button: usize) -> Told {
        let community = self.community_mut(stage, seq);
        community
            .map_or(Told::No, |community| receive::pressed(stage, community, seq, from, button))
    }

    fn reply(&mut self, stage: &mut Stage, reply: &Reply) -> Result<String, String> {
        let community = self.communities.get_mut(&reply.account).ok_or("no such community")?;
        receive::incoming(stage, community, reply, &Value::Null)
    }

    fn lines(&self) -> Vec<Line> {
        let line = |community: &Community| Line {
            account: community.key.account.to_string(),
            messenger: MESSENGER,
            address: community.name.clone(),
            needs_start: true,
        };
        self.communities.values().map(line).collect()
    }

    fn accounts(&self, stage: &Stage) -> Vec<Value> {
        self.communities.values().map(|community| community.view(stage)).collect()
    }

    fn change(&mut self, stage: &mut Stage, account: &str, change: &Value) -> Result<(), String> {
        let change = Change::deserialize(change).map_err(|error| error.to_string())?;
        if !self.communities.contains_key(account) {
            let is_id = (1..=10).contains(&account.len())
                && account.bytes().all(|byte| byte.is_ascii_digit());
            if !is_id || self.communities.len() >= limits::ACCOUNTS_MAX {
                return Err("a community's id has up to 10 digits, and there is a limit".to_owned());
            }
            let made = VkAccount {
                id: account.to_owned(),
                token: format!("vk1.a.twin-community-{account}"),
                name: format!("Community {account}"),
                confirmation: VK_CONFIRMATION.to_owned(),
            };
            self.communities.insert(account.to_owned(), Community::new(&made));
        }
        let community = self.communities.get_mut(account).ok_or("no such community")?;
        let callback = change.callback.clone();
        community.change(change);
        if let Some(callback) = callback {
            let ids: Vec<u64> = community.servers.keys().copied().collect();
            for id in ids {
                callback::remove(stage, community, id);
            }
            if !callback.url.is_empty() {
                let server = callback::of_control(&callback.url, &callback.secret);
                callback::add(stage, community, server);
            }
        }
        Ok(())
    }
}
