//! The fetcher: brings the files that came in with messages into our storage.
//!
//! A message is there at once; its files follow when they can be had, are refused when they can't,
//! and expire when that took too long.

use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use vestnik_app::{
    Hub, chore,
    file::{self, FileTrouble},
    setup::AccountSetup,
};
use vestnik_engine::retry::submit_pause;
use vestnik_model::{
    limits::{DETAIL_BYTES_MAX, FILE_BYTES_MAX, clip},
    time::Millis,
};
use vestnik_provider::chore::{Chore, Finding};
use vestnik_store::{
    StoreError,
    attachment::{self, Attachment, AttachmentState, Fetched},
};

/// Files fetched at once: each may be as large as a file may be.
const AT_ONCE: usize = 4;
/// Files read from disk in one look.
const LOOK: i64 = 64;
/// Longest sleep without anything to do: a file may be due again without a bell.
const IDLE: Duration = Duration::from_secs(2);
/// How long a file is tried for.
const AGE_MAX: Millis = Millis::hours(24);
/// Tries at most, within that time.
const TRIES_MAX: u32 = 40;

/// Runs until the stop.
pub async fn run(hub: Arc<Hub>, stop: CancellationToken) {
    loop {
        match turn(&hub, &stop).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "files could not be looked up"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = hub.arrivals.files.heard() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }
}

/// Fetches what is due. Whether there may be more.
async fn turn(hub: &Arc<Hub>, stop: &CancellationToken) -> Result<bool, StoreError> {
    let now = hub.now();
    let due = hub.read(move |tx| attachment::due(tx, now, LOOK)).await?;
    let is_more = !due.is_empty();
    let mut tasks = JoinSet::new();
    for attachment in due {
        if stop.is_cancelled() {
            break;
        }
        while tasks.len() >= AT_ONCE {
            log_panic(tasks.join_next().await.as_ref());
        }
        tasks.spawn(fetch(Arc::clone(hub), attachment));
    }
    while let Some(ended) = tasks.join_next().await {
        log_panic(Some(&ended));
    }
    Ok(is_more && !stop.is_cancelled())
}

fn log_panic(ended: Option<&Result<(), tokio::task::JoinError>>) {
    if let Some(Err(error)) = ended
        && error.is_panic()
    {
        tracing::error!(%error, "a fetch broke off by a fault of ours");
    }
}

/// How a try ended.
enum Tried {
    Kept(vestnik_store::file::StoredFile),
    Later(Option<Millis>, String),
    Refused(String),
}

async fn fetch(hub: Arc<Hub>, attachment: Attachment) {
    let account = hub.setup().account(attachment.account).cloned();
    let tried = match &account {
        Some(account) => attempt(&hub, account, &attachment).await,
        None => Tried::Refused("the account is not set up any more".to_owned()),
    };
    let end = ended(&hub, &attachment, tried);
    metrics::counter!("vestnik_files_in_total", "state" => end.state.code()).increment(1);
    if let Err(error) = hub.work(move |tx, _| attachment::fetched(tx, &end)).await {
        // It stays waiting, and is fetched again.
        tracing::warn!(incoming.id = attachment.incoming.0, %error, "a fetched file was not noted");
        tokio::time::sleep(IDLE).await;
    }
}

async fn attempt(hub: &Arc<Hub>, account: &AccountSetup, attachment: &Attachment) -> Tried {
    let limit = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    if attachment.size.is_some_and(|size| size > limit) {
        return Tried::Refused(FileTrouble::TooLarge.to_string());
    }
    let chore = Chore::Fetch { locator: &attachment.locator };
    let found = chore::run(&*hub.transport, account.provider, &account.account, &chore).await;
    match found {
        Finding::File { bytes, .. } => {
            match file::keep(hub, account.account.workspace, bytes).await {
                Ok(file) => Tried::Kept(file),
                Err(FileTrouble::Later(detail)) => Tried::Later(None, detail),
                Err(trouble @ (FileTrouble::Gone(_) | FileTrouble::TooLarge)) => {
                    Tried::Refused(trouble.to_string())
                }
            }
        }
        Finding::Later { retry_after, detail } => Tried::Later(retry_after, detail),
        finding @ (Finding::Unsupported
        | Finding::Done
        | Finding::Failed(_)
        | Finding::State(_)
        | Finding::Subscription(_)
        | Finding::Qr(_)
        | Finding::Settings(_)
        | Finding::Count(_)
        | Finding::Exists(_)
        | Finding::Templates(_)
        | Finding::Delivery(_)) => Tried::Refused(chore::words(&finding)),
    }
}

fn ended(hub: &Hub, attachment: &Attachment, tried: Tried) -> Fetched {
    let now = hub.now();
    let attempts = attachment.attempts.saturating_add(1);
    let age = now - vestnik_model::id::id_time(attachment.incoming.0);
    let mut end = Fetched {
        incoming: attachment.incoming,
        n: attachment.n,
        state: AttachmentState::Refused,
        due_at: now,
        attempts,
        mime: attachment.mime.clone(),
        size: attachment.size,
        hash: None,
        detail: String::new(),
    };
    match tried {
        Tried::Kept(file) => {
            end.state = AttachmentState::Fetched;
            end.mime = file.mime;
            end.size = Some(file.size);
            end.hash = Some(file.hash);
        }
        Tried::Refused(detail) => end.detail = clip(&detail, DETAIL_BYTES_MAX).to_owned(),
        Tried::Later(hint, detail) => {
            end.detail = clip(&detail, DETAIL_BYTES_MAX).to_owned();
            if age >= AGE_MAX || attempts >= TRIES_MAX {
                end.state = AttachmentState::Expired;
            } else {
                end.state = AttachmentState::Waiting;
                end.due_at = now + submit_pause(attempts, hint, hub.chance.jitter());
            }
        }
    }
    end
}
