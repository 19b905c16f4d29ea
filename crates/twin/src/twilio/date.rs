//! Dates as Twilio writes them, and as its filters read them.

use crate::date::civil;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_S: i64 = 86_400;

/// `Fri, 02 Jan 2026 03:04:05 +0000`.
pub(super) fn rfc2822(ms: i64) -> String {
    let seconds = ms.div_euclid(1_000);
    let (day, second) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    let (year, month, date) = civil(day);
    let name = |names: &[&'static str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("")
    };
    format!(
        "{}, {date:02} {} {year:04} {:02}:{:02}:{:02} +0000",
        name(&DAYS, day.rem_euclid(7)),
        name(&MONTHS, month - 1),
        second / 3_600,
        second / 60 % 60,
        second % 60,
    )
}

/// The first millisecond of `2026-01-02` or of `2026-01-02T03:04:05Z`, and whether it is a day.
pub(super) fn parse(text: &str) -> Option<(i64, bool)> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time.trim_end_matches('Z'))),
        None => (text, None),
    };
    let numbers = |text: &str, by: char| -> Option<Vec<i64>> {
        text.split(by).map(|part| part.parse().ok()).collect()
    };
    let date = numbers(date, '-')?;
    let [year @ 1970..=9999, month @ 1..=12, day @ 1..=31] = date[..] else { return None };
    let mut seconds = days(year, month, day) * DAY_S;
    if let Some(time) = time {
        let time = numbers(time, ':')?;
        let [hour @ 0..=23, minute @ 0..=59, second @ 0..=60] = time[..] else { return None };
        seconds += hour * 3_600 + minute * 60 + second;
    }
    Some((seconds * 1_000, time.is_none()))
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let mp = if month > 2 { month - 3 } else { month + 9 };
    let doy = (153 * mp + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_and_read() {
        assert_eq!(rfc2822(1_767_323_045_000), "Fri, 02 Jan 2026 03:04:05 +0000");
        assert_eq!(rfc2822(0), "Thu, 01 Jan 1970 00:00:00 +0000");
        assert_eq!(parse("2026-01-02T03:04:05Z"), Some((1_767_323_045_000, false)));
        assert_eq!(parse("2024-02-29"), Some((1_709_164_800_000, true)));
        assert_eq!(parse("2024-13-01"), None);
    }
}
