//! Updates, one in a webhook.

use super::message;
use crate::json;
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::{account::Account, time::Timestamp};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, Person, Quote},
    port::{Reception, Word},
    wire::Inbound,
};

/// Kinds of updates that are asked for.
pub(super) const WANTED: [&str; 8] = [
    "message_created",
    "message_callback",
    "message_edited",
    "message_removed",
    "bot_started",
    "bot_stopped",
    "bot_added",
    "bot_removed",
];
/// A time below this is in seconds.
const MILLIS_MIN: i64 = 1_000_000_000_000;

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    let secret = account.setting("webhook_secret").as_bytes();
    let given = inbound.header("x-max-bot-api-secret").unwrap_or_default();
    if secret.is_empty() || !bool::from(given.as_bytes().ct_eq(secret)) {
        return Reception::Forged;
    }
    let update: Value = match serde_json::from_slice(inbound.body) {
        Ok(update) => update,
        Err(error) => return Reception::Unreadable { detail: error.to_string() },
    };
    if !update["update_type"].is_string() {
        return Reception::Unreadable { detail: "update_type is missing".to_owned() };
    }
    match word(account, &update) {
        Ok(word) => Reception::Understood(vec![word]),
        Err(detail) => Reception::Unreadable { detail: detail.to_owned() },
    }
}

fn word(account: &Account, update: &Value) -> Result<Word, &'static str> {
    let at = time(&update["timestamp"]);
    match update["update_type"].as_str().unwrap_or_default() {
        "message_created" => message::word(account, &update["message"]),
        "message_edited" => message::edited(account, &update["message"], at),
        "message_callback" => pressed(update),
        "message_removed" => {
            let remote_id = json::text(&update["message_id"]).ok_or("message_id is missing")?;
            let chat = json::text(&update["chat_id"]).unwrap_or_default();
            Ok(Word::Deleted { chat, remote_id, at })
        }
        "bot_started" => {
            let person = person(&update["user"]).ok_or("the user is missing")?;
            let payload = json::text(&update["payload"]);
            Ok(Word::Started { chat: chat_id(update)?, person, payload, at })
        }
        "bot_stopped" => Ok(Word::Stopped { chat: chat_id(update)?, at }),
        "bot_added" => added(update, at),
        _ => Ok(Word::Nothing),
    }
}

fn chat_id(update: &Value) -> Result<String, &'static str> {
    json::text(&update["chat_id"]).ok_or("chat_id is missing")
}

/// Unix milliseconds; some fields have seconds.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let number = value.as_i64().filter(|number| *number > 0)?;
    let millis = if number < MILLIS_MIN { number.checked_mul(1_000)? } else { number };
    Some(Timestamp(millis))
}

/// A `User`.
pub(super) fn person(user: &Value) -> Option<Person> {
    let id = json::text(&user["user_id"])?;
    let name = json::full_name(user).or_else(|| json::text(&user["name"]));
    Some(Person { id, name, username: json::text(&user["username"]), phone: None })
}

/// Groups have negative ids; the type says it too.
pub(super) fn chat(id: String, kind: &Value) -> Chat {
    let is_group = id.starts_with('-') || kind.as_str().is_some_and(|kind| kind != "dialog");
    Chat { id, is_group, title: None }
}

/// From now on the group can be written to.
fn added(update: &Value, at: Option<Timestamp>) -> Result<Word, &'static str> {
    let id = chat_id(update)?;
    let author = person(&update["user"]).ok_or("the user is missing")?;
    let when = at.map_or(0, |at| at.0);
    Ok(Word::Message(Box::new(Incoming {
        remote_id: format!("bot_added:{when}"),
        chat: Chat { id, is_group: true, title: None },
        author,
        is_own: false,
        at,
        text: String::new(),
        files: Vec::new(),
        extra: Some(Extra::Other("bot_added".to_owned())),
        quote: None,
    })))
}

/// A button below one of our texts; the text may be gone meanwhile.
fn pressed(update: &Value) -> Result<Word, &'static str> {
    let callback = &update["callback"];
    let id = json::text(&callback["callback_id"]).ok_or("callback_id is missing")?;
    let author = person(&callback["user"]).ok_or("the user is missing")?;
    let below = &update["message"];
    let chat_id = json::text(&below["recipient"]["chat_id"]);
    // Without the message it is not told where; the press itself is lost then.
    let Some(chat_id) = chat_id else { return Ok(Word::Nothing) };
    let chat = chat(chat_id, &below["recipient"]["chat_type"]);
    let payload = json::text(&callback["payload"]).unwrap_or_default();
    let attachments = json::items(&below["body"]["attachments"]);
    let rows = attachments.iter().flat_map(|one| json::items(&one["payload"]["buttons"]));
    let mut buttons = rows.flat_map(json::items);
    let title = buttons.find(|button| button["payload"].as_str() == Some(&payload));
    let text = title.and_then(|button| json::text(&button["text"])).unwrap_or_default();
    let quote = json::text(&below["body"]["mid"]);
    Ok(Word::Message(Box::new(Incoming {
        remote_id: format!("callback:{id}"),
        chat,
        author,
        is_own: false,
        at: time(&callback["timestamp"]),
        text,
        files: Vec::new(),
        extra: Some(Extra::Pressed { payload }),
        quote: quote.map(|remote_id| Quote { remote_id, text: None }),
    })))
}
