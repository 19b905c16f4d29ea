//! `/v1/accounts`: connecting accounts of providers, seeing how they do, changing them.

use super::{account_view::AccountView, body::Told, key, problem::Problem};
use crate::Doors;
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use utoipa::ToSchema;
use vestnik_app::{
    account::{self, Connect, ConnectError},
    admin, chore,
    setup::AccountSetup,
};
use vestnik_model::{
    id::AccountId, language::Language, messenger::Messenger, phone::Phone, secret::Secret,
};
use vestnik_provider::chore::{Chore, Finding, Qr};

/// Longest name of an account or a queue, characters.
const NAME_CHARS_MAX: usize = 100;

/// An account to be connected.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAccount {
    /// The provider's code, as `GET /v1/providers` lists it.
    provider: String,
    /// The messenger, if the provider carries several.
    messenger: Option<String>,
    /// What to call it.
    #[serde(default)]
    name: String,
    /// Its settings by name.
    settings: BTreeMap<String, String>,
    /// A phone that gets a verification message first: without it nothing is saved.
    confirmation_phone: Option<String>,
    /// The language its customers write in: ru or en.
    language: Option<String>,
    /// The queue whose operators answer.
    #[serde(default)]
    queue: String,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountChange {
    /// What to call it.
    name: Option<String>,
    /// Whether it sends and receives.
    active: Option<bool>,
    /// The language its customers write in: ru or en.
    language: Option<String>,
    /// The queue whose operators answer.
    queue: Option<String>,
    /// Settings by name; those left out stay.
    #[serde(default)]
    settings: BTreeMap<String, String>,
}

/// All accounts.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    responses(
        (status = 200, body = Vec<AccountView>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
) -> Result<Json<Vec<AccountView>>, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let setup = doors.hub.setup();
    let known = doors.hub.read(vestnik_store::account::conditions).await;
    let known = known.map_err(|_| Problem::unavailable())?;
    let ours = setup.accounts().filter(|a| a.account.workspace == workspace);
    let view = |a: &Arc<AccountSetup>| AccountView::of(&doors.hub, a, known.get(&a.account.id));
    Ok(Json(ours.map(view).collect()))
}

/// Connect an account: the provider is asked first, and what it refuses is not saved.
#[utoipa::path(
    post,
    path = "/v1/accounts",
    request_body = NewAccount,
    responses(
        (status = 201, body = AccountView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn connect(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    body: Result<Told<NewAccount>, Problem>,
) -> Result<(StatusCode, Json<AccountView>), Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(new) = body?;
    let phone = |text: &str| {
        let phone = Phone::parse(text);
        phone.ok_or_else(|| Problem::invalid("confirmationPhone: not a phone number."))
    };
    let connect = Connect {
        workspace,
        provider: new.provider,
        messenger: new.messenger.as_deref().map(messenger).transpose()?,
        name: name(new.name)?,
        settings: secrets(new.settings),
        confirmation: new.confirmation_phone.as_deref().map(phone).transpose()?,
        language: new.language.as_deref().map(language).transpose()?.unwrap_or_default(),
        queue: name(new.queue)?,
        is_unpaced: false,
    };
    let connected = account::connect(&doors.hub, connect).await.map_err(problem)?;
    let setup = doors.hub.setup();
    let account = setup.account(connected.id).ok_or_else(Problem::unavailable)?;
    let view = AccountView::of(&doors.hub, account, Some(&connected.condition));
    Ok((StatusCode::CREATED, Json(view)))
}

/// Change an account. New settings are tried at the provider first; one that is empty is taken away.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{id}",
    request_body = AccountChange,
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = AccountView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Told<AccountChange>, Problem>,
) -> Result<Json<AccountView>, Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(new) = body?;
    let id = find(&doors, &headers, &id)?.account.id;
    let change = admin::AccountChange {
        name: new.name.map(name).transpose()?.filter(|name| !name.is_empty()),
        active: new.active,
        language: new.language.as_deref().map(language).transpose()?,
        queue: new.queue.map(name).transpose()?,
        settings: secrets(new.settings),
        ..admin::AccountChange::default()
    };
    account::change(&doors.hub, workspace, id, change).await.map_err(problem)?;
    let setup = doors.hub.setup();
    let account = setup.account(id).ok_or_else(Problem::unavailable)?;
    Ok(Json(AccountView::of(&doors.hub, account, None)))
}

/// Ask the provider how an account does, and order its webhooks if they go nowhere.
#[utoipa::path(
    post,
    path = "/v1/accounts/{id}/check",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn check(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<AccountView>, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    looked_after(&doors, &account).await
}

/// Take an account over: have its webhooks sent here, whoever has them now.
#[utoipa::path(
    post,
    path = "/v1/accounts/{id}/subscribe",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = AccountView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn subscribe(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<AccountView>, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    if !account::subscribe(&doors.hub, account.provider, &account.account).await {
        return Err(Problem::refused(
            "The webhooks could not be ordered. Set server.public_url, or enter the account's \
             webhook address in the provider's own cabinet.",
        ));
    }
    looked_after(&doors, &account).await
}

/// Looks after an account; how it does now, stopped or let go on by what was found.
async fn looked_after(doors: &Doors, account: &AccountSetup) -> Result<Json<AccountView>, Problem> {
    let condition = account::look_after(&doors.hub, account).await;
    let condition = condition.map_err(|_| Problem::unavailable())?;
    doors.hub.refresh().await.map_err(|_| Problem::unavailable())?;
    let setup = doors.hub.setup();
    let account = setup.account(account.account.id).ok_or_else(Problem::unavailable)?;
    Ok(Json(AccountView::of(&doors.hub, account, Some(&condition))))
}

/// The code to be scanned with the account's phone, as a picture.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/qr",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "image/png"),
        (status = 204, description = "The account is logged in: nothing to scan."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn qr(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    let fresh = [(header::CACHE_CONTROL, "no-store")];
    let found = run(&doors, &account, &Chore::Qr).await?;
    let Finding::Qr(code) = found else { return Err(Problem::refused(chore::words(&found))) };
    match code {
        Qr::NotNeeded => Ok(StatusCode::NO_CONTENT.into_response()),
        Qr::Png(png) => Ok((fresh, [(header::CONTENT_TYPE, "image/png")], png).into_response()),
        Qr::Text(text) => {
            let picture = qrcode::QrCode::new(text.as_bytes())
                .map_err(|_| Problem::refused("The provider's code can't be drawn."))?;
            let svg = picture.render::<qrcode::render::svg::Color<'_>>().build();
            Ok((fresh, [(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response())
        }
    }
}

/// A setting at the provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingValue {
    name: String,
    value: String,
}

/// The account's settings at the provider.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/settings",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = Vec<SettingValue>),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn settings(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Vec<SettingValue>>, Problem> {
    let account = find(&doors, &headers, &id)?;
    let found = run(&doors, &account, &Chore::Settings).await?;
    let Finding::Settings(found) = found else {
        return Err(Problem::refused(chore::words(&found)));
    };
    let value = |(name, value)| SettingValue { name, value };
    Ok(Json(found.into_iter().map(value).collect()))
}

/// Change the account's settings at the provider.
#[utoipa::path(
    patch,
    path = "/v1/accounts/{id}/settings",
    request_body = BTreeMap<String, String>,
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 204, description = "Changed; some providers take minutes to apply it."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn change_settings(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Told<BTreeMap<String, String>>, Problem>,
) -> Result<StatusCode, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    let Told(values) = body?;
    let values: Vec<_> = values.into_iter().collect();
    done(&run(&doors, &account, &Chore::Change { values: &values }).await?)
}

/// Something done at the provider: restart, logout, or clear-queue.
#[utoipa::path(
    post,
    path = "/v1/accounts/{id}/do/{what}",
    params(
        ("id" = String, Path, description = "The account's number."),
        ("what" = String, Path, description = "restart, logout or clear-queue."),
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn act(
    State(doors): State<Arc<Doors>>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    key::may_write(&doors, &headers)?;
    let account = find(&doors, &headers, &id)?;
    let chore = match what.as_str() {
        "restart" => Chore::Restart,
        "logout" => Chore::Logout,
        "clear-queue" => Chore::ClearQueue,
        _ => return Err(Problem::not_found("restart, logout or clear-queue.")),
    };
    done(&run(&doors, &account, &chore).await?)
}

/// How many messages wait at the provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct QueueLength {
    waiting: u64,
}

/// How many messages wait at the provider.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}/queue",
    params(("id" = String, Path, description = "The account's number.")),
    responses(
        (status = 200, body = QueueLength),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn queue(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<QueueLength>, Problem> {
    let account = find(&doors, &headers, &id)?;
    let found = run(&doors, &account, &Chore::Queue).await?;
    let Finding::Count(waiting) = found else {
        return Err(Problem::refused(chore::words(&found)));
    };
    Ok(Json(QueueLength { waiting }))
}

pub(super) fn find(
    doors: &Doors,
    headers: &HeaderMap,
    id: &str,
) -> Result<Arc<AccountSetup>, Problem> {
    let workspace = key::workspace(doors, headers)?;
    let setup = doors.hub.setup();
    let found = id.parse().ok().and_then(|id| setup.account(AccountId(id)).cloned());
    let found = found.filter(|a| a.account.workspace == workspace);
    found.ok_or_else(|| Problem::not_found(format!("There is no account {id}.")))
}

async fn run(doors: &Doors, account: &AccountSetup, chore: &Chore<'_>) -> Result<Finding, Problem> {
    let transport = &*doors.hub.transport;
    let found = chore::run(transport, account.provider, &account.account, chore).await;
    if found == Finding::Unsupported {
        return Err(Problem::refused("This provider has no such thing."));
    }
    Ok(found)
}

fn done(found: &Finding) -> Result<StatusCode, Problem> {
    if *found == Finding::Done {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::refused(chore::words(found)))
    }
}

fn problem(error: ConnectError) -> Problem {
    match error {
        ConnectError::Invalid(reason) => Problem::invalid(reason),
        ConnectError::Taken(holder) => Problem::refused(format!("{holder}. Nothing was saved.")),
        ConnectError::Refused(_) | ConnectError::Later(_) => {
            Problem::differs(format!("{error}. Nothing was saved."))
        }
        ConnectError::Missing => Problem::not_found("There is no such account."),
        ConnectError::Store(_) => Problem::unavailable(),
        ConnectError::Randomness => Problem::fault(),
    }
}

fn secrets(settings: BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    settings.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}

fn messenger(code: &str) -> Result<Messenger, Problem> {
    let found = Messenger::parse(code);
    found.ok_or_else(|| Problem::invalid("messenger: whatsapp, telegram, max or vk."))
}

fn language(code: &str) -> Result<Language, Problem> {
    match code {
        "ru" => Ok(Language::Ru),
        "en" => Ok(Language::En),
        _ => Err(Problem::invalid("language: ru or en.")),
    }
}

fn name(text: String) -> Result<String, Problem> {
    if text.chars().count() > NAME_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(Problem::invalid("name and queue: at most 100 printable characters."));
    }
    Ok(text)
}
