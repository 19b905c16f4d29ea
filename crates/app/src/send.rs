//! Sending: from a decoded call to a message on disk.

mod plan;

use crate::{
    desk::Job,
    hub::Hub,
    reach,
    setup::{PartnerSetup, SenderAccount, Setup},
};
use plan::{content_hash, plan};
use std::sync::Arc;
use tokio::sync::oneshot;
use vestnik_engine::{
    cascade::{Cascade, Context, Event, step},
    plan::{Until, Wanted},
    window::{Weekdays, WindowError},
};
use vestnik_model::{
    account::Class,
    content::Content,
    id::{AccountId, LaneId, MessageId, PartnerId, WorkspaceId, endpoint_lane},
    messenger::Messenger,
    recipient::Recipient,
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    accept::{Accept, Accepted, first},
    advance::Advance,
    batch::Command,
    slot::Slot,
};

/// A call, decoded and checked by its door.
#[derive(Debug, Clone)]
pub struct Request {
    /// The recipient.
    pub recipient: Recipient,
    /// The partner's own id of it.
    pub partner_ref: Option<String>,
    /// The links, with their senders found by [`senders`].
    pub links: Vec<RequestLink>,
    /// When it may leave.
    pub schedule: Option<Schedule>,
    /// After when nothing may leave.
    pub deadline: Option<Timestamp>,
    /// Which reports are wanted.
    pub reports: Wanted,
    /// Where they go, if not to the partner's own address.
    pub notify_url: Option<String>,
    /// Attached names and values.
    pub extra: Vec<(String, String)>,
    /// A hash of the whole call.
    pub body_hash: u64,
}

/// One link of a call.
#[derive(Debug, Clone)]
pub struct RequestLink {
    /// The messenger.
    pub messenger: Messenger,
    /// The sender found for it.
    pub sender: FoundSender,
    /// What it holds.
    pub content: Content,
    /// The provider's id of the bubble it answers.
    pub quote: Option<String>,
    /// Its lifetime.
    pub ttl: Millis,
    /// What it must reach, or the next link goes.
    pub until: Until,
}

/// A schedule as a call gives it.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Seconds of the day at which it opens; `None` = 00:00.
    pub begin_s: Option<u32>,
    /// Seconds of the day at which it closes; `None` = 24:00.
    pub end_s: Option<u32>,
    /// On which days.
    pub days: Weekdays,
    /// Whether it is the recipient's clock that counts.
    pub by_recipient: bool,
}

/// A sender name and the account chosen behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSender {
    /// The name.
    pub name: String,
    /// The account and kind of traffic.
    pub account: AccountId,
    /// The kind of traffic the name stands for.
    pub traffic: u8,
}

/// Why no sender was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSender {
    /// The name is missing without a default, or not the partner's.
    Unknown,
    /// The name has accounts, but all are switched off.
    Inactive,
}

/// Who asks for a message.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The tenant.
    pub workspace: WorkspaceId,
    /// The partner, or [`Asker::own`]'s stand-in for one.
    pub partner: PartnerId,
    /// Whether its own id of a message may be used only once.
    pub is_ref_unique: bool,
    /// Whether a repeated id with another body is an error, not a repeat.
    pub is_ref_strict: bool,
    /// Whether the same content to the same recipient within a day is refused.
    pub no_duplicates: bool,
    /// The lane of the address to which reports go if the call gives none.
    pub report_lane: Option<LaneId>,
    /// The class of its messages.
    pub class: Class,
}

impl Asker {
    /// A partner.
    #[must_use]
    pub fn partner(partner: &PartnerSetup) -> Self {
        let settings = &partner.partner.settings;
        Self {
            workspace: partner.partner.workspace,
            partner: partner.partner.id,
            is_ref_unique: settings.unique_refs,
            is_ref_strict: false,
            no_duplicates: settings.no_duplicates,
            report_lane: settings.notify_url.as_deref().map(endpoint_lane),
            class: Class::Transactional,
        }
    }

    /// A hook, managed here or described by its address.
    #[must_use]
    pub fn hook(workspace: WorkspaceId) -> Self {
        Self {
            partner: hooks_partner(workspace),
            is_ref_strict: false,
            ..Self::own(workspace, Class::Transactional)
        }
    }

    /// A tenant's own program or person, by our own API.
    #[must_use]
    pub fn own(workspace: WorkspaceId, class: Class) -> Self {
        Self {
            workspace,
            // Partners have positive numbers: the tenant's own stands apart from them.
            partner: PartnerId(-workspace.0),
            is_ref_unique: true,
            is_ref_strict: true,
            no_duplicates: false,
            report_lane: None,
            class,
        }
    }
}

/// Who stands as the partner of messages that hooks make: apart from partners, who have positive
/// numbers, and from the tenant itself.
#[must_use]
pub fn hooks_partner(workspace: WorkspaceId) -> PartnerId {
    /// Far below all workspaces' own.
    const HOOKS: i64 = -(1 << 48);
    PartnerId(HOOKS - workspace.0)
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is on disk, now or since its first call, under this id.
    Accepted(MessageId),
    /// Its id was used for another body.
    Differs(MessageId),
    /// The content can't be sent that way; why, for people.
    BadContent(String),
    /// The same content went to the same recipient within a day.
    Duplicate,
    /// The deadline has passed already.
    DeadlinePassed,
    /// The schedule can't be met at any time.
    BadSchedule(WindowError),
    /// It can't be written down just now.
    Unavailable,
    /// A fault of ours.
    Fault,
}

/// Whether the partner has any sender in a messenger.
#[must_use]
pub fn is_configured(partner: &PartnerSetup, messenger: Messenger) -> bool {
    partner.senders.keys().any(|(m, _)| *m == messenger)
}

/// Finds the senders of a chain. A messenger that repeats takes the next account that the chain
/// has not used yet, if its name has one.
///
/// # Errors
/// [`NoSender`] of the first link that has none.
pub fn senders(
    setup: &Setup,
    partner: &PartnerSetup,
    links: &[(Messenger, Option<&str>)],
) -> Result<Vec<FoundSender>, NoSender> {
    let mut out: Vec<FoundSender> = Vec::with_capacity(links.len());
    for (messenger, name) in links {
        let name = match name {
            Some(name) => (*name).to_owned(),
            None => partner.defaults.get(messenger).cloned().ok_or(NoSender::Unknown)?,
        };
        let key = (*messenger, name);
        let accounts = partner.senders.get(&key).ok_or(NoSender::Unknown)?;
        let SenderAccount { account, traffic } =
            choose(setup, accounts, &out).ok_or(NoSender::Inactive)?;
        out.push(FoundSender { name: key.1, account, traffic });
    }
    Ok(out)
}

/// Whether the account of a sender will say when a message was read. One that is not set up any more
/// says nothing against it.
#[must_use]
pub fn tells_of_reading(setup: &Setup, sender: &FoundSender) -> bool {
    let found = setup.account(sender.account);
    let channel = found.and_then(|a| a.provider.descriptor().channel(a.account.messenger));
    channel.is_none_or(|channel| channel.receipts.read)
}

/// The first account that works and is not used yet; else one that works; else one that may work
/// again (its messages wait).
fn choose(
    setup: &Setup,
    accounts: &[SenderAccount],
    used: &[FoundSender],
) -> Option<SenderAccount> {
    let is_fresh = |a: &SenderAccount| used.iter().all(|found| found.account != a.account);
    let with = |wanted: &dyn Fn(&SenderAccount, bool) -> bool| {
        accounts.iter().copied().find(|a| {
            setup
                .account(a.account)
                .is_some_and(|s| s.account.active && wanted(a, s.trouble.is_none()))
        })
    };
    with(&|a, works| works && is_fresh(a))
        .or_else(|| with(&|a, _| is_fresh(a)))
        .or_else(|| with(&|_, works| works))
        .or_else(|| with(&|_, _| true))
}

/// Accepts a call. When it returns [`Sent::Accepted`] the message is on disk, and everything that
/// follows is under way, even if the caller has gone.
pub async fn send(hub: &Arc<Hub>, asker: &Asker, request: Request) -> Sent {
    let now = hub.now();
    // Planned and handed over before anything is waited for: what waits is small.
    let (id, answer) = match accept(hub, asker, request, now) {
        Ok(accept) => (accept.id, write(hub, accept, now)),
        Err(refusal) => return refusal,
    };
    let Some(answer) = answer else {
        tracing::error!(message.id = id.0, "a message has nothing to send");
        return Sent::Fault;
    };
    match answer.await.unwrap_or(Err(StoreError::Closed)) {
        Ok(Accepted::New) => Sent::Accepted(id),
        Ok(Accepted::Repeat { id, differs: true }) if asker.is_ref_strict => Sent::Differs(id),
        Ok(Accepted::Repeat { id, differs }) => {
            if differs {
                note_difference(hub, id).await;
            }
            Sent::Accepted(id)
        }
        Ok(Accepted::Duplicate) => Sent::Duplicate,
        Err(error) if error.is_temporary() => Sent::Unavailable,
        Err(error) => {
            tracing::error!(%error, "a message could not be accepted");
            Sent::Fault
        }
    }
}

/// The message that a call asks for, planned and begun.
fn accept(hub: &Hub, asker: &Asker, request: Request, now: Timestamp) -> Result<Accept, Sent> {
    let body_hash = request.body_hash;
    if request.deadline.is_some_and(|deadline| deadline <= now) {
        return Err(Sent::DeadlinePassed);
    }
    let plan = plan(hub, asker, request, now)?;
    let content_hash = asker.no_duplicates.then(|| content_hash(&plan));
    let mut cascade = Cascade::new(&plan);
    let context = Context { now, in_flight: false, jitter: 0 };
    step(&plan, &mut cascade, &Event::Begin, context, &mut Vec::new());
    Ok(Accept {
        id: MessageId(hub.id()),
        workspace: asker.workspace,
        partner: asker.partner,
        is_ref_unique: asker.is_ref_unique,
        body_hash,
        content_hash,
        plan: Arc::new(plan),
        cascade,
        submitting: None,
    })
}

/// The message that the asker's id was accepted for before, if an id is used only once: what has
/// changed since (the hour, what is set up) does not change the answer to a repeat.
///
/// # Errors
/// If the store can't be asked.
pub async fn first_answer(
    hub: &Arc<Hub>,
    asker: &Asker,
    reference: &str,
    body_hash: u64,
) -> Result<Option<MessageId>, StoreError> {
    if !asker.is_ref_unique {
        return Ok(None);
    }
    let (partner, key) = (asker.partner, reference.to_owned());
    // By way of the writer: its first call may be on its way to the disk.
    let found = hub.perform(move |tx, _| first(tx, partner, &key, body_hash)).await?;
    let Some((id, differs)) = found else { return Ok(None) };
    if differs {
        note_difference(hub, id).await;
    }
    Ok(Some(id))
}

/// Hands the message to the writer. What follows from the answer happens in the answer itself, so
/// that it does not depend on whether anybody still waits for it. `None` = it has nothing to send.
fn write(
    hub: &Arc<Hub>,
    mut accept: Accept,
    now: Timestamp,
) -> Option<oneshot::Receiver<Result<Accepted, StoreError>>> {
    let id = accept.id;
    let (link, part, due) = accept.cascade.pending()?;
    let planned = &accept.plan.links[usize::from(link)];
    let (lane, account) = (planned.lane, planned.account);
    let recipient = accept.plan.recipient.number();
    let is_admitted = due <= now
        && hub.setup().account(account).is_some_and(|a| hub.desk.admit(a, lane, recipient, now));
    accept.submitting = is_admitted.then_some(hub.epoch);
    let plan = Arc::clone(&accept.plan);
    let (sender, receiver) = oneshot::channel();
    let desk = Arc::clone(hub);
    hub.writer.submit(Command::Accept(
        Box::new(accept),
        Box::new(move |result| {
            match (&result, is_admitted) {
                (Ok(Accepted::New), true) => desk.desk.start(Job {
                    message: id,
                    slot: Slot { link, part },
                    plan,
                    started_at: now,
                    not_before: now,
                }),
                (Ok(Accepted::New), false) => {
                    desk.desk.waiting(&desk.setup(), lane, account, due);
                    reach::look(&desk, id, &plan, Slot { link, part }, due);
                }
                (_, true) => desk.desk.abandon(lane, recipient),
                (_, false) => {}
            }
            drop(sender.send(result));
        }),
    ));
    Some(receiver)
}

async fn note_difference(hub: &Arc<Hub>, message: MessageId) {
    let event = Event::Repeated;
    let advance = Advance { message, event, fence: None, exchange: None, raw: None, jitter: 0 };
    if let Err(error) = hub.advance(advance).await {
        tracing::warn!(message.id = message.0, %error, "a repeat could not be noted");
    }
}
