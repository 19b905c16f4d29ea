//! English texts.

mod cause;

use super::{
    stage::{Advice, Next, Past, Stage},
    texts::{Place, Texts, capital},
};
use crate::{cause::Cause, plan::Until, zone::ZoneBy};
use vestnik_model::{
    language::Language,
    outcome::{Guarantee, Reason},
    status::Status,
};

pub(super) struct English;

impl Texts for English {
    fn cause(&self, cause: &Cause, place: &Place<'_>) -> String {
        cause::sentence(cause, place)
    }

    fn past(&self, past: &Past<'_>, place: &Place<'_>) -> String {
        match past {
            Past::Failed { link, failure } => {
                let (name, reason) = (name(*link, place), self.reason(failure.reason));
                format!("Not delivered ({name}): {reason}.{}", quoted(&failure.detail))
            }
            Past::Unread { link } => {
                format!("Delivered, but not read in time: {}.", name(*link, place))
            }
            Past::Cancelled { link } => {
                format!("Called off, no longer needed: {}.", name(*link, place))
            }
            Past::Cut { link } => {
                format!("Not sent, the deadline came first: {}.", name(*link, place))
            }
        }
    }

    fn summary(&self, stage: &Stage<'_>) -> &'static str {
        match stage {
            Stage::Sent { .. } => "Sent",
            Stage::Delivered { .. } => "Delivered",
            Stage::Read { .. } => "Read",
            Stage::Cancelled => "Cancelled",
            Stage::Failed => "Not delivered",
            Stage::Submitting { .. } => "Being sent",
            Stage::Window { .. } => "Waits for the allowed hours",
            Stage::Turn { .. } => "Waits for its turn",
            Stage::Pace { .. } => "Held by the sending pace",
            Stage::Account { .. } => "The account does not work",
            Stage::Retry { .. } => "Waits for the next try",
            Stage::Journal { .. } => "Being looked up in the provider's journal",
            Stage::Uncertain { .. } => "May have been sent",
            Stage::Delivery { .. } => "Handed over to the provider",
            Stage::Reading { .. } => "Delivered, waits to be read",
        }
    }

    fn happened(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String> {
        let at = |at: &Option<_>| at.map_or(String::new(), |at| format!(" {}", place.time(at)));
        Some(match stage {
            Stage::Sent { link, at: moment } => {
                let (at, name) = (at(moment), name(*link, place));
                let rest = match place.is_last(*link) {
                    true => "",
                    false => " Taken counts as done here: the next link does not go.",
                };
                format!("Taken by the provider{at}: {name}. It says nothing of delivery.{rest}")
            }
            Stage::Delivered { link, at: moment } | Stage::Reading { link, at: moment, .. } => {
                format!("Delivered{}: {}.", at(moment), name(*link, place))
            }
            Stage::Read { link, at: moment } => {
                format!("Read{}: {}.", at(moment), name(*link, place))
            }
            Stage::Cancelled => "Called back before it left.".to_owned(),
            Stage::Failed => "No way led to the recipient.".to_owned(),
            Stage::Submitting { link, part } => {
                format!("Being handed to the provider now: {}.", part_of(*link, *part, place))
            }
            Stage::Window { .. } => "Taken; it must not be sent now.".to_owned(),
            Stage::Turn { link } | Stage::Pace { link, .. } => {
                format!("Ready to be sent: {}.", name(*link, place))
            }
            Stage::Account { link, trouble } => {
                let name = capital(&name(*link, place));
                format!("{name} is not sent: the account is stopped.{}", quoted(trouble))
            }
            Stage::Retry { link, attempts, is_lost, .. } => {
                let word = Language::En.plural(u64::from(*attempts), ["try", "tries", "tries"]);
                let after = match attempts {
                    0 => String::new(),
                    n => format!(" after {n} {word}"),
                };
                let why = if *is_lost { "The provider's answer was lost" } else { "Not sent yet" };
                format!("{why}{after}: {}.", name(*link, place))
            }
            Stage::Journal { link, asked, .. } => {
                let word = Language::En.plural(u64::from(*asked), ["time", "times", "times"]);
                let asked = match asked {
                    0 => String::new(),
                    n => format!(
                        " The provider's journal was asked {n} {word} and gave no clear answer."
                    ),
                };
                format!("The provider's answer was lost: {}.{asked}", name(*link, place))
            }
            Stage::Uncertain { link, .. } => format!(
                "The provider's answer was lost, and nothing tells whether it was sent: {}.",
                name(*link, place)
            ),
            Stage::Delivery { link, at, .. } => {
                format!("Handed to the provider {}: {}.", place.time(*at), name(*link, place))
            }
        })
    }

    fn waits_for(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String> {
        Some(match stage {
            Stage::Sent { .. }
            | Stage::Delivered { .. }
            | Stage::Read { .. }
            | Stage::Cancelled
            | Stage::Failed => {
                return None;
            }
            Stage::Submitting { .. } => "Waits for the provider's answer.".to_owned(),
            Stage::Window { opens, zone, by } => {
                let opens = place.time(*opens);
                format!("Waits for the allowed hours: they begin {opens}. {}", clock(zone, *by))
            }
            Stage::Turn { .. } => "Waits for its turn at the account.".to_owned(),
            Stage::Pace { until, .. } => {
                format!("The account's pace has no place before {}.", place.time(*until))
            }
            Stage::Account { .. } => "Waits until the account works again.".to_owned(),
            Stage::Retry { until, .. } => format!("The next try is at {}.", place.time(*until)),
            Stage::Journal { at, .. } => {
                format!("The provider's journal is asked at {}.", place.time(*at))
            }
            Stage::Uncertain { until, .. } => {
                format!("Waits for word until {}; it must not be repeated.", place.time(*until))
            }
            Stage::Delivery { until, .. } => {
                format!("Waits for the word of delivery until {}.", place.time(*until))
            }
            Stage::Reading { until, .. } => {
                format!("Waits to be read until {}.", place.time(*until))
            }
        })
    }

    fn next(&self, next: &Next, place: &Place<'_>) -> String {
        let done = |until: &Until| match until {
            Until::Sent => "sent",
            Until::Delivered => "delivered",
            Until::Read => "read",
        };
        match next {
            Next::Link { link, at, until } => {
                let (until, at) = (done(until), place.time(*at));
                format!("If it is not {until} by {at}, {} goes.", name(*link, place))
            }
            Next::End { at, until } => {
                let (until, at) = (done(until), place.time(*at));
                format!("If it is not {until} by {at}, nothing more is tried.")
            }
            Next::Late => "Should the provider say more, the status will rise.".to_owned(),
        }
    }

    fn advice(&self, advice: Advice) -> &'static str {
        match advice {
            Advice::Nothing => "Nothing to do.",
            Advice::Wait => "Nothing to do: it goes on by itself.",
            Advice::Credentials => "Check the account's credentials and switch it on again.",
            Advice::AccountBlocked => {
                "The account is blocked or logged out of the messenger: log in again."
            }
            Advice::Server => {
                "Correct the server's address in the account's settings (or allow its network in \
                 the configuration), then switch the account on again."
            }
            Advice::Quota => "Top up the provider's tariff or wait for the new period.",
            Advice::OtherChannel => {
                "The recipient is not there or can't be reached: use another messenger."
            }
            Advice::AskToWrite => {
                "Ask the customer to open the chat by the account's link and to write first, or \
                 use another messenger."
            }
            Advice::Template => "Send an approved template.",
            Advice::File => "Check the file's address, kind and size and send a new message.",
            Advice::Content => "Change the text or the picture and send a new message.",
            Advice::Lifetime => {
                "Give the link a longer lifetime or add another link, then send it again."
            }
            Advice::AskTheCustomer => {
                "Look in the messenger itself whether it was sent before you send it again."
            }
            Advice::Provider => "The provider failed: try again later or ask its support.",
        }
    }

    fn status(&self, status: Status) -> &'static str {
        match status {
            Status::Queued => "queued",
            Status::Submitting => "being sent",
            Status::Sent => "handed over",
            Status::Cancelled => "cancelled",
            Status::Expired => "out of time",
            Status::Failed => "not delivered",
            Status::Delivered => "delivered",
            Status::Read => "read",
        }
    }

    fn guarantee(&self, guarantee: Guarantee) -> &'static str {
        match guarantee {
            Guarantee::Key => {
                "Exactly once: the provider drops a repeat with the same key, so that a lost \
                 answer is safely followed by another try."
            }
            Guarantee::Journal => {
                "Reconciled: after a lost answer the provider's journal is asked, and it is sent \
                 again only if it is surely not there."
            }
            Guarantee::NeverTwice => {
                "Never twice: after a lost answer it is not sent again; at the end of its lifetime \
                 the link counts as not delivered, and the next one may go. A message may be lost."
            }
            Guarantee::AtLeastOnce => {
                "At least once: after a lost answer it is sent again. It may arrive twice."
            }
        }
    }

    fn reason(&self, reason: Reason) -> &'static str {
        self::reason(reason)
    }
}

fn clock(zone: &crate::zone::ZoneRule, by: Option<ZoneBy>) -> String {
    let how = match by {
        None => return format!("They are told by the clock {zone}, as the request asked."),
        Some(ZoneBy::NumberingPlan) => "was found in the numbering plan",
        Some(ZoneBy::Prefix) => "was told by the number's leading digits",
        Some(ZoneBy::Contact) => "is that of the contact",
        Some(ZoneBy::Default) => "is the default, as the number does not tell",
    };
    format!("The recipient's time zone, {zone}, {how}.")
}

fn name(link: u8, place: &Place<'_>) -> String {
    let messenger = place.messenger(link);
    match place.links() {
        0 | 1 => format!("the message in {messenger}"),
        n => format!("link {} of {n}, {messenger}", u32::from(link) + 1),
    }
}

fn part_of(link: u8, part: u8, place: &Place<'_>) -> String {
    match place.parts(link) {
        0 | 1 => name(link, place),
        n => format!("part {} of {n} ({})", u32::from(part) + 1, name(link, place)),
    }
}

fn quoted(detail: &str) -> String {
    match detail.trim() {
        "" => String::new(),
        detail => format!(" Details: “{detail}”."),
    }
}

fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::NoAccount => "the recipient is not in this messenger",
        Reason::Barred => "the recipient can't be reached or does not take our messages",
        Reason::NoAddress => "the recipient has not written to us in this messenger yet",
        Reason::WindowClosed => {
            "the customer has not written for over a day: only a template is taken"
        }
        Reason::FileRefused => "a file of this kind or size can't be sent here",
        Reason::FileUnavailable => "the file could not be fetched from its address",
        Reason::Filtered => "the content was not let through",
        Reason::Malformed => "the request was wrong",
        Reason::Unauthorized => "the provider refused the account's credentials",
        Reason::AccountBlocked => "the account is blocked, expired or logged out",
        Reason::BadServer => "the address of the account's server can't be used",
        Reason::Quota => "the tariff or quota is used up",
        Reason::TimedOut => "its time ran out",
        Reason::Unknown => "it may have been sent and must not be repeated",
        Reason::ProviderError => "the provider failed",
    }
}
