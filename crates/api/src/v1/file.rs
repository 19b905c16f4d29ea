//! `/v1/files`: files that messages carry, and `/files/…`: the same, shown to providers by signed
//! addresses.

use super::{key, problem::Problem};
use crate::{
    Doors,
    body::{self, BodyError},
};
use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use vestnik_app::file::{self, FileTrouble};
use vestnik_model::{file::FileHash, limits::FILE_BYTES_MAX};
use vestnik_store::file::StoredFile;

/// A stored file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// Its number: the SHA-256 of its bytes.
    id: String,
    /// Its media type, by its bytes.
    mime: String,
    /// Its size in bytes.
    size: u64,
    /// The number of a small picture of it, if one could be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail: Option<String>,
}

impl FileView {
    fn of(file: &StoredFile) -> Self {
        Self {
            id: file.hash.to_string(),
            mime: file.mime.clone(),
            size: file.size,
            thumbnail: file.thumbnail.map(|hash| hash.to_string()),
        }
    }
}

/// Keep a file: the body is its bytes. What it is is found in them; the same file is kept once.
#[utoipa::path(
    post,
    path = "/v1/files",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = FileView),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 413, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<FileView>), Problem> {
    let (head, body) = request.into_parts();
    let workspace = key::may_write(&doors, &head.headers)?;
    let bytes = body::read(body, FILE_BYTES_MAX).await.map_err(|error| match error {
        BodyError::TooLong => Problem::too_large(FileTrouble::TooLarge.to_string()),
        BodyError::Broken => Problem::invalid("The file did not come whole."),
    })?;
    if bytes.is_empty() {
        return Err(Problem::invalid("The file is empty."));
    }
    let kept = file::keep(&doors.hub, workspace, bytes.to_vec()).await;
    let kept = kept.map_err(|error| match error {
        FileTrouble::TooLarge => Problem::too_large(error.to_string()),
        FileTrouble::Later(_) | FileTrouble::Gone(_) => Problem::unavailable(),
    })?;
    Ok((StatusCode::CREATED, Json(FileView::of(&kept))))
}

/// A file's bytes.
#[utoipa::path(
    get,
    path = "/v1/files/{id}",
    params(("id" = String, Path, description = "The file's number.")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(
    State(doors): State<Arc<Doors>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let workspace = key::workspace(&doors, &headers)?;
    let missing = || Problem::not_found("There is no such file.");
    let hash = FileHash::parse(&id).ok_or_else(missing)?;
    let known = doors.hub.read(move |tx| vestnik_store::file::known(tx, workspace, hash)).await;
    let mime = known.map_err(|_| Problem::unavailable())?.ok_or_else(missing)?;
    show(&doors, hash, &mime).await
}

/// A file by its signed address: for providers, which have no key of ours.
pub async fn shown(
    State(doors): State<Arc<Doors>>,
    Path((id, until, signature, _name)): Path<(String, i64, String, String)>,
) -> Response {
    let Some(hash) = FileHash::parse(&id) else { return StatusCode::NOT_FOUND.into_response() };
    if !doors.hub.files.is_shown(hash, until, &signature, doors.hub.now()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mime = doors.hub.read(move |tx| vestnik_store::file::mime(tx, hash)).await;
    let mime = mime.ok().flatten().unwrap_or_else(|| "application/octet-stream".to_owned());
    show(&doors, hash, &mime).await.unwrap_or_else(IntoResponse::into_response)
}

async fn show(doors: &Doors, hash: FileHash, mime: &str) -> Result<Response, Problem> {
    let bytes = file::read(&doors.hub, hash).await.map_err(|error| match error {
        FileTrouble::Gone(_) | FileTrouble::TooLarge => Problem::not_found(error.to_string()),
        FileTrouble::Later(_) => Problem::unavailable(),
    })?;
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(mime).unwrap_or(octets));
    // What a customer sent must never run as a page of ours.
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::CACHE_CONTROL, "private, max-age=86400, immutable"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
