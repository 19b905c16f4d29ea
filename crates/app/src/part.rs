//! A part made ready to be sent: whom it goes to in its messenger, and its file.

use crate::{
    file::{self, FileTrouble},
    hub::Hub,
    setup::AccountSetup,
};
use std::sync::Arc;
use vestnik_engine::plan::Plan;
use vestnik_files::kind;
use vestnik_model::{
    content::Content,
    file::{File, FileKind, Source},
    id::MessageId,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Outcome, Reason},
    phone::Phone,
    recipient::Recipient,
};
use vestnik_provider::{
    descriptor::{Channel, FileBy},
    port::{Payload, Submission, To},
};
use vestnik_store::{
    identity,
    slot::{Slot, attempt_key},
};

/// A part with all that its adapter needs.
pub struct Part<'a> {
    message: MessageId,
    slot: Slot,
    to: Whom,
    content: &'a Content,
    quote: Option<&'a str>,
    file: Option<Loaded>,
}

/// Whom it goes to.
enum Whom {
    Phone(Phone),
    Person(String),
    Group(String),
}

/// A file as the channel wants it.
struct Loaded {
    name: String,
    mime: String,
    bytes: Vec<u8>,
    url: String,
}

impl<'a> Part<'a> {
    /// Makes a part ready to be sent.
    ///
    /// # Errors
    /// With the outcome of the attempt, if nothing can be sent.
    pub async fn prepare(
        hub: &Arc<Hub>,
        account: &AccountSetup,
        message: MessageId,
        plan: &'a Plan,
        slot: Slot,
    ) -> Result<Self, Outcome> {
        let mut part = Self::sketch(hub, account, message, plan, slot).await?;
        if let (Some(file), Some(channel)) = (part.content.file(), channel(account)) {
            // Apart, since most parts have none: else every attempt would carry the room for it.
            part.file = Some(Box::pin(load(hub, account, channel, file)).await?);
        }
        Ok(part)
    }

    /// A part without its file: enough to ask a journal about it.
    ///
    /// # Errors
    /// As [`Part::prepare`].
    pub async fn sketch(
        hub: &Arc<Hub>,
        account: &AccountSetup,
        message: MessageId,
        plan: &'a Plan,
        slot: Slot,
    ) -> Result<Self, Outcome> {
        let link = plan.links.get(usize::from(slot.link)).ok_or_else(gone)?;
        let content = link.parts.get(usize::from(slot.part)).ok_or_else(gone)?;
        let channel = channel(account).ok_or_else(gone)?;
        let to = address(hub, account, channel, &plan.recipient).await?;
        let quote = link.quote.as_deref().filter(|_| slot.part == 0 && channel.quote);
        Ok(Self { message, slot, to, content, quote, file: None })
    }

    /// The part as an adapter takes it.
    #[must_use]
    pub fn submission(&self) -> Submission<'_> {
        let to = match &self.to {
            Whom::Phone(phone) => To::Phone(*phone),
            Whom::Person(id) => To::Person(id),
            Whom::Group(id) => To::Group(id),
        };
        let file = self.file.as_ref().map(|file| Payload {
            name: &file.name,
            mime: &file.mime,
            bytes: &file.bytes,
            url: &file.url,
        });
        Submission {
            message: self.message,
            key: attempt_key(self.message, self.slot),
            to,
            content: self.content,
            file,
            quote: self.quote,
        }
    }
}

fn channel(account: &AccountSetup) -> Option<&'static Channel> {
    account.provider.descriptor().channel(account.account.messenger)
}

/// Where a channel can't write to a number, the address book knows the chat, or nobody does.
async fn address(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    channel: &Channel,
    recipient: &Recipient,
) -> Result<Whom, Outcome> {
    match recipient {
        Recipient::Phone(phone) if channel.reach.phone => Ok(Whom::Phone(*phone)),
        Recipient::Phone(phone) => {
            let (id, phone) = (account.account.id, *phone);
            let known = hub.read(move |tx| identity::reach(tx, id, phone)).await;
            let known = known.map_err(|error| later(&error.to_string()))?;
            match known {
                Some(identity) => Ok(Whom::Person(identity.chat)),
                None => Err(refused(Blame::Recipient, Reason::NoAddress, &invite(account))),
            }
        }
        Recipient::Person { person } => Ok(Whom::Person(person.clone())),
        Recipient::Group { group } if channel.reach.group => {
            let (id, chat) = (account.account.id, group.clone());
            let known = hub.read(move |tx| identity::get(tx, id, &chat)).await;
            match known.map_err(|error| later(&error.to_string()))? {
                Some(identity) if identity.is_group => Ok(Whom::Group(group.clone())),
                Some(_) | None => {
                    let detail = "this group has not written to the account yet: add the account \
                                  to it and write there once by hand";
                    Err(refused(Blame::Recipient, Reason::NoAddress, detail))
                }
            }
        }
        Recipient::Group { .. } => {
            Err(refused(Blame::Recipient, Reason::NoAddress, "groups can't be written to here"))
        }
    }
}

/// What to do about a customer whose chat is not known.
fn invite(account: &AccountSetup) -> String {
    match account.provider.deep_link(&account.account, "") {
        Some(link) => format!("the customer has to write first: {link}"),
        None => "the customer has to write first".to_owned(),
    }
}

async fn load(
    hub: &Arc<Hub>,
    account: &AccountSetup,
    channel: &Channel,
    file: &File,
) -> Result<Loaded, Outcome> {
    let mut loaded = Loaded {
        name: file.file_name().to_owned(),
        mime: file.mime.clone(),
        bytes: Vec::new(),
        url: String::new(),
    };
    match (&file.source, account.provider.file_by(&account.account, channel, file)) {
        (Source::Url(url), FileBy::Address | FileBy::Either) => loaded.url.clone_from(url),
        (Source::Url(url), FileBy::Bytes) => {
            let fetched = file::fetch(hub, account.account.workspace, url).await;
            let (stored, bytes) = fetched.map_err(|trouble| trouble_outcome(&trouble))?;
            check(channel, file.kind, &stored.mime, stored.size)?;
            loaded.mime = stored.mime;
            loaded.bytes = bytes;
        }
        (Source::Stored(hash), FileBy::Bytes | FileBy::Either) => {
            let read = file::read(hub, *hash).await;
            loaded.bytes = read.map_err(|trouble| trouble_outcome(&trouble))?;
            let size = u64::try_from(loaded.bytes.len()).unwrap_or(u64::MAX);
            check(channel, file.kind, &loaded.mime, size)?;
        }
        (Source::Stored(hash), FileBy::Address) => {
            let Some(public) = &hub.public_url else {
                let detail = "server.public_url is not set: the provider can't fetch the file";
                return Err(refused(Blame::Sender, Reason::FileUnavailable, detail));
            };
            let path = hub.files.path(*hash, &loaded.name, hub.now());
            loaded.url = format!("{public}{path}");
        }
    }
    if !loaded.bytes.is_empty() {
        loaded.name = kind::name(&loaded.name, kind::of(&loaded.bytes));
    }
    Ok(loaded)
}

/// Whether a channel takes a file: by what its bytes are, and how many.
///
/// # Errors
/// With the outcome of an attempt to send it.
pub fn check(channel: &Channel, kind: FileKind, mime: &str, size: u64) -> Result<(), Outcome> {
    channel
        .takes(kind, mime, size)
        .map_err(|reason| refused(Blame::Content, Reason::FileRefused, &reason))
}

fn trouble_outcome(trouble: &FileTrouble) -> Outcome {
    match trouble {
        FileTrouble::Later(detail) => later(detail),
        FileTrouble::Gone(detail) => refused(Blame::Content, Reason::FileUnavailable, detail),
        FileTrouble::TooLarge => refused(Blame::Content, Reason::FileRefused, &trouble.to_string()),
    }
}

fn later(detail: &str) -> Outcome {
    let detail = clip(detail, DETAIL_BYTES_MAX).to_owned();
    Outcome::Deferred { retry_after: None, detail, whole_account: false }
}

fn gone() -> Outcome {
    refused(Blame::Sender, Reason::AccountBlocked, "the account is not set up any more")
}

fn refused(blame: Blame, reason: Reason, detail: &str) -> Outcome {
    let detail = clip(detail, DETAIL_BYTES_MAX).to_owned();
    Outcome::Refused(Failure { blame, reason, detail })
}
