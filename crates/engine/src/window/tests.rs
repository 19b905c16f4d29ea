use proptest::prelude::*;

use super::{DAY_S, Weekdays, Window, WindowError, parse_time};
use crate::zone::{NamedZone, ZoneRule};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A moment written as `2026-01-15T10:00:00+03:00`.
fn at(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn zone(name: &str) -> ZoneRule {
    ZoneRule::parse(name).unwrap()
}

fn window(begin: &str, end: &str, days: &str, zone_name: &str) -> Window {
    let begin_s = Some(begin).filter(|text| !text.is_empty()).map(|text| parse_time(text).unwrap());
    let end_s = Some(end).filter(|text| !text.is_empty()).map(|text| parse_time(text).unwrap());
    Window::try_new(begin_s, end_s, Weekdays::parse(days).unwrap(), zone(zone_name)).unwrap()
}

/// Checks the next opening, whether it is open, and the closing, each as moments in text.
#[track_caller]
fn check(window: &Window, now: &str, next_open: &str, closes_at: Option<&str>) {
    let now_ms = at(now);
    assert_eq!(window.next_open(now_ms), at(next_open), "next opening from {now}");
    assert_eq!(window.is_open(now_ms), now_ms == at(next_open), "open at {now}");
    assert_eq!(window.closes_at(now_ms), closes_at.map(at), "closing after {now}");
}

#[test]
fn vladivostok_number_follows_the_chosen_clock() {
    let theirs = window("10:00", "20:00", "", "Asia/Vladivostok");
    let now = "2026-07-15T22:00:00Z";
    check(&theirs, now, "2026-07-16T10:00:00+10:00", None);
    check(&theirs.with_zone(ZoneRule::UTC_PLUS_3), now, "2026-07-16T10:00:00+03:00", None);
}

#[test]
fn what_did_not_go_out_continues_on_the_next_allowed_day() {
    // 2026-07-17 is a Friday.
    let weekdays = window("10:00", "21:00", "12345", "+03:00");
    check(&weekdays, "2026-07-17T09:59:59.999+03:00", "2026-07-17T10:00:00+03:00", None);
    let close = Some("2026-07-17T21:00:00+03:00");
    check(&weekdays, "2026-07-17T10:00:00+03:00", "2026-07-17T10:00:00+03:00", close);
    check(&weekdays, "2026-07-17T20:59:59.999+03:00", "2026-07-17T20:59:59.999+03:00", close);
    check(&weekdays, "2026-07-17T21:00:00+03:00", "2026-07-20T10:00:00+03:00", None);
    let thursday = window("10:00", "11:00", "4", "+03:00");
    check(&thursday, "2026-07-16T11:00:00+03:00", "2026-07-23T10:00:00+03:00", None);
}

#[test]
fn only_the_hours_in_which_it_is_open_count() {
    let weekdays = window("10:00", "20:00", "12345", "+03:00");
    // 2026-07-17 is a Friday.
    let lapse = |from: &str, span_ms: i64, end: &str| {
        assert_eq!(weekdays.lapse(at(from), span_ms), at(end), "{span_ms} ms from {from}");
    };
    let evening = "2026-07-17T19:00:00+03:00";
    lapse(evening, 0, evening);
    lapse(evening, HOUR_MS, "2026-07-17T20:00:00+03:00");
    lapse(evening, HOUR_MS + 1, "2026-07-20T10:00:00.001+03:00");
    lapse(evening, 12 * HOUR_MS, "2026-07-21T11:00:00+03:00");
    lapse("2026-07-18T03:00:00+03:00", HOUR_MS, "2026-07-20T11:00:00+03:00");
    let always = window("", "", "", "+03:00");
    assert_eq!(always.lapse(at(evening), 30 * DAY_MS), at(evening) + 30 * DAY_MS);
    // A minute a day would make a year of a day: a week of shut hours is all that is not counted.
    let minute = window("10:00", "10:01", "", "+03:00");
    assert_eq!(minute.lapse(at(evening), DAY_MS), at(evening) + 8 * DAY_MS);
    assert_eq!(minute.lapse(i64::MAX, DAY_MS), i64::MAX, "the end of the calendar");
}

#[test]
fn overnight_window_belongs_to_the_day_it_opens() {
    let friday = window("22:00", "06:00", "5", "+03:00");
    let (open, close) = ("2026-07-17T22:00:00+03:00", "2026-07-18T06:00:00+03:00");
    check(&friday, "2026-07-17T03:00:00+03:00", open, None);
    check(&friday, "2026-07-18T05:00:00+03:00", "2026-07-18T05:00:00+03:00", Some(close));
    check(&friday, close, "2026-07-24T22:00:00+03:00", None);
    let to_midnight = window("22:00", "00:00", "5", "+03:00");
    assert_eq!(to_midnight.closes_at(at(open)), Some(at("2026-07-18T00:00:00+03:00")));
}

#[test]
fn absent_times_are_the_ends_of_the_day() {
    let morning = window("", "10:00", "", "+03:00");
    check(&morning, "2026-07-17T12:00:00+03:00", "2026-07-18T00:00:00+03:00", None);
    let always = window("", "", "", "Europe/Berlin");
    check(&always, "2026-07-17T12:00:00Z", "2026-07-17T12:00:00Z", None);
    // Days that touch are one opening: from Monday's midnight to Saturday's.
    let working_week = window("", "", "12345", "Europe/Berlin");
    let (now, close) = ("2026-07-15T12:00:00Z", "2026-07-18T00:00:00+02:00");
    check(&working_week, now, now, Some(close));
    check(&working_week, close, "2026-07-20T00:00:00+02:00", None);
}

#[test]
fn skipped_times_are_reached_when_the_skip_ends() {
    // Berlin's clock goes from 02:00 to 03:00 on 2026-03-29.
    let (before, change) = ("2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
    let opening = window("02:30", "10:00", "", "Europe/Berlin");
    check(&opening, before, change, None);
    let closing = window("01:00", "02:30", "", "Europe/Berlin");
    check(&closing, before, before, Some(change));
    let swallowed = window("02:10", "02:50", "7", "Europe/Berlin");
    check(&swallowed, before, "2026-04-05T02:10:00+02:00", None);
    // The whole of 2011-12-30 was skipped in Samoa.
    let friday = window("10:00", "20:00", "5", "Pacific/Apia");
    check(&friday, "2011-12-30T09:00:00Z", "2012-01-06T10:00:00+14:00", None);
    let always = window("", "", "", "Pacific/Apia");
    assert_eq!(always.closes_at(at("2011-12-29T12:00:00Z")), None);
}

#[test]
fn repeated_times_count_the_first_time() {
    // Berlin's clock goes from 03:00 back to 02:00 on 2026-10-25.
    let opening = window("02:30", "10:00", "", "Europe/Berlin");
    let close = Some("2026-10-25T10:00:00+01:00");
    check(&opening, "2026-10-24T23:00:00Z", "2026-10-25T02:30:00+02:00", None);
    check(&opening, "2026-10-25T02:15:00+01:00", "2026-10-25T02:15:00+01:00", close);
    let closing = window("01:00", "02:30", "", "Europe/Berlin");
    check(&closing, "2026-10-25T02:30:00+02:00", "2026-10-26T01:00:00+01:00", None);
    check(&closing, "2026-10-25T02:15:00+01:00", "2026-10-26T01:00:00+01:00", None);
}

#[test]
fn refused_schedules() {
    let try_new = |begin, end| {
        Window::try_new(begin, end, Weekdays::EVERY_DAY, ZoneRule::UTC_PLUS_3).map(|_| ())
    };
    assert_eq!(try_new(Some(36_000), Some(36_000)), Err(WindowError::Empty));
    assert_eq!(try_new(None, Some(0)), Err(WindowError::Empty));
    assert_eq!(try_new(Some(DAY_S), None), Err(WindowError::Begin));
    assert_eq!(try_new(None, Some(DAY_S + 1)), Err(WindowError::End));
    assert_eq!(try_new(Some(0), Some(DAY_S)), Ok(()));
    assert_eq!(try_new(None, None), Ok(()));
}

#[test]
fn times_and_days_are_read_strictly() {
    assert_eq!(parse_time("10:00"), Ok(36_000));
    assert_eq!(parse_time("23:59:59"), Ok(86_399));
    assert_eq!(parse_time("24:00"), Ok(86_400));
    for text in
        ["", "10", "9:00", "10:60", "10:00:60", "24:01", "24:00:01", "+1:00", "10-00", "ж0:0"]
    {
        assert_eq!(parse_time(text), Err(WindowError::Time), "{text}");
    }
    assert_eq!(Weekdays::parse("").unwrap(), Weekdays::EVERY_DAY);
    assert_eq!(Weekdays::parse("5511").unwrap().to_string(), "15");
    assert_eq!(Weekdays::parse("7654321").unwrap(), Weekdays::EVERY_DAY);
    for text in ["0", "8", "1a", "1 2", "1,2", "пн"] {
        assert_eq!(Weekdays::parse(text), Err(WindowError::Weekday), "{text}");
    }
    let tuesday = Weekdays::parse("2").unwrap();
    assert!(tuesday.has(2) && !tuesday.has(1) && !tuesday.has(0) && !tuesday.has(200));
}

#[test]
fn stored_form_is_short_and_checked() {
    let always = window("10:00", "20:00", "", "+03:00");
    let json = r#"{"begin":36000,"end":72000,"zone":"+03:00"}"#;
    assert_eq!(serde_json::to_string(&always).unwrap(), json);
    assert_eq!(serde_json::from_str::<Window>(json).unwrap(), always);
    let json = r#"{"begin":79200,"end":21600,"days":"56","zone":"Europe/Berlin"}"#;
    assert_eq!(
        serde_json::to_string(&window("22:00", "06:00", "65", "Europe/Berlin")).unwrap(),
        json
    );
    assert!(serde_json::from_str::<Window>(&json.replace("79200", "21600")).is_err());
    assert!(serde_json::from_str::<Window>(&json.replace("Berlin", "Atlantis")).is_err());
}

/// The window by its words alone: walks the minutes from days before, opens and closes when the
/// clock first reads the day's times, and tells whether it is open at each minute from `start`.
struct Oracle {
    open: Vec<bool>,
    start_ms: i64,
}

impl Oracle {
    /// Days to walk before the start: any window that opened earlier is over.
    const BEFORE_DAYS: i64 = 3;

    fn walk(window: &Window, start_ms: i64, days: i64) -> Oracle {
        let mut open = Vec::new();
        let mut highest = i64::MIN;
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for minute in -Self::BEFORE_DAYS * 1440..days * 1440 {
            let now_ms = start_ms + minute * MINUTE_MS;
            let local_s = now_ms / 1000 + i64::from(window.zone().offset_at(now_ms));
            let day = local_s.div_euclid(i64::from(DAY_S));
            highest = highest.max(local_s);
            // A window is known from the day before its day; times are local, not yet reached.
            for day in day - 1..=day + 1 {
                let begin = day * i64::from(DAY_S) + i64::from(window.begin_s());
                let is_over_midnight = window.end_s() < window.begin_s();
                let end_day = day + i64::from(is_over_midnight);
                let end = end_day * i64::from(DAY_S) + i64::from(window.end_s());
                let weekday = u8::try_from((day + 3).rem_euclid(7) + 1).unwrap();
                if window.days().has(weekday) && !spans.contains(&(begin, end)) {
                    spans.push((begin, end));
                }
            }
            if minute >= 0 {
                open.push(spans.iter().any(|(begin, end)| *begin <= highest && highest < *end));
            }
            spans.retain(|(_, end)| *end > highest - 3 * i64::from(DAY_S));
        }
        Oracle { open, start_ms }
    }

    fn check(&self, window: &Window) -> Result<(), TestCaseError> {
        let moment = |minute: usize| self.start_ms + i64::try_from(minute).unwrap() * MINUTE_MS;
        // From the end, so that the next opening and closing are known at every minute.
        let (mut next_open, mut next_shut) = (None, None);
        for minute in (0..self.open.len()).rev() {
            let now_ms = moment(minute);
            let is_open = self.open[minute];
            if is_open {
                next_open = Some(now_ms);
            } else {
                next_shut = Some(now_ms);
            }
            if minute % 7 != 0 && self.open.get(minute + 1) == Some(&is_open) {
                continue;
            }
            prop_assert_eq!(window.is_open(now_ms), is_open, "open at {}", now_ms);
            if let Some(expected) = next_open {
                prop_assert_eq!(window.next_open(now_ms), expected, "opening from {}", now_ms);
            }
            match next_shut {
                Some(expected) if is_open => {
                    prop_assert_eq!(window.closes_at(now_ms), Some(expected), "from {}", now_ms);
                }
                _ if !is_open => prop_assert_eq!(window.closes_at(now_ms), None),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Moments near which clocks change, and any others from 2000 to 2037.
fn starts() -> impl Strategy<Value = i64> {
    let changes = [
        "2026-03-29T00:00:00Z",
        "2026-10-25T00:00:00Z",
        "2026-03-08T00:00:00Z",
        "2026-11-01T00:00:00Z",
        "2026-04-04T12:00:00Z",
        "2026-10-03T12:00:00Z",
        "2011-12-30T00:00:00Z",
        "2014-10-25T20:00:00Z",
    ];
    let change = prop::sample::select(changes.to_vec()).prop_map(at);
    let near = (change, -72_i64..24).prop_map(|(moment, hours)| moment + hours * HOUR_MS);
    let any = (946_684_800_000 / MINUTE_MS..2_114_380_800_000 / MINUTE_MS)
        .prop_map(|minute| minute * MINUTE_MS);
    prop_oneof![3 => near, 1 => any]
}

fn zones() -> impl Strategy<Value = ZoneRule> {
    let named = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Vladivostok",
        "America/St_Johns",
        "Asia/Beirut",
        "America/Havana",
        "Pacific/Apia",
    ];
    prop_oneof![
        3 => prop::sample::select(named.to_vec())
            .prop_map(|name| ZoneRule::Iana(NamedZone::parse(name).unwrap())),
        1 => (-12_i32 * 60..14 * 60).prop_map(|minutes| ZoneRule::Fixed(minutes * 60)),
    ]
}

fn windows() -> impl Strategy<Value = Window> {
    // Half of the times lie in the small hours, where clocks change.
    let minute = || prop_oneof![0_u32..240, 0_u32..1440];
    (minute(), prop_oneof![Just(1440), minute()], "[1-7]{0,4}", zones())
        .prop_filter("equal times are refused", |(begin, end, ..)| begin != end)
        .prop_map(|(begin, end, days, zone)| {
            let days = Weekdays::parse(&days).unwrap();
            Window::try_new(Some(begin * 60), Some(end * 60), days, zone).unwrap()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn agrees_with_the_oracle(window in windows(), start_ms in starts()) {
        Oracle::walk(&window, start_ms, 9).check(&window)?;
    }
}

proptest! {
    #[test]
    fn answers_agree_with_each_other(window in windows(), start_ms in starts(), shift in 0..DAY_MS) {
        let now_ms = start_ms + shift;
        let open_ms = window.next_open(now_ms);
        prop_assert!(open_ms >= now_ms && window.is_open(open_ms));
        prop_assert_eq!(window.is_open(now_ms), open_ms == now_ms);
        prop_assert_eq!(window.next_open(open_ms), open_ms);
        if let Some(close_ms) = window.closes_at(open_ms) {
            prop_assert!(close_ms > open_ms && !window.is_open(close_ms));
            prop_assert!(window.is_open(close_ms - 1));
        }
        let json = serde_json::to_string(&window).unwrap();
        prop_assert_eq!(serde_json::from_str::<Window>(&json).unwrap(), window);
    }

    #[test]
    fn no_moment_panics(window in windows(), now_ms in any::<i64>()) {
        prop_assert!(window.next_open(now_ms) >= now_ms.min(super::calendar_ms(now_ms)));
        let _ = (window.is_open(now_ms), window.closes_at(now_ms));
        let _ = (window.lapse(now_ms, DAY_MS), window.lapse(now_ms, i64::MAX));
    }

    #[test]
    fn a_lapse_is_as_long_as_the_minutes_it_is_open(
        begin in 0_u32..1440,
        end in 0_u32..1440,
        days in 1_u8..128,
        minutes in 0_i64..2_000,
        from in 0_i64..20_000,
    ) {
        prop_assume!(begin != end);
        let days = Weekdays(days);
        let window = Window::try_new(Some(begin * 60), Some(end * 60), days, zone("+03:00")).unwrap();
        let from_ms = at("2026-07-13T00:00:00+03:00") + from * MINUTE_MS;
        let over_ms = window.lapse(from_ms, minutes * MINUTE_MS);
        let all = (from_ms..over_ms).step_by(60_000);
        let open = all.clone().filter(|at_ms| window.is_open(*at_ms)).count() as i64;
        let shut_ms = (all.count() as i64 - open) * MINUTE_MS;
        if shut_ms < super::SHUT_MAX_MS {
            prop_assert_eq!(open, minutes);
        } else {
            prop_assert_eq!(over_ms, from_ms + super::SHUT_MAX_MS + minutes * MINUTE_MS);
        }
    }
}
