//! The booking system: posts events to a hook until it is answered, and sometimes again. And the mail
//! server to which failures are told.

use crate::{
    clock::{pause, span},
    life::{Life, lock},
    script::EventScript,
    world::{Purpose, World},
};
use serde_json::json;
use std::sync::Arc;
use vestnik_app::{
    admin::WORKSPACE,
    hook::{
        Arriving, MANAGED_DOOR, arrive,
        managed::{HookForm, HookLink},
    },
    mail::{Letter, Post, PostError, Posting},
};
use vestnik_db::Tx;
use vestnik_hooks::{
    event::EventName,
    rule::{Edge, Rule, When},
};
use vestnik_model::id::{AccountId, HookId};
use vestnik_store::hook::{self, StoredHook};

/// The hook that all events come to.
const HOOK: HookId = HookId(1);
/// Whom failures are mailed to.
pub const OWNER: &str = "owner@example.com";
/// How long delivery is waited for, seconds.
const TTL_S: i64 = 600;
/// How long before its begin a booking is reminded of, seconds.
const REMIND_S: i64 = -60;

/// A mail that the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailed {
    /// The same for every try of one mail.
    pub id: String,
    /// Its subject and text.
    pub text: String,
}

/// Sets the hook up.
///
/// # Panics
/// If the store refuses: the settings are ours.
pub fn set_up(tx: &mut dyn Tx) {
    let rule = |name: &str, when, message: &str| Rule {
        name: name.to_owned(),
        when,
        participants: Vec::new(),
        participant_states: Vec::new(),
        case_states: Vec::new(),
        message: message.to_owned(),
        template: None,
        active: true,
    };
    let form = HookForm {
        v: 1,
        source: "json".to_owned(),
        mapping: vestnik_hooks::source::Mapping::default(),
        links: vec![HookLink { account: AccountId(1), ttl_s: Some(TTL_S) }],
        rules: vec![
            rule("told", When::Event(vec![EventName::CheckIn]), "event"),
            rule("reminded", When::Time { offset_s: REMIND_S, from: Edge::Start }, "reminder"),
        ],
        layout: None,
        // Words of its own: no two messages of a world hold the same.
        template: Some("{{ message }} {{ case.id }}".to_owned()),
        message: String::new(),
        error_email: Some(OWNER.to_owned()),
        recipient_field: None,
    };
    let stored = StoredHook {
        id: HOOK,
        workspace: WORKSPACE,
        key: "opaque".to_owned(),
        name: "clinic".to_owned(),
        is_active: true,
        settings: serde_json::to_string(&form).expect("its own types serialise"),
    };
    hook::add(tx, &stored).expect("an empty store takes it");
}

/// Posts one event until it is answered, as often as the script says.
pub async fn post(world: Arc<World>, event: usize) {
    let script = world.script.events[event].clone();
    pause(script.at_ms).await;
    for n in 0..script.posts.max(1) {
        if n > 0 {
            pause(world.roll(Purpose::Caller, |dice| dice.ms(1, 60_000))).await;
        }
        while !once(&world, event, &script).await {
            pause(world.roll(Purpose::Caller, |dice| dice.ms(200, 8_000))).await;
        }
    }
    lock(&world.witness).sources_done += 1;
}

/// One try. Whether it was answered.
async fn once(world: &Arc<World>, event: usize, script: &EventScript) -> bool {
    let _busy = world.busy();
    let Some(process) = world.process() else { return false };
    let arriving = Arriving {
        workspace: WORKSPACE,
        hook: Some(HOOK),
        door: MANAGED_DOOR,
        query: Vec::new(),
        body: body(world, event, script).into_bytes(),
        replay_of: None,
    };
    // Known callers give up after 800 ms.
    let arrived = tokio::time::timeout(span(800), arrive(&process.hub, arriving)).await;
    if process.life.is_dead() || !matches!(arrived, Ok(Ok(_))) {
        return false;
    }
    lock(&world.witness).events_answered.insert(event);
    world.count("event answered");
    !world.strikes(Purpose::Caller, world.script.weather.answer_lost, "answer to source lost")
}

fn body(world: &World, event: usize, script: &EventScript) -> String {
    let phone = match script.is_bad {
        true => "234234".to_owned(),
        false => world.script.phones[script.phone].number.to_string(),
    };
    let starts_at = script.starts_ms.map(|ms| (crate::clock::BEGIN.0 + ms) / 1_000);
    json!({
        "event": "CheckIn",
        "case": {
            "id": EventScript::number(event), "version": 1, "number": EventScript::number(event),
            "starts_at": starts_at,
        },
        "participants": [{ "id": format!("p{event}"), "phone": phone }],
    })
    .to_string()
}

/// A process's way to the mail server.
pub struct Postman {
    /// The world it is in.
    pub world: Arc<World>,
    /// Whose way.
    pub life: Arc<Life>,
}

impl Post for Postman {
    fn post<'a>(&'a self, letter: &'a Letter) -> Posting<'a> {
        Box::pin(async move {
            let world = &self.world;
            let _busy = world.busy();
            pause(world.roll(Purpose::Wire, |dice| dice.ms(1, 60))).await;
            if world.strikes(Purpose::Wire, world.script.weather.sink_500, "mail put off") {
                return Err(PostError::Later("451 try again".to_owned()));
            }
            if self.life.is_dead() {
                return std::future::pending().await;
            }
            let text = format!("{}\n{}", letter.subject, letter.text);
            lock(&world.witness).mails.push(Mailed { id: letter.message_id.clone(), text });
            world.count("mail taken");
            pause(world.roll(Purpose::Wire, |dice| dice.ms(1, 60))).await;
            if world.strikes(Purpose::Wire, world.script.weather.sink_cut, "mail answer lost") {
                return Err(PostError::Later("the connection broke".to_owned()));
            }
            Ok("250 ok".to_owned())
        })
    }
}
