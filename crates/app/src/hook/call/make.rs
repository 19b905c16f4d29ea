//! One message: to one recipient, over one account or several in order.

use super::{is_worn_out, trust};
use crate::{
    hook::{
        account::{NoAccount, messenger_of},
        presence,
    },
    hub::Hub,
    mail::{self, Trust},
    notice::{self, Facts, words},
    send::{self, Asker, FoundSender, Request, RequestLink, Sent},
    setup::AccountSetup,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use vestnik_engine::plan::{Until, Wanted};
use vestnik_hooks::mail::{Step, TroubleReason};
use vestnik_model::{
    content::{Content, Marked},
    id::{CallId, MessageId},
    limits::clip,
    outcome::Reason,
    recipient::Recipient,
    time::{Millis, Timestamp},
};
use vestnik_store::{StoreError, Tx, hook_call::HookCall, occasion};

/// The same said again within this time is a repeat of the call: sources know no ids of events.
const OCCASION_WINDOW: Millis = Millis::minutes(10);
/// Longest words that are kept of what came of a message, bytes.
const WORDS_BYTES_MAX: usize = 300;

/// A message to be made.
pub struct Wish {
    /// Makes sure that it is made once.
    pub reference: String,
    /// Whom it is for.
    pub recipient: Recipient,
    /// What it says.
    pub content: Content,
    /// The accounts, in the order in which they are tried; or why there are none.
    pub links: Result<Vec<WishLink>, NoAccount>,
    /// After when it is worth nothing.
    pub deadline: Option<Timestamp>,
    /// What is needed to follow it.
    pub facts: Facts,
}

/// One way to the recipient.
#[derive(Clone)]
pub struct WishLink {
    /// The account.
    pub account: Arc<AccountSetup>,
    /// How long it is waited for delivery before the next is tried.
    pub ttl: Millis,
}

/// What came of one message. Stored as JSON within a call's outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Made {
    /// Whom it is for, as lists show it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recipient: String,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The call that had told the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_by: Option<CallId>,
    /// Why there is none, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub trouble: String,
    /// Why it has to be tried again, if so.
    #[serde(skip)]
    pub(super) later: Option<String>,
}

impl Made {
    /// Whether it has to be tried again.
    pub(crate) fn must_wait(&self) -> bool {
        self.later.is_some()
    }
}

/// The words with their marks as a bubble's content.
pub(super) fn content(marked: Marked) -> Content {
    match marked.bold.is_empty() {
        true => Content::Text(marked.text),
        false => Content::Marked(marked),
    }
}

/// The same trouble for another message.
pub(super) fn copy(trouble: &NoAccount) -> NoAccount {
    match trouble {
        NoAccount::Refused(detail) => NoAccount::Refused(detail.clone()),
        NoAccount::Later(detail) => NoAccount::Later(detail.clone()),
        NoAccount::TooMany => NoAccount::TooMany,
        NoAccount::Store(error) => NoAccount::Store(error.clone()),
    }
}

/// Writes a mail about a message that is not made.
pub(super) async fn complain(
    hub: &Arc<Hub>,
    call: &HookCall,
    reference: &str,
    facts: &Facts,
    reason: TroubleReason,
) -> Result<Made, StoreError> {
    let trouble = clip(&words(&reason), WORDS_BYTES_MAX).to_owned();
    let about = (reference.to_owned(), trust(hub, call).await?);
    mail::complain(hub, call.workspace, facts, about, reason, Vec::new()).await?;
    Ok(Made { recipient: facts.recipient.clone(), trouble, ..Made::default() })
}

/// Makes a message.
///
/// # Errors
/// See [`StoreError`].
pub(super) async fn make(
    hub: &Arc<Hub>,
    call: &HookCall,
    mut wish: Wish,
) -> Result<Made, StoreError> {
    wish.facts.recipient = hub.hooks.shown(&wish.recipient.to_string());
    let recipient = wish.facts.recipient.clone();
    let links = match std::mem::replace(&mut wish.links, Err(NoAccount::TooMany)) {
        Ok(links) => links,
        Err(trouble) => return no_account(hub, call, &wish, trouble).await,
    };
    if let [only] = links.as_slice() {
        wish.facts.messenger = messenger_of(&only.account);
    }
    let (there, absent) = present(hub, &wish.recipient, links).await?;
    if there.is_empty() {
        let steps = absent.iter().map(|account| step(account)).collect::<Vec<_>>();
        let reason = TroubleReason::Refused(Reason::NoAccount, String::new());
        let made = Made { recipient, trouble: words(&reason), ..Made::default() };
        let steps = if steps.len() > 1 { steps } else { Vec::new() };
        // Its accounts were found: they can be used.
        let about = (wish.reference.clone(), Trust::Proven);
        mail::complain(hub, call.workspace, &wish.facts, about, reason, steps).await?;
        return Ok(made);
    }
    match send::send(hub, &Asker::hook(call.workspace), request(&wish, &there)).await {
        Sent::Accepted(message) | Sent::Differs(message) => {
            notice::open(hub, call.workspace, call.id, message, &wish.facts).await?;
            Ok(Made { recipient, message: Some(message), ..Made::default() })
        }
        Sent::BadContent(detail) => {
            let reason = TroubleReason::Content(detail);
            complain(hub, call, &wish.reference, &wish.facts, reason).await
        }
        Sent::DeadlinePassed | Sent::BadSchedule(_) | Sent::Duplicate => {
            complain(hub, call, &wish.reference, &wish.facts, TroubleReason::Expired).await
        }
        Sent::Unavailable => {
            let later = Some("the store does not answer".to_owned());
            Ok(Made { recipient, later, ..Made::default() })
        }
        Sent::Fault => {
            let reason = TroubleReason::Refused(Reason::Unknown, "a fault of ours".to_owned());
            complain(hub, call, &wish.reference, &wish.facts, reason).await
        }
    }
}

async fn no_account(
    hub: &Arc<Hub>,
    call: &HookCall,
    wish: &Wish,
    trouble: NoAccount,
) -> Result<Made, StoreError> {
    let reason = match trouble {
        NoAccount::Store(error) => return Err(error),
        NoAccount::Later(detail) if !is_worn_out(call) => {
            let recipient = wish.facts.recipient.clone();
            return Ok(Made { recipient, later: Some(detail), ..Made::default() });
        }
        NoAccount::Later(detail) => TroubleReason::Refused(Reason::ProviderError, detail),
        NoAccount::Refused(detail) => TroubleReason::Refused(Reason::Unauthorized, detail),
        NoAccount::TooMany => TroubleReason::Refused(Reason::Quota, NoAccount::TooMany.to_string()),
    };
    complain(hub, call, &wish.reference, &wish.facts, reason).await
}

/// Takes an occasion for this call, before anything is made of it: neither a message nor a mail about
/// a failure goes out for it a second time. What stands here instead if another call has it. A call
/// that is played again on purpose takes it anyway.
pub(super) async fn taken(
    hub: &Arc<Hub>,
    call: &HookCall,
    occasion: u64,
    recipient: &str,
) -> Result<Option<Made>, StoreError> {
    if call.replay_of.is_some() {
        return Ok(None);
    }
    let id = call.id;
    let take = move |tx: &mut dyn Tx, now: Timestamp| {
        occasion::take(tx, occasion, id, now, now - OCCASION_WINDOW)
    };
    let told_by = hub.perform(take).await?;
    let recipient = recipient.to_owned();
    Ok(told_by.map(|call| Made { recipient, told_by: Some(call), ..Made::default() }))
}

/// The accounts in whose messenger the number is, as far as that is known, and the others.
async fn present(
    hub: &Arc<Hub>,
    recipient: &Recipient,
    links: Vec<WishLink>,
) -> Result<(Vec<WishLink>, Vec<Arc<AccountSetup>>), StoreError> {
    let Some(phone) = recipient.phone() else { return Ok((links, Vec::new())) };
    let (mut there, mut absent) = (Vec::new(), Vec::new());
    for link in links {
        if presence::is_absent(hub, &link.account, phone).await? {
            absent.push(link.account);
        } else {
            there.push(link);
        }
    }
    Ok((there, absent))
}

fn step(account: &AccountSetup) -> Step {
    Step {
        messenger: messenger_of(account),
        sender: account.account.name.clone(),
        what: words(&TroubleReason::Refused(Reason::NoAccount, String::new())),
    }
}

fn request(wish: &Wish, links: &[WishLink]) -> Request {
    let link = |link: &WishLink| RequestLink {
        messenger: link.account.account.messenger,
        sender: FoundSender {
            name: link.account.account.name.clone(),
            account: link.account.account.id,
            traffic: 1,
        },
        content: wish.content.clone(),
        quote: None,
        ttl: link.ttl,
        // Where receipts go elsewhere, what was taken has done its duty; its records are asked.
        until: if link.account.is_implicit { Until::Sent } else { Until::Delivered },
    };
    Request {
        recipient: wish.recipient.clone(),
        partner_ref: Some(wish.reference.clone()),
        links: links.iter().map(link).collect(),
        schedule: None,
        deadline: wish.deadline,
        reports: Wanted::Nothing,
        notify_url: None,
        extra: vec![("hook".to_owned(), wish.facts.hook.clone())],
        body_hash: 0,
    }
}
