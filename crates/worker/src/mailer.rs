//! The mailer: hands mails to the mail server, one at a time, and never floods anybody: past a
//! number of mails an hour, what else is to be told to an address goes together in one.

use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use vestnik_app::{
    Hub,
    mail::{Letter, PostError},
};
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, clip},
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    mail::{self, Mail, MailState},
};

/// Longest sleep without anything to do.
const IDLE: Duration = Duration::from_secs(2);
/// Mails looked at in one turn.
const LOOK: i64 = 200;
/// Within this time …
const HOUR: Millis = Millis::hours(1);
/// … an address gets so many mails; what comes beyond waits, and goes together.
const MAILS_PER_HOUR: i64 = 10;
/// Mails that go together at most; the rest waits for the next.
const TOGETHER_MAX: usize = 50;
/// First pause after a failed try; it doubles …
const AGAIN_FIRST: Millis = Millis::seconds(30);
/// … up to this …
const AGAIN_MAX: Millis = Millis::hours(1);
/// … until the mail is this old.
const AGE_MAX: Millis = Millis::hours(48);

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        if let Err(error) = turn(&hub, &stop).await {
            tracing::error!(%error, "mails could not be worked on");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = hub.arrivals.mails.heard() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }
}

/// One turn: every mail that is due is tried, or put off. Without a mail server they wait and can be
/// read in the list.
///
/// # Errors
/// See [`StoreError`].
pub async fn turn(hub: &Arc<Hub>, stop: &CancellationToken) -> Result<(), StoreError> {
    if hub.post.is_none() {
        return Ok(());
    }
    let now = hub.now();
    let due = hub.read(move |tx| mail::due(tx, now, LOOK)).await?;
    // Owners' first; what strangers asked for never goes within an owner's letter.
    let mut by_recipient: BTreeMap<(bool, String), Vec<Mail>> = BTreeMap::new();
    for one in due {
        by_recipient.entry((one.is_unproven, one.recipient.clone())).or_default().push(one);
    }
    for mails in by_recipient.into_values() {
        if stop.is_cancelled() {
            return Ok(());
        }
        to_one(hub, mails).await?;
    }
    Ok(())
}

/// What is due to one address: each by itself as long as there are few; else together, when the hour
/// is over.
async fn to_one(hub: &Arc<Hub>, mails: Vec<Mail>) -> Result<(), StoreError> {
    let Some((recipient, is_unproven)) =
        mails.first().map(|mail| (mail.recipient.clone(), mail.is_unproven))
    else {
        return Ok(());
    };
    let since = hub.now() - HOUR;
    let sent = hub.read(move |tx| mail::sent_since(tx, &recipient, since, is_unproven));
    let (sent, first) = sent.await?;
    let room = usize::try_from((MAILS_PER_HOUR - sent).max(0)).unwrap_or(0);
    let (letters, rest) = divide(mails, room);
    for together in letters {
        send(hub, together).await?;
    }
    if rest.is_empty() {
        return Ok(());
    }
    let until = first.unwrap_or_else(|| hub.now()) + HOUR;
    put_off(hub, rest, until).await
}

/// Mails as letters, no more than there is room for: each by itself if they are few, else together;
/// and what has to wait.
fn divide(mut mails: Vec<Mail>, room: usize) -> (Vec<Vec<Mail>>, Vec<Mail>) {
    let each = if mails.len() <= room { 1 } else { TOGETHER_MAX };
    let mut letters = Vec::new();
    while !mails.is_empty() && letters.len() < room {
        let after = mails.split_off(mails.len().min(each));
        letters.push(std::mem::replace(&mut mails, after));
    }
    (letters, mails)
}

async fn put_off(hub: &Arc<Hub>, mails: Vec<Mail>, until: Timestamp) -> Result<(), StoreError> {
    hub.work(move |tx, _| {
        for one in &mails {
            mail::put(tx, &Mail { due_at: until, ..one.clone() })?;
        }
        Ok(())
    })
    .await
}

/// Sends mails in one letter, and writes down how it ended.
async fn send(hub: &Arc<Hub>, mails: Vec<Mail>) -> Result<(), StoreError> {
    let (Some(post), Some(letter)) = (hub.post.clone(), letter(&mails)) else { return Ok(()) };
    let posted = post.post(&letter).await;
    let now = hub.now();
    let result = if posted.is_ok() { "sent" } else { "failed" };
    metrics::counter!("vestnik_mails_total", "result" => result).increment(1);
    if let Err(error) = &posted {
        tracing::warn!(%error, "a mail was not taken");
    }
    let ended: Vec<Mail> = mails.into_iter().map(|one| end(one, &posted, now)).collect();
    hub.work(move |tx, _| {
        for one in &ended {
            mail::put(tx, one)?;
        }
        Ok(())
    })
    .await
}

fn letter(mails: &[Mail]) -> Option<Letter> {
    let first = mails.first()?;
    let (subject, text) = match mails {
        [one] => (one.subject.clone(), one.body.clone()),
        many => {
            let subject = format!("{} (+{})", first.subject, many.len() - 1);
            let texts = many.iter().map(|m| format!("{}\n\n{}", m.subject, m.body));
            (subject, texts.collect::<Vec<_>>().join("\n\n— — —\n\n"))
        }
    };
    let recipient = first.recipient.clone();
    Some(Letter { recipient, subject, text, message_id: first.id.to_string() })
}

fn end(mail: Mail, posted: &Result<String, PostError>, now: Timestamp) -> Mail {
    let attempts = mail.attempts + 1;
    let age = now - vestnik_model::id::id_time(mail.id.0);
    let answer = match posted {
        Ok(answer) => answer.clone(),
        Err(error) => error.to_string(),
    };
    let answer = Some(clip(&answer, DETAIL_BYTES_MAX).to_owned());
    match posted {
        Ok(_) => Mail { state: MailState::Done, attempts, answer, sent_at: Some(now), ..mail },
        Err(PostError::Later(_)) if age < AGE_MAX => {
            let pause = (AGAIN_FIRST.0 << mail.attempts.min(12)).min(AGAIN_MAX.0);
            Mail { due_at: now + Millis(pause), attempts, answer, ..mail }
        }
        Err(PostError::Later(_) | PostError::Refused(_)) => {
            Mail { state: MailState::Exhausted, attempts, answer, ..mail }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::id::{MailId, WorkspaceId};

    fn mails(count: i64) -> Vec<Mail> {
        let mail = |id| Mail {
            id: MailId(id),
            workspace: WorkspaceId(1),
            recipient: "a@example.com".to_owned(),
            state: MailState::Due,
            due_at: Timestamp(0),
            attempts: 0,
            dedupe_key: id.to_string(),
            subject: String::new(),
            body: String::new(),
            answer: None,
            sent_at: None,
            is_unproven: false,
        };
        (0..count).map(mail).collect()
    }

    fn sizes(count: i64, room: usize) -> (Vec<usize>, usize) {
        let (letters, rest) = divide(mails(count), room);
        (letters.iter().map(Vec::len).collect(), rest.len())
    }

    #[test]
    fn no_more_letters_leave_than_there_is_room_for() {
        assert_eq!(sizes(3, 10), (vec![1, 1, 1], 0));
        assert_eq!(sizes(14, 10), (vec![14], 0));
        assert_eq!(sizes(120, 2), (vec![50, 50], 20));
        assert_eq!(sizes(2, 0), (vec![], 2));
        let (letters, rest) = divide(mails(60), 1);
        let all = letters.into_iter().flatten().chain(rest).map(|mail| mail.id.0);
        assert_eq!(all.collect::<Vec<_>>(), (0..60).collect::<Vec<_>>(), "none is lost");
    }
}
