//! Messages as resources: one, all that fit a filter, their files.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    account::{Account, Note},
    date, notice,
    refusal::Refusal,
};
use crate::{bubble::Status, content::File, form, stage::Stage, wire::WireResponse};

const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 1_000;
/// The path of the storage that files are fetched from.
pub(super) const STORAGE: &str = "twilio-storage";

/// A message as a resource.
pub(super) fn view(stage: &Stage, account: &Account, note: &Note) -> Value {
    let Some(bubble) = stage.bubbles.get(note.seq) else { return Value::Null };
    let ac = &account.key.account;
    let path = format!("/2010-04-01/Accounts/{ac}/Messages/{}", note.sid);
    let has_failed = bubble.status.is_final() && bubble.status != Status::Read;
    let code = has_failed.then(|| notice::code_of(bubble));
    let status =
        if note.is_incoming { "received" } else { notice::word_of(account, bubble.status) };
    let sent = if note.is_incoming { Some(bubble.at.queued) } else { bubble.at.sent };
    json!({
        "sid": note.sid, "account_sid": &**ac, "api_version": "2010-04-01",
        "to": format!("whatsapp:+{}", bubble.to), "from": format!("whatsapp:+{}", bubble.from),
        "messaging_service_sid": null, "body": bubble.text,
        "num_media": u8::from(note.media.is_some()).to_string(), "num_segments": "1",
        "direction": if note.is_incoming { "inbound" } else { "outbound-api" },
        "status": status, "error_code": code, "error_message": code.map(super::refusal::words_of),
        "price": null, "price_unit": null, "date_created": date::rfc2822(bubble.at.queued),
        "date_updated": date::rfc2822(stage.clock.now_ms()),
        "date_sent": sent.map(date::rfc2822), "uri": format!("{path}.json"),
        "subresource_uris": { "media": format!("{path}/Media.json") },
    })
}

fn note<'a>(desk: &'a Desk<'_>, sid: &str) -> Result<&'a Note, Refusal> {
    desk.account.of_sid(sid).ok_or_else(|| Refusal::new(20_404))
}

/// `GET /Messages/{sid}.json`.
pub(super) fn one(desk: &mut Desk<'_>, sid: &str) -> Answer {
    let note = note(desk, sid)?;
    Ok(WireResponse::json(200, &view(desk.stage, desk.account, note)))
}

/// `POST /Messages/{sid}.json`: an empty body takes the words away.
pub(super) fn change(desk: &mut Desk<'_>, sid: &str) -> Answer {
    let seq = note(desk, sid)?.seq;
    let fields = form::pairs(&String::from_utf8_lossy(&desk.request.body));
    if fields.iter().any(|(name, value)| name == "Body" && value.is_empty()) {
        desk.stage.edit(seq, "");
    }
    one(desk, sid)
}

/// `DELETE /Messages/{sid}.json`: the record, not what the phone shows.
pub(super) fn delete(desk: &mut Desk<'_>, sid: &str) -> Answer {
    note(desk, sid)?;
    desk.account.notes.retain(|note| note.sid != sid);
    Ok(WireResponse::empty(204))
}

/// `GET /Messages.json`, newest first.
pub(super) fn list(desk: &mut Desk<'_>) -> Answer {
    let get = |name: &str| desk.target.get(name);
    let number =
        |name: &str, usual: usize| get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let size = number("PageSize", PAGE_SIZE).clamp(1, PAGE_SIZE_MAX);
    let page = number("Page", 0_usize).min(PAGE_SIZE_MAX);
    let is_wanted = |note: &&Note| {
        let Some(bubble) = desk.stage.bubbles.get(note.seq) else { return false };
        let same = |name: &str, number: &str| {
            get(name).is_none_or(|wanted| wanted == format!("whatsapp:+{number}"))
        };
        let sent = if note.is_incoming { Some(bubble.at.queued) } else { bubble.at.sent };
        same("To", &bubble.to) && same("From", &bubble.from) && is_sent_then(desk, sent)
    };
    let found = desk.account.notes.iter().rev().filter(is_wanted);
    let found: Vec<Value> = found
        .skip(page.saturating_mul(size))
        .take(size + 1)
        .map(|note| view(desk.stage, desk.account, note))
        .collect();
    let has_more = found.len() > size;
    let shown: Vec<&Value> = found.iter().take(size).collect();
    let uri = |page: usize| {
        let path = desk.request.path_and_query.split('?').next().unwrap_or_default();
        let others = desk.target.query.iter().filter(|(name, _)| name != "Page");
        let mut pairs: Vec<(&str, &str)> =
            others.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let page = page.to_string();
        pairs.push(("Page", &page));
        format!("{path}?{}", form::encode(&pairs))
    };
    let body = json!({
        "messages": shown, "page": page, "page_size": size, "start": page * size,
        "end": page * size + shown.len().saturating_sub(1), "uri": uri(page),
        "first_page_uri": uri(0), "next_page_uri": has_more.then(|| uri(page + 1)),
        "previous_page_uri": page.checked_sub(1).map(uri),
    });
    Ok(WireResponse::json(200, &body).with_header("date", &date_header(desk)))
}

fn date_header(desk: &Desk<'_>) -> String {
    date::rfc2822(desk.stage.clock.now_ms()).replace("+0000", "GMT")
}

/// What has not been sent has no such date, and no filter finds it.
fn is_sent_then(desk: &Desk<'_>, sent: Option<i64>) -> bool {
    let bound = |name: &str| desk.target.get(name).and_then(date::parse);
    let on = bound("DateSent");
    let (after, before) = (bound("DateSent>"), bound("DateSent<"));
    if on.is_none() && after.is_none() && before.is_none() {
        return true;
    }
    let Some(sent) = sent else { return false };
    let day = |(start, is_day): (i64, bool)| start + if is_day { 86_400_000 } else { 1_000 };
    on.is_none_or(|on| (on.0..day(on)).contains(&sent))
        && after.is_none_or(|after| sent >= after.0)
        && before.is_none_or(|before| sent < day(before))
}

fn media<'a>(desk: &'a Desk<'_>, sid: &str, media: &str) -> Result<&'a File, Refusal> {
    let note = note(desk, sid)?;
    let found = note.media.as_ref().filter(|(id, _)| id == media);
    found.map(|(_, file)| file).ok_or_else(|| Refusal::new(20_404))
}

fn media_view(desk: &Desk<'_>, sid: &str, media: &str, file: &File) -> Value {
    let ac = &desk.account.key.account;
    let now = date::rfc2822(desk.stage.clock.now_ms());
    json!({
        "sid": media, "account_sid": &**ac, "parent_sid": sid, "content_type": file.mime,
        "date_created": now, "date_updated": now,
        "uri": format!("/2010-04-01/Accounts/{ac}/Messages/{sid}/Media/{media}.json"),
    })
}

/// `GET /Messages/{sid}/Media.json`.
pub(super) fn files(desk: &mut Desk<'_>, sid: &str) -> Answer {
    let note = note(desk, sid)?;
    let listed: Vec<Value> =
        note.media.iter().map(|(id, file)| media_view(desk, sid, id, file)).collect();
    Ok(WireResponse::json(200, &json!({ "media_list": listed, "next_page_uri": null })))
}

/// `GET /Messages/{sid}/Media/{ME}.json`, and without `.json` a redirect to the bytes.
pub(super) fn file(desk: &mut Desk<'_>, sid: &str, id: &str, is_json: bool) -> Answer {
    let file = media(desk, sid, id)?;
    if is_json {
        return Ok(WireResponse::json(200, &media_view(desk, sid, id, file)));
    }
    let ac = &desk.account.key.account;
    let url = format!("{}/{STORAGE}/{ac}/{sid}/{id}", desk.stage.public_url);
    Ok(WireResponse::empty(307).with_header("location", &url))
}

/// The storage behind the redirect. As the one there, it refuses credentials that are not its own.
pub(super) fn stored(desk: &mut Desk<'_>, sid: &str, id: &str) -> Answer {
    if desk.request.header("authorization").is_some() {
        let page = b"<Error><Code>InvalidArgument</Code></Error>";
        return Ok(WireResponse::bytes(400, "application/xml", page));
    }
    let file = media(desk, sid, id)?;
    let upload = file.url.split_once("/twin/files/").and_then(|(_, rest)| rest.split('/').next());
    let upload = upload.and_then(|id| desk.stage.files.get(id));
    let bytes = &upload.ok_or_else(|| Refusal::new(20_404))?.bytes;
    let name = format!("inline; filename=\"{}\"", file.name);
    Ok(WireResponse::bytes(200, &file.mime, bytes).with_header("content-disposition", &name))
}
