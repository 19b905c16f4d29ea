//! A part made ready to be sent: whom it goes to in its messenger, and its file.

use crate::setup::AccountSetup;
use vestnik_engine::plan::Plan;
use vestnik_model::{
    content::Content,
    file::{File, Source},
    id::MessageId,
    outcome::{Blame, Failure, Outcome, Reason},
    recipient::Recipient,
};
use vestnik_provider::{
    descriptor::Channel,
    port::{Payload, Submission, To},
};
use vestnik_store::slot::{Slot, attempt_key};

/// A part with all that its adapter needs.
pub struct Part<'a> {
    message: MessageId,
    slot: Slot,
    to: To<'a>,
    content: &'a Content,
    quote: Option<&'a str>,
    url: &'a str,
}

impl<'a> Part<'a> {
    /// Makes a part ready.
    ///
    /// # Errors
    /// With the outcome of the attempt, if nothing can be sent.
    pub fn prepare(
        account: &AccountSetup,
        message: MessageId,
        plan: &'a Plan,
        slot: Slot,
    ) -> Result<Self, Outcome> {
        let link = plan.links.get(usize::from(slot.link)).ok_or_else(gone)?;
        let content = link.parts.get(usize::from(slot.part)).ok_or_else(gone)?;
        let channel = account.provider.descriptor().channel(account.account.messenger);
        let channel = channel.ok_or_else(gone)?;
        let to = address(channel, &plan.recipient)?;
        let quote = link.quote.as_deref().filter(|_| slot.part == 0 && channel.quote);
        let url = match content.file() {
            Some(File { source: Source::Url(url), .. }) => url,
            Some(File { source: Source::Stored(_), .. }) | None => "",
        };
        Ok(Self { message, slot, to, content, quote, url })
    }

    /// The part as an adapter takes it.
    #[must_use]
    pub fn submission(&self) -> Submission<'_> {
        let file = self.content.file().map(|file| Payload {
            name: file.file_name(),
            mime: &file.mime,
            bytes: &[],
            url: self.url,
        });
        Submission {
            message: self.message,
            key: attempt_key(self.message, self.slot),
            to: self.to,
            content: self.content,
            file,
            quote: self.quote,
        }
    }
}

fn address<'a>(channel: &Channel, recipient: &'a Recipient) -> Result<To<'a>, Outcome> {
    match recipient {
        Recipient::Phone(phone) if channel.reach.phone => Ok(To::Phone(*phone)),
        Recipient::Phone(_) => Err(refused(Blame::Recipient, Reason::NoAddress, "")),
        Recipient::Person { person } => Ok(To::Person(person)),
        Recipient::Group { group } if channel.reach.group => Ok(To::Group(group)),
        Recipient::Group { .. } => {
            Err(refused(Blame::Recipient, Reason::NoAddress, "groups can't be written to here"))
        }
    }
}

fn gone() -> Outcome {
    refused(Blame::Sender, Reason::AccountBlocked, "the account is not set up any more")
}

fn refused(blame: Blame, reason: Reason, detail: &str) -> Outcome {
    Outcome::Refused(Failure { blame, reason, detail: detail.to_owned() })
}
