//! The handset page, `/handset/{phone}`: a phone in the browser.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Twin,
    account::AccountKey,
    control, limits,
    phone::handset_of,
    wire::{Target, WireRequest, WireResponse},
};

const PAGE: &str = include_str!("../page/handset.html");
const STYLE: &str = include_str!("../page/handset.css");
const SCRIPT: &str = include_str!("../page/handset.js");
const TEXTS: &str = include_str!("../page/texts.js");
const ELEMENT: &str = include_str!("../page/element.js");
const PHONES: &str = include_str!("../page/phones.js");
const SIDE: &str = include_str!("../page/side.js");
const STATE: &str = include_str!("../page/state.js");
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const CONTENT_POLICY: &str = "default-src 'self'; img-src * data:; media-src *; \
                              object-src 'none'; base-uri 'none'; frame-ancestors 'self'";

/// Answers a request for pages and their data.
pub(crate) fn answer(twin: &mut Twin, request: &WireRequest, target: &Target) -> WireResponse {
    match (request.method.as_str(), target.parts().as_slice()) {
        ("GET", []) => WireResponse::empty(302).with_header("location", "/handset"),
        ("GET", ["handset", "page.css"]) => fixed("text/css; charset=utf-8", STYLE),
        ("GET", ["handset", "page.js"]) => fixed(JAVASCRIPT, SCRIPT),
        ("GET", ["handset", "texts.js"]) => fixed(JAVASCRIPT, TEXTS),
        ("GET", ["handset", "element.js"]) => fixed(JAVASCRIPT, ELEMENT),
        ("GET", ["handset", "phones.js"]) => fixed(JAVASCRIPT, PHONES),
        ("GET", ["handset", "side.js"]) => fixed(JAVASCRIPT, SIDE),
        ("GET", ["handset", "state.js"]) => fixed(JAVASCRIPT, STATE),
        ("GET", ["handset"]) => page(200),
        // The page says what is wrong, and shows the list.
        ("GET", ["handset", phone]) => page(if handset_of(phone).is_some() { 200 } else { 404 }),
        ("GET", ["handset", phone, "state"]) => state(twin, phone, target),
        ("POST", ["handset", phone, "read"]) => read(twin, phone, request),
        _ => WireResponse::json(404, &json!({ "error": "no such page" })),
    }
}

fn page(status: u16) -> WireResponse {
    let page = fixed("text/html; charset=utf-8", PAGE);
    WireResponse { status, ..page }.with_header("content-security-policy", CONTENT_POLICY)
}

fn fixed(kind: &str, text: &str) -> WireResponse {
    WireResponse::bytes(200, kind, text.as_bytes())
        .with_header("cache-control", "no-cache")
        .with_header("x-content-type-options", "nosniff")
}

fn state(twin: &Twin, phone: &str, target: &Target) -> WireResponse {
    let Some(phone) = handset_of(phone) else { return no_number() };
    let since = target.get("since").and_then(|since| since.parse().ok()).unwrap_or(0);
    let nothing = || json!({ "revision": twin.changed() });
    WireResponse::json(200, &changes(twin, &phone, since).unwrap_or_else(nothing))
}

#[derive(Deserialize)]
struct ReadBody {
    #[serde(default)]
    messenger: String,
    #[serde(default)]
    account: String,
}

fn read(twin: &mut Twin, phone: &str, request: &WireRequest) -> WireResponse {
    let Some(phone) = handset_of(phone) else { return no_number() };
    match control::body::<ReadBody>(request) {
        Ok(chat) => {
            let read = twin.open_chat(&phone, &chat.messenger, &chat.account);
            WireResponse::json(200, &json!({ "read": read }))
        }
        Err((status, error)) => WireResponse::json(status, &json!({ "error": error })),
    }
}

fn no_number() -> WireResponse {
    WireResponse::json(400, &json!({ "error": "that is no phone number" }))
}

/// What a handset shows that changed after `since`; `None` when nothing did.
pub(crate) fn changes(twin: &Twin, phone: &str, since: u64) -> Option<Value> {
    let stage = &twin.stage;
    // A page that has seen more than there is has seen another twin: it begins anew.
    let since = if since > stage.revision { 0 } else { since };
    let bubbles = stage.bubbles.of_phone(phone).rev();
    let bubbles = bubbles.filter(|bubble| bubble.shown && bubble.revision > since);
    let mut bubbles: Vec<_> = bubbles.take(limits::HANDSET_BUBBLES_MAX).collect();
    bubbles.reverse();
    let state = stage.phones.get(phone);
    let is_first = since == 0;
    let is_phone = is_first || state.revision > since;
    if bubbles.is_empty() && !is_phone {
        return None;
    }
    let mut view = json!({ "revision": stage.revision, "bubbles": bubbles });
    if is_phone {
        view["phone"] = state.view(phone);
        view["lines"] = json!(lines(twin, phone));
        let groups = stage.groups.all().filter(|group| group.members.iter().any(|m| m == phone));
        view["groups"] = json!(groups.collect::<Vec<_>>());
    }
    if is_first {
        view["first"] = json!(true);
    }
    Some(view)
}

/// The accounts that a phone can write to, and what is between them.
pub(crate) fn lines(twin: &Twin, phone: &str) -> Vec<Value> {
    let lines = twin.personas().flat_map(|persona| {
        persona.lines().into_iter().map(|line| {
            let key = AccountKey::new(persona.name(), &line.account);
            let contact = twin.stage.contacts.get(&key, phone);
            json!({
                "provider": persona.name(), "account": line.account,
                "messenger": line.messenger, "address": line.address,
                "needs_start": line.needs_start, "started": contact.is_started,
                "blocked": contact.is_blocked,
            })
        })
    });
    lines.collect()
}
