//! What a customer does, asked for at the control door: write, start, block, edit, delete, react,
//! press. And a status set by hand.

use serde::Deserialize;
use serde_json::json;

use super::{Answer, bad, body, number};
use crate::{
    Twin, account,
    bubble::Status,
    content::{Card, File, Kind, Place},
    persona::{Reply, Told},
    phone::number_of,
    wire::{WireRequest, WireResponse},
};

const KNOWN: [&str; 8] = ["status", "reply", "start", "block", "edit", "delete", "react", "press"];

/// Whether there is such an act.
pub(super) fn is_known(act: &str) -> bool {
    KNOWN.contains(&act)
}

/// Does it.
pub(super) fn answer(twin: &mut Twin, act: &str, request: &WireRequest) -> Answer {
    match act {
        "status" => status(twin, request),
        "reply" => reply(twin, request),
        "start" => start(twin, request),
        "block" => block(twin, request),
        "edit" => edit(twin, request),
        "delete" => delete(twin, request),
        "react" => react(twin, request),
        "press" => press(twin, request),
        _ => Err((404, "no such control call".to_owned())),
    }
}

/// Says whether the provider tells the company.
fn done(told: Told) -> WireResponse {
    WireResponse::json(200, &json!({ "told": told == Told::Yes }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusBody {
    id: String,
    status: String,
}

fn status(twin: &mut Twin, request: &WireRequest) -> Answer {
    let wanted: StatusBody = body(request)?;
    let status = Status::parse(&wanted.status)
        .ok_or_else(|| (400, format!("unknown status '{}'", wanted.status)))?;
    let now_ms = twin.stage.clock.now_ms();
    twin.set_status(now_ms, &wanted.id, status).map_err(|error| (404, error))?;
    Ok(WireResponse::json(200, &json!(twin.stage.bubbles.find(&wanted.id))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyBody {
    #[serde(default)]
    messenger: String,
    #[serde(deserialize_with = "account::id_text")]
    account: Option<String>,
    #[serde(deserialize_with = "account::id_text")]
    from: Option<String>,
    group: Option<String>,
    #[serde(default)]
    text: String,
    quote: Option<String>,
    file: Option<FileBody>,
    contact: Option<Card>,
    location: Option<Place>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FileBody {
    Url(String),
    File {
        url: String,
        #[serde(default)]
        name: String,
        #[serde(default)]
        mime: String,
        kind: Option<Kind>,
    },
}

fn reply(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: ReplyBody = body(request)?;
    let (file, kind) = match got.file {
        None => (None, None),
        Some(FileBody::Url(url)) => (Some(File::new(&url, "", "")), None),
        Some(FileBody::File { url, name, mime, kind }) => {
            (Some(File::new(&url, &name, &mime)), kind)
        }
    };
    if kind.is_some_and(|kind| !kind.has_file()) {
        return Err((400, "that kind is not one of files".to_owned()));
    }
    let extras = [file.is_some(), got.contact.is_some(), got.location.is_some()];
    let extras = extras.into_iter().filter(|is| *is).count();
    if extras > 1 {
        return Err((400, "file, contact, location: one at a time".to_owned()));
    }
    if got.text.is_empty() && extras == 0 {
        return Err((400, "text, file, contact or location is needed".to_owned()));
    }
    let contact = got.contact.map(card).transpose()?;
    let reply = Reply {
        account: got.account.unwrap_or_default(),
        messenger: got.messenger,
        from: number(&got.from.unwrap_or_default())?,
        group: got.group,
        text: got.text,
        quote: got.quote,
        file,
        kind,
        contact,
        location: got.location,
        payload: None,
    };
    let now_ms = twin.stage.clock.now_ms();
    let id = twin.reply(now_ms, &reply).map_err(bad)?;
    Ok(WireResponse::json(200, &json!({ "id": id })))
}

fn card(card: Card) -> Result<Card, (u16, String)> {
    let phone = number_of(&card.phone);
    let phone = phone.ok_or_else(|| (400, format!("'{}' is no phone number", card.phone)))?;
    Ok(Card { name: card.name, phone })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    #[serde(default)]
    messenger: String,
    #[serde(deserialize_with = "account::id_text")]
    account: Option<String>,
    #[serde(deserialize_with = "account::id_text")]
    from: Option<String>,
    payload: Option<String>,
}

fn start(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: StartBody = body(request)?;
    let (account, from) = (got.account.unwrap_or_default(), got.from.unwrap_or_default());
    let from = number(&from)?;
    let now_ms = twin.stage.clock.now_ms();
    let told = twin.start(now_ms, &got.messenger, &account, &from, got.payload).map_err(bad)?;
    Ok(done(told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockBody {
    #[serde(default)]
    messenger: String,
    #[serde(deserialize_with = "account::id_text")]
    account: Option<String>,
    #[serde(deserialize_with = "account::id_text")]
    from: Option<String>,
    blocked: bool,
}

fn block(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: BlockBody = body(request)?;
    let (account, from) = (got.account.unwrap_or_default(), got.from.unwrap_or_default());
    let from = number(&from)?;
    let now_ms = twin.stage.clock.now_ms();
    let told = twin.block(now_ms, &got.messenger, &account, &from, got.blocked).map_err(bad)?;
    Ok(done(told))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditBody {
    id: String,
    text: String,
}

fn edit(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: EditBody = body(request)?;
    let now_ms = twin.stage.clock.now_ms();
    Ok(done(twin.edit(now_ms, &got.id, &got.text).map_err(bad)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteBody {
    id: String,
}

fn delete(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: DeleteBody = body(request)?;
    let now_ms = twin.stage.clock.now_ms();
    Ok(done(twin.delete(now_ms, &got.id).map_err(bad)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReactBody {
    id: String,
    emoji: String,
    #[serde(default, deserialize_with = "account::id_text")]
    from: Option<String>,
}

fn react(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: ReactBody = body(request)?;
    let from = got.from.map(|from| number(&from)).transpose()?;
    let now_ms = twin.stage.clock.now_ms();
    Ok(done(twin.react(now_ms, &got.id, &got.emoji, from.as_deref()).map_err(bad)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PressBody {
    id: String,
    #[serde(deserialize_with = "account::id_text")]
    button: Option<String>,
    #[serde(default, deserialize_with = "account::id_text")]
    from: Option<String>,
}

fn press(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: PressBody = body(request)?;
    let from = got.from.map(|from| number(&from)).transpose()?;
    let button = got.button.unwrap_or_default();
    let now_ms = twin.stage.clock.now_ms();
    Ok(done(twin.press(now_ms, &got.id, &button, from.as_deref()).map_err(bad)?))
}
