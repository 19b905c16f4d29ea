//! Mails to people: written down as rows, sent by a loop, never a secret in them.

use crate::{hub::Hub, notice::Facts};
use std::{future::Future, pin::Pin, sync::Arc};
use vestnik_hooks::mail::{MailText, Step, Trouble, TroubleReason, failure, is_address};
use vestnik_model::{
    id::{MailId, WorkspaceId},
    limits::clip,
    time::Millis,
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

/// Within this time …
const HOUR: Millis = Millis::hours(1);
/// … so many mails go out for addresses of hooks whose credentials were never accepted, all together …
const UNPROVEN_PER_HOUR: i64 = 20;
/// … and so many to one box. Owners who set up their first hook need few.
const UNPROVEN_PER_BOX: i64 = 3;

/// Whether whoever asks for a mail has shown that an account is theirs to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The account is set up here, or its provider has accepted the credentials.
    Proven,
    /// Anybody may have written the address, with anybody's box in it.
    Unproven,
}

/// Why an unproven mail must be held back, by what was let go within the hour: all, and to its box.
fn held(all: i64, to_box: i64) -> Option<String> {
    let why = if to_box >= UNPROVEN_PER_BOX {
        format!("{UNPROVEN_PER_BOX} such mails an hour go to one box")
    } else if all >= UNPROVEN_PER_HOUR {
        format!("{UNPROVEN_PER_HOUR} such mails go out in an hour")
    } else {
        return None;
    };
    Some(format!(
        "held back: no provider has ever accepted the credentials in the hook's address, and at most \
         {why}"
    ))
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
    about: (String, Trust),
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
/// apart by case, and how many mails a box gets in an hour is counted by its name. What a stranger
/// asks for is written down as held back once there were enough.
///
/// # Errors
/// See [`StoreError`].
pub async fn write(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    recipient: String,
    (about, trust): (String, Trust),
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
        is_unproven: trust == Trust::Unproven,
    };
    hub.work(move |tx, now| {
        let mut row = row.clone();
        if row.is_unproven {
            let (all, to_box) = mail::unproven_since(tx, &row.recipient, now - HOUR)?;
            row.answer = held(all, to_box);
            row.state = if row.answer.is_some() { MailState::Held } else { MailState::Due };
        }
        mail::add(tx, &row)
    })
    .await?;
    hub.arrivals.mails.ring();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_share_few_letters_and_a_box_gets_fewer() {
        assert_eq!(held(UNPROVEN_PER_HOUR - 1, UNPROVEN_PER_BOX - 1), None);
        assert!(held(UNPROVEN_PER_HOUR, 0).unwrap().contains("20 such mails"));
        assert!(held(3, UNPROVEN_PER_BOX).unwrap().contains("3 such mails an hour go to one box"));
    }
}
