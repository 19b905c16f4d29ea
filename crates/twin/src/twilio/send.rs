//! `POST /Messages.json`.

use serde_json::{Map, Value};

use super::{
    Answer, Desk, MESSENGER, OwnDeed,
    account::{Account, Note},
    journal,
    magic::{HANG_MS, Magic},
    notice,
    refusal::Refusal,
};
use crate::{
    bubble::{Bubble, Direction, Status},
    content::{Button, File, Kind},
    form,
    phone::number_of,
    stage::Stage,
    wire::{Cut, WireResponse},
};

const BODY_CHARS_MAX: usize = 1_600;
const MEDIA_MAX: usize = 10;
/// How long a message takes from the queue to the messenger.
const SEND_MS: i64 = 150;

/// The parameters of a send.
struct Form(Vec<(String, String)>);

impl Form {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What a bubble will hold.
struct Draft {
    text: String,
    file: Option<File>,
    buttons: Vec<Button>,
    template: Option<String>,
    doom: Option<u32>,
}

/// The call. Checks in the order: To, From, content, lengths, media, callbacks.
pub(super) fn create(desk: &mut Desk<'_>) -> Answer {
    let form = Form(form::pairs(&String::from_utf8_lossy(&desk.request.body)));
    let to = recipient(&form)?;
    sender(desk, &form, &to)?;
    let draft = draft(desk, &form, &to)?;
    let callback = form.get("StatusCallback");
    if !callback.is_empty() && !is_callback(callback) {
        return Err(Refusal::new(21_609));
    }
    let magic = Magic::of(&to);
    match magic {
        Magic::Refused(code) => return Err(Refusal::new(code)),
        Magic::ServerError => return Err(Refusal::of_status(500)),
        Magic::CutBefore => return Ok(WireResponse::empty(502).cut(Cut::Before)),
        Magic::None
        | Magic::Failed(_)
        | Magic::Silent
        | Magic::SentOnly
        | Magic::Hang
        | Magic::CutAfter
        | Magic::BadGateway => {}
    }
    let answer = accept(desk, draft, &to, callback);
    Ok(match magic {
        Magic::Hang => answer.delayed(HANG_MS),
        Magic::CutAfter => answer.cut(Cut::After),
        Magic::BadGateway => return Err(Refusal::of_status(502)),
        Magic::None
        | Magic::Refused(_)
        | Magic::Failed(_)
        | Magic::Silent
        | Magic::SentOnly
        | Magic::CutBefore
        | Magic::ServerError => answer,
    })
}

fn recipient(form: &Form) -> Result<String, Refusal> {
    let to = form.get("To");
    if to.is_empty() {
        return Err(Refusal::new(21_604));
    }
    let invalid =
        || Refusal::worded(21_211, format!("The 'To' number {to} is not a valid phone number."));
    let number = match to.strip_prefix("whatsapp:") {
        Some(number) => number,
        None if form.get("From").starts_with("whatsapp:") => return Err(Refusal::new(21_910)),
        None => return Err(invalid()),
    };
    // A plus that was not encoded arrives as a space.
    let digits = number.strip_prefix('+').ok_or_else(invalid)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number || !(7..=15).contains(&digits.len()) {
        return Err(invalid());
    }
    number_of(digits).ok_or_else(invalid)
}

fn sender(desk: &Desk<'_>, form: &Form, to: &str) -> Result<(), Refusal> {
    let from = form.get("From");
    match form.get("MessagingServiceSid") {
        "" if from.is_empty() => return Err(Refusal::new(21_603)),
        "" => {}
        _ => return Err(Refusal::new(21_701)),
    }
    if !from.starts_with("whatsapp:") {
        return Err(Refusal::new(21_910));
    }
    if from != desk.account.address() {
        return Err(Refusal::new(63_007));
    }
    if to == desk.account.phone {
        return Err(Refusal::new(63_031));
    }
    Ok(())
}

fn draft(desk: &Desk<'_>, form: &Form, to: &str) -> Result<Draft, Refusal> {
    let (body, content) = (form.get("Body"), form.get("ContentSid"));
    if !content.is_empty() {
        return from_template(desk, content, form.get("ContentVariables"), to);
    }
    let media: Vec<&str> = form.all("MediaUrl").filter(|url| !url.is_empty()).collect();
    if body.is_empty() && media.is_empty() {
        return Err(Refusal::new(21_602));
    }
    if body.chars().count() > BODY_CHARS_MAX {
        return Err(Refusal::new(21_617));
    }
    if media.len() > MEDIA_MAX {
        return Err(Refusal::new(21_623));
    }
    let mut draft = Draft {
        text: body.to_owned(),
        file: None,
        buttons: Vec::new(),
        template: None,
        doom: None,
    };
    if let Some(url) = media.first() {
        let host = host_of(url).ok_or_else(|| Refusal::new(21_620))?;
        let file = File::new(url, "", "");
        // A caption is shown under pictures and films only.
        if !matches!(Kind::of_file(&file.name), Kind::Image | Kind::Video) {
            draft.text = String::new();
        }
        // The twin downloads nothing; a host that cannot exist stands for a failed download.
        draft.doom = host.ends_with(".invalid").then_some(63_019);
        draft.file = Some(file);
    }
    let is_open = desk.account.is_open(to, desk.stage.clock.tick());
    draft.doom = draft.doom.or((!is_open).then_some(63_016));
    Ok(draft)
}

fn from_template(desk: &Desk<'_>, sid: &str, variables: &str, to: &str) -> Result<Draft, Refusal> {
    let template = desk.account.templates.iter().find(|template| template.sid == sid);
    let template = template.ok_or_else(|| Refusal::new(21_655))?;
    let variables = match variables {
        "" => Map::new(),
        text => match serde_json::from_str(text) {
            Ok(Value::Object(variables)) => variables,
            Ok(_) | Err(_) => return Err(Refusal::new(21_656)),
        },
    };
    let filled = template.fill(&variables);
    let is_open = desk.account.is_open(to, desk.stage.clock.tick());
    // Inside the window no approval is needed.
    let is_closed = template.status != "approved" && !is_open;
    let doom = filled.as_ref().err().copied().or(is_closed.then_some(63_016));
    Ok(Draft {
        text: filled.unwrap_or_default(),
        file: None,
        buttons: template.buttons(),
        template: Some(sid.to_owned()),
        doom,
    })
}

fn host_of(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then_some(host)
}

/// The host of a callback has no underscore.
fn is_callback(url: &str) -> bool {
    host_of(url).is_some_and(|host| !host.contains('_'))
}

fn accept(desk: &mut Desk<'_>, draft: Draft, to: &str, callback: &str) -> WireResponse {
    let Desk { stage, account, .. } = desk;
    let prefix = if draft.file.is_some() || draft.template.is_some() { "MM" } else { "SM" };
    let sid = format!("{prefix}{}", stage.random.hex(32).to_lowercase());
    let mut bubble = Bubble::new(&account.key, MESSENGER, Direction::In, &sid);
    bubble.phone = to.to_owned();
    bubble.from.clone_from(&account.phone);
    bubble.to = to.to_owned();
    bubble.kind = draft.file.as_ref().map_or(Kind::Text, |file| Kind::of_file(&file.name));
    bubble.text = draft.text;
    bubble.file.clone_from(&draft.file);
    bubble.buttons = draft.buttons;
    bubble.template = draft.template;
    bubble.at.queued = stage.clock.now_ms();
    let seq = stage.add_bubble(bubble);
    let media = draft.file.map(|file| (format!("ME{}", stage.random.hex(32).to_lowercase()), file));
    account.note(Note {
        sid: sid.clone(),
        seq,
        callback: (!callback.is_empty()).then(|| callback.to_owned()),
        media,
        is_incoming: false,
        doom: draft.doom,
    });
    let in_ms = account.turn(stage.clock.tick()) + SEND_MS;
    let key = account.key.clone();
    stage.plan(in_ms, &key, OwnDeed::Send(seq).deed());
    let view = account.of_sid(&sid).map(|note| journal::view(stage, account, note));
    WireResponse::json(201, &view.unwrap_or_default())
}

/// Hands a message to the messenger, or says why not.
pub(super) fn hand_over(stage: &mut Stage, account: &Account, seq: u64) {
    let Some(bubble) = stage.bubbles.get(seq) else { return };
    // Set by hand while it waited: that word stands.
    if bubble.status != Status::Queued {
        return;
    }
    let number = bubble.phone.clone();
    let now = stage.clock.tick();
    let magic = Magic::of(&number);
    if magic == Magic::Silent {
        return;
    }
    let doom = account.of_bubble(seq).and_then(|note| note.doom);
    let code = if let Magic::Failed(code) = magic {
        Some(code)
    } else if !account.takes_part(&number, now) {
        Some(63_015)
    } else if !stage.phones.has(&number, MESSENGER) {
        Some(63_003)
    } else if stage.contacts.get(&account.key, &number).is_blocked {
        Some(63_014)
    } else {
        doom
    };
    if let Some(code) = code {
        stage.reach(seq, Status::Failed, &code.to_string());
        return notice::status(stage, account, seq);
    }
    stage.reach(seq, Status::Sent, "");
    notice::status(stage, account, seq);
    if magic != Magic::SentOnly {
        stage.hand_over(seq);
    }
}
