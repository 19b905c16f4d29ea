//! `POST /v1/messages`: a message by our own API, with everything a messenger can carry.

use super::{key, problem::Problem};
use crate::{
    Doors,
    body::{self, BodyError},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, Request, StatusCode},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use utoipa::ToSchema;
use vestnik_app::{
    incoming,
    send::{self, Asker, FoundSender, RequestLink, Sent},
    setup::{AccountSetup, Setup},
};
use vestnik_engine::plan::{Until, Wanted};
use vestnik_model::{
    account::Class,
    content::{self, ButtonAction, Content},
    file::{File, FileHash, FileKind, Source},
    id::{AccountId, IncomingId, MessageId, WorkspaceId, fingerprint},
    limits::{
        CASCADE_LINKS_MAX, IMAGE_URL_CHARS_MAX, PARTNER_ID_CHARS_MAX, TTL_DEFAULT, TTL_MAX, TTL_MIN,
    },
    messenger::Messenger,
    phone::Phone,
    recipient::Recipient,
    time::Millis,
};

/// Longest body of a call, bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest text, characters: the longest that fits into the most bubbles anywhere.
const TEXT_CHARS_MAX: usize = 65_536;
/// Longest id of a chat or a template, characters.
const ID_CHARS_MAX: usize = 256;
/// Most buttons below a text, and most values of a template.
const LIST_MAX: usize = 32;

/// A message to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMessage {
    /// The recipient; may be left out with `replyTo`.
    to: Option<To>,
    /// The number of a message that came in: this one answers it, in its chat, as a quote.
    reply_to: Option<String>,
    /// The links, tried in order until one is delivered.
    links: Vec<NewLink>,
    /// After how many seconds a link that is not delivered gives way to the next (one day).
    ttl_seconds: Option<i64>,
}

/// A recipient: one of the three.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct To {
    /// A person by their number.
    phone: Option<String>,
    /// A person's chat by the provider's id of it.
    chat: Option<String>,
    /// A group by the provider's id of it.
    group: Option<String>,
}

/// One link: where, and what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLink {
    /// The account it goes through; else the first one in use of the messenger.
    account: Option<String>,
    /// The messenger, if no account is given: whatsapp, telegram, max or vk.
    messenger: Option<String>,
    /// The text; with a file, the words under it.
    text: Option<String>,
    /// A file.
    file: Option<NewFile>,
    /// Buttons below the text.
    buttons: Option<Vec<NewButton>>,
    /// A template, instead of all else.
    template: Option<NewTemplate>,
    /// What must be reached in time: delivered (the default) or read.
    until: Option<String>,
}

/// A file: one that was put by `POST /v1/files`, or one at an address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewFile {
    /// Its number, as `POST /v1/files` answered.
    id: Option<String>,
    /// Its address.
    url: Option<String>,
    /// How it is shown: image, document, audio, voice or video; else by what it is.
    kind: Option<String>,
    /// What it is called.
    name: Option<String>,
}

/// A button: it answers, or opens an address, or asks for the customer's contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewButton {
    /// What it says.
    title: String,
    /// What comes back when it is pressed.
    reply: Option<String>,
    /// The address it opens.
    open: Option<String>,
    /// Whether it asks for the customer's own contact.
    #[serde(default)]
    share_contact: bool,
}

/// A template with its values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTemplate {
    /// Its name or id at the provider.
    id: String,
    /// Its language as the provider writes it.
    #[serde(default)]
    language: String,
    /// The values of its places.
    #[serde(default)]
    values: Vec<String>,
}

/// A message that was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AcceptedMessage {
    /// Its number.
    mt_num: String,
}

/// Send a message. With an `Idempotency-Key` the same call may be repeated: it is sent once.
#[utoipa::path(
    post,
    path = "/v1/messages",
    request_body = NewMessage,
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 50 characters.")),
    responses(
        (status = 202, body = AcceptedMessage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn send(
    State(doors): State<Arc<Doors>>,
    request: Request<Body>,
) -> Result<(StatusCode, Json<AcceptedMessage>), Problem> {
    let (head, body) = request.into_parts();
    let workspace = key::may_write(&doors, &head.headers)?;
    let reference = idempotency_key(&head.headers)?;
    let bytes = body::read(body, BODY_BYTES_MAX).await.map_err(|error| match error {
        BodyError::TooLong => Problem::invalid("The body is too long."),
        BodyError::Broken => Problem::invalid("The body did not come whole."),
    })?;
    let new: NewMessage =
        serde_json::from_slice(&bytes).map_err(|error| Problem::invalid(error.to_string()))?;
    let body_hash = fingerprint(&bytes);
    let (mut draft, class) = draft(&doors, workspace, new).await?;
    draft.partner_ref = reference;
    draft.body_hash = body_hash;
    let asker = Asker::own(workspace, class);
    match send::send(&doors.hub, &asker, draft).await {
        Sent::Accepted(id) => {
            Ok((StatusCode::ACCEPTED, Json(AcceptedMessage { mt_num: id.to_string() })))
        }
        Sent::Differs(MessageId(id)) => Err(Problem::differs(format!(
            "This Idempotency-Key was used for another body: message {id}."
        ))),
        Sent::BadContent(reason) => Err(Problem::invalid(reason)),
        Sent::Duplicate | Sent::DeadlinePassed | Sent::BadSchedule(_) | Sent::Fault => {
            Err(Problem::fault())
        }
        Sent::Unavailable => Err(Problem::unavailable()),
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.chars().count() > PARTNER_ID_CHARS_MAX {
        return Err(Problem::invalid("Idempotency-Key: 1 to 50 printable characters are needed."));
    }
    Ok(Some(text.to_owned()))
}

async fn draft(
    doors: &Doors,
    workspace: WorkspaceId,
    new: NewMessage,
) -> Result<(send::Request, Class), Problem> {
    let answered = match &new.reply_to {
        Some(id) => Some(answered(doors, workspace, id).await?),
        None => None,
    };
    let recipient = match (&new.to, &answered) {
        (Some(to), _) => recipient(to)?,
        (None, Some(answered)) => answered.recipient(),
        (None, None) => return Err(Problem::invalid("to or replyTo is needed.")),
    };
    if new.links.is_empty() || new.links.len() > CASCADE_LINKS_MAX {
        return Err(Problem::invalid(format!("links: 1 to {CASCADE_LINKS_MAX} are needed.")));
    }
    let ttl = match new.ttl_seconds {
        None => TTL_DEFAULT,
        Some(seconds) => Some(Millis::seconds(seconds.clamp(0, TTL_MAX.0)))
            .filter(|ttl| (TTL_MIN..=TTL_MAX).contains(ttl))
            .ok_or_else(|| Problem::invalid("ttlSeconds: 1 to 604800."))?,
    };
    let setup = doors.hub.setup();
    let mut used = BTreeSet::new();
    let mut links = Vec::with_capacity(new.links.len());
    for link in new.links {
        let account = account(&setup, workspace, &link, answered.as_ref(), &used)?;
        used.insert(account.account.id);
        let quote = answered.as_ref().filter(|a| a.account == account.account.id);
        let sender = FoundSender {
            name: account.account.name.clone(),
            account: account.account.id,
            traffic: 1,
        };
        links.push(RequestLink {
            messenger: account.account.messenger,
            until: until(&setup, &sender, link.until.as_deref())?,
            sender,
            content: content(doors, workspace, link).await?,
            quote: quote.map(|a| a.remote_id.clone()),
            ttl,
        });
    }
    let class = if answered.is_some() { Class::Live } else { Class::Transactional };
    let request = send::Request {
        recipient,
        partner_ref: None,
        links,
        schedule: None,
        deadline: None,
        reports: Wanted::Nothing,
        notify_url: None,
        extra: Vec::new(),
        body_hash: 0,
    };
    Ok((request, class))
}

/// What a link must reach: no more than its account will tell of.
fn until(setup: &Setup, sender: &FoundSender, wanted: Option<&str>) -> Result<Until, Problem> {
    match wanted {
        None | Some("delivered") => Ok(Until::Delivered),
        Some("read") if send::tells_of_reading(setup, sender) => Ok(Until::Read),
        Some("read") => {
            let name = &sender.name;
            Err(Problem::invalid(format!("until: {name} does not tell when a message is read.")))
        }
        Some(_) => Err(Problem::invalid("until: delivered or read.")),
    }
}

/// A message that is answered.
struct Answered {
    account: AccountId,
    chat: String,
    is_group: bool,
    remote_id: String,
}

impl Answered {
    fn recipient(&self) -> Recipient {
        if self.is_group {
            Recipient::Group { group: self.chat.clone() }
        } else {
            Recipient::Person { person: self.chat.clone() }
        }
    }
}

async fn answered(doors: &Doors, workspace: WorkspaceId, id: &str) -> Result<Answered, Problem> {
    let number = id.parse().ok().map(IncomingId);
    let number = number.ok_or_else(|| Problem::invalid("replyTo: the number of a message."))?;
    let found = incoming::get(&doors.hub, workspace, number).await;
    let found = found.map_err(|_| Problem::unavailable())?;
    let found = found.ok_or_else(|| Problem::not_found(format!("There is no message {id}.")))?;
    let incoming = found.stored.record.incoming;
    Ok(Answered {
        account: found.stored.account,
        chat: incoming.chat.id,
        is_group: incoming.chat.is_group,
        remote_id: incoming.remote_id,
    })
}

fn recipient(to: &To) -> Result<Recipient, Problem> {
    let id = |text: &String| {
        let is_fine = !text.is_empty()
            && text.chars().count() <= ID_CHARS_MAX
            && !text.chars().any(char::is_control);
        is_fine.then(|| text.clone()).ok_or_else(|| Problem::invalid("to: that is no id."))
    };
    match (&to.phone, &to.chat, &to.group) {
        (Some(phone), None, None) => {
            let phone = Phone::parse(phone);
            Ok(phone.ok_or_else(|| Problem::invalid("to.phone: not a phone number."))?.into())
        }
        (None, Some(chat), None) => Ok(Recipient::Person { person: id(chat)? }),
        (None, None, Some(group)) => Ok(Recipient::Group { group: id(group)? }),
        (_, _, _) => Err(Problem::invalid("to: one of phone, chat and group.")),
    }
}

fn account(
    setup: &Setup,
    workspace: WorkspaceId,
    link: &NewLink,
    answered: Option<&Answered>,
    used: &BTreeSet<AccountId>,
) -> Result<Arc<AccountSetup>, Problem> {
    let of_id = |id: AccountId| {
        let found = setup.account(id).filter(|a| a.account.workspace == workspace);
        found.cloned().ok_or_else(|| Problem::not_found(format!("There is no account {id}.")))
    };
    if let Some(text) = &link.account {
        let id = text.parse().ok().map(AccountId);
        return of_id(id.ok_or_else(|| Problem::invalid("account: its number."))?);
    }
    let Some(code) = &link.messenger else {
        let answered = answered.ok_or_else(|| Problem::invalid("account or messenger is needed."));
        return of_id(answered?.account);
    };
    let messenger = Messenger::parse(code)
        .ok_or_else(|| Problem::invalid("messenger: whatsapp, telegram, max or vk."))?;
    let fits = |a: &&Arc<AccountSetup>| {
        a.account.workspace == workspace
            && a.account.messenger == messenger
            && a.account.active
            && !used.contains(&a.account.id)
    };
    let works = |a: &&Arc<AccountSetup>| a.trouble.is_none();
    let found = setup.accounts().filter(fits).find(works);
    found.or_else(|| setup.accounts().find(fits)).cloned().ok_or_else(|| {
        let name = messenger.name();
        Problem::invalid(format!("There is no (further) account for {name} in use."))
    })
}

async fn content(doors: &Doors, workspace: WorkspaceId, link: NewLink) -> Result<Content, Problem> {
    let text = link.text.unwrap_or_default();
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Problem::invalid(format!("text: at most {TEXT_CHARS_MAX} characters.")));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Problem::invalid("text: control characters are not allowed."));
    }
    match (link.template, link.file, link.buttons) {
        (Some(template), None, None) if text.is_empty() => {
            Ok(Content::Template(to_template(template)?))
        }
        (Some(_), _, _) => Err(Problem::invalid("template: it stands alone.")),
        (None, Some(file), None) => Ok(Content::File(to_file(doors, workspace, file, text).await?)),
        (None, Some(_), Some(_)) => {
            Err(Problem::invalid("buttons stand below a text, not a file."))
        }
        (None, None, Some(buttons)) if !text.is_empty() => {
            if buttons.is_empty() || buttons.len() > LIST_MAX {
                return Err(Problem::invalid(format!("buttons: 1 to {LIST_MAX}.")));
            }
            let buttons = buttons.into_iter().map(to_button).collect::<Result<_, _>>()?;
            Ok(Content::Choice { text, buttons })
        }
        (None, None, None) if !text.is_empty() => Ok(Content::Text(text)),
        (None, None, _) => Err(Problem::invalid("text is needed.")),
    }
}

fn to_template(template: NewTemplate) -> Result<content::Template, Problem> {
    let is_id = |text: &str| text.chars().count() <= ID_CHARS_MAX;
    let is_fine = !template.id.is_empty()
        && is_id(&template.id)
        && is_id(&template.language)
        && template.values.len() <= LIST_MAX
        && template.values.iter().all(|value| value.chars().count() <= TEXT_CHARS_MAX);
    if !is_fine {
        return Err(Problem::invalid("template: an id and at most 32 values."));
    }
    let NewTemplate { id, language, values } = template;
    Ok(content::Template { id, language, values, text: String::new() })
}

fn to_button(button: NewButton) -> Result<content::Button, Problem> {
    let action = match (button.reply, button.open, button.share_contact) {
        (Some(payload), None, false) => ButtonAction::Reply(payload),
        (None, Some(url), false) if is_url(&url) => ButtonAction::Open(url),
        (None, None, true) => ButtonAction::ShareContact,
        (_, _, _) => {
            return Err(Problem::invalid(
                "buttons: each has one of reply, open (an https address) and shareContact.",
            ));
        }
    };
    if button.title.is_empty() || button.title.chars().count() > ID_CHARS_MAX {
        return Err(Problem::invalid("buttons: each has a title."));
    }
    Ok(content::Button { title: button.title, action })
}

fn is_url(text: &str) -> bool {
    text.chars().count() <= IMAGE_URL_CHARS_MAX
        && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

async fn to_file(
    doors: &Doors,
    workspace: WorkspaceId,
    file: NewFile,
    caption: String,
) -> Result<File, Problem> {
    let kind = match &file.kind {
        Some(code) => Some(FileKind::parse(code).ok_or_else(|| {
            Problem::invalid("file.kind: image, document, audio, voice or video.")
        })?),
        None => None,
    };
    let name = file.name.unwrap_or_default();
    if name.chars().count() > ID_CHARS_MAX || name.chars().any(char::is_control) {
        return Err(Problem::invalid("file.name: at most 256 printable characters."));
    }
    match (file.id, file.url) {
        (Some(id), None) => {
            let hash = FileHash::parse(&id).ok_or_else(|| Problem::invalid("file.id: no id."))?;
            let known = doors.hub.read(move |tx| vestnik_store::file::get(tx, workspace, hash));
            let known = known.await.map_err(|_| Problem::unavailable())?;
            let known = known.ok_or_else(|| Problem::not_found("There is no such file."))?;
            let kind = kind.unwrap_or_else(|| FileKind::of_mime(&known.mime));
            Ok(File { kind, source: Source::Stored(hash), name, caption, mime: known.mime })
        }
        (None, Some(url)) if is_url(&url) => {
            let mut file = File::at(kind.unwrap_or(FileKind::Document), &url);
            if kind.is_none() {
                file.kind = kind_by_ending(file.file_name());
            }
            Ok(File { name, caption, ..file })
        }
        (None, Some(_)) => Err(Problem::invalid("file.url: an http or https address.")),
        (_, _) => Err(Problem::invalid("file: one of id and url.")),
    }
}

/// What an address promises, until its bytes are seen.
fn kind_by_ending(name: &str) -> FileKind {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("jpg" | "jpeg" | "png") => FileKind::Image,
        Some("mp3" | "ogg" | "oga" | "amr" | "m4a" | "aac") => FileKind::Audio,
        Some("mp4") => FileKind::Video,
        Some(_) | None => FileKind::Document,
    }
}
