//! Dialogs and groups.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Answer, Desk, MESSENGER, notice,
    refusal::Refusal,
    send::{Chat, Draft, member, take},
};
use crate::{
    bubble::{Direction, Status},
    content::Kind,
    group::GroupChange,
    limits,
    wire::WireResponse,
};

/// `dialogs`, those of the last word first.
pub(super) fn all(desk: &mut Desk<'_>) -> Answer {
    let query = |name: &str| desk.address.target.get(name).and_then(|text| text.parse().ok());
    let (page, limit): (usize, usize) = (query("page").unwrap_or(0), query("limit").unwrap_or(100));
    let mut last = BTreeMap::new();
    for (place, entry) in desk.instance.journal.iter().enumerate() {
        if let Some(bubble) = desk.stage.bubbles.get(entry.seq) {
            last.insert(notice::chat_id(bubble), (place, bubble.at.queued.div_euclid(1_000)));
        }
    }
    let mut found: Vec<(usize, Value)> =
        last.into_iter().map(|(id, (place, time))| (place, dialog(desk, &id, time))).collect();
    found.sort_by_key(|(place, _)| std::cmp::Reverse(*place));
    let found = found.into_iter().map(|(_, dialog)| dialog);
    let found: Vec<Value> = found.skip(page.saturating_mul(limit)).take(limit).collect();
    Ok(WireResponse::json(200, &json!({ "dialogs": found })))
}

/// `dialog`.
pub(super) fn one(desk: &mut Desk<'_>) -> Answer {
    let id = desk.address.target.get("chatId").unwrap_or("");
    if Chat::of_id(id).is_none() {
        return Err(Refusal::Error("Chat not found".to_owned()));
    }
    Ok(WireResponse::json(200, &dialog(desk, id, 0)))
}

fn dialog(desk: &Desk<'_>, id: &str, time: i64) -> Value {
    let number = id.split('@').next().unwrap_or("");
    let group = desk.stage.groups.of(MESSENGER, number).filter(|_| id.ends_with("@g.us"));
    let name = match group {
        Some(group) => group.name.clone(),
        None => desk.stage.phones.get(number).name,
    };
    let people = group.map_or(&[][..], |group| &group.members);
    let people: Vec<String> = people.iter().map(|number| format!("{number}@c.us")).collect();
    json!({
        "id": id, "name": name, "image": "", "last_time": time,
        "metadata": {
            "isGroup": group.is_some(), "participants": people, "groupInviteLink": null,
        },
    })
}

/// `group`: a new one, with a first word if there is one.
pub(super) fn make_group(desk: &mut Desk<'_>) -> Answer {
    let refuse = |text: String| Err(Refusal::Error(text));
    let Some(name) = member(&desk.body, "groupName").map(str::to_owned) else {
        return refuse("groupName is required".to_owned());
    };
    let list = |name: &str| desk.body.get(name).and_then(Value::as_array).cloned();
    let people = list("phones").or_else(|| list("chatIds")).unwrap_or_default();
    let people = people.iter().take(limits::GROUP_MEMBERS_MAX).map(|person| match person {
        Value::String(text) => text.split('@').next().unwrap_or("").to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    });
    let change = GroupChange {
        messenger: Some(MESSENGER.to_owned()),
        name: Some(name),
        members: Some(people.collect()),
    };
    let id = format!("{}-{}", desk.instance.phone, desk.stage.clock.now_s());
    if let Err(text) = desk.stage.groups.change(&id, change) {
        return refuse(text);
    }
    desk.instance.groups.insert(id.clone());
    if let Some(text) = member(&desk.body, "messageText").map(str::to_owned) {
        let chat = Chat { number: id.clone(), is_group: true };
        take(desk, Draft::new("group", chat, Kind::Text, &text))?;
    }
    let answer = json!({
        "created": true, "message": "Group was created", "chatId": format!("{id}@g.us"),
        "groupInviteLink": null,
    });
    Ok(WireResponse::json(200, &answer))
}

/// `readChat`.
pub(super) fn read(desk: &mut Desk<'_>) -> Answer {
    let chat = match Chat::parse(&desk.body) {
        Ok(chat) => chat,
        Err(text) => {
            let answer = json!({ "read": false, "message": text, "chatId": null });
            return Ok(WireResponse::json(200, &answer));
        }
    };
    let unread = desk.stage.bubbles.of_phone(&chat.number).filter(|bubble| {
        bubble.direction == Direction::Out
            && bubble.status == Status::Delivered
            && bubble.key == desk.instance.key
    });
    let unread: Vec<u64> = unread.map(|bubble| bubble.seq).collect();
    for seq in unread {
        desk.stage.reach(seq, Status::Read, "");
    }
    let answer = json!({ "read": true, "message": "Chat was read", "chatId": chat.id() });
    Ok(WireResponse::json(200, &answer))
}

/// `typing` and `recording`: nobody sees them here.
pub(super) fn shown(desk: &mut Desk<'_>) -> Answer {
    Chat::parse(&desk.body).map_err(Refusal::Error)?;
    Ok(WireResponse::json(200, &json!({ "success": true, "result": "Done" })))
}
