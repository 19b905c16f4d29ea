//! Messages as our own API shows them.

use jiff::Timestamp as Moment;
use serde::Serialize;
use utoipa::ToSchema;
use vestnik_app::trace::Trace;
use vestnik_engine::{cascade::Link, plan::PlannedLink};
use vestnik_model::{id::id_time, status::Status, time::Timestamp};
use vestnik_store::message::{Message, Page};

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessagePage {
    /// The messages.
    messages: Vec<MessageShort>,
    /// Give it as `before` to go on; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A message in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageShort {
    /// Its number.
    mt_num: String,
    /// The sender's own id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The recipient.
    number: String,
    /// Its status.
    state: &'static str,
    /// When it was accepted (RFC 3339, UTC).
    accepted_at: String,
    /// When it last changed.
    updated_at: String,
    /// Its links.
    links: Vec<LinkView>,
}

/// A link of a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// The messenger.
    messenger: &'static str,
    /// The sender name.
    sender: String,
    /// The account it goes through.
    account: String,
    /// What it holds: a text, or a picture's address.
    text: String,
    /// Its status.
    state: &'static str,
    /// When the provider took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<String>,
    /// When it was on the device.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivered_at: Option<String>,
    /// When it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<String>,
    /// The provider's ids of its bubbles.
    remote_ids: Vec<String>,
}

/// Everything about a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageFull {
    /// The message.
    #[serde(flatten)]
    short: MessageShort,
    /// Names and values the sender attached.
    extra: Vec<ExtraView>,
    /// Which rule found the recipient's time zone, if its clock counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_by: Option<&'static str>,
    /// Why it is where it is.
    explanation: ExplanationView,
    /// Its story.
    timeline: Vec<LineView>,
    /// What was or is to be reported to the sender.
    reports: Vec<ReportView>,
}

/// A name and a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExtraView {
    name: String,
    value: String,
}

/// Why a message is where it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplanationView {
    /// A few words.
    summary: String,
    /// What happened.
    happened: String,
    /// What it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<String>,
    /// When that is over at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    unblocks_at: Option<String>,
    /// What comes after.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// What one can do.
    advice: Vec<String>,
}

/// One line of the story.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// When.
    at: String,
    /// What happened, for people.
    text: String,
    /// What happened, for programs.
    cause: serde_json::Value,
    /// The exchange with the provider, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    exchange: Option<String>,
    /// The provider's webhook that brought it, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<String>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// What it says: sent, delivered, failed or read.
    kind: serde_json::Value,
    /// About which link, counted from 1.
    link: u8,
    /// Where it stands: due, done or exhausted.
    state: &'static str,
    /// How many tries came to an end.
    attempts: u32,
    /// When it is tried next, or was tried last.
    at: String,
    /// The last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

impl MessagePage {
    pub(super) fn of(page: &Page) -> Self {
        let short = |m: &Message| MessageShort::of(m, m.cascade.status);
        Self {
            messages: page.messages.iter().map(short).collect(),
            next: page.next.map(|id| id.to_string()),
        }
    }

    pub(super) fn one(found: Option<&Trace>) -> Self {
        let messages = found.into_iter().map(|t| MessageShort::of(&t.message, t.status)).collect();
        Self { messages, next: None }
    }
}

impl MessageShort {
    fn of(message: &Message, status: Status) -> Self {
        let links = message.plan.links.iter().zip(&message.cascade.links);
        Self {
            mt_num: message.id.to_string(),
            id: message.plan.partner_ref.clone(),
            number: message.plan.recipient.to_string(),
            state: status.code(),
            accepted_at: moment(id_time(message.id.0)),
            updated_at: moment(message.updated_at),
            links: links
                .map(|(planned, link)| LinkView::of(planned, link, id_time(message.id.0)))
                .collect(),
        }
    }
}

impl LinkView {
    fn of(planned: &PlannedLink, link: &Link, accepted_at: Timestamp) -> Self {
        // A provider's clock may have whole seconds, or be slow: nothing is shown to be before what
        // must have come before it.
        let sent = link.accepted.map(|at| at.max(accepted_at));
        let delivered = link.delivered.map(|at| at.max(sent.unwrap_or(accepted_at)));
        let read = link.read.map(|at| at.max(delivered.or(sent).unwrap_or(accepted_at)));
        Self {
            messenger: planned.messenger.code(),
            sender: planned.sender.clone(),
            account: planned.account.to_string(),
            text: planned.parts.iter().map(|p| p.as_text()).collect::<Vec<_>>().join("\n"),
            state: link.status.code(),
            sent_at: sent.map(moment),
            delivered_at: delivered.map(moment),
            read_at: read.map(moment),
            remote_ids: link.parts.iter().filter_map(|p| p.remote.clone()).collect(),
        }
    }
}

impl MessageFull {
    pub(super) fn of(trace: Trace) -> Self {
        let short = MessageShort::of(&trace.message, trace.status);
        let extra = trace.message.plan.extra.iter();
        let explanation = trace.explanation;
        Self {
            short,
            extra: extra
                .map(|(name, value)| ExtraView { name: name.clone(), value: value.clone() })
                .collect(),
            zone_by: trace.message.plan.zone_by.map(vestnik_engine::zone::ZoneBy::code),
            explanation: ExplanationView {
                summary: explanation.summary,
                happened: explanation.happened,
                waits_for: explanation.waits_for,
                unblocks_at: explanation.unblocks_at.map(moment),
                next: explanation.next,
                advice: explanation.advice,
            },
            timeline: trace
                .lines
                .into_iter()
                .map(|line| LineView {
                    at: moment(line.at),
                    text: line.sentence,
                    cause: serde_json::to_value(&line.cause).unwrap_or_default(),
                    exchange: line.exchange,
                    webhook: line.webhook,
                })
                .collect(),
            reports: trace
                .reports
                .into_iter()
                .map(|owed| ReportView {
                    kind: serde_json::to_value(owed.report.kind).unwrap_or_default(),
                    link: owed.report.link + 1,
                    state: owed.state.code(),
                    attempts: owed.attempts,
                    at: moment(owed.due_at),
                    answer: owed.answer,
                })
                .collect(),
        }
    }
}

/// RFC 3339 in UTC, to the millisecond.
pub(in crate::v1) fn moment(at: Timestamp) -> String {
    Moment::from_millisecond(at.0).map_or_else(|_| String::new(), |m| format!("{m:.3}"))
}
