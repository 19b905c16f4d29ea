//! Messages that came in, as our own API shows them.

use serde::Serialize;
use utoipa::ToSchema;
use vestnik_app::{incoming::WithFiles, setup::Setup};
use vestnik_model::{id::id_time, incoming::Extra};
use vestnik_store::attachment::Attachment;

use super::message::view::moment;

/// A page of messages that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncomingPage {
    /// The messages.
    messages: Vec<IncomingView>,
    /// Give it as `before` (or `after`, if that was given) to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A message that came in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncomingView {
    /// Its number: `replyTo` of an answer.
    id: String,
    /// Always `in`.
    direction: &'static str,
    /// The account it came to.
    account: String,
    /// The messenger.
    #[serde(skip_serializing_if = "Option::is_none")]
    messenger: Option<&'static str>,
    /// The chat it stands in.
    chat: ChatView,
    /// Who wrote it.
    author: AuthorView,
    /// Whether it was written on our own phone, not by a customer.
    is_own: bool,
    /// The words.
    text: String,
    /// The files.
    files: Vec<AttachmentView>,
    /// What it holds beside words and files: location, contact, pressed, reaction, other.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    extra: Option<Extra>,
    /// The provider's id of what it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    quote: Option<QuoteView>,
    /// The provider's id of it.
    remote_id: String,
    /// When it was written, by the provider's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// When it came.
    received_at: String,
    /// When it last changed.
    updated_at: String,
    /// Its words before they were changed, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    before: Vec<String>,
    /// When its author took it back.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    /// Signs put to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reactions: Vec<String>,
}

/// A chat.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatView {
    id: String,
    is_group: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthorView {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// What is answered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteView {
    remote_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

/// A file that came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttachmentView {
    /// How it is shown.
    kind: &'static str,
    /// waiting, fetched, refused or expired.
    state: &'static str,
    /// Its number for `GET /v1/files/{id}`, once it is fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// What it is called.
    name: String,
    /// Its media type.
    mime: String,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// Why it stands there.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
}

impl IncomingPage {
    pub(super) fn of(setup: &Setup, found: Vec<WithFiles>, limit: usize) -> Self {
        let next = found.last().filter(|_| found.len() >= limit).map(|f| f.stored.id.to_string());
        let messages = found.into_iter().map(|f| IncomingView::of(setup, f)).collect();
        Self { messages, next }
    }
}

impl IncomingView {
    pub(super) fn of(setup: &Setup, found: WithFiles) -> Self {
        let WithFiles { stored, files } = found;
        let record = stored.record;
        let incoming = record.incoming;
        let kinds: Vec<_> = incoming.files.iter().map(|f| f.kind.code()).collect();
        let messenger = setup.account(stored.account).map(|a| a.account.messenger.code());
        Self {
            id: stored.id.to_string(),
            direction: "in",
            account: stored.account.to_string(),
            messenger,
            chat: ChatView {
                id: incoming.chat.id,
                is_group: incoming.chat.is_group,
                title: incoming.chat.title,
            },
            author: AuthorView {
                id: incoming.author.id,
                name: incoming.author.name,
                username: incoming.author.username,
                phone: incoming.author.phone.map(|phone| phone.to_string()),
            },
            is_own: incoming.is_own,
            text: incoming.text,
            files: files.iter().map(|file| AttachmentView::of(file, &kinds)).collect(),
            extra: incoming.extra,
            quote: incoming.quote.map(|q| QuoteView { remote_id: q.remote_id, text: q.text }),
            remote_id: incoming.remote_id,
            sent_at: incoming.at.map(moment),
            received_at: moment(id_time(stored.id.0)),
            updated_at: moment(stored.updated_at),
            before: record.before.into_iter().map(|edit| edit.text).collect(),
            deleted_at: record.deleted_at.map(moment),
            reactions: record.reactions,
        }
    }
}

impl AttachmentView {
    fn of(file: &Attachment, kinds: &[&'static str]) -> Self {
        Self {
            kind: kinds.get(usize::from(file.n)).copied().unwrap_or("document"),
            state: file.state.code(),
            id: file.hash.map(|hash| hash.to_string()),
            name: file.name.clone(),
            mime: file.mime.clone(),
            size: file.size,
            detail: file.detail.clone(),
        }
    }
}
