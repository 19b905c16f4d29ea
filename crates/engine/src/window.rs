//! When a message may go out: solves a weekly schedule window for the next opening.
//!
//! A boundary of a window is the first moment at which the local clock reads that time or a
//! later one. One rule answers all cases of daylight saving: a time that the clock skips is
//! reached when the skip ends; a time that it shows twice counts the first time, for opening and
//! for closing alike. A window is therefore one stretch of time, never negative, and empty (it
//! does not open that day) when the clock skips all of it. No message leaves after the closing
//! time was first shown.
//!
//! Days are those of the local calendar, and a window over midnight belongs to the day it opens.
//! Holidays would come in at `Window::opens_on`, the one place that asks about a day.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::zone::{ZoneRule, calendar_ms};

#[cfg(test)]
mod tests;

/// The seconds of a day.
const DAY_S: u32 = 86_400;

/// How many days ahead an opening is searched: two weeks, in case daylight saving swallows the
/// only window of the first, and a day for the date line.
const SEARCH_DAYS: i64 = 16;

/// Of the time in which a window is shut, so much does not count for what waits: see [`Window::lapse`].
const SHUT_MAX_MS: i64 = 7 * DAY_S as i64 * 1000;

/// The part of the week in which messages may go out, on one zone's clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "WindowText", into = "WindowText")]
pub struct Window {
    begin_s: u32,
    end_s: u32,
    days: Weekdays,
    zone: ZoneRule,
}

/// Why a schedule is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowError {
    /// Begin and end are the same time, which could mean always or never.
    Empty,
    /// A time is not `HH:MM` or `HH:MM:SS`.
    Time,
    /// The begin is not a time before 24:00.
    Begin,
    /// The end is not a time up to 24:00.
    End,
    /// A day of the week is not a digit from 1 (Monday) to 7 (Sunday).
    Weekday,
}

impl WindowError {
    /// The stable short text of the error, for logs and texts.
    pub fn code(self) -> &'static str {
        match self {
            WindowError::Empty => "window_empty",
            WindowError::Time => "window_time",
            WindowError::Begin => "window_begin",
            WindowError::End => "window_end",
            WindowError::Weekday => "window_weekday",
        }
    }
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WindowError::Empty => "the window begins and ends at the same time",
            WindowError::Time => "the time is not HH:MM or HH:MM:SS",
            WindowError::Begin => "the window's begin is not a time before 24:00",
            WindowError::End => "the window's end is not a time up to 24:00",
            WindowError::Weekday => "a weekday is not a digit from 1 (Monday) to 7 (Sunday)",
        })
    }
}

impl std::error::Error for WindowError {}

impl Window {
    /// A window from second to second of the local day; absent means 00:00 and 24:00.
    ///
    /// An end before the begin is a time of the next day.
    pub fn try_new(
        begin_s: Option<u32>,
        end_s: Option<u32>,
        days: Weekdays,
        zone: ZoneRule,
    ) -> Result<Window, WindowError> {
        let (begin_s, end_s) = (begin_s.unwrap_or(0), end_s.unwrap_or(DAY_S));
        if begin_s >= DAY_S {
            return Err(WindowError::Begin);
        }
        if end_s > DAY_S {
            return Err(WindowError::End);
        }
        if begin_s == end_s {
            return Err(WindowError::Empty);
        }
        Ok(Window { begin_s, end_s, days, zone })
    }

    /// The second of the local day at which the window opens.
    pub fn begin_s(&self) -> u32 {
        self.begin_s
    }

    /// The second of the local day at which it closes; of the next day if less than the begin.
    pub fn end_s(&self) -> u32 {
        self.end_s
    }

    /// The days of the week on which it opens.
    pub fn days(&self) -> Weekdays {
        self.days
    }

    /// The clock by which it opens and closes.
    pub fn zone(&self) -> &ZoneRule {
        &self.zone
    }

    /// The same schedule by another clock, for a recipient whose zone became known.
    #[must_use]
    pub fn with_zone(&self, zone: ZoneRule) -> Window {
        Window { zone, ..self.clone() }
    }

    /// Whether a message may go out now: from the opening, up to but not at the closing.
    pub fn is_open(&self, now_ms: i64) -> bool {
        let now_ms = calendar_ms(now_ms);
        self.current_or_next(now_ms).is_some_and(|(_, span)| span.open_ms <= now_ms)
    }

    /// The earliest moment from now on at which a message may go out: now if open.
    pub fn next_open(&self, now_ms: i64) -> i64 {
        let clamped_ms = calendar_ms(now_ms);
        match self.current_or_next(clamped_ms) {
            Some((_, span)) if span.open_ms > clamped_ms => span.open_ms,
            Some(_) => now_ms,
            // Only within days of the calendar's last year is there no further window.
            None => now_ms,
        }
    }

    /// When the window that is open now closes; windows that touch (round the clock) count as
    /// one. `None` when it is shut now, and when it never closes.
    pub fn closes_at(&self, now_ms: i64) -> Option<i64> {
        let now_ms = calendar_ms(now_ms);
        let (day, first) = self.current_or_next(now_ms)?;
        if first.open_ms > now_ms {
            return None;
        }
        let mut close_ms = first.close_ms;
        for next_day in day + 1..=day + SEARCH_DAYS {
            match self.span(next_day) {
                Some(next) if next.open_ms <= close_ms => close_ms = close_ms.max(next.close_ms),
                Some(_) => return Some(close_ms),
                // A day that the calendar skips neither opens nor closes anything.
                None if self.opens_on(next_day) => {}
                None => return Some(close_ms),
            }
        }
        None
    }

    /// The moment at which the window has been open for so long since `from_ms`. Of the time in which
    /// it is shut no more than [`SHUT_MAX_MS`] goes uncounted: what was to take a day does not take a year
    /// because the window is small.
    pub fn lapse(&self, from_ms: i64, span_ms: i64) -> i64 {
        let (mut at_ms, mut left_ms, mut shut_left_ms) = (from_ms, span_ms, SHUT_MAX_MS);
        while left_ms > 0 {
            // At the end of the calendar the next opening may lie before.
            let open_ms = self.next_open(at_ms).max(at_ms);
            let shut_ms = open_ms - at_ms;
            if shut_ms > shut_left_ms {
                return at_ms.saturating_add(shut_left_ms).saturating_add(left_ms);
            }
            shut_left_ms -= shut_ms;
            match self.closes_at(open_ms) {
                Some(close_ms) if close_ms > open_ms && close_ms - open_ms < left_ms => {
                    left_ms -= close_ms - open_ms;
                    at_ms = close_ms;
                }
                Some(_) | None => return open_ms.saturating_add(left_ms),
            }
        }
        at_ms
    }

    /// The first window that is not over yet, with the day on which it opens.
    fn current_or_next(&self, now_ms: i64) -> Option<(i64, Span)> {
        let local_ms = now_ms + i64::from(self.zone.offset_at(now_ms)) * 1000;
        let today = local_ms.div_euclid(i64::from(DAY_S) * 1000);
        (today - 1..=today + SEARCH_DAYS)
            .filter_map(|day| Some((day, self.span(day)?)))
            .find(|(_, span)| span.close_ms > now_ms)
    }

    /// The window that opens on this day, if one does and the clock does not skip it whole.
    fn span(&self, day: i64) -> Option<Span> {
        if !self.opens_on(day) {
            return None;
        }
        let end_day = if self.end_s < self.begin_s { day + 1 } else { day };
        let open_ms = self.reach_ms(day, self.begin_s);
        let close_ms = self.reach_ms(end_day, self.end_s);
        (open_ms < close_ms).then_some(Span { open_ms, close_ms })
    }

    /// Whether a window opens on this local day, counted from 1970-01-01.
    fn opens_on(&self, day: i64) -> bool {
        self.days.has_epoch_day(day)
    }

    /// The first moment at which the local clock reads this second of this day or a later one.
    fn reach_ms(&self, day: i64, second: u32) -> i64 {
        let local_s = day * i64::from(DAY_S) + i64::from(second);
        let utc_s = match &self.zone {
            ZoneRule::Fixed(offset_s) => local_s - i64::from(*offset_s),
            ZoneRule::Iana(zone) => zone.first_reach(local_s),
        };
        utc_s * 1000
    }
}

/// One opening: from `open_ms` up to but not at `close_ms`.
#[derive(Clone, Copy)]
struct Span {
    open_ms: i64,
    close_ms: i64,
}

/// A window as it is stored; the enclosing record carries the version.
#[derive(Serialize, Deserialize)]
struct WindowText {
    begin: u32,
    end: u32,
    #[serde(default, skip_serializing_if = "Weekdays::is_every_day")]
    days: Weekdays,
    zone: ZoneRule,
}

impl From<Window> for WindowText {
    fn from(window: Window) -> WindowText {
        let Window { begin_s, end_s, days, zone } = window;
        WindowText { begin: begin_s, end: end_s, days, zone }
    }
}

impl TryFrom<WindowText> for Window {
    type Error = WindowError;

    fn try_from(text: WindowText) -> Result<Window, WindowError> {
        Window::try_new(Some(text.begin), Some(text.end), text.days, text.zone)
    }
}

/// Reads `HH:MM` or `HH:MM:SS`, 00:00 to 24:00, as a second of the day.
pub fn parse_time(text: &str) -> Result<u32, WindowError> {
    let pair = |high: u8, low: u8| match (high, low) {
        (b'0'..=b'9', b'0'..=b'9') => Ok(u32::from(high - b'0') * 10 + u32::from(low - b'0')),
        _ => Err(WindowError::Time),
    };
    let (hours, minutes, seconds) = match text.as_bytes() {
        [h, hh, b':', m, mm] => (pair(*h, *hh)?, pair(*m, *mm)?, 0),
        [h, hh, b':', m, mm, b':', s, ss] => (pair(*h, *hh)?, pair(*m, *mm)?, pair(*s, *ss)?),
        _ => return Err(WindowError::Time),
    };
    let total = hours * 3600 + minutes * 60 + seconds;
    if minutes > 59 || seconds > 59 || total > DAY_S {
        return Err(WindowError::Time);
    }
    Ok(total)
}

/// Days of the week, never none of them; in text the digits 1 (Monday) to 7 (Sunday).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// All seven days: no limit.
    pub const EVERY_DAY: Weekdays = Weekdays(0b111_1111);

    /// Reads digits from 1 to 7 in any order, repeats allowed; an empty text is every day.
    pub fn parse(digits: &str) -> Result<Weekdays, WindowError> {
        let mut bits = 0;
        for digit in digits.bytes() {
            match digit {
                b'1'..=b'7' => bits |= 1 << (digit - b'1'),
                _ => return Err(WindowError::Weekday),
            }
        }
        Ok(if bits == 0 { Weekdays::EVERY_DAY } else { Weekdays(bits) })
    }

    /// Whether a day is among them: 1 is Monday, 7 is Sunday.
    pub fn has(self, weekday: u8) -> bool {
        (1..=7).contains(&weekday) && self.0 & 1 << (weekday - 1) != 0
    }

    /// Whether no day is left out.
    pub fn is_every_day(&self) -> bool {
        *self == Weekdays::EVERY_DAY
    }

    /// Whether the day so many days after 1970-01-01, a Thursday, is among them.
    fn has_epoch_day(self, day: i64) -> bool {
        self.0 & 1 << (day + 3).rem_euclid(7) != 0
    }
}

impl Default for Weekdays {
    fn default() -> Weekdays {
        Weekdays::EVERY_DAY
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (1..=7).filter(|day| self.has(*day)).try_for_each(|day| write!(f, "{day}"))
    }
}

impl Serialize for Weekdays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Weekdays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Weekdays, D::Error> {
        struct Digits;
        impl de::Visitor<'_> for Digits {
            type Value = Weekdays;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("days of the week as digits from 1 to 7")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Weekdays, E> {
                Weekdays::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Digits)
    }
}
