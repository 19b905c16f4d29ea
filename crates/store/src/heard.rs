//! What a webhook tells of customers: what they wrote, what they changed, whether they want us.

use crate::{
    StoreError, attachment,
    identity::{self, Seen},
    incoming::{self, Arrived, Became, Change},
    mo,
};
use vestnik_db::Tx;
use vestnik_model::{
    id::{AccountId, IncomingId, LaneId, PartnerId, WebhookId},
    time::Timestamp,
};

/// One thing that was told.
#[derive(Debug, Clone)]
pub enum Heard {
    /// Somebody wrote something.
    Message {
        /// What.
        arrived: Box<Arrived>,
        /// The chat it stands in, unless it was written on our side.
        seen: Option<Seen>,
        /// Partners who are to be told.
        tell: Vec<(PartnerId, LaneId)>,
    },
    /// A message was changed. If it is not known (it was ours, or came before us) the bytes are
    /// kept and no more.
    Changed {
        /// The chat.
        chat: String,
        /// The provider's id of the message.
        remote_id: String,
        /// How.
        change: Change,
        /// A message to write down in its place, if the one it speaks of is not known.
        instead: Option<Box<Arrived>>,
    },
    /// A chat was opened or closed to us.
    Chat(Seen),
}

/// Writes it down.
///
/// # Errors
/// See [`StoreError`].
pub fn hear(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    webhook: WebhookId,
    heard: &Heard,
) -> Result<(), StoreError> {
    match heard {
        Heard::Message { arrived, seen, tell } => {
            if let Some(seen) = seen {
                identity::see(tx, now, account, seen)?;
            }
            arrive(tx, now, account, webhook, arrived, tell)
        }
        Heard::Changed { chat, remote_id, change, instead } => {
            let known = incoming::change(tx, now, account, chat, remote_id, change)?;
            match (known, instead) {
                (None, Some(instead)) => arrive(tx, now, account, webhook, instead, &[]),
                (None | Some(_), _) => Ok(()),
            }
        }
        Heard::Chat(seen) => identity::see(tx, now, account, seen).map(|_| ()),
    }
}

fn arrive(
    tx: &mut dyn Tx,
    now: Timestamp,
    account: AccountId,
    webhook: WebhookId,
    arrived: &Arrived,
    tell: &[(PartnerId, LaneId)],
) -> Result<(), StoreError> {
    let files = &arrived.incoming.files;
    match incoming::arrive(tx, now, account, webhook, arrived)? {
        Became::New(stored) => {
            attachment::wait(tx, now, account, stored.id, files)?;
            owe(tx, now, stored.id, tell)
        }
        Became::Changed(stored) => attachment::wait(tx, now, account, stored.id, files),
        Became::Known => Ok(()),
    }
}

fn owe(
    tx: &mut dyn Tx,
    now: Timestamp,
    incoming: IncomingId,
    tell: &[(PartnerId, LaneId)],
) -> Result<(), StoreError> {
    for (partner, lane) in tell {
        mo::owe(tx, now, incoming, *partner, *lane)?;
    }
    Ok(())
}
