//! `messages.send`.

use serde_json::{Value, json};

use super::{
    Answer, Desk, MESSENGER, callback,
    community::{CHATS_BEGIN, Media, Peer},
    keyboard,
    message::cmid,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction},
    content::{Kind, Quote},
    door::{Door, code_of},
};

const TEXT_CHARS_MAX: usize = 4_096;
const PEERS_MAX: usize = 100;
/// Not confirmed by documents; from practice.
const ATTACHMENTS_MAX: usize = 10;
const PAYLOAD_CHARS_MAX: usize = 1_000;

/// What is to be sent, to whomever.
struct Draft {
    text: String,
    media: Vec<Media>,
    kind: Kind,
    extra: Value,
    buttons: Vec<crate::content::Button>,
    random_id: i64,
}

/// What became of it.
struct Sent {
    message_id: i64,
    cmid: i64,
}

/// `messages.send`.
pub(super) fn send(desk: &mut Desk<'_>) -> Answer {
    let params = &desk.params;
    let several = params.ints("peer_ids")?;
    if several.len() > PEERS_MAX {
        return Err(Refusal::param("peer_ids has too many items"));
    }
    let single = match (params.int("peer_id")?, params.int("user_id")?, params.int("chat_id")?) {
        (Some(peer), ..) | (None, Some(peer), _) => Some(peer),
        (None, None, Some(chat)) => Some(CHATS_BEGIN.saturating_add(chat)),
        (None, None, None) => None,
    };
    if single.is_none() && several.is_empty() {
        return Err(Refusal::param("peer_id is undefined"));
    }
    let random_id = params.required("random_id")?;
    if i32::try_from(random_id).is_err() {
        return Err(Refusal::param("random_id not integer"));
    }
    let draft = draft(desk, random_id)?;
    if let Some(peer) = single {
        return one(desk, peer, &draft).map(|sent| json!(sent.message_id));
    }
    let answers = several.into_iter().map(|peer| match one(desk, peer, &draft) {
        Ok(sent) => json!({
            "peer_id": peer, "message_id": sent.message_id, "conversation_message_id": sent.cmid,
        }),
        Err(refusal) => {
            json!({ "peer_id": peer, "message_id": 0, "error": refusal.within() })
        }
    });
    Ok(Value::Array(answers.collect()))
}

fn draft(desk: &Desk<'_>, random_id: i64) -> Result<Draft, Refusal> {
    let params = &desk.params;
    let text = params.text("message").to_owned();
    let media = media(desk)?;
    let place = (params.text("lat").parse::<f64>(), params.text("long").parse::<f64>());
    let mut extra = json!({ "random_id": random_id });
    let mut kind = media.first().map_or(Kind::Text, |media| media.kind);
    if let (Ok(latitude), Ok(longitude)) = place {
        extra["latitude"] = json!(latitude);
        extra["longitude"] = json!(longitude);
        kind = Kind::Location;
    }
    if params.has("sticker_id") {
        kind = Kind::Sticker;
    }
    let has_more = params.has("template") || params.has("forward_messages");
    if text.is_empty() && kind == Kind::Text && !has_more && !params.has("forward") {
        return Err(Refusal::param("message is empty or invalid"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::new(914));
    }
    if params.text("payload").chars().count() > PAYLOAD_CHARS_MAX {
        return Err(Refusal::param("payload is too long"));
    }
    if params.has("keyboard") && !desk.community.bot_features {
        return Err(Refusal {
            code: 912,
            text: "This is a chat bot feature, change this status in \
             settings"
                .to_owned(),
        });
    }
    if params.has("payload") {
        extra["payload"] = json!(params.text("payload"));
    }
    let further = media.iter().skip(1).map(|media| json!(media.file));
    let further: Vec<Value> = further.collect();
    if !further.is_empty() {
        extra["files"] = json!(further);
    }
    let buttons = keyboard::buttons(params.text("keyboard"))?;
    Ok(Draft { text, media, kind, extra, buttons, random_id })
}

/// The saved files that `attachment` names; what is not the community's is refused.
fn media(desk: &Desk<'_>) -> Result<Vec<Media>, Refusal> {
    let names = desk.params.text("attachment").split(',').filter(|name| !name.is_empty());
    let mut media = Vec::new();
    for name in names {
        // `photo-1_2_key`: the key belongs to what was saved.
        let mut parts = name.trim().splitn(3, '_');
        let base = [parts.next().unwrap_or(""), parts.next().unwrap_or("")].join("_");
        let known = desk.community.media.get(&base);
        let known = known.ok_or_else(|| Refusal::param("attachment is invalid"))?;
        media.push(known.clone());
    }
    if media.len() > ATTACHMENTS_MAX {
        return Err(Refusal::param("too many attachments"));
    }
    Ok(media)
}

fn one(desk: &mut Desk<'_>, peer: i64, draft: &Draft) -> Result<Sent, Refusal> {
    let peer = desk.community.peer(desk.stage, peer)?;
    let door = Door::of(&peer.name);
    if door != Door::Ordinary {
        desk.door = door;
    }
    let known = format!("{}/{}", peer.id, draft.random_id);
    if let Some(&(message_id, cmid)) =
        desk.community.sent.get(&known).filter(|_| draft.random_id != 0)
    {
        return Ok(Sent { message_id, cmid });
    }
    let quote = quoted(desk, &peer)?;
    let sent = place(desk, &peer, draft, quote);
    if draft.random_id != 0 {
        desk.community.sent.insert(&known, (sent.message_id, sent.cmid));
    }
    Ok(sent)
}

/// `reply_to` names a message of the mailbox, `forward` with `is_reply` one of the peer.
fn quoted(desk: &Desk<'_>, peer: &Peer) -> Result<Option<Quote>, Refusal> {
    let invalid = |name: &str| Refusal::param(&format!("{name} is invalid"));
    let community = &desk.community;
    let id = if let Some(id) = desk.params.int("reply_to")? {
        community.mail.get(&id.to_string()).cloned().ok_or_else(|| invalid("reply_to"))?
    } else if desk.params.has("forward") {
        let forward: Value =
            serde_json::from_str(desk.params.text("forward")).map_err(|_| invalid("forward"))?;
        let is_reply = forward["is_reply"].as_i64() == Some(1) || forward["is_reply"] == true;
        let ids = forward["conversation_message_ids"].as_array();
        let Some([id]) = ids.filter(|_| is_reply).map(Vec::as_slice) else {
            return if is_reply { Err(invalid("forward")) } else { Ok(None) };
        };
        community.bubble_id(peer.id, id.as_i64().unwrap_or(0))
    } else {
        return Ok(None);
    };
    let found = desk.stage.bubbles.find(&id).filter(|b| b.phone == peer.name && !b.deleted);
    let bubble = found.ok_or_else(|| invalid("reply_to"))?;
    Ok(Some(Quote { id: bubble.id.clone(), text: bubble.text.clone() }))
}

fn place(desk: &mut Desk<'_>, peer: &Peer, draft: &Draft, quote: Option<Quote>) -> Sent {
    let sent = next(desk.stage, desk.community, peer);
    let id = desk.community.bubble_id(peer.id, sent.cmid);
    let mut bubble = Bubble::new(&desk.community.key, MESSENGER, Direction::In, &id);
    bubble.phone.clone_from(&peer.name);
    bubble.to.clone_from(&peer.name);
    bubble.group = peer.is_chat.then(|| peer.name.clone());
    bubble.from = format!("club{}", desk.community.key.account);
    bubble.kind = draft.kind;
    bubble.text.clone_from(&draft.text);
    bubble.file = draft.media.first().map(|media| media.file.clone());
    bubble.extra = draft.extra.clone();
    bubble.extra["message_id"] = json!(sent.message_id);
    bubble.buttons.clone_from(&draft.buttons);
    bubble.quote = quote;
    if sent.message_id != 0 {
        desk.community.mail.insert(&sent.message_id.to_string(), id);
    }
    let seq = match code_of(&peer.name) {
        Some("0200") => desk.stage.add_bubble(bubble),
        _ => desk.stage.send(bubble),
    };
    callback::reply(desk.stage, desk.community, seq);
    sent
}

fn next(
    stage: &mut crate::stage::Stage,
    community: &super::community::Community,
    peer: &Peer,
) -> Sent {
    let (message_id, cmid) = super::receive::numbers(stage, community, peer.id, peer.is_chat);
    Sent { message_id, cmid }
}

/// `messages.edit`.
pub(super) fn edit(desk: &mut Desk<'_>) -> Answer {
    /// Not confirmed by documents.
    const EDIT_MS_MAX: i64 = 24 * 3_600_000;
    let seq = target(desk)?;
    let bubble = desk.stage.bubbles.get(seq).ok_or_else(|| Refusal::new(100))?;
    if bubble.direction != Direction::In {
        return Err(Refusal::new(15));
    }
    if desk.stage.clock.now_ms() - bubble.at.queued > EDIT_MS_MAX {
        return Err(Refusal::new(909));
    }
    let text = desk.params.text("message").to_owned();
    if text.is_empty() && bubble.file.is_none() {
        return Err(Refusal::param("message is empty or invalid"));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::new(914));
    }
    let buttons = keyboard::buttons(desk.params.text("keyboard"))?;
    desk.stage.edit(seq, &text);
    if let Some(bubble) = desk.stage.bubbles.get_mut(seq).filter(|_| desk.params.has("keyboard")) {
        bubble.buttons = buttons;
    }
    callback::edited(desk.stage, desk.community, seq);
    Ok(json!(1))
}

/// The message that `message_id`, or `peer_id` and `cmid`, names.
fn target(desk: &Desk<'_>) -> Result<u64, Refusal> {
    let params = &desk.params;
    let id = match (params.int("message_id")?, params.int("cmid")?) {
        (Some(id), _) => desk.community.mail.get(&id.to_string()).cloned(),
        (None, Some(cmid)) => Some(desk.community.bubble_id(params.required("peer_id")?, cmid)),
        (None, None) => match params.int("conversation_message_id")? {
            Some(cmid) => Some(desk.community.bubble_id(params.required("peer_id")?, cmid)),
            None => return Err(Refusal::param("message_id is undefined")),
        },
    };
    let found = id.and_then(|id| desk.stage.bubbles.find(&id)).filter(|bubble| !bubble.deleted);
    found.map(|bubble| bubble.seq).ok_or_else(|| Refusal::param("message_id is invalid"))
}

/// `messages.delete`.
pub(super) fn delete(desk: &mut Desk<'_>) -> Answer {
    let peer = desk.params.int("peer_id")?.unwrap_or(0);
    let mut result = serde_json::Map::new();
    let by_cmid = desk.params.ints("cmids")?;
    let by_id = desk.params.ints("message_ids")?;
    if by_cmid.is_empty() && by_id.is_empty() {
        return Err(Refusal::param("message_ids is undefined"));
    }
    let cmids = by_cmid.iter().map(|id| (*id, Some(desk.community.bubble_id(peer, *id))));
    let mail = by_id.iter().map(|id| (*id, desk.community.mail.get(&id.to_string()).cloned()));
    let named: Vec<(i64, Option<String>)> = cmids.chain(mail).collect();
    let is_for_all = desk.params.flag("delete_for_all");
    for (id, name) in named {
        let found = name.and_then(|name| desk.stage.bubbles.find(&name));
        let seq = found.filter(|bubble| !bubble.deleted && bubble.direction == Direction::In);
        let seq = seq.map(|bubble| bubble.seq);
        result.insert(id.to_string(), json!(i32::from(seq.is_some())));
        // Without the switch it is gone from the company's side only.
        if let Some(seq) = seq.filter(|_| is_for_all) {
            desk.stage.delete(seq);
        }
    }
    Ok(Value::Object(result))
}

/// `messages.getByConversationMessageId`.
pub(super) fn by_cmid(desk: &mut Desk<'_>) -> Answer {
    let peer = desk.params.required("peer_id")?;
    let ids = desk.params.ints("conversation_message_ids")?;
    if ids.is_empty() || ids.len() > 100 {
        return Err(Refusal::param("conversation_message_ids is undefined"));
    }
    let mut items = Vec::new();
    for id in ids {
        let name = desk.community.bubble_id(peer, id);
        let seq = desk.stage.bubbles.find(&name).filter(|b| cmid(b) == id).map(|b| b.seq);
        if let Some(seq) = seq {
            items.push(super::message::message(desk.stage, desk.community, seq));
        }
    }
    Ok(json!({ "count": items.len(), "items": items }))
}
