//! What customers write: from an adapter's words to what is written down, and back for readers.

use crate::{
    hub::Hub,
    setup::{AccountSetup, Setup},
};
use std::sync::Arc;
use vestnik_model::{
    id::{IncomingId, LaneId, PartnerId, endpoint_lane},
    incoming::{Chat, Extra, Incoming, Person},
    phone::Phone,
    time::Timestamp,
};
use vestnik_provider::port::Word;
use vestnik_store::{
    StoreError,
    attachment::{self, Attachment},
    heard::Heard,
    identity::{Evidence, Seen},
    incoming::{self, Arrived, Change, Search, Stored},
};

/// What a word of a webhook means for the store; `None` for words that are not about customers.
pub(crate) fn heard(hub: &Hub, account: &AccountSetup, word: Word) -> Option<Heard> {
    match word {
        Word::Message(incoming) => Some(message(hub, account, *incoming)),
        Word::Edited { chat, remote_id, text, .. } => {
            Some(Heard::Changed { chat, remote_id, change: Change::Edited(text), instead: None })
        }
        Word::Deleted { chat, remote_id, .. } => {
            Some(Heard::Changed { chat, remote_id, change: Change::Deleted, instead: None })
        }
        Word::Reaction { chat, remote_id, emoji, at } => {
            let instead = reaction(hub, account, &chat, &remote_id, emoji.clone(), at);
            let (change, instead) = (Change::Reaction(emoji), Some(Box::new(instead)));
            Some(Heard::Changed { chat, remote_id, change, instead })
        }
        Word::Started { chat, person, payload, .. } => {
            let chat = Chat { id: chat, is_group: false, title: None };
            let mut seen = seen(account, &chat, person, true);
            seen.invitation = payload.filter(|payload| !payload.is_empty());
            Some(Heard::Chat(seen))
        }
        Word::Stopped { chat, .. } => {
            let chat = Chat { id: chat, is_group: false, title: None };
            Some(Heard::Chat(seen(account, &chat, Person::default(), false)))
        }
        Word::Receipt { .. }
        | Word::ReadUpTo { .. }
        | Word::Account(_)
        | Word::Template { .. }
        | Word::Nothing => None,
    }
}

fn message(hub: &Hub, account: &AccountSetup, incoming: Incoming) -> Heard {
    let seen = (!incoming.is_own).then(|| {
        let mut seen = seen(account, &incoming.chat, incoming.author.clone(), true);
        if let Some(Extra::Contact { phone, is_own: true, .. }) = &incoming.extra
            && let Some(phone) = Phone::parse(phone)
            && !incoming.chat.is_group
        {
            seen.phone = Some((phone, Evidence::SharedContact));
        }
        seen
    });
    let tell = if incoming.is_own { Vec::new() } else { tellings(&hub.setup(), account) };
    let arrived = Box::new(Arrived {
        id: IncomingId(hub.id()),
        workspace: account.account.workspace,
        incoming,
    });
    Heard::Message { arrived, seen, tell }
}

fn seen(account: &AccountSetup, chat: &Chat, person: Person, is_open: bool) -> Seen {
    // Whoever writes in a group says nothing about the group's chat.
    let person = if chat.is_group { Person::default() } else { person };
    Seen {
        workspace: account.account.workspace,
        messenger: account.account.messenger,
        chat: chat.id.clone(),
        is_group: chat.is_group,
        name: chat.title.clone().or(person.name),
        username: person.username,
        phone: person.phone.map(|phone| (phone, Evidence::Messenger)),
        person: person.id,
        invitation: None,
        is_open,
    }
}

/// A sign put to a bubble of ours, as a message of its own: there is no other place where it could
/// be seen.
fn reaction(
    hub: &Hub,
    account: &AccountSetup,
    chat: &str,
    remote_id: &str,
    emoji: Option<String>,
    at: Option<Timestamp>,
) -> Arrived {
    let sign = emoji.clone().unwrap_or_default();
    Arrived {
        id: IncomingId(hub.id()),
        workspace: account.account.workspace,
        incoming: Incoming {
            remote_id: format!("{remote_id}#reaction"),
            chat: Chat { id: chat.to_owned(), is_group: false, title: None },
            author: Person::default(),
            is_own: false,
            at,
            text: sign,
            files: Vec::new(),
            extra: Some(Extra::Reaction { remote_id: remote_id.to_owned(), emoji }),
            quote: None,
        },
    }
}

/// Partners who send through an account and want to know what customers write there.
fn tellings(setup: &Setup, account: &AccountSetup) -> Vec<(PartnerId, LaneId)> {
    let id = account.account.id;
    let sends = |senders: &[crate::setup::SenderAccount]| senders.iter().any(|s| s.account == id);
    setup
        .partners()
        .filter(|partner| partner.partner.settings.active)
        .filter(|partner| partner.senders.values().any(|senders| sends(senders)))
        .filter_map(|partner| {
            let url = partner.partner.settings.mo_url.as_deref()?;
            Some((partner.partner.id, endpoint_lane(url)))
        })
        .collect()
}

/// A message that came in, with its files.
#[derive(Debug, Clone)]
pub struct WithFiles {
    /// The message.
    pub stored: Stored,
    /// Its files, in order.
    pub files: Vec<Attachment>,
}

/// Finds messages that came in.
///
/// # Errors
/// See [`StoreError`].
pub async fn search(hub: &Arc<Hub>, search: Search) -> Result<Vec<WithFiles>, StoreError> {
    hub.read(move |tx| find(tx, &search)).await
}

/// Finds messages that came in, inside a transaction.
///
/// # Errors
/// See [`StoreError`].
pub fn find(tx: &mut dyn vestnik_store::Tx, search: &Search) -> Result<Vec<WithFiles>, StoreError> {
    let found = incoming::search(tx, search)?;
    with_files(tx, found)
}

/// A message that came in, if it is the tenant's.
///
/// # Errors
/// See [`StoreError`].
pub async fn get(
    hub: &Arc<Hub>,
    workspace: vestnik_model::id::WorkspaceId,
    id: IncomingId,
) -> Result<Option<WithFiles>, StoreError> {
    hub.read(move |tx| {
        let found = incoming::load(tx, &[id])?;
        let ours = found.into_iter().filter(|stored| stored.workspace == workspace).collect();
        Ok(with_files(tx, ours)?.into_iter().next())
    })
    .await
}

fn with_files(
    tx: &mut dyn vestnik_store::Tx,
    found: Vec<Stored>,
) -> Result<Vec<WithFiles>, StoreError> {
    let ids: Vec<IncomingId> = found
        .iter()
        .filter(|stored| !stored.record.incoming.files.is_empty())
        .map(|stored| stored.id)
        .collect();
    let mut files = if ids.is_empty() { Vec::new() } else { attachment::of(tx, &ids)? };
    files.sort_by_key(|file| (file.incoming, file.n));
    Ok(found
        .into_iter()
        .map(|stored| {
            let files = files.iter().filter(|f| f.incoming == stored.id).cloned().collect();
            WithFiles { stored, files }
        })
        .collect())
}
