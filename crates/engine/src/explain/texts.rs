//! What every language must be able to say.

use super::stage::{Advice, Next, Past, Stage};
use crate::{
    cause::Cause,
    plan::Plan,
    zone::{ZoneRule, calendar_ms},
};
use jiff::tz::Offset;
use vestnik_model::{
    outcome::{Guarantee, Reason},
    status::Status,
    time::Timestamp,
};

/// The texts of one language.
pub(super) trait Texts {
    /// One step of the history.
    fn cause(&self, cause: &Cause, place: &Place<'_>) -> String;
    /// A link that was left behind.
    fn past(&self, past: &Past<'_>, place: &Place<'_>) -> String;
    /// The present in a few words.
    fn summary(&self, stage: &Stage<'_>) -> &'static str;
    /// What led to the present, if the links left behind do not tell it all.
    fn happened(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String>;
    /// What is waited for.
    fn waits_for(&self, stage: &Stage<'_>, place: &Place<'_>) -> Option<String>;
    /// What comes after.
    fn next(&self, next: &Next, place: &Place<'_>) -> String;
    /// What one can do.
    fn advice(&self, advice: Advice) -> &'static str;
    /// A status.
    fn status(&self, status: Status) -> &'static str;
    /// A guarantee.
    fn guarantee(&self, guarantee: Guarantee) -> &'static str;
    /// A reason, as the end of a sentence after a colon.
    fn reason(&self, reason: Reason) -> &'static str;
}

/// What the words of a sentence are about: the plan, and the clock on the reader's wall.
pub(super) struct Place<'a> {
    pub(super) plan: &'a Plan,
    pub(super) zone: &'a ZoneRule,
}

impl Place<'_> {
    /// How many links.
    pub(super) fn links(&self) -> usize {
        self.plan.links.len()
    }

    /// Whether no other link follows.
    pub(super) fn is_last(&self, link: u8) -> bool {
        usize::from(link) + 1 >= self.plan.links.len()
    }

    /// How many parts a link has.
    pub(super) fn parts(&self, link: u8) -> usize {
        self.plan.links.get(usize::from(link)).map_or(1, |l| l.parts.len())
    }

    /// The messenger of a link.
    pub(super) fn messenger(&self, link: u8) -> &'static str {
        self.plan.links.get(usize::from(link)).map_or("?", |l| l.messenger.name())
    }

    /// A moment by the reader's clock: `21.11.2026 10:00:05 (UTC+3)`.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let ms = calendar_ms(at.0);
        let seconds = self.zone.offset_at(ms);
        let offset = Offset::from_seconds(seconds).unwrap_or(Offset::UTC);
        let moment = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
        let local = offset.to_datetime(moment);
        format!(
            "{:02}.{:02}.{:04} {:02}:{:02}:{:02} ({})",
            local.day(),
            local.month(),
            local.year(),
            local.hour(),
            local.minute(),
            local.second(),
            offset_name(offset.seconds())
        )
    }
}

/// `UTC`, `UTC+3`, `UTC-3:30`.
fn offset_name(seconds: i32) -> String {
    if seconds == 0 {
        return "UTC".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.unsigned_abs();
    let (hours, minutes) = (size / 3600, size / 60 % 60);
    if minutes == 0 {
        format!("UTC{sign}{hours}")
    } else {
        format!("UTC{sign}{hours}:{minutes:02}")
    }
}

/// Begins a sentence with a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
