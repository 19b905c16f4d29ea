//! The doors of event sources: `/webhook/{green-api,wappi,wazzup24,telegram}`, where the address
//! holds everything, and `/hook/KEY` of hooks that are managed here.
//!
//! A POST is answered in milliseconds, when it is on disk: known callers give up after 800 ms. A GET
//! tries the address at its provider and sends nothing; a browser gets a page, a program the
//! dialect's own JSON.

mod page;
mod rate;

use crate::{
    Doors,
    body::{self, BodyError},
};
use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, Request, StatusCode, header},
    middleware,
    response::{Html, IntoResponse, Response},
    routing,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, sync::Arc};
use vestnik_app::hook::{
    Arriving, MANAGED_DOOR, arrive, door_of, managed, read_address,
    verify::{Verdict, verify},
};
use vestnik_hooks::{
    source::{self, BODY_BYTES_MAX},
    url_hook::Kind,
};
use vestnik_model::{language::Language, phone::Phone};

/// The words that say that all is well, as the originals say them.
const VERIFIED: &str = "The WebHook has been successfully verified";
const ACCEPTED: &str = "The event has been accepted";

/// The dialect's answer.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warning_message: Option<String>,
}

impl<'a> Answer<'a> {
    fn success(message: &'a str, warnings: String) -> Self {
        let warning_message = Some(warnings).filter(|warnings| !warnings.is_empty());
        Self { status: "Success", message: Some(message), error_message: None, warning_message }
    }

    fn error(status: &'a str, errors: String, warnings: String) -> Self {
        let (error_message, warning_message) = (Some(errors), Some(warnings));
        Self { status, message: None, error_message, warning_message }
    }
}

/// Errors are told with 200, as the originals do: a browser shows them, and a caller does not call
/// again for what no repeat mends.
fn json(status: StatusCode, answer: &Answer<'_>) -> Response {
    let body = serde_json::to_vec(answer).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}

/// The doors of event sources. Calls of one address are limited; samples are not.
pub(crate) fn router(doors: &Arc<Doors>) -> Router<Arc<Doors>> {
    let limited = (Arc::clone(doors), Arc::default());
    Router::new()
        .route("/webhook/{kind}", routing::any(by_address))
        .route("/hook/{key}", routing::any(by_key))
        .route_layer(middleware::from_fn_with_state(limited, rate::limit))
        .route("/hook-samples/{source}", routing::get(sample))
}

/// A hook whose address holds everything.
pub async fn by_address(
    State(doors): State<Arc<Doors>>,
    Path(segment): Path<String>,
    request: Request<Body>,
) -> Response {
    let missing = |words: &str| {
        json(StatusCode::NOT_FOUND, &Answer::error("Error", words.to_owned(), String::new()))
    };
    let Some(kind) = Kind::parse(&segment) else {
        return missing("There is no such hook here.");
    };
    if doors.hub.hooks.url_workspace.is_none() {
        return missing("Hooks of this kind are switched off here (hooks.url_hooks).");
    }
    match *request.method() {
        Method::GET | Method::HEAD => {
            let (query, headers) = (query(&request), request.headers().clone());
            try_address(&doors, kind, query, headers).await
        }
        Method::POST => take(&doors, kind, request).await,
        _ => not_allowed(),
    }
}

fn not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, POST")]).into_response()
}

/// The language of a browser; programs that name none get English, as the originals speak.
fn language(headers: &HeaderMap) -> Language {
    match headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()) {
        Some(accepted) => Language::pick(accepted),
        None => Language::En,
    }
}

fn query(request: &Request<Body>) -> Vec<u8> {
    request.uri().query().unwrap_or_default().as_bytes().to_vec()
}

async fn try_address(doors: &Doors, kind: Kind, query: Vec<u8>, headers: HeaderMap) -> Response {
    let Some(workspace) = doors.hub.hooks.url_workspace else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let language = language(&headers);
    let verified = verify(&doors.hub, workspace, kind, &query, language).await;
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if accept.unwrap_or_default().contains("text/html") {
        let shown = page::page(&doors.hub, kind, &query, &verified, language);
        let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        // The address holds credentials: it must not travel on with a click.
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        return (headers, Html(shown)).into_response();
    }
    let joined = |remarks: &[(String, String)]| {
        remarks.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ")
    };
    let warnings = joined(&verified.warnings);
    let answer = match verified.verdict {
        Verdict::Success => Answer::success(VERIFIED, warnings),
        verdict @ (Verdict::WrongParameters | Verdict::Error) => {
            Answer::error(verdict.word(), joined(&verified.errors), warnings)
        }
    };
    json(StatusCode::OK, &answer)
}

/// A call is written down even if its address is wrong: that must not get lost, either.
async fn take(doors: &Doors, kind: Kind, request: Request<Body>) -> Response {
    let Some(workspace) = doors.hub.hooks.url_workspace else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (query, language) = (query(&request), language(request.headers()));
    let checked = match read_address(&doors.hub, kind, &query) {
        Ok(checked) => checked,
        Err(error) => {
            let answer = Answer::error("Wrong parameters", error.to_string(), String::new());
            return json(StatusCode::OK, &answer);
        }
    };
    let body = match read_body(request).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    let door = door_of(kind);
    let arriving = Arriving { workspace, hook: None, door, query, body, replay_of: None };
    if let Err(error) = arrive(&doors.hub, arriving).await {
        tracing::error!(%error, "a hook's call could not be written down");
        return unavailable();
    }
    let errors: Vec<&str> = checked.errors.iter().map(|remark| remark.text(language)).collect();
    let answer = match errors.is_empty() {
        true => Answer::success(ACCEPTED, String::new()),
        false => Answer::error("Wrong parameters", errors.join("; "), String::new()),
    };
    json(StatusCode::OK, &answer)
}

fn unavailable() -> Response {
    let words = "The event could not be written down. Send it again later.".to_owned();
    let answer = Answer::error("Error", words, String::new());
    json(StatusCode::SERVICE_UNAVAILABLE, &answer)
}

async fn read_body(request: Request<Body>) -> Result<Vec<u8>, Response> {
    match body::read(request.into_body(), BODY_BYTES_MAX).await {
        Ok(body) => Ok(body.to_vec()),
        Err(BodyError::TooLong) => {
            let words = format!("The event is longer than {BODY_BYTES_MAX} bytes.");
            let answer = Answer::error("Error", words, String::new());
            Err(json(StatusCode::PAYLOAD_TOO_LARGE, &answer))
        }
        Err(BodyError::Broken) => Err(StatusCode::REQUEST_TIMEOUT.into_response()),
    }
}

/// A hook that is managed here.
pub async fn by_key(
    State(doors): State<Arc<Doors>>,
    Path(key): Path<String>,
    request: Request<Body>,
) -> Response {
    let found = match managed::by_key(&doors.hub, &key).await {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(%error, "hooks could not be read");
            return unavailable();
        }
    };
    let Some(hook) = found else { return StatusCode::NOT_FOUND.into_response() };
    match *request.method() {
        Method::GET | Method::HEAD if hook.is_active => {
            json(StatusCode::OK, &Answer::success(VERIFIED, String::new()))
        }
        Method::GET | Method::HEAD => {
            let words = "The hook is switched off.".to_owned();
            json(StatusCode::OK, &Answer::error("Error", words, String::new()))
        }
        Method::POST => {
            let body = match read_body(request).await {
                Ok(body) => body,
                Err(answer) => return answer,
            };
            let arriving = Arriving {
                workspace: hook.workspace,
                hook: Some(hook.id),
                door: MANAGED_DOOR,
                query: Vec::new(),
                body,
                replay_of: None,
            };
            match arrive(&doors.hub, arriving).await {
                Ok(_) => json(StatusCode::OK, &Answer::success(ACCEPTED, String::new())),
                Err(error) => {
                    tracing::error!(%error, "a hook's call could not be written down");
                    unavailable()
                }
            }
        }
        _ => not_allowed(),
    }
}

/// What a sample event may be asked for with.
#[derive(Debug, Deserialize)]
pub struct SampleQuery {
    /// Whom it is to be about; without it, nobody whom a message could reach.
    phone: Option<String>,
}

/// A sample event of a source, to try a hook with.
pub async fn sample(Path(source): Path<String>, Query(query): Query<SampleQuery>) -> Response {
    let Some(found) = source.strip_suffix(".json").and_then(source::find) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let phone = query.phone.as_deref().map(Phone::parse);
    if phone == Some(None) {
        return (StatusCode::BAD_REQUEST, "phone: not a phone number\n").into_response();
    }
    let body = phone.flatten().map_or(Cow::from(found.sample()), |to| found.sample_to(to).into());
    let name = format!("attachment; filename=\"{}-event.json\"", found.code());
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    (headers, body).into_response()
}
