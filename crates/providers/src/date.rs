//! Dates as JSON carries them: RFC 3339.

use vestnik_model::time::Timestamp;

/// Longest text that is looked at.
const BYTES_MAX: usize = 40;

/// Reads `2026-01-02T03:04:05.678Z` or `2026-01-02T06:04:05+03:00`; a missing zone is UTC. `None`
/// if it is no such date.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if text.len() > BYTES_MAX {
        return None;
    }
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, offset_s) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => (time.get(..at)?, offset(time.get(at..)?)?),
        None => (time, 0),
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let date = numbers(date, '-')?;
    let [year @ 1970..=9999, month @ 1..=12, day @ 1..=31] = date[..] else { return None };
    let time = numbers(time, ':')?;
    let [hour @ 0..=23, minute @ 0..=59, second @ 0..=60] = time[..] else { return None };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let ms: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset_s;
    Some(Timestamp(seconds * 1_000 + ms))
}

/// `Z`, `+03:00`, `-0330` in seconds.
fn offset(text: &str) -> Option<i64> {
    let sign = match text.chars().next()? {
        'Z' | 'z' => return (text.len() == 1).then_some(0),
        '+' => 1,
        _ => -1,
    };
    let digits = text.get(1..)?.replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    Some(sign * (number / 100 * 3_600 + number % 100 * 60))
}

fn numbers(text: &str, by: char) -> Option<Vec<i64>> {
    text.split(by)
        .map(|part| {
            let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|_| is_number)
        })
        .collect()
}

/// Days since 1970 (Howard Hinnant, chrono-compatible date algorithms).
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
    fn dates_are_read() {
        for (text, ms) in [
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T06:04:05+03:00", 1_767_323_045_000),
            ("2026-01-02T06:04:05.123456789+03:00", 1_767_323_045_123),
            ("2026-01-02 03:04:05", 1_767_323_045_000),
            ("2024-02-29T00:00:00-0330", 1_709_177_400_000),
        ] {
            assert_eq!(parse(text), Some(Timestamp(ms)), "{text}");
        }
        for odd in ["", "T", "2026-01-02", "2026-13-02T03:04:05Z", "2026-01-02T03:04Z", "ш-T+"] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }
}
