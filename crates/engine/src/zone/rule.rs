//! A rule for telling local time: a fixed offset, or a named zone with its history.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The largest offset from UTC that a text may state: 18 hours either way.
const OFFSET_SECONDS_MAX: i32 = 18 * 3600;

/// The earliest moment we ask a calendar about: the first day of year 1.
const CALENDAR_MS_MIN: i64 = -62_135_596_800_000;
/// The latest moment we ask a calendar about: the first day of year 9999.
const CALENDAR_MS_MAX: i64 = 253_370_764_800_000;

/// A calendar's moment: one outside the years 1 to 9998 is taken as the nearest inside.
pub(crate) fn calendar_ms(moment_ms: i64) -> i64 {
    moment_ms.clamp(CALENDAR_MS_MIN, CALENDAR_MS_MAX)
}

/// How local time is told; in text `+03:00` or `Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ZoneRule {
    /// So many seconds east of UTC for ever, without daylight saving.
    Fixed(i32),
    /// A zone of the IANA database, with daylight saving if it has any.
    Iana(NamedZone),
}

/// Why a text names no zone: neither an offset such as `+03:00` nor a name in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownZone;

impl fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time zone is neither an offset such as +03:00 nor a known name")
    }
}

impl std::error::Error for UnknownZone {}

impl ZoneRule {
    /// The sender's clock of the partner contract: UTC+3, never with daylight saving.
    pub const UTC_PLUS_3: ZoneRule = ZoneRule::Fixed(3 * 3600);

    /// Reads `±hh:mm`, `±hh:mm:ss`, `Z`, `UTC`, or the name of an IANA zone.
    pub fn parse(text: &str) -> Result<ZoneRule, UnknownZone> {
        match text.as_bytes() {
            b"Z" | b"UTC" => Ok(ZoneRule::Fixed(0)),
            [b'+', digits @ ..] => parse_offset(digits).map(ZoneRule::Fixed),
            [b'-', digits @ ..] => parse_offset(digits).map(|s| ZoneRule::Fixed(-s)),
            _ => NamedZone::parse(text).map(ZoneRule::Iana),
        }
    }

    /// The seconds east of UTC that hold at this moment.
    pub fn offset_at(&self, now_ms: i64) -> i32 {
        match self {
            ZoneRule::Fixed(seconds) => *seconds,
            ZoneRule::Iana(zone) => zone.offset_at(now_ms),
        }
    }
}

fn parse_offset(digits: &[u8]) -> Result<i32, UnknownZone> {
    let pair = |high: u8, low: u8| match (high, low) {
        (b'0'..=b'9', b'0'..=b'9') => Ok(i32::from(high - b'0') * 10 + i32::from(low - b'0')),
        _ => Err(UnknownZone),
    };
    let (hours, minutes, seconds) = match digits {
        [h, hh, b':', m, mm] => (pair(*h, *hh)?, pair(*m, *mm)?, 0),
        [h, hh, b':', m, mm, b':', s, ss] => (pair(*h, *hh)?, pair(*m, *mm)?, pair(*s, *ss)?),
        _ => return Err(UnknownZone),
    };
    let total = hours * 3600 + minutes * 60 + seconds;
    if minutes > 59 || seconds > 59 || total > OFFSET_SECONDS_MAX {
        return Err(UnknownZone);
    }
    Ok(total)
}

impl fmt::Display for ZoneRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = match self {
            ZoneRule::Fixed(seconds) => *seconds,
            ZoneRule::Iana(zone) => return f.write_str(zone.name()),
        };
        let sign = if seconds < 0 { '-' } else { '+' };
        let size = seconds.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", size / 3600, size / 60 % 60)?;
        match size % 60 {
            0 => Ok(()),
            rest => write!(f, ":{rest:02}"),
        }
    }
}

impl Serialize for ZoneRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ZoneRule::Fixed(_) => serializer.collect_str(self),
            ZoneRule::Iana(zone) => serializer.serialize_str(zone.name()),
        }
    }
}

impl<'de> Deserialize<'de> for ZoneRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ZoneRule, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = ZoneRule;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an offset such as +03:00 or the name of a time zone")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ZoneRule, E> {
                ZoneRule::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A zone that the built-in database knows, so that it can always tell the time.
///
/// A clone is a shared pointer; two are equal when their names are.
#[derive(Clone)]
pub struct NamedZone(TimeZone);

impl NamedZone {
    /// Looks the name up in the built-in database; the case of letters is not significant.
    pub fn parse(name: &str) -> Result<NamedZone, UnknownZone> {
        let zone = TimeZone::get(name).map_err(|_| UnknownZone)?;
        match zone.iana_name() {
            Some(_) => Ok(NamedZone(zone)),
            None => Err(UnknownZone),
        }
    }

    /// The name as the database spells it, such as `Asia/Vladivostok`.
    pub fn name(&self) -> &str {
        self.0.iana_name().expect("the constructor admits only zones with a name")
    }

    /// The seconds east of UTC that hold at this moment.
    pub fn offset_at(&self, now_ms: i64) -> i32 {
        self.0.to_offset(timestamp(now_ms)).seconds()
    }

    /// The first moment, in seconds of UTC, at which the zone's clock reads this local second
    /// or a later one.
    ///
    /// `local_s` counts seconds as if the local clock were UTC. Thus a reading that the clock
    /// skips is reached when the skip ends, and one that it shows twice counts the first time.
    pub(crate) fn first_reach(&self, local_s: i64) -> i64 {
        use jiff::tz::{AmbiguousOffset, Offset};

        let local_s = calendar_ms(local_s.saturating_mul(1000)) / 1000;
        let reading = Offset::UTC.to_datetime(timestamp(local_s * 1000));
        let before = match self.0.to_ambiguous_timestamp(reading).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Fold { before, .. } => before,
            AmbiguousOffset::Gap { before, .. } => {
                let inside = local_s - i64::from(before.seconds());
                return self.gap_end(inside);
            }
        };
        local_s - i64::from(before.seconds())
    }

    /// The last change of the clock at or before this moment, in seconds.
    fn gap_end(&self, moment_s: i64) -> i64 {
        let after = timestamp((moment_s + 1) * 1000);
        match self.0.preceding(after).next() {
            Some(change) => change.timestamp().as_second(),
            None => moment_s,
        }
    }
}

fn timestamp(moment_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(calendar_ms(moment_ms)).expect("the calendar's range is narrower")
}

impl PartialEq for NamedZone {
    fn eq(&self, other: &NamedZone) -> bool {
        self.name() == other.name()
    }
}

impl Eq for NamedZone {}

impl Hash for NamedZone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl fmt::Debug for NamedZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
