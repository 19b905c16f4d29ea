//! Calls about messages that are there, about chats and about the bot itself.

use serde_json::{Value, json};

use super::{
    Answer, Desk, markup,
    message::{bot_user, bubble_id, chat_of, message},
    params::Params,
    refusal::Refusal,
    send,
};
use crate::{bubble::Direction, content::Kind, identity::Realm};

/// A message can be taken back for so long.
const DELETE_MS_MAX: i64 = 48 * 3_600_000;
const ANSWER_CHARS_MAX: usize = 200;
const DELETES_MAX: usize = 100;

/// `getMe`.
pub(super) fn me(desk: &mut Desk<'_>, _: &Params) -> Answer {
    let mut me = bot_user(desk.bot);
    for (name, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", !desk.bot.privacy),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
    ] {
        me[name] = json!(value);
    }
    Ok(me)
}

/// `getChat`.
pub(super) fn chat(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    Ok(chat_of(desk.stage, &chat.name, chat.is_group))
}

/// `getChatMember`.
pub(super) fn chat_member(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    let id = params.int("user_id").unwrap_or(0);
    if id == desk.bot.id() {
        return Ok(json!({ "user": bot_user(desk.bot), "status": "member" }));
    }
    let number = desk.stage.identities.find(Realm::TelegramUser, id).map(str::to_owned);
    let Some(number) = number else { return Err(Refusal::bad("member not found")) };
    let group = desk.stage.groups.get(&chat.name);
    let is_member = match group.filter(|_| chat.is_group) {
        Some(group) => group.members.contains(&number),
        None => chat.name == number,
    };
    let status = if is_member { "member" } else { "left" };
    Ok(json!({ "user": super::message::user(desk.stage, &number), "status": status }))
}

/// A message that a call names.
fn target(desk: &mut Desk<'_>, params: &Params, missing: &str) -> Result<u64, Refusal> {
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    let id = params.int("message_id").unwrap_or(0);
    let found = desk.stage.bubbles.find(&bubble_id(chat.id, id));
    let found = found.filter(|bubble| !bubble.deleted).map(|bubble| bubble.seq);
    found.ok_or_else(|| Refusal::bad(missing))
}

/// `editMessageText`, `editMessageCaption` and `editMessageReplyMarkup`.
pub(super) fn edit(desk: &mut Desk<'_>, params: &Params, field: &str) -> Answer {
    let text = match field {
        "text" => Some(send::checked_text(params)?),
        "caption" => Some(markup::plain_text(&params.text("caption"), &params.text("parse_mode"))?),
        _ => None,
    };
    let buttons = markup::buttons(&params.nested("reply_markup", "reply markup")?)?;
    let seq = target(desk, params, "message to edit not found")?;
    let Some(bubble) = desk.stage.bubbles.get(seq).cloned() else {
        return Err(Refusal::bad("message to edit not found"));
    };
    let is_ours = bubble.direction == Direction::In && bubble.key == desk.bot.key;
    if !is_ours {
        return Err(Refusal::bad("message can't be edited"));
    }
    if field == "text" && bubble.kind != Kind::Text {
        return Err(Refusal::bad("there is no text in the message to edit"));
    }
    if field == "caption" && !bubble.kind.has_file() {
        return Err(Refusal::bad("there is no caption in the message to edit"));
    }
    let text = text.unwrap_or_else(|| bubble.text.clone());
    send::check_length(bubble.kind, &text)?;
    if text == bubble.text && buttons == bubble.buttons {
        return Err(Refusal::bad(
            "message is not modified: specified new message content and reply markup are exactly \
             the same as a current content and reply markup of the message",
        ));
    }
    let name = bubble.phone.clone();
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    desk.bot.admit(&chat, 1, desk.stage.clock.tick())?;
    desk.door = crate::door::Door::of(&name);
    if text != bubble.text {
        desk.stage.edit(seq, &text);
    } else {
        desk.stage.touch();
    }
    let revision = desk.stage.touch();
    if let Some(bubble) = desk.stage.bubbles.get_mut(seq) {
        bubble.buttons = buttons;
        bubble.revision = revision;
    }
    Ok(message(desk.stage, desk.bot, seq))
}

/// `deleteMessage`.
pub(super) fn delete(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let seq = target(desk, params, "message to delete not found")?;
    if !may_delete(desk, seq) {
        return Err(Refusal::bad("message can't be deleted"));
    }
    desk.stage.delete(seq);
    Ok(json!(true))
}

fn may_delete(desk: &Desk<'_>, seq: u64) -> bool {
    let Some(bubble) = desk.stage.bubbles.get(seq) else { return false };
    let is_fresh = desk.stage.clock.now_ms() - bubble.at.queued < DELETE_MS_MAX;
    let is_ours = bubble.direction == Direction::In && bubble.key == desk.bot.key;
    is_fresh && (is_ours || bubble.group.is_none())
}

/// `deleteMessages`: what is not there is skipped.
pub(super) fn delete_many(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let chat = desk.bot.chat(desk.stage, &params.text("chat_id"))?;
    let ids = params.nested("message_ids", "message identifiers")?;
    let ids: Vec<i64> = ids.as_array().into_iter().flatten().filter_map(Value::as_i64).collect();
    if ids.is_empty() || ids.len() > DELETES_MAX {
        return Err(Refusal::bad("message identifiers are not specified"));
    }
    for id in ids {
        let found = desk.stage.bubbles.find(&bubble_id(chat.id, id)).map(|bubble| bubble.seq);
        if let Some(seq) = found.filter(|seq| may_delete(desk, *seq)) {
            desk.stage.delete(seq);
        }
    }
    Ok(json!(true))
}

/// `setMessageReaction`.
pub(super) fn react(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let seq = target(desk, params, "message to react not found")?;
    let reaction = params.nested("reaction", "reaction")?;
    let emoji = match reaction.as_array().map(Vec::as_slice) {
        None | Some([]) => "",
        Some([one]) if one["type"] == "emoji" => one["emoji"].as_str().unwrap_or(""),
        Some(_) => return Err(Refusal::bad("REACTION_INVALID")),
    };
    let who = desk.bot.key.account.to_string();
    desk.stage.react(seq, &who, emoji);
    Ok(json!(true))
}

/// `answerCallbackQuery`.
pub(super) fn answer_press(desk: &mut Desk<'_>, params: &Params) -> Answer {
    let (id, now) = (params.text("callback_query_id"), desk.stage.clock.tick());
    desk.bot.presses.retain(|(_, lapses)| *lapses > now);
    let place = desk.bot.presses.iter().position(|(known, _)| *known == id);
    let Some(place) = place else {
        return Err(Refusal::bad(
            "query is too old and response timeout expired or query ID is invalid",
        ));
    };
    if params.text("text").chars().count() > ANSWER_CHARS_MAX {
        return Err(Refusal::bad("MESSAGE_TOO_LONG"));
    }
    desk.bot.presses.remove(place);
    Ok(json!(true))
}
