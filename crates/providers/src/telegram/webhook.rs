//! Updates, one in a webhook.

use super::message;
use crate::json;
use serde_json::Value;
use subtle::ConstantTimeEq;
use vestnik_model::{account::Account, time::Timestamp};
use vestnik_provider::{
    incoming::{Chat, Extra, Incoming, Quote},
    port::{Reception, Word},
    wire::Inbound,
};

/// Kinds of updates that are asked for. By default reactions would not come.
pub(super) const WANTED: [&str; 5] =
    ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"];

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    let secret = account.setting("webhook_secret").as_bytes();
    let given = inbound.header("x-telegram-bot-api-secret-token").unwrap_or_default();
    if secret.is_empty() || !bool::from(given.as_bytes().ct_eq(secret)) {
        return Reception::Forged;
    }
    let update: Value = match serde_json::from_slice(inbound.body) {
        Ok(update) => update,
        Err(error) => return Reception::Unreadable { detail: error.to_string() },
    };
    if !update["update_id"].is_number() {
        return Reception::Unreadable { detail: "update_id is missing".to_owned() };
    }
    match word(&update) {
        Ok(word) => Reception::Understood(vec![word]),
        Err(detail) => Reception::Unreadable { detail: detail.to_owned() },
    }
}

fn word(update: &Value) -> Result<Word, &'static str> {
    let kind = WANTED.into_iter().find(|kind| update[*kind].is_object());
    let Some(kind) = kind else { return Ok(Word::Nothing) };
    let content = &update[kind];
    match kind {
        "message" => message::word(content),
        "edited_message" => message::edited(content),
        "callback_query" => pressed(content),
        "my_chat_member" => membership(content),
        _ => reaction(content),
    }
}

/// The chat's id and whether more than two are in it.
pub(super) fn chat(chat: &Value) -> Result<Chat, &'static str> {
    let id = chat["id"].as_i64().ok_or("the chat has no id")?.to_string();
    let is_group = chat["type"].as_str().is_some_and(|kind| kind != "private");
    Ok(Chat { id, is_group, title: json::text(&chat["title"]) })
}

/// Unix seconds; 0 stands for a message that is not shown.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let seconds = value.as_i64().filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1_000).map(Timestamp)
}

/// A button below one of our texts.
fn pressed(query: &Value) -> Result<Word, &'static str> {
    let id = json::text(&query["id"]).ok_or("the query has no id")?;
    let author = message::person(&query["from"]).ok_or("the query has no author")?;
    let Some(payload) = json::text(&query["data"]) else { return Ok(Word::Nothing) };
    let below = &query["message"];
    let chat = match chat(&below["chat"]) {
        Ok(chat) => chat,
        Err(_) => Chat { id: author.id.clone(), is_group: false, title: None },
    };
    let rows = json::items(&below["reply_markup"]["inline_keyboard"]);
    let mut buttons = rows.iter().flat_map(json::items);
    let title = buttons.find(|button| button["callback_data"].as_str() == Some(&payload));
    let text = title.and_then(|button| json::text(&button["text"])).unwrap_or_default();
    let quote = super::remote_id(below);
    let incoming = Incoming {
        remote_id: format!("callback:{id}"),
        chat,
        author,
        is_own: false,
        at: None,
        text,
        files: Vec::new(),
        extra: Some(Extra::Pressed { payload }),
        quote: quote.map(|remote_id| Quote { remote_id, text: None }),
    };
    Ok(Word::Message(Box::new(incoming)))
}

/// Our own standing in a chat: in a private one `kicked` is *blocked*. In a group a message tells
/// of who came, and a send of who went.
fn membership(change: &Value) -> Result<Word, &'static str> {
    let chat = chat(&change["chat"])?;
    let at = time(&change["date"]);
    let status = change["new_chat_member"]["status"].as_str().unwrap_or_default();
    if chat.is_group {
        return Ok(Word::Nothing);
    }
    match status {
        "kicked" => Ok(Word::Stopped { chat: chat.id, at }),
        "member" => {
            let person = message::person(&change["from"]).ok_or("the change has no author")?;
            Ok(Word::Started { chat: chat.id, person, payload: None, at })
        }
        _ => Ok(Word::Nothing),
    }
}

fn reaction(change: &Value) -> Result<Word, &'static str> {
    let remote_id = super::remote_id(change).ok_or("the reaction names no message")?;
    let chat = chat(&change["chat"])?.id;
    let last = json::items(&change["new_reaction"]).last();
    // A sign of one's own has an id, a paid one nothing but its kind.
    let emoji = last.and_then(|sign| json::text(&sign["emoji"]).or(json::text(&sign["type"])));
    Ok(Word::Reaction { chat, remote_id, emoji, at: time(&change["date"]) })
}
