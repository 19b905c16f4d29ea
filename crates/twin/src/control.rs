//! The control door, `/twin/…`: look at phones, drive statuses, write as a customer, set faults.
//! Everything is JSON; a request that cannot be understood is a 400 that says why.

mod accounts;
mod acts;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Twin,
    bubble::{Bubble, Direction},
    fault::Fault,
    group::GroupChange,
    handset,
    identity::Realm,
    phone::{MESSENGERS, PhoneChange, number_of},
    sink::SinkChange,
    wire::{Target, WireRequest, WireResponse},
};

type Answer = Result<WireResponse, (u16, String)>;

/// Answers a request to the control door.
pub(crate) fn answer(twin: &mut Twin, request: &WireRequest, target: &Target) -> WireResponse {
    let parts = target.parts();
    let answer = match (request.method.as_str(), &parts[1..]) {
        ("GET", []) => Ok(overview(twin)),
        ("GET", ["bubbles"]) => bubbles(twin, target),
        ("POST", [act]) if acts::is_known(act) => acts::answer(twin, act, request),
        ("GET", ["groups"]) => Ok(WireResponse::json(200, &groups(twin))),
        ("PUT", ["groups", id]) => group_change(twin, id, request),
        ("GET", ["phones"]) => Ok(phones(twin)),
        ("GET", ["phones", phone]) => phone_view(twin, phone),
        ("PUT", ["phones", phone]) => phone_change(twin, phone, request),
        ("GET" | "PUT" | "DELETE", ["faults"]) => faults(twin, request, target),
        ("GET" | "PUT", ["clock"]) => clock(twin, request),
        ("GET" | "DELETE", ["mails"]) => Ok(mails(twin, request, target)),
        (_, ["sink", name, ..]) => sink(twin, name, request),
        ("GET", ["sinks"]) => Ok(WireResponse::json(200, &json!(twin.stage.sinks.all()))),
        (_, ["accounts" | "instances", ..]) => accounts::answer(twin, request, &parts[1..]),
        ("POST", ["files"]) => Ok(upload(twin, request, target)),
        ("GET", ["files", id, ..]) => download(twin, id),
        _ => Err((404, "no such control call".to_owned())),
    };
    answer.unwrap_or_else(|(status, error)| WireResponse::json(status, &json!({ "error": error })))
}

/// Reads a JSON body.
pub(crate) fn body<T: DeserializeOwned>(request: &WireRequest) -> Result<T, (u16, String)> {
    serde_json::from_slice(&request.body).map_err(|error| (400, format!("bad JSON: {error}")))
}

fn bad(error: String) -> (u16, String) {
    (400, error)
}

fn number(text: &str) -> Result<String, (u16, String)> {
    number_of(text).ok_or_else(|| (400, format!("'{text}' is no phone number")))
}

fn overview(twin: &Twin) -> WireResponse {
    let stage = &twin.stage;
    let providers: Vec<_> = twin.personas().map(|persona| persona.name()).collect();
    WireResponse::json(
        200,
        &json!({
            "twin": env!("CARGO_PKG_VERSION"), "providers": providers, "speed": stage.clock.speed(),
            "now": stage.clock.now_ms(), "revision": stage.revision, "planned": stage.agenda.len(),
            "bubbles": stage.bubbles.len(), "bubbles_forgotten": stage.bubbles.forgotten,
            "webhooks_waiting": stage.webhooks.total(), "faults": stage.faults.all().len(),
            "accounts": accounts::all(twin).len(), "groups": stage.groups.all().count(),
            "sinks": stage.sinks.all(),
        }),
    )
}

fn bubbles(twin: &Twin, target: &Target) -> Answer {
    let is_all = target.get("all").is_some_and(|all| all != "false" && all != "0");
    let same = |name: &str, value: &str| target.get(name).is_none_or(|wanted| wanted == value);
    let is_wanted = |bubble: &&Bubble| {
        (is_all || bubble.shown)
            && same("messenger", bubble.messenger)
            && same("provider", bubble.key.provider)
            && same("account", &bubble.key.account)
            && target.get("group").is_none_or(|group| bubble.group.as_deref() == Some(group))
            && same("direction", if bubble.direction == Direction::In { "in" } else { "out" })
    };
    let bubbles = &twin.stage.bubbles;
    let found: Vec<&Bubble> = match target.get("to") {
        Some(to) => bubbles.of_phone(&number(to)?).filter(is_wanted).collect(),
        None => bubbles.all().filter(is_wanted).collect(),
    };
    Ok(WireResponse::json(200, &json!(found)))
}

fn phones(twin: &Twin) -> WireResponse {
    let stage = &twin.stage;
    let with_bubbles = stage.bubbles.phones().map(|(number, _)| number);
    let with_bubbles = with_bubbles.filter(|number| stage.groups.get(number).is_none());
    let mut numbers: Vec<&str> = stage.phones.all().map(|(number, _)| number).collect();
    numbers.extend(with_bubbles);
    numbers.sort_unstable();
    numbers.dedup();
    let views = numbers.into_iter().map(|number| {
        let mut view = stage.phones.get(number).view(number);
        let shown = stage.bubbles.of_phone(number).filter(|bubble| bubble.shown).count();
        view["bubbles"] = json!(shown);
        view
    });
    WireResponse::json(200, &json!(views.collect::<Vec<Value>>()))
}

/// Looking at a phone notes its ids, so that they are found from then on.
fn phone_view(twin: &mut Twin, phone: &str) -> Answer {
    let number = number(phone)?;
    let mut view = twin.stage.phones.get(&number).view(&number);
    for messenger in MESSENGERS {
        if let Some(realm) = Realm::of_users(messenger) {
            view["ids"][messenger] = json!(twin.stage.identities.id(realm, &number));
        }
    }
    view["lines"] = json!(handset::lines(twin, &number));
    Ok(WireResponse::json(200, &view))
}

fn groups(twin: &Twin) -> Value {
    json!(twin.stage.groups.all().collect::<Vec<_>>())
}

fn group_change(twin: &mut Twin, id: &str, request: &WireRequest) -> Answer {
    let change: GroupChange = body(request)?;
    let before = twin.stage.groups.get(id).map(|group| group.members.clone());
    let group = twin.stage.groups.change(id, change).map_err(bad)?.clone();
    for number in before.iter().flatten().chain(&group.members) {
        twin.stage.touch_phone(number);
    }
    Ok(WireResponse::json(200, &json!(group)))
}

fn phone_change(twin: &mut Twin, phone: &str, request: &WireRequest) -> Answer {
    let number = number(phone)?;
    let change: PhoneChange = body(request)?;
    let stage = &mut twin.stage;
    let revision = stage.touch();
    let phone = stage.phones.get_mut(&number).ok_or((400, "too many phones".to_owned()))?;
    phone.change(&change).map_err(bad)?;
    phone.revision = revision;
    let view = phone.view(&number);
    if change.on == Some(true) {
        stage.hand_over_waiting(&number);
    }
    Ok(WireResponse::json(200, &view))
}

fn faults(twin: &mut Twin, request: &WireRequest, target: &Target) -> Answer {
    let faults = &mut twin.stage.faults;
    match request.method.as_str() {
        "PUT" => {
            let fault: Fault = body(request)?;
            let known = |name: &String| twin.personas().any(|persona| persona.name() == *name);
            if fault.provider.as_ref().is_some_and(|name| !known(name)) {
                return Err((400, "unknown provider".to_owned()));
            }
            twin.stage.faults.put(fault).map_err(bad)?;
        }
        "DELETE" => faults.clear(target.get("provider"), target.get("account")),
        _ => {}
    }
    Ok(WireResponse::json(200, &json!(twin.stage.faults.all())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    speed: f64,
}

fn clock(twin: &mut Twin, request: &WireRequest) -> Answer {
    let clock = &mut twin.stage.clock;
    if request.method == "PUT" {
        let wanted: ClockBody = body(request)?;
        clock.set_speed(wanted.speed).map_err(bad)?;
    }
    Ok(WireResponse::json(200, &json!({ "speed": clock.speed(), "now": clock.now_ms() })))
}

fn mails(twin: &mut Twin, request: &WireRequest, target: &Target) -> WireResponse {
    if request.method == "DELETE" {
        twin.stage.mails.clear();
    }
    WireResponse::json(200, &json!(twin.stage.mails.list(target.get("to"))))
}

fn sink(twin: &mut Twin, name: &str, request: &WireRequest) -> Answer {
    let now_ms = twin.stage.clock.now_ms();
    let sinks = &mut twin.stage.sinks;
    match request.method.as_str() {
        "GET" => {
            let entries: Vec<_> = sinks.entries(name).collect();
            Ok(WireResponse::json(200, &json!(entries)))
        }
        "PUT" => {
            let change: SinkChange = body(request)?;
            Ok(WireResponse::json(200, &json!(sinks.change(name, &change).map_err(bad)?)))
        }
        "DELETE" => {
            sinks.clear(name);
            Ok(WireResponse::json(200, &json!([])))
        }
        "POST" => Ok(sinks.receive(name, request, now_ms)),
        _ => Err((405, "a sink knows GET, POST, PUT and DELETE".to_owned())),
    }
}

fn upload(twin: &mut Twin, request: &WireRequest, target: &Target) -> WireResponse {
    let name = target.get("name").unwrap_or("file");
    let mime = request.header("content-type").unwrap_or("application/octet-stream");
    let url = twin.stage.add_file(name, mime, request.body.clone());
    WireResponse::json(200, &json!({ "url": url }))
}

fn download(twin: &Twin, id: &str) -> Answer {
    match twin.stage.files.get(id) {
        Some(file) => Ok(WireResponse::bytes(200, &file.mime, &file.bytes)
            .with_header("x-content-type-options", "nosniff")
            .with_header("content-security-policy", "sandbox; default-src 'none'")),
        None => Err((404, "no such file".to_owned())),
    }
}
