//! `scheduleInfo`.

use super::{call::ScheduleInfo, error::Refusal};
use jiff::fmt::strtime;
use vestnik_app::send::Schedule;
use vestnik_engine::{
    window::{Weekdays, Window, WindowError, parse_time},
    zone::ZoneRule,
};
use vestnik_model::time::Timestamp;

/// The window, if any of its members is there.
pub(super) fn read(
    info: &ScheduleInfo<'_>,
    by_recipient: bool,
) -> Result<Option<Schedule>, Refusal> {
    let time = |field: &super::field::Field<super::field::Scalar<'_>>, path: &str| {
        let Some(text) = field.text(path)? else { return Ok(None) };
        let wrong = |_| Refusal::invalid(format!("{path} must be a time like 10:00."));
        parse_time(text).map(Some).map_err(wrong)
    };
    let begin_s = time(&info.time_begin, "scheduleInfo.timeBegin")?;
    let end_s = time(&info.time_end, "scheduleInfo.timeEnd")?;
    let path = "scheduleInfo.weekdaysSchedule";
    let days = info.weekdays_schedule.text_or_number(path)?.unwrap_or_default();
    let days = Weekdays::parse(&days).map_err(refusal)?;
    // What can't be a window is one on no clock: whose it is does not matter here.
    Window::try_new(begin_s, end_s, days, ZoneRule::UTC_PLUS_3).map_err(refusal)?;
    if begin_s.is_none() && end_s.is_none() && days.is_every_day() {
        return Ok(None);
    }
    Ok(Some(Schedule { begin_s, end_s, days, by_recipient }))
}

/// The deadline, with its offset: `+0300`, `+03:00` or `Z`. What is past the end of the calendar is
/// its end: "never" is often written as the last second of the year 9999.
pub(super) fn deadline(info: &ScheduleInfo<'_>) -> Result<Option<Timestamp>, Refusal> {
    let path = "scheduleInfo.deadline";
    let Some(text) = info.deadline.text(path)? else { return Ok(None) };
    let at = moment(text).ok_or_else(|| {
        Refusal::invalid(format!("{path} must be a moment like 2019-05-10T16:29:30+0300."))
    })?;
    Ok(Some(Timestamp(at.as_millisecond())))
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    const FORMS: [&str; 3] =
        ["%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.fZ"];
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    let parts = FORMS.iter().find_map(|form| strtime::parse(form, text).ok())?;
    parts.to_timestamp().ok().or_else(|| {
        let year = parts.to_datetime().ok()?.year();
        Some(if year > 0 { jiff::Timestamp::MAX } else { jiff::Timestamp::MIN })
    })
}

/// The deadline is over already.
pub(super) fn passed() -> Refusal {
    Refusal::invalid("scheduleInfo.deadline has passed already.").passing()
}

/// What is wrong with a schedule.
pub(super) fn refusal(error: WindowError) -> Refusal {
    Refusal::invalid(match error {
        WindowError::Empty => "scheduleInfo: timeBegin and timeEnd must differ.",
        WindowError::Time => "scheduleInfo: a time must be like 10:00.",
        WindowError::Begin => "scheduleInfo: timeBegin must be before 24:00.",
        WindowError::End => "scheduleInfo: timeEnd must be at most 24:00.",
        WindowError::Weekday => {
            "scheduleInfo.weekdaysSchedule must hold digits from 1 (Monday) to 7 (Sunday)."
        }
    })
}
