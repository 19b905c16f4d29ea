//! Why a message is where it is, in plain words.
//!
//! [`sentence`] tells one step of its history, [`explain`] its present: what happened, what it
//! waits for and until when, what comes next, and what one can do. The texts are in one catalogue
//! per language; a missing one does not compile.

mod en;
mod ru;
mod stage;
mod texts;

use crate::{cascade::Cascade, cause::Cause, plan::Plan, zone::ZoneRule};
use serde::Serialize;
use texts::{Place, Texts};
use vestnik_model::{language::Language, outcome::Guarantee, status::Status, time::Timestamp};

/// A message and what is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What was asked for.
    pub plan: &'a Plan,
    /// Where it is.
    pub cascade: &'a Cascade,
    /// The newest line of its journal, if it has any.
    pub last: Option<&'a Cause>,
    /// The link and part that are being submitted at this very moment.
    pub submitting: Option<(u8, u8)>,
    /// Why the account of its current link is not used, if so.
    pub account_trouble: Option<&'a str>,
    /// Until when that account's pace or pause holds it, if it does.
    pub pace_until: Option<Timestamp>,
    /// The clock by which times are shown.
    pub zone: &'a ZoneRule,
}

/// What is to be said of a message now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// A few words.
    pub summary: String,
    /// What happened so far.
    pub happened: String,
    /// What it waits for, if for anything.
    pub waits_for: Option<String>,
    /// When that will be over at the latest, if it is known.
    pub unblocks_at: Option<Timestamp>,
    /// What comes after.
    pub next: Option<String>,
    /// What one can do about it; at least one line.
    pub advice: Vec<String>,
}

/// One step of a message's history as a sentence.
#[must_use]
pub fn sentence(cause: &Cause, plan: &Plan, language: Language, zone: &ZoneRule) -> String {
    texts(language).cause(cause, &Place { plan, zone })
}

/// Where a message is and why.
#[must_use]
pub fn explain(subject: &Subject<'_>, now: Timestamp, language: Language) -> Explanation {
    let texts = texts(language);
    let place = Place { plan: subject.plan, zone: subject.zone };
    let stage = stage::of(subject, now);
    let mut happened: Vec<String> =
        stage::past(subject).iter().map(|past| texts.past(past, &place)).collect();
    happened.extend(texts.happened(&stage, &place));
    Explanation {
        summary: texts.summary(&stage).to_owned(),
        happened: happened.join(" "),
        waits_for: texts.waits_for(&stage, &place),
        unblocks_at: stage.unblocks_at(),
        next: stage::next(subject, &stage).map(|next| texts.next(&next, &place)),
        advice: stage::advice(subject, &stage).map(|a| texts.advice(a).to_owned()).to_vec(),
    }
}

/// A status in a word or two.
#[must_use]
pub fn status(status: Status, language: Language) -> &'static str {
    texts(language).status(status)
}

/// What is promised of a message whose answer was lost: may it be lost, may it be doubled.
#[must_use]
pub fn guarantee(guarantee: Guarantee, language: Language) -> &'static str {
    texts(language).guarantee(guarantee)
}

fn texts(language: Language) -> &'static dyn Texts {
    match language {
        Language::Ru => &ru::Russian,
        Language::En => &en::English,
    }
}
