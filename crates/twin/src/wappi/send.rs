//! Sends: at once (`sync`) or through the profile's queue (`async`), and what is asked about them.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{
    Answer, Desk, OwnDeed,
    profile::{Profile, Sent, Task},
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::{File, Kind, Quote},
    date::moscow,
    door::{Door, code_of},
    limits,
    stage::Stage,
    wire::{Cut, WireResponse},
};

/// How long a message takes to the messenger.
const SEND_MS: i64 = 150;
/// The pause of an async send in seconds, unless the call says otherwise.
const PAUSE_S: (i64, i64) = (1, 3);
const HISTORY: usize = 200;

/// What a bubble will hold.
pub(super) struct Draft {
    /// A number, or a group.
    pub(super) name: String,
    pub(super) is_group: bool,
    pub(super) text: String,
    pub(super) file: Option<File>,
    pub(super) quote: Option<Quote>,
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

/// The kinds of sends by their paths after `message/`.
fn is_send(path: &[&str]) -> bool {
    matches!(
        path,
        ["send" | "reply"]
            | ["file", "url", "send"]
            | ["img" | "document" | "video" | "audio", "send"]
    )
}

/// `POST /…/sync|async/message/…`.
pub(super) fn message(desk: &mut Desk<'_>, is_sync: bool, path: &[&str]) -> Answer {
    if !is_send(path) {
        return if is_sync { change(desk, path) } else { Err(Refusal::of_status(404)) };
    }
    desk.check_ready()?;
    let body = desk.body()?;
    let command = path.join("/");
    let Desk { stage, profile, target, .. } = desk;
    if is_sync {
        let draft = draft(stage, profile, &command, &body)?;
        let door = check(&draft)?;
        if door == Door::CutBefore {
            return Ok(WireResponse::empty(502).cut(Cut::Before));
        }
        let task_id = task_id(stage, profile);
        let answer = accept(stage, profile, draft, &command, &body, &task_id);
        return Ok(door.dress(WireResponse::json(200, &answer)));
    }
    let seconds = |name: &str, or: i64| {
        target.get(name).and_then(|text| text.parse().ok()).unwrap_or(or).clamp(0, 3_600)
    };
    let from = seconds("timeout_from", PAUSE_S.0);
    let to = seconds("timeout_to", PAUSE_S.1).max(from);
    let spread = u64::try_from((to - from) * 1_000).unwrap_or(0);
    let pause = from * 1_000 + i64::try_from(stage.random.below(spread + 1)).unwrap_or(0);
    let id = task_id(stage, profile);
    let task = Task { id: id.clone(), command, body, response: None, is_purged: false };
    let place = profile.note(task);
    stage.plan(pause, &profile.key, OwnDeed::Task(place).deed());
    let now = stage.clock.now_ms();
    Ok(WireResponse::json(
        200,
        &json!({ "status": "done", "timestamp": now.div_euclid(1_000), "time": moscow(now),
            "detail": "Message sent to queue", "task_id": id }),
    ))
}

/// Does what waited in the queue.
pub(super) fn run(stage: &mut Stage, profile: &mut Profile, place: u64) {
    let found = profile.tasks.iter().find(|(number, _)| *number == place);
    let Some(task) = found.map(|(_, task)| task.clone()).filter(|task| !task.is_purged) else {
        return;
    };
    let drafted = draft(stage, profile, &task.command, &task.body);
    let response = match drafted.and_then(|draft| check(&draft).map(|_| draft)) {
        Ok(draft) => accept(stage, profile, draft, &task.command, &task.body, &task.id),
        Err(refusal) => refusal.answer().to_json(),
    };
    if let Some((_, task)) = profile.tasks.iter_mut().find(|(number, _)| *number == place) {
        task.response = Some(response);
    }
}

/// What a send meets before it is taken.
pub(super) fn check(draft: &Draft) -> Result<Door, Refusal> {
    if draft.is_group {
        return Ok(Door::Ordinary);
    }
    let door = Door::of(&draft.name);
    match (door, code_of(&draft.name)) {
        (Door::TooFast, _) => Err(Refusal::of_status(429)),
        (Door::ServerError, _) => Err(Refusal::of_status(500)),
        (_, Some("0402")) => Err(Refusal::of_status(402)),
        (_, Some("0404")) => Err(Refusal::new("PEER_NOT_FOUND")),
        _ => Ok(door),
    }
}

/// Reads a send, whatever its kind.
pub(super) fn draft(
    stage: &mut Stage,
    profile: &Profile,
    command: &str,
    body: &Value,
) -> Result<Draft, Refusal> {
    let mut quote = None;
    let (name, is_group) = if command == "reply" {
        let quoted = stage.bubbles.find(text(body, "message_id"));
        let quoted = quoted.filter(|bubble| bubble.key == profile.key);
        let quoted = quoted.ok_or_else(|| Refusal::new("message not found"))?;
        quote = Some(Quote { id: quoted.id.clone(), text: quoted.text.clone() });
        (quoted.phone.clone(), quoted.group.is_some())
    } else {
        let names = if profile.messenger == "max" {
            ["recipient", "chat_id", "user_id"].as_slice()
        } else {
            ["recipient"].as_slice()
        };
        let recipient = names.iter().map(|name| text(body, name)).find(|text| !text.is_empty());
        let recipient = recipient.ok_or_else(|| Refusal::new("recipient is required"))?;
        let found = profile.find(stage, recipient);
        found.ok_or_else(|| Refusal::new("recipient not found"))?
    };
    if !is_group && !stage.phones.has(&name, profile.messenger) {
        return Err(Refusal::new("recipient not found"));
    }
    let needs_start = profile.messenger == "vk" && !is_group;
    if needs_start && !stage.contacts.get(&profile.key, &name).is_open() {
        return Err(Refusal::new("peer not found"));
    }
    let (words, file) = content(stage, command, body)?;
    Ok(Draft { name, is_group, text: words, file, quote })
}

fn content(
    stage: &mut Stage,
    command: &str,
    body: &Value,
) -> Result<(String, Option<File>), Refusal> {
    let (words, url, name) = (text(body, "body"), text(body, "url"), text(body, "file_name"));
    let caption = text(body, "caption").to_owned();
    let stand_in = match command {
        "send" if words.is_empty() => return Err(Refusal::new("body is required")),
        "send" => return Ok((words.to_owned(), None)),
        "reply" if url.is_empty() && words.is_empty() => {
            return Err(Refusal::new("body is required"));
        }
        "reply" if url.is_empty() => return Ok((words.to_owned(), None)),
        "reply" => return Ok((words.to_owned(), Some(File::new(url, name, "")))),
        "file/url/send" => {
            // The twin downloads nothing; a host that cannot exist stands for a failed download.
            let is_url = url.starts_with("https://") || url.starts_with("http://");
            if !is_url || url.contains(".invalid/") {
                return Err(Refusal::new("failed to download file"));
            }
            // A file of the twin's own has the name it was put there with.
            let known = stage.file_at(url).map_or(String::new(), |upload| upload.name.clone());
            let name = if name.is_empty() { known.as_str() } else { name };
            return Ok((caption, Some(File::new(url, name, ""))));
        }
        "img/send" => "image.jpg",
        "video/send" => "video.mp4",
        "audio/send" => "audio.ogg",
        _ => "file",
    };
    let bytes = BASE64.decode(text(body, "b64_file").as_bytes());
    let bytes = bytes.ok().filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or_else(|| Refusal::new("b64_file is not valid"))?;
    let name = if name.is_empty() { stand_in } else { name };
    let url = stage.add_file(name, crate::content::mime_of(name), bytes);
    Ok((caption, Some(File::new(&url, name, ""))))
}

/// A message's id as the messenger makes it.
pub(super) fn message_id(stage: &mut Stage, profile: &Profile) -> String {
    if profile.is_whatsapp() {
        return format!("3EB0{}", stage.random.hex(18));
    }
    (100_000 + stage.serial("wappi/messages")).to_string()
}

/// A task's id: a UUID, or 32 digits.
pub(super) fn task_id(stage: &mut Stage, profile: &Profile) -> String {
    let hex = stage.random.hex(32).to_ascii_lowercase();
    if !profile.is_whatsapp() {
        return hex;
    }
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Takes a send and words the answer.
pub(super) fn accept(
    stage: &mut Stage,
    profile: &mut Profile,
    draft: Draft,
    command: &str,
    body: &Value,
    task_id: &str,
) -> Value {
    let id = message_id(stage, profile);
    let mut bubble = Bubble::new(&profile.key, profile.messenger, Direction::In, &id);
    if draft.is_group {
        bubble.group = Some(draft.name.clone());
        let group = stage.groups.get(&draft.name);
        bubble.audience = group.map(|group| group.members.clone()).unwrap_or_default();
    }
    let chat = match draft.is_group {
        true => profile.group(&draft.name),
        false => profile.person(stage, &draft.name),
    };
    let given = text(body, "recipient");
    let recipient = if given.is_empty() { chat } else { given.to_owned() };
    bubble.phone.clone_from(&draft.name);
    bubble.from.clone_from(&profile.phone);
    bubble.to = draft.name;
    bubble.kind = draft.file.as_ref().map_or(Kind::Text, |file| Kind::of_file(&file.name));
    bubble.text = draft.text;
    bubble.file = draft.file;
    bubble.quote = draft.quote;
    let now = stage.clock.now_ms();
    bubble.at.queued = now;
    let seq = stage.add_bubble(bubble);
    let message = match text(body, "body") {
        "" => text(body, "url"),
        words => words,
    };
    profile.journal.push_back(Sent {
        id: id.clone(),
        task_id: task_id.to_owned(),
        seq,
        recipient,
        message: message.to_owned(),
        caption: text(body, "caption").to_owned(),
        command: command.to_owned(),
        at_ms: now,
    });
    if profile.journal.len() > limits::JOURNAL_MAX {
        profile.journal.pop_front();
    }
    stage.plan(SEND_MS, &profile.key, OwnDeed::Send(seq).deed());
    json!({
        "status": "done", "timestamp": now.div_euclid(1_000), "time": moscow(now),
        "message_id": id, "task_id": task_id, "uuid": &*profile.key.account,
    })
}

/// Hands a message to the messenger, or says why not.
pub(super) fn hand_over(stage: &mut Stage, profile: &Profile, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    if bubble.status != Status::Queued || bubble.deleted {
        return;
    }
    let number = bubble.phone.clone();
    let is_person = bubble.group.is_none();
    let failed = match number.strip_prefix("7999600000").filter(|_| is_person) {
        Some("1") => Some("undelivered"),
        Some("2") => Some("error"),
        Some("3") => Some("temporary ban"),
        _ => None,
    };
    super::notice::outgoing(stage, profile, seq);
    if code_of(&number) == Some("0200") {
        return;
    }
    if let Some(word) = failed {
        stage.reach(seq, Status::Failed, word);
        return super::notice::status(stage, profile, seq);
    }
    stage.reach(seq, Status::Sent, "");
    super::notice::status(stage, profile, seq);
    if code_of(&number) != Some("0201") {
        stage.hand_over(seq);
    }
}

/// Edit, deletion, reaction, mark as read.
fn change(desk: &mut Desk<'_>, path: &[&str]) -> Answer {
    let body = desk.body()?;
    let found = desk.stage.bubbles.find(text(&body, "message_id"));
    let found = found.filter(|bubble| bubble.key == desk.profile.key && !bubble.deleted);
    let Some((seq, direction)) = found.map(|bubble| (bubble.seq, bubble.direction)) else {
        return Err(Refusal::new("message not found"));
    };
    match (path, direction) {
        (["edit"], Direction::In) => desk.stage.edit(seq, text(&body, "body")),
        (["delete"], Direction::In) => desk.stage.delete(seq),
        (["reaction"], _) => {
            desk.stage.react(seq, &desk.profile.phone, text(&body, "body"));
        }
        (["mark", "read"], Direction::Out) => {
            desk.stage.reach(seq, Status::Read, "");
        }
        _ => return Err(Refusal::of_status(404)),
    }
    Ok(desk.done(json!({})))
}

/// `GET /…/sync/messages/history`: sends by the API, newest first.
pub(super) fn history(desk: &mut Desk<'_>) -> Answer {
    let limit = desk.target.get("limit").and_then(|text| text.parse().ok()).unwrap_or(HISTORY);
    let stage = &*desk.stage;
    let line = |sent: &Sent| {
        let is_there = stage.bubbles.get(sent.seq).is_some_and(|bubble| bubble.shown);
        json!({
            "id": sent.id, "task_id": sent.task_id, "recipient": sent.recipient,
            "message": sent.message, "caption": sent.caption, "created_at": moscow(sent.at_ms),
            "task_name": sent.command, "delivered": if is_there { "delivered" } else { "success" },
        })
    };
    let listed: Vec<Value> =
        desk.profile.journal.iter().rev().take(limit.min(HISTORY)).map(line).collect();
    let count = desk.profile.journal.len();
    Ok(desk.done(json!({ "detail": listed, "all_messages_count": count })))
}

/// `GET /…/sync/messages/id/get`.
pub(super) fn one(desk: &mut Desk<'_>) -> Answer {
    let id = desk.target.get("message_id").unwrap_or_default().to_owned();
    let found = desk.stage.bubbles.find(&id);
    let found = found.filter(|bubble| bubble.key == desk.profile.key).cloned();
    let bubble = found.ok_or_else(|| Refusal::new("message not found"))?;
    let is_own = bubble.direction == Direction::In;
    let status = match bubble.status {
        Status::Delivered => "delivered",
        Status::Read => "read",
        Status::Queued | Status::Sent => "pending",
        Status::Failed | Status::NoAccount | Status::NotInGroup | Status::YellowCard => "error",
    };
    Ok(desk.done(json!({ "message": {
        "id": bubble.id, "body": bubble.text, "fromMe": is_own, "delivery_status": status,
        "time": bubble.at.queued.div_euclid(1_000),
        "isEdited": bubble.edited, "isDeleted": bubble.deleted,
    } })))
}

/// `GET /…/sync/message/media/download`.
pub(super) fn media(desk: &mut Desk<'_>) -> Answer {
    let id = desk.target.get("message_id").unwrap_or_default();
    let found = desk.stage.bubbles.find(id).filter(|bubble| bubble.key == desk.profile.key);
    let file = found.and_then(|bubble| bubble.file.clone());
    let file = file.ok_or_else(|| Refusal::new("message not found"))?;
    let upload = desk.stage.file_at(&file.url);
    let upload = upload.ok_or_else(|| Refusal::new("failed to download media"))?;
    let mut answer = json!({
        "mime_type": upload.mime, "media_type": upload.mime.split('/').next(),
    });
    if desk.profile.is_whatsapp() {
        answer["file_b64"] = json!(BASE64.encode(&upload.bytes));
    } else {
        answer["file_name"] = json!(file.name);
        answer["file_link"] = json!(file.url);
    }
    Ok(desk.done(answer))
}

fn task_view(profile: &Profile, task: &Task) -> Value {
    json!({
        "task_id": task.id, "command": "sendMessage", "recipient": task.body["recipient"],
        "uuid": &*profile.key.account, "body": task.body["body"], "response": task.response,
    })
}

/// `GET /…/task/get`.
pub(super) fn task(desk: &mut Desk<'_>) -> Answer {
    let id = desk.target.get("task_id").unwrap_or_default();
    let found = desk.profile.tasks.iter().find(|(_, task)| task.id == id && !task.is_purged);
    let task = found.map(|(_, task)| task_view(desk.profile, task));
    let task = task.ok_or_else(|| Refusal::new("task not found"))?;
    Ok(desk.done(json!({ "task": task })))
}

/// `GET /…/tasks/get` and, for those that wait, `/…/profile/queue/get`.
pub(super) fn tasks(desk: &mut Desk<'_>, is_waiting: bool) -> Answer {
    let found = desk
        .profile
        .tasks
        .iter()
        .filter(|(_, task)| !task.is_purged && (!is_waiting || task.response.is_none()));
    let listed: Vec<Value> = found.map(|(_, task)| task_view(desk.profile, task)).collect();
    let tasks = if listed.is_empty() { Value::Null } else { Value::Array(listed) };
    Ok(desk.done(json!({ "tasks": tasks })))
}

/// `GET /…/profile/queue/purge`.
pub(super) fn purge(desk: &mut Desk<'_>) -> Answer {
    for (_, task) in desk.profile.tasks.iter_mut().filter(|(_, task)| task.response.is_none()) {
        task.is_purged = true;
    }
    Ok(desk.done(json!({})))
}
