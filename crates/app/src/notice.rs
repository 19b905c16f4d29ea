//! Notices: messages that hooks made, followed until it is known what became of them. What is done
//! at each look is decided by [`vestnik_hooks::follow`].

use crate::{
    chore,
    hook::account::{self, Stage, is_cascade},
    hub::Hub,
    mail,
    send::{self, Asker, FoundSender, Request, RequestLink, Sent},
    setup::AccountSetup,
};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use vestnik_engine::{
    cascade::Event,
    plan::{Until, Wanted},
};
use vestnik_hooks::{
    follow::{Look, Move, Records, decide},
    layout::Layout,
    mail::{Step, TroubleReason},
};
use vestnik_model::{
    content::Content,
    id::{CallId, MessageId, WorkspaceId, id_time},
    language::Language,
    messenger::Messenger,
    outcome::{Failure, Reason, ReceiptKind},
    recipient::Recipient,
    status::Status,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    chore::{Chore, Delivery, Finding},
    port::To,
};
use vestnik_store::{
    StoreError,
    advance::{Advance, Advanced},
    message::{self, Message},
    notice::{self, Notice, NoticeState},
};

/// The version of [`Facts`].
pub const FACTS_VERSION: u8 = 1;
/// The first look comes so soon: what fails at once is mailed at once.
const FIRST_LOOK: Millis = Millis::seconds(2);
/// How long the provider's records may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Name of the provider's setting without which it does not follow what it sends (Green-API).
const STATUSES: &str = "outgoingWebhook";

/// What is needed to follow a notice and to write of its failure. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The version of this form.
    pub v: u8,
    /// The hook's name, or the last part of its path.
    pub hook: String,
    /// Whom failures are mailed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_email: Option<String>,
    /// The case's number as people know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_number: Option<String>,
    /// The service's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Its messenger, if it is one and known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messenger: Option<Messenger>,
    /// Whom it is for, as mails show it.
    pub recipient: String,
    /// Language and zone of mails.
    pub layout: Layout,
    /// Whether it is sent once more if it is not delivered; taken back once that is settled.
    #[serde(default)]
    pub repeat: bool,
    /// The message that it was sent once more as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated_as: Option<MessageId>,
    /// The message that this one repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_of: Option<MessageId>,
    /// Why it failed, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trouble: String,
}

/// Begins to follow a message.
///
/// # Errors
/// See [`StoreError`].
pub async fn open(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    call: CallId,
    message: MessageId,
    facts: &Facts,
) -> Result<(), StoreError> {
    let row = Notice {
        message,
        call,
        workspace,
        state: NoticeState::Open,
        due_at: hub.now() + FIRST_LOOK,
        looks: 0,
        facts: text(facts),
    };
    hub.work(move |tx, _| notice::add(tx, &row)).await
}

/// What is kept of a notice beside its row's columns.
#[must_use]
pub fn facts(notice: &Notice) -> Option<Facts> {
    serde_json::from_str(&notice.facts).ok()
}

fn text(facts: &Facts) -> String {
    serde_json::to_string(facts).expect("its own types serialise: maps have text keys")
}

/// Has a message of a hook looked at now, if it has come to an end.
pub(crate) fn ring(hub: &Arc<Hub>, advanced: &Advanced) {
    match advanced.status {
        Status::Queued | Status::Submitting | Status::Sent => return,
        Status::Cancelled | Status::Expired | Status::Failed | Status::Delivered | Status::Read => {
        }
    }
    let (own, message) = (Arc::clone(hub), advanced.message);
    hub.beside(async move {
        match own.work(move |tx, now| notice::hurry(tx, message, now)).await {
            Ok(()) => own.arrivals.notices.ring(),
            // It is looked at when its time has come.
            Err(error) => tracing::warn!(message.id = message.0, %error, "a notice must wait"),
        }
    });
}

/// Looks at a notice and does what is to be done.
///
/// # Errors
/// See [`StoreError`].
pub async fn look(hub: &Arc<Hub>, mut notice: Notice) -> Result<(), StoreError> {
    notice.looks = notice.looks.saturating_add(1);
    let id = notice.message;
    let Some(mut facts) = facts(&notice) else {
        return close(hub, notice, NoticeState::Unconfirmed).await;
    };
    let mut records = None;
    loop {
        let found = hub.read(move |tx| message::load(tx, &[id])).await?;
        let Some(message) = found.into_iter().next() else {
            return close(hub, notice, NoticeState::Unconfirmed).await;
        };
        let account = account_of(hub, &message);
        let seen = seen(hub, &message, account.as_deref(), &facts, records);
        match decide(&seen) {
            Move::Ask => records = Some(ask(hub, &message, account.as_deref()).await?),
            Move::Repeat { look_at } => {
                facts.repeated_as = repeat(hub, &notice, &message, account, &facts).await?;
                facts.repeat = false;
                return wait(hub, notice, &facts, look_at, seen.status).await;
            }
            Move::Wait { look_at, gives_up_repeat } => {
                facts.repeat = facts.repeat && !gives_up_repeat;
                return wait(hub, notice, &facts, look_at, seen.status).await;
            }
            Move::Delivered => return close(hub, notice, NoticeState::Delivered).await,
            Move::Unconfirmed => return close(hub, notice, NoticeState::Unconfirmed).await,
            Move::Failed => return fail(hub, notice, &message, facts).await,
        }
    }
}

/// The account of the link that is being tried.
fn account_of(hub: &Hub, message: &Message) -> Option<Arc<AccountSetup>> {
    let link = message.plan.links.get(usize::from(message.cascade.current))?;
    hub.setup().account(link.account).cloned()
}

fn seen(
    hub: &Hub,
    message: &Message,
    account: Option<&AccountSetup>,
    facts: &Facts,
    records: Option<Records>,
) -> Look {
    let link = message.cascade.links.get(usize::from(message.cascade.current));
    Look {
        now: hub.now(),
        made_at: id_time(message.id.0),
        status: message.cascade.status,
        accepted_at: link.and_then(|link| link.accepted),
        hears: account.is_some_and(|account| !account.is_implicit),
        is_over: message.cascade.done,
        may_repeat: facts.repeat,
        records,
    }
}

/// Asks the provider's records what became of the bubble, and takes what they say as its receipt.
async fn ask(
    hub: &Arc<Hub>,
    message: &Message,
    account: Option<&AccountSetup>,
) -> Result<Records, StoreError> {
    let link = message.cascade.current;
    let part = message.cascade.links.get(usize::from(link)).and_then(|l| l.parts.first());
    let remote = part.and_then(|part| part.remote.as_deref());
    let (Some(account), Some(remote_id)) = (account, remote) else { return Ok(Records::Silent) };
    let to = match &message.plan.recipient {
        Recipient::Phone(phone) => To::Phone(*phone),
        Recipient::Person { person } => To::Person(person),
        Recipient::Group { group } => To::Group(group),
    };
    let question = Chore::Delivery { to, remote_id };
    let asked = chore::run(&*hub.transport, account.provider, &account.account, &question);
    let Ok(found) = tokio::time::timeout(PATIENCE, asked).await else {
        return Ok(Records::Silent);
    };
    let kind = match found {
        Finding::Delivery(Delivery::Unlisted | Delivery::Queued) => return Ok(Records::Waiting),
        Finding::Delivery(Delivery::Became(kind)) => kind,
        Finding::Unsupported
        | Finding::Done
        | Finding::Later { .. }
        | Finding::Failed(_)
        | Finding::State(_)
        | Finding::Subscription(_)
        | Finding::File { .. }
        | Finding::Qr(_)
        | Finding::Settings(_)
        | Finding::Count(_)
        | Finding::Exists(_)
        | Finding::Templates(_) => return Ok(Records::Silent),
    };
    let records = match &kind {
        ReceiptKind::Sent => Records::Sent,
        ReceiptKind::Delivered | ReceiptKind::Read | ReceiptKind::Failed(_) => Records::Final,
    };
    let event = Event::Receipt { link, part: 0, kind, at: None };
    let message = message.id;
    let advance = Advance { message, event, fence: None, exchange: None, raw: None, jitter: 0 };
    hub.advance(advance).await?;
    Ok(records)
}

/// Sends the message once more, unless the provider does not follow what it sends: then nobody
/// could tell that it had not been delivered.
async fn repeat(
    hub: &Arc<Hub>,
    notice: &Notice,
    message: &Message,
    account: Option<Arc<AccountSetup>>,
    facts: &Facts,
) -> Result<Option<MessageId>, StoreError> {
    let planned = message.plan.links.get(usize::from(message.cascade.current));
    let (Some(account), Some(planned)) = (account, planned) else { return Ok(None) };
    let settings =
        chore::run(&*hub.transport, account.provider, &account.account, &Chore::Settings).await;
    if is_deaf(&settings) {
        tracing::info!(message.id = message.id.0, "not sent once more: statuses are switched off");
        return Ok(None);
    }
    let content = match planned.parts.as_slice() {
        [one] => one.clone(),
        // A long text went in parts: it is joined again, and divided again.
        parts => Content::Text(parts.iter().map(Content::as_text).collect::<Vec<_>>().join("\n")),
    };
    let request = Request {
        recipient: message.plan.recipient.clone(),
        partner_ref: Some(format!("again {}", message.id)),
        links: vec![RequestLink {
            messenger: planned.messenger,
            sender: FoundSender {
                name: planned.sender.clone(),
                account: account.account.id,
                traffic: planned.traffic,
            },
            content,
            quote: None,
            ttl: planned.ttl,
            until: Until::Delivered,
        }],
        schedule: None,
        deadline: message.plan.deadline,
        reports: Wanted::Nothing,
        notify_url: None,
        extra: vec![("repeat_of".to_owned(), message.id.to_string())],
        body_hash: 0,
    };
    let Sent::Accepted(again) = send::send(hub, &Asker::hook(notice.workspace), request).await
    else {
        return Ok(None);
    };
    metrics::counter!("vestnik_notices_repeated_total").increment(1);
    let facts = Facts { repeat: false, repeat_of: Some(message.id), ..facts.clone() };
    open(hub, notice.workspace, notice.call, again, &facts).await?;
    Ok(Some(again))
}

/// Whether the account's settings at the provider say that statuses are not followed.
#[must_use]
pub fn is_deaf(settings: &Finding) -> bool {
    let Finding::Settings(settings) = settings else { return false };
    settings.iter().any(|(name, value)| name == STATUSES && value == "no")
}

async fn wait(
    hub: &Arc<Hub>,
    notice: Notice,
    facts: &Facts,
    look_at: Timestamp,
    seen: Status,
) -> Result<(), StoreError> {
    let row = Notice { due_at: look_at, facts: text(facts), ..notice };
    hub.work(move |tx, now| notice::put_off(tx, &row, seen, now)).await
}

async fn close(hub: &Arc<Hub>, notice: Notice, state: NoticeState) -> Result<(), StoreError> {
    metrics::counter!("vestnik_notices_total", "state" => state.code()).increment(1);
    let row = Notice { state, ..notice };
    hub.work(move |tx, _| notice::put(tx, &row)).await
}

/// The mail is written before the notice is closed: if we stop in between, it is found again, and
/// the second mail has the first one's key.
async fn fail(
    hub: &Arc<Hub>,
    notice: Notice,
    message: &Message,
    mut facts: Facts,
) -> Result<(), StoreError> {
    let (reason, steps) = story(hub, message, &facts).await;
    facts.trouble = words(&reason);
    let about = format!("notice {}", facts.repeat_of.unwrap_or(message.id));
    // A message was sent: its account can be used.
    let about = (about, mail::Trust::Proven);
    mail::complain(hub, notice.workspace, &facts, about, reason, steps).await?;
    let notice = Notice { facts: text(&facts), ..notice };
    close(hub, notice, NoticeState::Failed).await
}

/// Why the message failed, and what is known of each step.
async fn story(hub: &Hub, message: &Message, facts: &Facts) -> (TroubleReason, Vec<Step>) {
    let (setup, language) = (hub.setup(), facts.layout.locale.language());
    let mut steps = Vec::new();
    let mut last = None;
    for (planned, state) in message.plan.links.iter().zip(&message.cascade.links) {
        let account = setup.account(planned.account);
        let failure = state.failure.as_ref();
        steps.push(Step {
            messenger: Some(planned.messenger),
            sender: account.map(|a| a.account.name.clone()).unwrap_or_default(),
            what: failure.map(|f| reason(f).text(language)).unwrap_or_default(),
        });
        last = failure.or(last);
        if let Some(account) = account.filter(|a| is_cascade(&a.account)) {
            steps.extend(stages(hub, account).await);
        }
    }
    if steps.len() == 1 && facts.repeat_of.is_none() {
        steps.clear();
    }
    (last.map_or(TroubleReason::Expired, reason), steps)
}

/// The stages of a cascade with how each does just now: the provider does not say what became of a
/// message on the way.
async fn stages(hub: &Hub, account: &AccountSetup) -> Vec<Step> {
    let stages = account::stages(hub, account.provider, &account.account).await;
    let step = |stage: Stage| Step { messenger: None, sender: stage.name, what: stage.trouble };
    stages.into_iter().map(step).collect()
}

fn reason(failure: &Failure) -> TroubleReason {
    match failure.reason {
        Reason::TimedOut => TroubleReason::Expired,
        Reason::NoAccount
        | Reason::Barred
        | Reason::NoAddress
        | Reason::WindowClosed
        | Reason::FileRefused
        | Reason::FileUnavailable
        | Reason::Filtered
        | Reason::Malformed
        | Reason::Unauthorized
        | Reason::AccountBlocked
        | Reason::BadServer
        | Reason::Quota
        | Reason::Unknown
        | Reason::ProviderError => TroubleReason::Refused(failure.reason, failure.detail.clone()),
    }
}

/// A reason as lists show it: in English, as our own API speaks.
#[must_use]
pub fn words(reason: &TroubleReason) -> String {
    reason.text(Language::En)
}
