//! From the body to a draft: everything but recipient, senders and lifetimes is checked here.

pub(super) use super::kind::Kind;
use super::{
    call::{Call, ChainLink, Data, Message},
    error::{Refusal, clip},
    extra,
    field::{Field, Nested, Scalar},
    schedule,
};
use std::{borrow::Cow, fmt};
use vestnik_app::{
    send::{Schedule, is_configured},
    setup::PartnerSetup,
};
use vestnik_engine::plan::{Until, Wanted};
use vestnik_model::{
    content::Content,
    limits::{IMAGE_URL_CHARS_MAX, NOTIFY_URL_CHARS_MAX, PARTNER_ID_CHARS_MAX, SENDER_CHARS_MAX},
    messenger::Messenger,
    phone::Phone,
    time::Timestamp,
};

/// A call, read.
pub(super) struct Draft {
    pub(super) reference: Option<String>,
    /// What is wrong with it is said at its turn, after types and content.
    pub(super) recipient: Result<Phone, Refusal>,
    pub(super) links: Vec<DraftLink>,
    pub(super) schedule: Option<Schedule>,
    pub(super) deadline: Option<Timestamp>,
    pub(super) reports: Wanted,
    pub(super) notify_url: Option<String>,
    pub(super) extra: Vec<(String, String)>,
}

/// One message of the chain, read.
pub(super) struct DraftLink {
    pub(super) kind: Kind,
    pub(super) messenger: Messenger,
    pub(super) content: Content,
    pub(super) sender: Option<String>,
    pub(super) ttl: Option<i64>,
    pub(super) unit: Option<String>,
    pub(super) until: Until,
}

/// A message of the chain before its type is known to be allowed.
struct Shape<'a> {
    kind: Option<Kind>,
    name: &'a str,
    data: &'a Data<'a>,
    path: Cow<'static, str>,
    until: Until,
}

impl Draft {
    /// Reads a call: form first, then types, then content.
    pub(super) fn read(
        call: &Call<'_>,
        partner: &PartnerSetup,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let reference = reference(call)?;
        let by_recipient = call.use_time_diff.bool("useTimeDiff")?.unwrap_or(false);
        let info = call.schedule_info.optional("scheduleInfo")?;
        let schedule = info.map(|i| schedule::read(i, by_recipient)).transpose()?.flatten();
        let deadline = info.map(schedule::deadline).transpose()?.flatten();
        let recipient = recipient(&call.dest_addr)?;
        let extra = match call.extra_param.text("extraParam")? {
            Some(text) => extra::parse(text)?,
            None => Vec::new(),
        };
        let reports = reports(&call.registered_delivery)?;
        let notify_url = notify_url(&call.notify_url)?;
        let shapes = shapes(call, partner.partner.settings.links_max)?;
        for shape in &shapes {
            check_fields(shape)?;
        }
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Err(schedule::passed());
        }
        let links = links(&shapes, partner)?;
        Ok(Self { reference, recipient, links, schedule, deadline, reports, notify_url, extra })
    }
}

/// The types of a chain, then its contents.
fn links(shapes: &[Shape<'_>], partner: &PartnerSetup) -> Result<Vec<DraftLink>, Refusal> {
    if shapes.len() > 1 && !partner.partner.settings.cascades {
        let login = &partner.partner.login;
        let sentence = format!("Cascade sending is not allowed for {login}.");
        return Err(Refusal::Type(sentence).passing());
    }
    let mut kinds = Vec::with_capacity(shapes.len());
    for shape in shapes {
        kinds.push(allowed(shape, partner)?);
    }
    let mut links = Vec::with_capacity(shapes.len());
    for (shape, (kind, messenger)) in shapes.iter().zip(kinds) {
        links.push(link(shape, kind, messenger)?);
    }
    Ok(links)
}

/// The recipient. A number below zero is no phone, although a text may begin with a dash.
fn recipient(field: &Field<Scalar<'_>>) -> Result<Result<Phone, Refusal>, Refusal> {
    let text = field.text_or_number("destAddr")?.unwrap_or_default();
    let is_negative = matches!(field, Field::Is(Scalar::Int(n)) if *n < 0);
    let phone = Phone::parse(&text).filter(|_| !is_negative);
    Ok(phone.ok_or_else(|| Refusal::Recipient(clip(&text))))
}

/// The partner's own id.
pub(super) fn reference(call: &Call<'_>) -> Result<Option<String>, Refusal> {
    let Some(id) = call.id.text_or_number("id")? else { return Ok(None) };
    let length = id.chars().count();
    if length == 0 || length > PARTNER_ID_CHARS_MAX || id.chars().any(char::is_control) {
        return Err(Refusal::invalid(format!(
            "id must have 1 to {PARTNER_ID_CHARS_MAX} characters, none of them a control character."
        )));
    }
    Ok(Some(id.into_owned()))
}

fn reports(field: &Field<Scalar<'_>>) -> Result<Wanted, Refusal> {
    match field.int("registeredDelivery")? {
        None | Some(1) => Ok(Wanted::Everything),
        Some(0) => Ok(Wanted::Nothing),
        Some(2) => Ok(Wanted::Failure),
        Some(_) => Err(Refusal::invalid("registeredDelivery must be 0, 1 or 2.")),
    }
}

fn notify_url(field: &Field<Scalar<'_>>) -> Result<Option<String>, Refusal> {
    let Some(text) = field.text("notifyUrl")? else { return Ok(None) };
    let length = text.chars().count();
    if text.trim().is_empty() {
        return Err(Refusal::invalid("notifyUrl must not be empty."));
    }
    if length > NOTIFY_URL_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "notifyUrl is too long ({length} symbols). Max length is {NOTIFY_URL_CHARS_MAX} symbols."
        )));
    }
    Ok(Some(text.trim().to_owned()))
}

/// The chain as a list: the message, then its links.
fn shapes<'a>(call: &'a Call<'a>, links_max: usize) -> Result<Vec<Shape<'a>>, Refusal> {
    let first = call.message.required("message")?;
    let mut shapes = vec![shape(first, Cow::Borrowed("message"))?];
    let mut next = call.cascade_chain_link.optional("cascadeChainLink")?;
    let mut path = "cascadeChainLink".to_owned();
    while let Some(ChainLink { state, message, next_link }) = next {
        let until = match state.required_text(format_args!("{path}.state"))? {
            "DELIVERED" => Until::Delivered,
            "READ" => Until::Read,
            _ => {
                return Err(Refusal::invalid(format!("{path}.state must be DELIVERED or READ.")));
            }
        };
        let before = shapes.last_mut().ok_or(Refusal::Fault)?;
        if until == Until::Read && before.kind.is_some_and(|k| !k.can_be_read()) {
            let name = before.name;
            return Err(Refusal::invalid(format!(
                "{path}.state READ is not possible after {name}."
            )));
        }
        before.until = until;
        let message = message.required(format_args!("{path}.message"))?;
        shapes.push(shape(message, Cow::Owned(format!("{path}.message")))?);
        if shapes.len() > links_max {
            let sentence = format!("The cascade is too long. Max length is {links_max} messages.");
            return Err(Refusal::invalid(sentence).passing());
        }
        path.push_str(".nextLink");
        next = next_link.optional(&path)?;
    }
    Ok(shapes)
}

fn shape<'a>(message: &'a Message<'a>, path: Cow<'static, str>) -> Result<Shape<'a>, Refusal> {
    let name = message.kind.required_text(format_args!("{path}.type"))?;
    let data = message.data.required(format_args!("{path}.data"))?;
    Ok(Shape { kind: Kind::parse(name), name, data, path, until: Until::Delivered })
}

/// The types of all members of a message, whatever its kind.
fn check_fields(shape: &Shape<'_>) -> Result<(), Refusal> {
    let (data, path) = (shape.data, &shape.path);
    if let Some(sender) =
        data.service_number.text_or_number(format_args!("{path}.data.serviceNumber"))?
    {
        let length = sender.chars().count();
        if length > SENDER_CHARS_MAX || sender.chars().any(char::is_control) {
            return Err(Refusal::invalid(format!(
                "{path}.data.serviceNumber must have at most {SENDER_CHARS_MAX} characters."
            )));
        }
    }
    let ttl = data.ttl.int(format_args!("{path}.data.ttl"))?;
    let unit = data.ttl_unit.text(format_args!("{path}.data.ttlUnit"))?;
    if let Some(unit) = unit {
        if ttl.is_none() {
            return Err(Refusal::invalid("ttlUnit is only allowed together with ttl."));
        }
        if !["SECONDS", "MINUTES", "HOURS"].contains(&unit) {
            return Err(Refusal::invalid("ttlUnit must be SECONDS, MINUTES or HOURS."));
        }
    }
    if shape.kind == Some(Kind::Whatsapp) || shape.kind == Some(Kind::Viber) {
        let content = data.instant_content.required(format_args!("{path}.data.instantContent"))?;
        let path = format_args!("{path}.data.instantContent");
        content.kind.required_text(format_args!("{path}.type"))?;
        let inner = content.data.required(format_args!("{path}.data"))?;
        inner.text.text(format_args!("{path}.data.text"))?;
        inner.image_url.text(format_args!("{path}.data.imageURL"))?;
    } else if shape.kind.is_some() {
        data.text.text(format_args!("{path}.data.text"))?;
        data.link.text(format_args!("{path}.data.link"))?;
    }
    Ok(())
}

fn allowed(shape: &Shape<'_>, partner: &PartnerSetup) -> Result<(Kind, Messenger), Refusal> {
    let Some(kind) = shape.kind else {
        let name = clip(shape.name);
        return Err(Refusal::Type(format!("{name} is not a known message type.")));
    };
    let messenger = kind.messenger().filter(|m| is_configured(partner, *m));
    let messenger = messenger.ok_or_else(|| {
        let (name, login) = (kind.name(), &partner.partner.login);
        Refusal::Type(format!("{name} sending is not allowed for {login}.")).passing()
    })?;
    Ok((kind, messenger))
}

fn link(shape: &Shape<'_>, kind: Kind, messenger: Messenger) -> Result<DraftLink, Refusal> {
    let (data, path) = (shape.data, &shape.path);
    let content = match kind {
        Kind::Whatsapp | Kind::Viber => instant(&data.instant_content, kind, path)?,
        Kind::Telegram
        | Kind::Max
        | Kind::Vk
        | Kind::Sms
        | Kind::Push
        | Kind::FlashingCall
        | Kind::CardsMobile
        | Kind::TgCode => {
            let name = format_args!("{path}.data.text");
            plain(data, kind, text(data.text.required_text(name)?, kind, name)?)?
        }
    };
    Ok(DraftLink {
        kind,
        messenger,
        content,
        sender: data
            .service_number
            .text_or_number("serviceNumber")?
            .filter(|s| !s.is_empty())
            .map(Cow::into_owned),
        ttl: data.ttl.int("ttl")?,
        unit: data.ttl_unit.text("ttlUnit")?.map(str::to_owned),
        until: shape.until,
    })
}

/// A TELEGRAM message may carry a link, which follows the text.
fn plain(data: &Data<'_>, kind: Kind, text: String) -> Result<Content, Refusal> {
    const LINK_CHARS_MAX: usize = 256;
    let link = data.link.text("link")?.filter(|_| kind == Kind::Telegram);
    let Some(link) = link else { return Ok(Content::Text(text)) };
    if link.is_empty() || link.chars().count() > LINK_CHARS_MAX {
        return Err(Refusal::invalid(format!("link must have 1 to {LINK_CHARS_MAX} characters.")));
    }
    Ok(Content::Text(format!("{text}\n{link}")))
}

fn instant(
    field: &Field<Nested<super::call::InstantContent<'_>>>,
    kind: Kind,
    path: &str,
) -> Result<Content, Refusal> {
    let path = format_args!("{path}.data.instantContent");
    let content = field.required(path)?;
    let inner = content.data.required(format_args!("{path}.data"))?;
    let (words, image) = (inner.text.text("text")?, inner.image_url.text("imageURL")?);
    if words.is_some() && image.is_some() {
        return Err(Refusal::invalid("text and imageURL are not allowed in one request."));
    }
    match content.kind.required_text(format_args!("{path}.type"))? {
        "TEXT" => {
            let name = format_args!("{path}.data.text");
            let words = words.ok_or_else(|| Refusal::missing(name))?;
            Ok(Content::Text(text(words, kind, name)?))
        }
        "IMAGE_URL" => {
            let url =
                image.ok_or_else(|| Refusal::missing(format_args!("{path}.data.imageURL")))?;
            image_url(url)
        }
        _ => Err(Refusal::invalid(format!("{path}.type must be TEXT or IMAGE_URL."))),
    }
}

fn text(words: &str, kind: Kind, path: fmt::Arguments<'_>) -> Result<String, Refusal> {
    let length = words.chars().count();
    let (max, name) = (kind.text_chars_max(), kind.name());
    if words.trim().is_empty() {
        return Err(Refusal::invalid(format!("{path} must not be empty.")));
    }
    if length > max {
        return Err(Refusal::invalid(format!(
            "Message is too long ({length} symbols). {name} message max length is {max} symbols."
        )));
    }
    let is_strange = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if words.chars().any(is_strange) {
        return Err(Refusal::invalid(format!("{path} must not contain control characters.")));
    }
    Ok(words.to_owned())
}

fn image_url(text: &str) -> Result<Content, Refusal> {
    let wrong = || Refusal::invalid("imageURL must be an http or https address.");
    if text.chars().count() > IMAGE_URL_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "imageURL is too long. Max length is {IMAGE_URL_CHARS_MAX} symbols."
        )));
    }
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    Ok(Content::image(text))
}
