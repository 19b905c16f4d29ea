//! The reconciler: asks providers' journals about attempts whose answer was lost.
//!
//! A process that dies leaves as many such attempts as were under way, and providers allow few
//! questions. Where the journal is the account's, one page of it answers for all of them.

mod unseen;

pub use unseen::Unseen;

use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{Hub, part::Part, setup::AccountSetup};
use vestnik_engine::{
    cascade::{Event, JournalAnswer},
    cause::Cause,
    inquiry::{claim_once, share},
};
use vestnik_model::{
    id::{AccountId, MessageId},
    limits::SUBMIT_TIMEOUT,
    time::Timestamp,
};
use vestnik_provider::{
    port::{Attempt, Step, Verdict},
    wire::Request,
};
use vestnik_store::{
    StoreError, Tx,
    advance::Advance,
    claim, journal,
    message::{self, Message},
    slot::Slot,
};

/// Attempts asked about in one turn at most.
const AT_ONCE: i64 = 512;
/// Questions to one journal in one turn at most: other accounts have lost answers too.
const QUESTIONS_MAX: usize = 32;
/// How often is looked.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two questions to the same journal: providers allow few of them.
const BETWEEN: Duration = Duration::from_millis(1_100);
/// Calls of one question at most.
const STEPS_MAX: usize = 4;

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    let mut unseen = Unseen::default();
    loop {
        if let Err(error) = turn(&hub, &stop, &mut unseen).await {
            tracing::error!(%error, "lost answers could not be asked about");
        }
        if crate::pause(PAUSE, &stop).await {
            return;
        }
    }
}

/// A lost answer.
struct Lost {
    message: Message,
    slot: Slot,
    /// When its attempt may have begun at the earliest.
    begun: Timestamp,
}

/// One turn: every question that is due is asked once, or stays due.
///
/// # Errors
/// See [`StoreError`].
pub async fn turn(
    hub: &Arc<Hub>,
    stop: &CancellationToken,
    unseen: &mut Unseen,
) -> Result<(), StoreError> {
    let now = hub.now();
    let due = hub.read(move |tx| due(tx, now)).await?;
    let setup = hub.setup();
    let mut accounts: BTreeMap<AccountId, Vec<Lost>> = BTreeMap::new();
    let mut without = Vec::new();
    for lost in due {
        let link = lost.message.plan.links.get(usize::from(lost.slot.link));
        match link.and_then(|link| setup.account(link.account)) {
            Some(account) => accounts.entry(account.account.id).or_default().push(lost),
            None => without.push((lost.message.id, lost.slot, JournalAnswer::Unsure)),
        }
    }
    conclude(hub, without).await?;
    for (id, lost) in accounts {
        let Some(account) = setup.account(id) else { continue };
        let mut left = QUESTIONS_MAX;
        let begun: Vec<Timestamp> = lost.iter().map(|lost| lost.begun).collect();
        for group in share(&begun) {
            let group: Vec<&Lost> = group.into_iter().map(|place| &lost[place]).collect();
            ask(hub, account, &group, &mut left, stop, unseen).await?;
        }
    }
    Ok(())
}

/// The attempts whose journal is to be asked, with what is known of them.
fn due(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<Lost>, StoreError> {
    let keys = claim::inquiries(tx, now, AT_ONCE)?;
    let mut ids: Vec<MessageId> = keys.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    let messages: BTreeMap<MessageId, Message> =
        message::load(tx, &ids)?.into_iter().map(|m| (m.id, m)).collect();
    let mut out = Vec::with_capacity(keys.len());
    for (id, slot) in keys {
        let Some(message) = messages.get(&id).cloned() else { continue };
        let begun = begun(&message, slot, &journal::of_message(tx, id)?);
        out.push(Lost { message, slot, begun });
    }
    Ok(out)
}

/// When an attempt may have begun: before its answer was noted as lost, at most a time-out earlier.
/// An orphan may have begun at any time since its link was released: the process had stopped.
fn begun(message: &Message, slot: Slot, lines: &[journal::Line]) -> Timestamp {
    let is_end =
        |l: &&journal::Line| matches!(l.cause, Cause::AnswerLost { .. } | Cause::Orphaned { .. });
    let noted = lines.iter().rev().find(is_end);
    let is_orphan = noted.is_some_and(|l| matches!(l.cause, Cause::Orphaned { .. }));
    let released = message.cascade.links.get(usize::from(slot.link)).and_then(|l| l.released);
    let earliest = noted.map_or(message.updated_at, |l| l.at) - SUBMIT_TIMEOUT;
    released.map_or(earliest, |at| if is_orphan { at } else { earliest.max(at) })
}

/// An attempt on its way through a journal's pages.
struct Open<'a> {
    lost: &'a Lost,
    part: Part<'a>,
    step: Step,
    /// When its first page was asked for. Silence counts from there: what left a list between two
    /// pages is in neither.
    asked_at: Option<Timestamp>,
}

/// Asks an account's journal about attempts that began not far from each other. What there was no
/// question left for stays due.
async fn ask(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    group: &[&Lost],
    left: &mut usize,
    stop: &CancellationToken,
    unseen: &mut Unseen,
) -> Result<(), StoreError> {
    let Some(begun) = group.iter().map(|lost| lost.begun).min() else { return Ok(()) };
    let (mut open, mut answered) = (Vec::with_capacity(group.len()), Vec::new());
    for lost in group {
        match Part::sketch(hub, account, lost.message.id, &lost.message.plan, lost.slot).await {
            Ok(part) => open.push(Open { lost, part, step: Step::FIRST, asked_at: None }),
            Err(_) => answered.push((lost.message.id, lost.slot, JournalAnswer::Unsure)),
        }
    }
    for _ in 0..STEPS_MAX {
        let (questions, mute) = questions(account, open, begun, hub.now());
        answered
            .extend(mute.iter().map(|lost| (lost.message.id, lost.slot, JournalAnswer::Unsure)));
        open = Vec::new();
        for (request, served) in questions {
            if *left == 0 || stop.is_cancelled() {
                return conclude(hub, answered).await;
            }
            *left -= 1;
            let (known, further) = page(hub, account, request, served, unseen).await;
            answered.extend(known);
            open.extend(further);
            conclude(hub, std::mem::take(&mut answered)).await?;
            tokio::time::sleep(BETWEEN).await;
        }
    }
    let endless = open.iter().map(|o| (o.lost.message.id, o.lost.slot, JournalAnswer::Unsure));
    answered.extend(endless);
    conclude(hub, answered).await
}

/// The questions to be asked, each with the attempts that its answer serves, in the order of the
/// first of them; and the attempts for which there is nothing to ask.
fn questions<'a>(
    account: &AccountSetup,
    open: Vec<Open<'a>>,
    begun: Timestamp,
    now: Timestamp,
) -> (Vec<(Request, Vec<Open<'a>>)>, Vec<&'a Lost>) {
    let mut questions: Vec<(Request, Vec<Open<'a>>)> = Vec::new();
    let mut places: BTreeMap<(String, Vec<u8>, u8, String), usize> = BTreeMap::new();
    let mut mute = Vec::new();
    for open in open {
        let attempt = Attempt { submission: open.part.submission(), started_at: begun, now };
        let Some(request) = account.provider.inquire(&account.account, &attempt, &open.step) else {
            mute.push(open.lost);
            continue;
        };
        let step = (open.step.number, open.step.note.clone());
        let key = (request.url.clone(), request.body.clone(), step.0, step.1);
        let place = *places.entry(key).or_insert(questions.len());
        match questions.get_mut(place) {
            Some((_, served)) => served.push(open),
            None => questions.push((request, vec![open])),
        }
    }
    (questions, mute)
}

type Answered = (MessageId, Slot, JournalAnswer);

/// Asks one question. Gives what it answers, and the attempts that have another to ask.
async fn page<'a>(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    request: Request,
    served: Vec<Open<'a>>,
    unseen: &mut Unseen,
) -> (Vec<Answered>, Vec<Open<'a>>) {
    let asked_at = hub.now();
    let reply = hub.transport.call(request).await;
    let step = served.first().map_or(Step::FIRST, |open| open.step.clone());
    let page = reply
        .as_ref()
        .ok()
        .map(|reply| account.provider.read_journal(&account.account, &step, reply));
    let (mut known, mut further) = (Vec::new(), Vec::new());
    for mut open in served {
        let key = (open.lost.message.id, open.lost.slot);
        let now = *open.asked_at.get_or_insert(asked_at);
        let submission = open.part.submission();
        let verdict = page.as_ref().map_or(Verdict::Unsure, |page| {
            let read = |started_at| page(&Attempt { submission, started_at, now });
            unseen.judge(key, now, open.lost.begun, read)
        });
        let answer = match verdict {
            Verdict::Found { remote_id } => JournalAnswer::Found { remote_id },
            Verdict::Absent => JournalAnswer::Absent,
            Verdict::Unsure => JournalAnswer::Unsure,
            Verdict::Ask(next) => {
                open.step = next;
                further.push(open);
                continue;
            }
        };
        if answer != JournalAnswer::Unsure {
            unseen.forget(key);
        }
        known.push((key.0, key.1, answer));
    }
    (known, further)
}

/// Writes answers down, all in one commit.
async fn conclude(hub: &Arc<Hub>, answered: Vec<Answered>) -> Result<(), StoreError> {
    let (keys, mut answers): (Vec<_>, Vec<_>) =
        answered.into_iter().map(|(id, slot, answer)| ((id, slot), answer)).unzip();
    claim_once(&mut answers);
    let advances = keys.into_iter().zip(answers).map(|((message, slot), answer)| {
        let event = Event::Inquired { link: slot.link, part: slot.part, answer };
        let jitter = hub.chance.jitter();
        hub.advance(Advance { message, event, fence: None, exchange: None, raw: None, jitter })
    });
    for advanced in crate::join_all(advances).await {
        advanced?;
    }
    Ok(())
}
