//! The truth about a message: its whole story, and why it is where it is.

use crate::hub::Hub;
use std::sync::Arc;
use vestnik_engine::{
    cause::Cause,
    explain::{self, Explanation, Subject},
    zone::ZoneRule,
};
use vestnik_model::{
    id::{MessageId, WorkspaceId},
    language::Language,
    status::Status,
    time::Timestamp,
};
use vestnik_store::{
    StoreError, claim, journal,
    message::{self, Message, Page, Search},
    report::{self, Owed},
    slot::Slot,
};

/// Everything that is known of a message.
#[derive(Debug, Clone)]
pub struct Trace {
    /// The message.
    pub message: Message,
    /// Its status as people should see it: "submitting" is told by its outbox row.
    pub status: Status,
    /// Its story, line by line.
    pub lines: Vec<TraceLine>,
    /// What was or is to be reported about it.
    pub reports: Vec<Owed>,
    /// Why it is where it is.
    pub explanation: Explanation,
}

/// One line of a message's story.
#[derive(Debug, Clone)]
pub struct TraceLine {
    /// When.
    pub at: Timestamp,
    /// Why, for programs.
    pub cause: Cause,
    /// Why, for people.
    pub sentence: String,
    /// The exchange with the provider without secrets, where it was kept.
    pub exchange: Option<String>,
    /// The webhook that brought it, without secrets.
    pub webhook: Option<String>,
}

/// Finds messages, newest first.
///
/// # Errors
/// If the store can't be read.
pub async fn search(hub: &Arc<Hub>, wanted: Search) -> Result<Page, StoreError> {
    hub.read(move |tx| message::search(tx, &wanted)).await
}

/// Tells everything about a message of a workspace; `None` if it has none of that id.
///
/// # Errors
/// If the store can't be read.
pub async fn trace(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    id: MessageId,
    language: Language,
) -> Result<Option<Trace>, StoreError> {
    let found = hub
        .read(move |tx| {
            let Some(message) = message::load(tx, &[id])?.into_iter().next() else {
                return Ok(None);
            };
            let lines = journal::of_message(tx, id)?;
            Ok(Some((message, lines, report::of_message(tx, id)?, claim::rows_of(tx, id)?)))
        })
        .await?;
    let Some((message, lines, reports, rows)) = found else { return Ok(None) };
    if message.workspace != workspace {
        return Ok(None);
    }
    let submitting = rows.iter().find(|(_, state, _)| state == "submit").map(|(slot, ..)| *slot);
    let explanation = explain(hub, &message, &lines, submitting, language);
    let status = shown_status(&message, submitting);
    let lines = told(hub, &message, lines, language);
    Ok(Some(Trace { message, status, lines, reports, explanation }))
}

fn shown_status(message: &Message, submitting: Option<Slot>) -> Status {
    match submitting {
        Some(_) => message.cascade.status.merge(Status::Submitting),
        None => message.cascade.status,
    }
}

fn explain(
    hub: &Hub,
    message: &Message,
    lines: &[journal::Line],
    submitting: Option<Slot>,
    language: Language,
) -> Explanation {
    let setup = hub.setup();
    let now = hub.now();
    let link = message.plan.links.get(usize::from(message.cascade.current));
    let account = link.and_then(|l| setup.account(l.account));
    let subject = Subject {
        plan: &message.plan,
        cascade: &message.cascade,
        last: lines.iter().rev().map(|l| &l.cause).find(|c| **c != Cause::NothingNew),
        submitting: submitting.map(|slot| (slot.link, slot.part)),
        account_trouble: account.and_then(|a| a.trouble.as_deref()),
        pace_until: link.and_then(|l| hub.desk.held_until(l.lane, now)),
        zone: &ZoneRule::UTC_PLUS_3,
    };
    explain::explain(&subject, now, language)
}

/// The story begins with the accept, which has no line of its own: it is the message's birth.
fn told(
    hub: &Hub,
    message: &Message,
    lines: Vec<journal::Line>,
    language: Language,
) -> Vec<TraceLine> {
    let zone = ZoneRule::UTC_PLUS_3;
    let born = vestnik_model::id::id_time(message.id.0);
    let opens = message.plan.opens(born);
    let released = message.cascade.links.first().and_then(|l| l.released);
    let accepted = Cause::Accepted { due: released.unwrap_or(opens) };
    let mut out = vec![TraceLine {
        at: born,
        sentence: explain::sentence(&accepted, &message.plan, language, &zone),
        cause: accepted,
        exchange: None,
        webhook: None,
    }];
    for line in lines {
        out.push(TraceLine {
            at: line.at,
            sentence: explain::sentence(&line.cause, &message.plan, language, &zone),
            cause: line.cause,
            exchange: line.exchange,
            webhook: line.raw.map(|raw| without_secrets(hub, message, &raw)),
        });
    }
    out
}

/// A webhook's bytes as text, with the secrets of the message's accounts taken out.
fn without_secrets(hub: &Hub, message: &Message, raw: &[u8]) -> String {
    let setup = hub.setup();
    let mut text = String::from_utf8_lossy(raw).into_owned();
    for link in &message.plan.links {
        if let Some(account) = setup.account(link.account) {
            let descriptor = account.provider.descriptor();
            text = vestnik_provider::redact::redact(&text, descriptor, &account.account);
        }
    }
    text
}
