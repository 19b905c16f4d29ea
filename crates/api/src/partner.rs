//! The partner API: `POST /partner/v6/message`.
//!
//! One call is one message, or one cascade, to one recipient. The answer is synchronous; what
//! becomes of the message is told by reports. Whatever the `Content-Type`, the body is read as
//! JSON: a known client misspells the header.
//!
//! Checks happen in this order, and the first that fails answers: address (2), limit of all calls
//! (3), JSON with login and password (4), login (5), too many wrong passwords (3), password (6), the
//! partner's own limit (3), the whole form with its schedule (4), message types (9), content (4),
//! recipient (8), sender names (7), what a sender can't tell of (4), lifetimes (11), the id used
//! before (the first answer), the same content (10).
//!
//! An id used before gets its first answer even where the hour or what is set up would refuse the
//! call by now ([`Refusal::Passing`]): only then it is looked for, so that a good call pays nothing.

mod call;
mod content;
mod error;
mod extra;
mod field;
mod kind;
mod lifetime;
pub mod report;
mod schedule;
#[cfg(test)]
mod tests;

use crate::{
    Doors,
    body::{self, BodyError},
    caller,
};
use axum::{
    body::HttpBody,
    http::{Method, Request},
    response::Response,
};
use bytes::Bytes;
use call::Call;
use content::{Draft, DraftLink};
use error::Refusal;
use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};
use vestnik_app::{
    password::Verdict,
    send::{self, NoSender, Sent},
    setup::{PartnerSetup, Setup},
};
use vestnik_engine::plan::Until;
use vestnik_model::{id::fingerprint, limits::PARTNER_BODY_BYTES_MAX};

/// Calls that were accepted. Kept, since looking it up costs more than counting.
static ACCEPTED: LazyLock<metrics::Counter> =
    LazyLock::new(|| metrics::counter!("vestnik_partner_calls_total", "code" => "0"));

/// Answers one call.
pub(crate) fn message<B>(
    doors: Arc<Doors>,
    peer: SocketAddr,
    request: Request<B>,
) -> impl Future<Output = Response>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let is_post = request.method() == Method::POST;
    let (head, body) = request.into_parts();
    let address = caller::address(peer.ip(), &head.headers, &doors.settings.trusted_proxies);
    async move {
        if !is_post {
            return error::method_not_allowed();
        }
        match answer(&doors, address, body).await {
            Ok((id, reference)) => {
                ACCEPTED.increment(1);
                error::accepted(id, reference.as_deref())
            }
            Err(refusal) => {
                metrics::counter!("vestnik_partner_calls_total", "code" => refusal.code_text())
                    .increment(1);
                refusal.into_response()
            }
        }
    }
}

type Accepted = (vestnik_model::id::MessageId, Option<String>);

async fn answer<B>(
    doors: &Arc<Doors>,
    address: std::net::IpAddr,
    body: B,
) -> Result<Accepted, Refusal>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let networks = &doors.settings.partner_networks;
    if !networks.is_empty() && !networks.iter().any(|net| net.contains(&address)) {
        return Err(Refusal::Address);
    }
    if !doors.is_ready.load(Ordering::Relaxed) {
        return Err(Refusal::Unavailable("the service is stopping or not ready yet"));
    }
    let _call = Slot::take(&doors.calls, doors.settings.concurrency_max)?;
    let bytes = body::read(body, PARTNER_BODY_BYTES_MAX).await.map_err(|error| match error {
        BodyError::TooLong => Refusal::invalid(format!(
            "The request is too long. The limit is {PARTNER_BODY_BYTES_MAX} bytes."
        )),
        BodyError::Broken => Refusal::invalid("The request did not arrive whole."),
    })?;
    let call = Call::parse(&bytes)?;
    let partner = authenticate(doors, address, &call).await?;
    let _own_call = Slot::take(&partner.calls, partner.partner.settings.concurrency)?;
    let asker = send::Asker::partner(&partner);
    let body_hash = fingerprint(&bytes);
    match accept(doors, &partner, &asker, &call, body_hash).await {
        Err(Refusal::Passing(refusal)) => {
            first_answer(doors, &asker, &call, body_hash).await?.ok_or(*refusal)
        }
        outcome => outcome,
    }
}

/// Reads a call of a known partner, and hands it over.
async fn accept(
    doors: &Doors,
    partner: &PartnerSetup,
    asker: &send::Asker,
    call: &Call<'_>,
    body_hash: u64,
) -> Result<Accepted, Refusal> {
    let request = request(doors, partner, call, body_hash)?;
    let reference = request.partner_ref.clone();
    match send::send(&doors.hub, asker, request).await {
        Sent::Accepted(id) => Ok((id, reference)),
        Sent::Duplicate => Err(Refusal::Duplicate),
        Sent::DeadlinePassed => Err(schedule::passed()),
        Sent::BadSchedule(error) => Err(schedule::refusal(error)),
        Sent::BadContent(reason) => Err(Refusal::invalid(format!("message: {reason}.")).passing()),
        // A partner's repeat is answered as its first call, whatever it holds.
        Sent::Differs(id) => Ok((id, reference)),
        Sent::Unavailable => Err(Refusal::Unavailable("the message could not be written down")),
        Sent::Fault => Err(Refusal::Fault),
    }
}

/// What a call asks for, whole: nothing of how it was read is kept while it is waited for.
fn request(
    doors: &Doors,
    partner: &PartnerSetup,
    call: &Call<'_>,
    body_hash: u64,
) -> Result<send::Request, Refusal> {
    complete(doors, partner, Draft::read(call, partner, doors.hub.now())?, body_hash)
}

/// What was answered when the call's id was accepted, if it was.
async fn first_answer(
    doors: &Doors,
    asker: &send::Asker,
    call: &Call<'_>,
    body_hash: u64,
) -> Result<Option<Accepted>, Refusal> {
    let Some(reference) = content::reference(call)? else { return Ok(None) };
    let found = send::first_answer(&doors.hub, asker, &reference, body_hash).await;
    let found = found.map_err(|error| {
        tracing::warn!(%error, "the first answer to an id could not be looked up");
        Refusal::Unavailable("the first answer could not be looked up")
    })?;
    Ok(found.map(|id| (id, Some(reference))))
}

/// Login, address and password, in this order of answers: 4, 5, 2, 3, 6.
async fn authenticate(
    doors: &Doors,
    address: std::net::IpAddr,
    call: &Call<'_>,
) -> Result<Arc<PartnerSetup>, Refusal> {
    let login = call.login.required_text("login")?;
    let password = call.password.required_text("password")?;
    let setup = doors.hub.setup();
    let partner = setup.partner(login).filter(|p| p.partner.settings.active);
    let partner = Arc::clone(partner.ok_or(Refusal::Login)?);
    if !partner.is_allowed(address) {
        return Err(Refusal::Address);
    }
    let hash = &partner.partner.password_hash;
    let (passwords, now) = (&doors.hub.passwords, doors.hub.now());
    match passwords.verify(partner.partner.id, hash, password, address, now).await {
        Verdict::Right => Ok(partner),
        Verdict::Wrong => Err(Refusal::Password),
        Verdict::TooMany => Err(Refusal::Guessing),
    }
}

/// Recipient, senders, lifetimes.
fn complete(
    doors: &Doors,
    partner: &PartnerSetup,
    draft: Draft,
    body_hash: u64,
) -> Result<send::Request, Refusal> {
    let recipient = draft.recipient?;
    let wanted: Vec<_> = draft.links.iter().map(|l| (l.messenger, l.sender.as_deref())).collect();
    let setup = doors.hub.setup();
    let senders = send::senders(&setup, partner, &wanted).map_err(|error| match error {
        NoSender::Unknown => Refusal::Sender.passing(),
        NoSender::Inactive => Refusal::Unavailable("the sender is switched off").passing(),
    })?;
    check_reading(&setup, &draft.links, &senders)?;
    let last = draft.links.len() - 1;
    let mut links = Vec::with_capacity(draft.links.len());
    for (i, (link, sender)) in draft.links.into_iter().zip(senders).enumerate() {
        let ttl = lifetime::of(&link, i == last, &partner.partner.settings)?;
        links.push(send::RequestLink {
            messenger: link.messenger,
            sender,
            content: link.content,
            quote: None,
            ttl,
            until: link.until,
        });
    }
    Ok(send::Request {
        recipient: recipient.into(),
        partner_ref: draft.reference,
        links,
        schedule: draft.schedule,
        deadline: draft.deadline,
        reports: draft.reports,
        notify_url: draft.notify_url,
        extra: draft.extra,
        body_hash,
    })
}

/// A link can't wait for a message to be read if its sender never tells: every customer would get
/// the next one too, or nobody.
fn check_reading(
    setup: &Setup,
    links: &[DraftLink],
    senders: &[send::FoundSender],
) -> Result<(), Refusal> {
    let mut path = "cascadeChainLink".to_owned();
    for (link, sender) in links.iter().zip(senders) {
        if link.until == Until::Read && !send::tells_of_reading(setup, sender) {
            let (kind, name) = (link.kind.name(), &sender.name);
            return Err(Refusal::invalid(format!(
                "{path}.state READ is not possible after {kind}: its sender {name} does not tell \
                 whether a message was read. Use DELIVERED."
            ))
            .passing());
        }
        path.push_str(".nextLink");
    }
    Ok(())
}

/// One place among the calls under way; given back when dropped.
struct Slot<'a>(&'a AtomicU32);

impl<'a> Slot<'a> {
    fn take(calls: &'a AtomicU32, max: u32) -> Result<Self, Refusal> {
        let slot = Self(calls);
        if calls.fetch_add(1, Ordering::Relaxed) >= max {
            return Err(Refusal::TooMany);
        }
        Ok(slot)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
