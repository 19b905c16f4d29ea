//! `/v1/hooks`: event sources that are managed here.

use super::{
    body::Told,
    hook_view::{HookView, PresetsView, ReminderView, TrialMessage, TrialView},
    key,
    problem::Problem,
};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;
use vestnik_app::hook::{
    Arriving, MANAGED_DOOR, arrive,
    managed::{self, HookError, HookForm, Managed},
};
use vestnik_hooks::{event::EventName, notice, rule, source};
use vestnik_model::{
    id::{CallId, HookId, WorkspaceId},
    language::Language,
    messenger::Messenger,
};
use vestnik_store::reminder;

/// Reminders that are shown of a hook.
const REMINDERS_SHOWN: i64 = 200;

/// A hook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewHook {
    /// What to call it.
    name: String,
    /// Its settings.
    #[schema(value_type = Object)]
    settings: HookForm,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HookChange {
    /// What to call it.
    name: Option<String>,
    /// Whether its calls are acted upon.
    active: Option<bool>,
    /// Its settings, as a whole.
    #[schema(value_type = Option<Object>)]
    settings: Option<HookForm>,
}

/// A trial of a hook.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trial {
    /// The event; absent = the source's sample.
    #[schema(value_type = Option<Object>)]
    event: Option<serde_json::Value>,
    /// Whether it is to be acted upon as if the source had called; absent = it is only shown.
    #[serde(default)]
    send: bool,
}

fn problem(error: HookError) -> Problem {
    match error {
        HookError::Invalid(what) => Problem::invalid(what),
        HookError::Missing => Problem::not_found("There is no such hook."),
        HookError::Store(_) => Problem::unavailable(),
    }
}

pub(super) fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::not_found(format!("There is no {text}.")))
}

pub(super) async fn find(
    doors: &Doors,
    workspace: WorkspaceId,
    id: &str,
) -> Result<Managed, Problem> {
    let id = HookId(number(id)?);
    let found = managed::get(&doors.hub, workspace, id).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    found.ok_or_else(|| Problem::not_found(format!("There is no hook {id}.")))
}

/// All hooks that are managed here.
#[utoipa::path(
    get,
    path = "/v1/hooks",
    responses(
        (status = 200, body = Vec<HookView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
) -> Result<Json<Vec<HookView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let found = managed::all(&doors.hub, workspace).await.map_err(|_| Problem::unavailable())?;
    Ok(Json(found.iter().map(|hook| HookView::of(&doors.hub, hook)).collect()))
}

/// Make a hook.
#[utoipa::path(
    post,
    path = "/v1/hooks",
    request_body = NewHook,
    responses(
        (status = 201, body = HookView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    body: Result<Told<NewHook>, Problem>,
) -> Result<(StatusCode, Json<HookView>), Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(new) = body?;
    let made = managed::add(&doors.hub, workspace, &new.name, new.settings).await;
    let made = made.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(HookView::of(&doors.hub, &made))))
}

/// A hook.
#[utoipa::path(
    get,
    path = "/v1/hooks/{id}",
    params(("id" = String, Path, description = "The hook's number.")),
    responses(
        (status = 200, body = HookView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<HookView>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let hook = find(&doors, workspace, &id).await?;
    Ok(Json(HookView::of(&doors.hub, &hook)))
}

/// Change a hook.
#[utoipa::path(
    patch,
    path = "/v1/hooks/{id}",
    request_body = HookChange,
    params(("id" = String, Path, description = "The hook's number.")),
    responses(
        (status = 200, body = HookView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Told<HookChange>, Problem>,
) -> Result<Json<HookView>, Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(new) = body?;
    let hook = find(&doors, workspace, &id).await?;
    let changed = Managed {
        name: new.name.unwrap_or(hook.name.clone()),
        is_active: new.active.unwrap_or(hook.is_active),
        settings: match new.settings {
            Some(settings) => HookForm { v: 1, ..settings },
            None => hook.settings.clone(),
        },
        ..hook
    };
    let changed = managed::change(&doors.hub, changed).await.map_err(problem)?;
    Ok(Json(HookView::of(&doors.hub, &changed)))
}

/// Remove a hook.
#[utoipa::path(
    delete,
    path = "/v1/hooks/{id}",
    params(("id" = String, Path, description = "The hook's number.")),
    responses(
        (status = 204),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn remove(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let hook = find(&doors, workspace, &id).await?;
    managed::remove(&doors.hub, hook.id).await.map_err(|_| Problem::unavailable())?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try a hook with an event: see what each rule would write, or have it acted upon.
#[utoipa::path(
    post,
    path = "/v1/hooks/{id}/test",
    request_body = Trial,
    params(("id" = String, Path, description = "The hook's number.")),
    responses(
        (status = 200, body = TrialView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn test(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Told<Trial>, Problem>,
) -> Result<Json<TrialView>, Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(trial) = body?;
    let hook = find(&doors, workspace, &id).await?;
    let source = source::find(&hook.settings.source).ok_or_else(Problem::fault)?;
    let body = match &trial.event {
        Some(event) => event.to_string().into_bytes(),
        None => source.sample().as_bytes().to_vec(),
    };
    let shown = shown(&doors, &hook, &body)?;
    let call = match trial.send {
        true => Some(play(&doors, &hook, body).await?),
        false => None,
    };
    Ok(Json(TrialView { messages: shown, call: call.map(|call| call.to_string()) }))
}

/// A test event is played as often as somebody asks for it: as a call that is played again.
async fn play(doors: &Doors, hook: &Managed, body: Vec<u8>) -> Result<CallId, Problem> {
    let arriving = Arriving {
        workspace: hook.workspace,
        hook: Some(hook.id),
        door: MANAGED_DOOR,
        query: Vec::new(),
        body,
        replay_of: Some(CallId(0)),
    };
    arrive(&doors.hub, arriving).await.map_err(|_| Problem::unavailable())
}

/// What each rule would write about an event, to whom.
fn shown(doors: &Doors, hook: &Managed, body: &[u8]) -> Result<Vec<TrialMessage>, Problem> {
    let settings = &hook.settings;
    let source = source::find(&settings.source).ok_or_else(Problem::fault)?;
    let event = source.translate(&settings.mapping, body);
    let event = event.map_err(|error| Problem::invalid(format!("event: {error}")))?;
    let setup = doors.hub.setup();
    let messenger = settings.links.first().and_then(|link| setup.account(link.account));
    let messenger = messenger.map_or(Messenger::Whatsapp, |account| account.account.messenger);
    let addressing = settings.addressing();
    let now = settings.rules_now(&event);
    let timed = settings.rules.iter().filter(|rule| rule.due_at(&event).is_some());
    let mut out = Vec::new();
    for rule in now.iter().chain(timed) {
        for participant in event.participants.iter().filter(|p| rule.is_met(&event, p)) {
            let template = settings.template_of(rule);
            let template = template.map_err(|e| Problem::invalid(format!("template: {e}")))?;
            let (message, layout) = (settings.words_of(rule), &settings.layout());
            let text = notice::write(&event, Some(participant), layout, message, template.as_ref());
            let text = text.map_err(|e| Problem::invalid(format!("template: {e}")))?;
            let (hub, to) = (&doors.hub, &addressing);
            out.push(TrialMessage::of(hub, to, rule, participant, &event, messenger, &text));
        }
    }
    Ok(out)
}

/// Rules to begin with, in good words.
#[utoipa::path(
    get,
    path = "/v1/hooks/presets",
    params(("lang" = Option<String>, Query, description = "ru or en.")),
    responses((status = 200, body = PresetsView))
)]
pub(super) async fn presets(
    State(doors): State<Arc<Doors>>,
    asked: Result<Query<BTreeMap<String, String>>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<PresetsView>, Problem> {
    key::workspace(&doors, &headers)?;
    let Query(asked) = asked.map_err(|error| Problem::invalid(error.body_text()))?;
    let language = Language::pick(asked.get("lang").map_or("ru", String::as_str));
    Ok(Json(PresetsView {
        rules: rule::presets(language),
        template: vestnik_hooks::template::DEFAULT_TEMPLATE,
        events: EventName::all().map(String::from).collect(),
        sources: source::all().iter().map(|source| source.code()).collect(),
    }))
}

/// The reminders of a hook.
#[utoipa::path(
    get,
    path = "/v1/hooks/{id}/reminders",
    params(("id" = String, Path, description = "The hook's number.")),
    responses(
        (status = 200, body = Vec<ReminderView>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn reminders(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<ReminderView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let hook = find(&doors, workspace, &id).await?;
    let id = hook.id;
    let found = doors.hub.read(move |tx| reminder::of_hook(tx, id, REMINDERS_SHOWN)).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    Ok(Json(found.iter().map(|one| ReminderView::of(&hook, one)).collect()))
}
