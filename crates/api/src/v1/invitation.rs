//! `POST /v1/invitations`: a link by which a customer opens a chat, tied to their number.

use super::{body::Told, key, message::view::moment, problem::Problem};
use crate::Doors;
use axum::{Json, extract::State, http::HeaderMap};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;
use vestnik_app::invitation;
use vestnik_model::{id::AccountId, phone::Phone};

/// Whom to invite, and where.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The account whose chat is to be opened.
    account: String,
    /// The customer's number.
    phone: String,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitationView {
    /// The link: the first who comes by it counts as the owner of the number.
    url: String,
    /// Until when it counts.
    expires_at: String,
}

/// Invite a customer into a messenger that can't be written to by number (Telegram, VK, MAX).
#[utoipa::path(
    post,
    path = "/v1/invitations",
    request_body = NewInvitation,
    responses(
        (status = 200, body = InvitationView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn invite(
    State(doors): State<Arc<Doors>>,
    headers: HeaderMap,
    body: Result<Told<NewInvitation>, Problem>,
) -> Result<Json<InvitationView>, Problem> {
    let workspace = key::may_write(&doors, &headers)?;
    let Told(new) = body?;
    let phone = Phone::parse(&new.phone);
    let phone = phone.ok_or_else(|| Problem::invalid("phone: not a phone number."))?;
    let id = new.account.parse().map(AccountId);
    let id = id.map_err(|_| Problem::invalid("account: its number."))?;
    let setup = doors.hub.setup();
    let account = setup.account(id).filter(|a| a.account.workspace == workspace);
    let account =
        account.ok_or_else(|| Problem::not_found(format!("There is no account {id}.")))?;
    let made = invitation::invite(&doors.hub, account, phone).await;
    let made = made.map_err(|_| Problem::unavailable())?;
    let (url, expires_at) = made.ok_or_else(|| {
        Problem::invalid("This account needs no invitation: it can write to a number.")
    })?;
    Ok(Json(InvitationView { url, expires_at: moment(expires_at) }))
}
