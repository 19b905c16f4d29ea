//! Dates as JavaScript's `Intl` writes them for `ru-RU` and `en-US`.
//!
//! The hooks that ours stand in for are written in JavaScript, and their parameter `date_locales` is
//! a tag of `Intl`. What is written here is proven against a file made with Node 20
//! (`fixtures/dates.mjs`): white space is the ordinary space, as Node writes it (ICU itself puts
//! U+202F before `AM` and `г.`).

use crate::layout::Locale;
use jiff::{Zoned, civil::Weekday, tz::TimeZone};
use vestnik_model::time::Timestamp;

/// A moment on somebody's clock; `None` outside of the years that a calendar knows.
pub(crate) fn local(at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    Some(jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone()))
}

/// `{dateStyle: "full", timeStyle: "short"}`
pub(crate) fn date_and_time(at: &Zoned, locale: Locale) -> String {
    match locale {
        Locale::RuRu => format!("{} в {}", date(at, locale), time(at, locale)),
        Locale::EnUs => format!("{} at {}", date(at, locale), time(at, locale)),
    }
}

/// `{dateStyle: "full"}`
pub(crate) fn date(at: &Zoned, locale: Locale) -> String {
    let (weekday, month) = (weekday(at, locale), month(at, locale));
    let (day, year) = (at.day(), at.year());
    match locale {
        Locale::RuRu => format!("{weekday}, {day} {month} {year} г."),
        Locale::EnUs => format!("{weekday}, {month} {day}, {year}"),
    }
}

/// `{timeStyle: "short"}`
pub(crate) fn time(at: &Zoned, locale: Locale) -> String {
    let (hour, minute) = (at.hour(), at.minute());
    match locale {
        Locale::RuRu => format!("{hour:02}:{minute:02}"),
        Locale::EnUs => {
            let half = if hour < 12 { "AM" } else { "PM" };
            let shown = if hour % 12 == 0 { 12 } else { hour % 12 };
            format!("{shown}:{minute:02} {half}")
        }
    }
}

/// Without options: the short date.
pub(crate) fn short_date(at: &Zoned, locale: Locale) -> String {
    let (day, month, year) = (at.day(), at.month(), at.year());
    match locale {
        Locale::RuRu => format!("{day:02}.{month:02}.{year}"),
        Locale::EnUs => format!("{month}/{day}/{year}"),
    }
}

/// The offset of a clock from UTC at a moment: `UTC+5`, `UTC-3:30`, `UTC`.
pub(crate) fn offset(at: &Zoned) -> String {
    let minutes = at.offset().seconds() / 60;
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, rest) => format!("UTC{sign}{hours}:{rest:02}"),
    }
}

fn weekday(at: &Zoned, locale: Locale) -> &'static str {
    let [ru, en] = match at.weekday() {
        Weekday::Monday => ["понедельник", "Monday"],
        Weekday::Tuesday => ["вторник", "Tuesday"],
        Weekday::Wednesday => ["среда", "Wednesday"],
        Weekday::Thursday => ["четверг", "Thursday"],
        Weekday::Friday => ["пятница", "Friday"],
        Weekday::Saturday => ["суббота", "Saturday"],
        Weekday::Sunday => ["воскресенье", "Sunday"],
    };
    pick(locale, ru, en)
}

fn month(at: &Zoned, locale: Locale) -> &'static str {
    const MONTHS: [[&str; 2]; 12] = [
        ["января", "January"],
        ["февраля", "February"],
        ["марта", "March"],
        ["апреля", "April"],
        ["мая", "May"],
        ["июня", "June"],
        ["июля", "July"],
        ["августа", "August"],
        ["сентября", "September"],
        ["октября", "October"],
        ["ноября", "November"],
        ["декабря", "December"],
    ];
    // A calendar's month is 1 to 12.
    let index = usize::try_from(at.month() - 1).unwrap_or_default() % MONTHS.len();
    let [ru, en] = MONTHS[index];
    pick(locale, ru, en)
}

fn pick(locale: Locale, ru: &'static str, en: &'static str) -> &'static str {
    match locale {
        Locale::RuRu => ru,
        Locale::EnUs => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_as_javascript_writes_it() {
        let lines = include_str!("../fixtures/dates.tsv").lines();
        let mut count = 0;
        for line in lines {
            let cells: Vec<_> = line.split('\t').collect();
            let [locale, zone, at, both, full, hours, short] = cells[..] else {
                panic!("seven cells: {line}")
            };
            let locale = Locale::parse(locale).unwrap();
            let zone = TimeZone::get(zone).unwrap();
            let at = local(Timestamp(at.parse().unwrap()), &zone).unwrap();
            assert_eq!(date_and_time(&at, locale), both, "{line}");
            assert_eq!(date(&at, locale), full, "{line}");
            assert_eq!(time(&at, locale), hours, "{line}");
            assert_eq!(short_date(&at, locale), short, "{line}");
            count += 1;
        }
        assert!(count > 1_000, "{count}");
    }

    #[test]
    fn offsets() {
        let at = |zone| local(Timestamp(1_900_000_000_000), &TimeZone::get(zone).unwrap()).unwrap();
        assert_eq!(offset(&at("Asia/Yekaterinburg")), "UTC+5");
        assert_eq!(offset(&at("Asia/Kathmandu")), "UTC+5:45");
        assert_eq!(offset(&at("America/St_Johns")), "UTC-2:30");
        assert_eq!(offset(&at("UTC")), "UTC");
    }
}
