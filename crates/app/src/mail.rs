//! Mails to people: written down as rows, sent by a loop, never a secret in them.

use crate::{hub::Hub, notice::Facts};
use std::{future::Future, pin::Pin, sync::Arc};
use vestnik_hooks::mail::{MailText, Step, Trouble, TroubleReason, failure, is_address};
use vestnik_model::{
    id::{MailId, WorkspaceId},
    limits::clip,
};
use vestnik_store::{
    StoreError,
    mail::{self, Mail, MailState},
};

/// Longest text of a mail, bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Longest subject, bytes.
const SUBJECT_BYTES_MAX: usize = 300;

/// A mail ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Whom it goes to.
    pub recipient: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same for every try of the same mail.
    pub message_id: String,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The server refused it for good.
    #[error("{0}")]
    Refused(String),
    /// It may go later.
    #[error("{0}")]
    Later(String),
}

/// The course of a mail to its server.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<String, PostError>> + Send + 'a>>;

/// What carries mails.
pub trait Post: Send + Sync {
    /// Hands a mail to the server; gives back what the server said.
    fn post<'a>(&'a self, letter: &'a Letter) -> Posting<'a>;
}

/// Writes the mail about a failure down, if the hook names somebody. `about` makes sure that there
/// is one mail for one failure, however often it is found.
///
/// # Errors
/// See [`StoreError`].
pub async fn complain(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    facts: &Facts,
    about: String,
    reason: TroubleReason,
    steps: Vec<Step>,
) -> Result<(), StoreError> {
    let Some(recipient) = facts.error_email.clone() else { return Ok(()) };
    let trouble = Trouble {
        order_number: facts.order_number.clone(),
        service: facts.service.clone(),
        hook: facts.hook.clone(),
        messenger: facts.messenger,
        recipient: facts.recipient.clone(),
        at: hub.now(),
        steps,
        reason,
    };
    let text = failure(&trouble, &facts.layout, facts.layout.locale.language());
    write(hub, workspace, recipient, about, text).await
}

/// Writes a mail down. The recipient is kept in small letters: no mail server of today tells boxes
/// apart by case, and how many mails a box gets in an hour is counted by its name.
///
/// # Errors
/// See [`StoreError`].
pub async fn write(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    recipient: String,
    about: String,
    text: MailText,
) -> Result<(), StoreError> {
    if !is_address(&recipient) {
        return Ok(());
    }
    let row = Mail {
        id: MailId(hub.id()),
        workspace,
        recipient: recipient.to_lowercase(),
        state: MailState::Due,
        due_at: hub.now(),
        attempts: 0,
        dedupe_key: about,
        subject: clip(&text.subject, SUBJECT_BYTES_MAX).to_owned(),
        body: clip(&text.text, TEXT_BYTES_MAX).to_owned(),
        answer: None,
        sent_at: None,
    };
    hub.work(move |tx, _| mail::add(tx, &row)).await?;
    hub.arrivals.mails.ring();
    Ok(())
}
