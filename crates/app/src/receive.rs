//! Receiving: a provider's webhook, from its bytes to the disk, before its answer leaves.

use crate::{hub::Hub, incoming, setup::AccountSetup};
use std::sync::Arc;
use tokio::sync::oneshot;
use vestnik_model::id::WebhookId;
use vestnik_provider::{
    port::{AccountState, Reception, Word},
    wire::Inbound,
};
use vestnik_store::{
    StoreError,
    batch::Command,
    ingest::{Ingest, Keep, ReadUpTo, Receipt},
};

/// What became of a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// It is on disk, and what it says is applied.
    Stored,
    /// The provider makes sure that we are there: it wants this answer.
    Handshake {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
    /// Its secret is wrong: nothing is kept.
    Forged,
    /// It can't be written down just now: the provider must send it again.
    Unavailable,
}

/// Takes in a webhook for an account.
pub async fn receive(hub: &Arc<Hub>, account: &AccountSetup, inbound: &Inbound<'_>) -> Received {
    let provider = account.provider.descriptor().code;
    let (words, keep) = match account.provider.receive(&account.account, inbound) {
        Reception::Forged => {
            metrics::counter!("vestnik_webhooks_total", "provider" => provider, "kind" => "forged")
                .increment(1);
            return Received::Forged;
        }
        Reception::Handshake { status, body } => return Received::Handshake { status, body },
        Reception::Unreadable { detail } => {
            metrics::counter!(
                "vestnik_webhooks_total", "provider" => provider, "kind" => "unreadable"
            )
            .increment(1);
            (Vec::new(), Keep::Unreadable { detail })
        }
        Reception::Understood(words) => (words, Keep::No),
    };
    let is_understood = keep == Keep::No;
    let ingest = ingest_of(hub, account, words, keep, inbound.body);
    match store(hub, ingest).await {
        Ok(()) => {
            if is_understood {
                account.count_understood();
            }
            Received::Stored
        }
        Err(error) => {
            tracing::error!(account.id = account.account.id.0, %error, "a webhook was not stored");
            Received::Unavailable
        }
    }
}

fn ingest_of(
    hub: &Hub,
    account: &AccountSetup,
    words: Vec<Word>,
    keep: Keep,
    body: &[u8],
) -> Ingest {
    let mut ingest = Ingest {
        id: WebhookId(hub.id()),
        account: account.account.id,
        raw: Arc::from(body),
        receipts: Vec::with_capacity(words.len()),
        read_up_to: Vec::new(),
        heard: Vec::new(),
        keep,
    };
    for word in words {
        match word {
            Word::Receipt { remote_id, kind, at } => {
                ingest.receipts.push(Receipt { remote_id, kind, at });
            }
            Word::ReadUpTo { remote_id, at, .. } => {
                ingest.read_up_to.push(ReadUpTo { remote_id, at });
            }
            Word::Account(state) => take_state(hub, account, &state),
            Word::Template { id, state } => {
                tracing::info!(account.id = account.account.id.0, id, state, "a template's state");
            }
            Word::Nothing => {}
            word @ (Word::Message(_)
            | Word::Edited { .. }
            | Word::Deleted { .. }
            | Word::Reaction { .. }
            | Word::Started { .. }
            | Word::Stopped { .. }) => ingest.heard.extend(incoming::heard(hub, account, word)),
        }
    }
    let is_all_receipts = !ingest.receipts.is_empty() || !ingest.read_up_to.is_empty();
    if ingest.keep == Keep::No && (!is_all_receipts || !ingest.heard.is_empty()) {
        ingest.keep = Keep::Other;
    }
    ingest
}

/// An account that says it can't send is stopped; one that says it can is let go on.
fn take_state(hub: &Hub, account: &AccountSetup, state: &AccountState) {
    let id = account.account.id;
    match state {
        AccountState::Ready => hub.resume_account(id),
        AccountState::Waiting { detail } => {
            tracing::warn!(account.id = id.0, detail, "an account is not ready");
        }
        AccountState::Broken { detail } => hub.stop_account(id, detail),
    }
}

async fn store(hub: &Arc<Hub>, ingest: Ingest) -> Result<(), StoreError> {
    let (sender, receiver) = oneshot::channel();
    let after = Arc::clone(hub);
    let has_heard = !ingest.heard.is_empty();
    hub.writer.submit(Command::Ingest(
        Box::new(ingest),
        Box::new(move |result| {
            let result = result.map(|advanced| {
                for advanced in &advanced {
                    after.pass_on(advanced);
                }
                if has_heard {
                    after.arrivals.files.ring();
                    after.arrivals.tellings.ring();
                }
            });
            drop(sender.send(result));
        }),
    ));
    receiver.await.unwrap_or(Err(StoreError::Closed))
}
