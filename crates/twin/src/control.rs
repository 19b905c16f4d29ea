//! The control door, `/twin/…`: look at phones, drive statuses, write as a customer, set faults.
//! Everything is JSON; a request that cannot be understood is a 400 that says why.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Twin, account,
    bubble::{Bubble, Direction, File, Status},
    fault::Fault,
    persona::Reply,
    phone::{PhoneChange, number_of},
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
        ("POST", ["status"]) => status(twin, request),
        ("POST", ["reply"]) => reply(twin, request),
        ("GET", ["phones"]) => Ok(phones(twin)),
        ("GET", ["phones", phone]) => phone_view(twin, phone),
        ("PUT", ["phones", phone]) => phone_change(twin, phone, request),
        ("GET" | "PUT" | "DELETE", ["faults"]) => faults(twin, request, target),
        ("GET" | "PUT", ["clock"]) => clock(twin, request),
        ("GET" | "DELETE", ["mails"]) => Ok(mails(twin, request, target)),
        (_, ["sink", name, ..]) => sink(twin, name, request),
        ("GET", ["sinks"]) => Ok(WireResponse::json(200, &json!(twin.stage.sinks.all()))),
        ("GET", ["instances"]) => Ok(WireResponse::json(200, &json!(accounts(twin)))),
        ("GET", ["instances", id]) => account(twin, id, target),
        ("PUT", ["instances", id]) => account_change(twin, id, request, target),
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
            "instances": accounts(twin).len(), "sinks": stage.sinks.all(),
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
            && same("direction", if bubble.direction == Direction::In { "in" } else { "out" })
    };
    let bubbles = &twin.stage.bubbles;
    let found: Vec<&Bubble> = match target.get("to") {
        Some(to) => bubbles.of_phone(&number(to)?).filter(is_wanted).collect(),
        None => bubbles.all().filter(is_wanted).collect(),
    };
    Ok(WireResponse::json(200, &json!(found)))
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
    #[serde(default)]
    text: String,
    quote: Option<String>,
    file: Option<FileBody>,
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
    },
}

/// Writes as a customer; also used by the handset page.
pub(crate) fn reply(twin: &mut Twin, request: &WireRequest) -> Answer {
    let got: ReplyBody = body(request)?;
    let file = got.file.map(|file| match file {
        FileBody::Url(url) => File::new(&url, "", ""),
        FileBody::File { url, name, mime } => File::new(&url, &name, &mime),
    });
    if got.text.is_empty() && file.is_none() {
        return Err((400, "text or file is needed".to_owned()));
    }
    let reply = Reply {
        account: got.account.unwrap_or_default(),
        messenger: got.messenger,
        from: number(&got.from.unwrap_or_default())?,
        text: got.text,
        quote: got.quote,
        file,
    };
    let now_ms = twin.stage.clock.now_ms();
    let id = twin.reply(now_ms, &reply).map_err(bad)?;
    Ok(WireResponse::json(200, &json!({ "id": id })))
}

fn phones(twin: &Twin) -> WireResponse {
    let stage = &twin.stage;
    let with_bubbles = stage.bubbles.phones().map(|(number, _)| number);
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

fn phone_view(twin: &Twin, phone: &str) -> Answer {
    let phone = number(phone)?;
    Ok(WireResponse::json(200, &twin.stage.phones.get(&phone).view(&phone)))
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

fn accounts(twin: &Twin) -> Vec<Value> {
    twin.personas().flat_map(|persona| persona.accounts(&twin.stage)).collect()
}

fn account(twin: &Twin, id: &str, target: &Target) -> Answer {
    let is_wanted = |account: &Value| {
        account["id"] == id && target.get("provider").is_none_or(|name| account["provider"] == name)
    };
    match accounts(twin).into_iter().find(is_wanted) {
        Some(account) => Ok(WireResponse::json(200, &account)),
        None => Err((404, format!("no account '{id}'"))),
    }
}

fn account_change(twin: &mut Twin, id: &str, request: &WireRequest, target: &Target) -> Answer {
    let change: Value = body(request)?;
    if !change.is_object() {
        return Err((400, "expected a JSON object".to_owned()));
    }
    let known = accounts(twin).into_iter().find(|account| account["id"] == id);
    let known = known.and_then(|account| account["provider"].as_str().map(str::to_owned));
    let provider = target.get("provider").map(str::to_owned).or(known);
    let provider = provider.unwrap_or_else(|| "green_api".to_owned());
    twin.change_account(&provider, id, &change).map_err(bad)?;
    account(twin, id, target)
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
