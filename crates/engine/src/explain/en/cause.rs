//! The steps of a history, in English.

use super::{name, part_of, quoted, reason};
use crate::{
    cause::{Cause, UnknownThen, WaitedFor},
    explain::texts::Place,
};
use vestnik_model::outcome::ReceiptKind;

pub(super) fn sentence(cause: &Cause, place: &Place<'_>) -> String {
    match cause {
        Cause::Accepted { due } => {
            format!("Taken for sending; it may leave from {} on.", place.time(*due))
        }
        Cause::RepeatedDifferently => {
            "The same id came again with another body: the first message counts.".to_owned()
        }
        Cause::Submitted { link, part, remote_id } => {
            let what = part_of(*link, *part, place);
            format!("The provider took {what}; its id there: {remote_id}.")
        }
        Cause::Deferred { link, until, detail } => format!(
            "The provider can't take {} now; the next try is at {}.{}",
            name(*link, place),
            place.time(*until),
            quoted(detail)
        ),
        Cause::GaveUp { link, detail } => format!(
            "Given up ({}): its time was over, or it was tried too often.{}",
            name(*link, place),
            quoted(detail)
        ),
        Cause::Refused { link, failure } => format!(
            "The provider refused it ({}): {}.{}",
            name(*link, place),
            reason(failure.reason),
            quoted(&failure.detail)
        ),
        Cause::AnswerLost { link, then, detail } => format!(
            "The provider's answer was lost ({}): it may have been sent. {}{}",
            name(*link, place),
            after_loss(*then, place),
            quoted(detail)
        ),
        Cause::Orphaned { link, then } => format!(
            "Vestnik stopped in the middle of sending ({}): it may have been sent. {}",
            name(*link, place),
            after_loss(*then, place)
        ),
        Cause::FoundInJournal { link, remote_id } => format!(
            "The provider's journal shows that {} arrived there; its id there: {remote_id}.",
            name(*link, place)
        ),
        Cause::AbsentInJournal { link, until } => format!(
            "It is not in the provider's journal ({}): it is sent again at {}.",
            name(*link, place),
            place.time(*until)
        ),
        Cause::JournalUnsure { link, then } => format!(
            "The provider's journal gave no clear answer ({}). {}",
            name(*link, place),
            after_loss(*then, place)
        ),
        Cause::Receipt { link, kind, called_off } => {
            let end =
                if *called_off { " The next link is called off: it has not left." } else { "" };
            format!("{}{end}", receipt(*link, kind, place))
        }
        Cause::OutOfReach { link, not_before } => format!(
            "The sender's pace would not have let it go before {} ({}), and its time is over by \
             then. The next link goes at once.",
            place.time(*not_before),
            name(*link, place)
        ),
        Cause::LinkExpired { link, waited_for, next } => expired(*link, *waited_for, *next, place),
        Cause::Cancelled => "Called back before it left.".to_owned(),
        Cause::NothingNew => "Nothing changed: the news was late, doubled or too early.".to_owned(),
    }
}

fn receipt(link: u8, kind: &ReceiptKind, place: &Place<'_>) -> String {
    let name = name(link, place);
    match kind {
        ReceiptKind::Sent => format!("The provider gave it to the messenger: {name}."),
        ReceiptKind::Delivered => format!("Delivered: {name}."),
        ReceiptKind::Read => format!("Read: {name}."),
        ReceiptKind::Failed(failure) => {
            let reason = reason(failure.reason);
            format!("Not delivered ({name}): {reason}.{}", quoted(&failure.detail))
        }
    }
}

fn expired(link: u8, waited_for: WaitedFor, next: bool, place: &Place<'_>) -> String {
    let why = match waited_for {
        WaitedFor::Acceptance => "the provider did not take it in time",
        WaitedFor::Deadline => "the message's deadline has come",
        WaitedFor::Certainty => "nobody could tell whether it was sent",
        WaitedFor::Delivery => "there was no word of delivery",
        WaitedFor::Reading => "it was delivered, but not read",
    };
    let end = match (next, place.links()) {
        (true, _) => " The next link goes.",
        (false, 0 | 1) => "",
        (false, _) => " No other link follows.",
    };
    format!("Out of time ({}): {why}.{end}", name(link, place))
}

fn after_loss(then: UnknownThen, place: &Place<'_>) -> String {
    match then {
        UnknownThen::Inquire(at) => {
            format!("The provider's journal is asked at {}.", place.time(at))
        }
        UnknownThen::Resend(at) => format!("It is sent again at {}.", place.time(at)),
        UnknownThen::Hold => "It is not repeated, so as not to send it twice.".to_owned(),
    }
}
