//! Dates of RFC 2822, as Twilio and HTTP write them.

use vestnik_model::time::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Fri, 02 Jan 2026 03:04:05 +0000` or `… GMT`: both are in UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let mut words = text.trim().split_once(", ")?.1.split_whitespace();
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|name| *name == month)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    let is_utc = matches!(words.next(), Some("+0000" | "GMT"));
    let is_sane = (1..=31).contains(&day)
        && (1970..=9999).contains(&year)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    if !is_utc || !is_sane {
        return None;
    }
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    Some(Timestamp(seconds * 1_000))
}

/// Days since 1970 of the proleptic Gregorian calendar; the year begins with March, so that the
/// leap day is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_spellings() {
        let at = Some(Timestamp(1_767_323_045_000));
        assert_eq!(parse("Fri, 02 Jan 2026 03:04:05 +0000"), at);
        assert_eq!(parse("Fri, 02 Jan 2026 03:04:05 GMT"), at);
        assert_eq!(parse("Thu, 29 Feb 2024 00:00:00 GMT"), Some(Timestamp(1_709_164_800_000)));
        for bad in ["", "Fri, 02 Jan 2026", "Fri, 99 Jan 2026 03:04:05 GMT", "x, y z", "é, 1 é"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse("Fri, 02 Jan 2026 03:04:05 +0300"), None);
    }
}
