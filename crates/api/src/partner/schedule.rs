//! `scheduleInfo`.

use super::{call::ScheduleInfo, error::Refusal};
use jiff::fmt::strtime;
use vestnik_app::send::Schedule;
use vestnik_engine::window::{Weekdays, WindowError, parse_time};
use vestnik_model::time::Timestamp;

/// The window, if any of its members is there.
pub(super) fn read(info: &ScheduleInfo, by_recipient: bool) -> Result<Option<Schedule>, Refusal> {
    let time = |field: &super::field::Field<super::field::Scalar>, path: &str| {
        let Some(text) = field.text(path)? else { return Ok(None) };
        let wrong = |_| Refusal::invalid(format!("{path} must be a time like 10:00."));
        parse_time(text).map(Some).map_err(wrong)
    };
    let begin_s = time(&info.time_begin, "scheduleInfo.timeBegin")?;
    let end_s = time(&info.time_end, "scheduleInfo.timeEnd")?;
    let path = "scheduleInfo.weekdaysSchedule";
    let days = info.weekdays_schedule.text_or_number(path)?.unwrap_or_default();
    let days = Weekdays::parse(&days).map_err(refusal)?;
    if begin_s.is_some() && begin_s == end_s {
        return Err(refusal(WindowError::Empty));
    }
    if begin_s.is_none() && end_s.is_none() && days.is_every_day() {
        return Ok(None);
    }
    Ok(Some(Schedule { begin_s, end_s, days, by_recipient }))
}

/// The deadline, with its offset: `+0300`, `+03:00` or `Z`.
pub(super) fn deadline(info: &ScheduleInfo) -> Result<Option<Timestamp>, Refusal> {
    let path = "scheduleInfo.deadline";
    let Some(text) = info.deadline.text(path)? else { return Ok(None) };
    let at = text
        .parse::<jiff::Timestamp>()
        .or_else(|_| strtime::parse("%Y-%m-%dT%H:%M:%S%z", text).and_then(|t| t.to_timestamp()))
        .map_err(|_| {
            Refusal::invalid(format!("{path} must be a moment like 2019-05-10T16:29:30+0300."))
        })?;
    Ok(Some(Timestamp(at.as_millisecond())))
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
