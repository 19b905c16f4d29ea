//! Dates as providers write them.

const DAY_S: i64 = 86_400;
/// Moscow is three hours ahead, all the year round.
const MOSCOW_S: i64 = 3 * 3_600;

/// `2026-01-02T03:04:05.678Z`.
pub fn iso_ms(ms: i64) -> String {
    format!("{}.{:03}Z", iso(ms.div_euclid(1_000)), ms.rem_euclid(1_000))
}

/// `2026-01-02T06:04:05+03:00`.
pub fn moscow(ms: i64) -> String {
    format!("{}+03:00", iso(ms.div_euclid(1_000) + MOSCOW_S))
}

/// `2026-01-02T03:04:05` of seconds since 1970.
fn iso(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    let (year, month, date) = civil(day);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Year, month and day of a day since 1970 (Howard Hinnant, chrono-compatible date algorithms).
pub fn civil(day: i64) -> (i64, i64, i64) {
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written() {
        assert_eq!(iso_ms(1_767_323_045_678), "2026-01-02T03:04:05.678Z");
        assert_eq!(moscow(1_767_323_045_678), "2026-01-02T06:04:05+03:00");
        assert_eq!(moscow(1_709_240_400_000), "2024-03-01T00:00:00+03:00");
    }
}
