//! Delivery reports in the dialect's form.

use super::kind::Kind;
use jiff::{Timestamp as Moment, tz::Offset};
use serde::{Serialize, Serializer};
use std::fmt;
use vestnik_app::hub::{MoFacts, ReportFacts, ReportRenderer};
use vestnik_engine::{cascade::ReportKind, plan::Plan};
use vestnik_model::{
    id::{MessageId, id_time},
    outcome::{Failure, Reason},
    recipient::Recipient,
    time::Timestamp,
};

/// Times in reports are written at the partner API's fixed UTC+3; [`Local::FORM`] says so too.
const OFFSET_HOURS: i8 = 3;

/// A report's length without its text, bytes: more or less.
const BODY_BYTES: usize = 384;

/// The renderer.
pub struct PartnerReports;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    mt_num: Shown<MessageId>,
    status: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    done_date: Local,
    submit_date: Local,
    source_addr: &'a str,
    dest_addr: Shown<&'a Recipient>,
    text: &'a str,
    part_count: ThreeDigits,
    error_code: &'static str,
    traffic_type: u8,
}

impl ReportRenderer for PartnerReports {
    fn render(&self, message: MessageId, plan: &Plan, facts: &ReportFacts<'_>) -> Vec<u8> {
        let report = facts.report;
        let Some(link) = plan.links.get(usize::from(report.link)) else { return Vec::new() };
        let is_delivered = matches!(report.kind, ReportKind::Delivered | ReportKind::Read);
        let text = link.parts.first().map_or("", |p| p.as_text());
        let body = Body {
            id: plan.partner_ref.as_deref(),
            mt_num: Shown(message),
            status: status(report.kind),
            kind: Kind::of(link.messenger).name(),
            done_date: if is_delivered { Local::of(report.at) } else { Local::NEVER },
            submit_date: Local::of(facts.submitted_at),
            source_addr: &link.sender,
            dest_addr: Shown(&plan.recipient),
            text,
            part_count: ThreeDigits(link.parts.len()),
            error_code: report.failure.as_ref().map_or("0", error_code),
            traffic_type: link.traffic,
        };
        // Two reports of every message are written here: in one piece of memory, if it is as long as
        // most are.
        let mut out = Vec::with_capacity(BODY_BYTES + text.len());
        match serde_json::to_writer(&mut out, &body) {
            Ok(()) => out,
            Err(_) => Vec::new(),
        }
    }

    fn render_mo(&self, mo: &MoFacts<'_>) -> Vec<u8> {
        let incoming = &mo.stored.record.incoming;
        let phone = incoming.author.phone.map(|phone| phone.to_string());
        let body = MoBody {
            transaction_id: mo.stored.id.to_string(),
            dest_addr: mo.sender,
            // Who has no number in their messenger is named by its own id of them.
            source_addr: phone.unwrap_or_else(|| incoming.author.id.clone()),
            kind: Kind::of(mo.messenger).name(),
            message: &incoming.text,
            part_count: 1,
            received_date: Local::of(incoming.at.unwrap_or_else(|| id_time(mo.stored.id.0))),
            media_url: mo.media_url.as_deref(),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MoBody<'a> {
    transaction_id: String,
    dest_addr: &'a str,
    source_addr: String,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    message: &'a str,
    part_count: u8,
    received_date: Local,
    #[serde(rename = "mediaURL", skip_serializing_if = "Option::is_none")]
    media_url: Option<&'a str>,
}

fn status(kind: ReportKind) -> u8 {
    match kind {
        ReportKind::Sent => 0,
        ReportKind::Delivered => 2,
        ReportKind::Failed => 5,
        ReportKind::Read => 9,
    }
}

/// The dialect's reason: 3 the recipient can't get it, 6 no such account in the messenger, 7 time
/// ran out or nobody knows, 10 filtered or content refused.
fn error_code(failure: &Failure) -> &'static str {
    match failure.reason {
        Reason::NoAccount => "6",
        Reason::Barred | Reason::NoAddress | Reason::WindowClosed => "3",
        Reason::Filtered | Reason::Malformed | Reason::FileRefused | Reason::FileUnavailable => {
            "10"
        }
        Reason::Unauthorized
        | Reason::AccountBlocked
        | Reason::BadServer
        | Reason::Quota
        | Reason::TimedOut
        | Reason::Unknown
        | Reason::ProviderError => "7",
    }
}

/// A value as text, as it shows itself.
pub(super) struct Shown<T>(pub(super) T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// `001`.
struct ThreeDigits(usize);

impl Serialize for ThreeDigits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:03}", self.0))
    }
}

/// `2019-05-05T10:20:35+0300`, or nothing.
struct Local(Option<[u8; Self::FORM.len()]>);

impl Local {
    const FORM: [u8; 24] = *b"0000-00-00T00:00:00+0300";
    const NEVER: Self = Self(None);

    fn of(at: Timestamp) -> Self {
        let Ok(moment) = Moment::from_millisecond(at.0) else { return Self::NEVER };
        let local = Offset::constant(OFFSET_HOURS).to_datetime(moment);
        let year = local.year().clamp(0, 9999).unsigned_abs();
        let mut text = Self::FORM;
        put(&mut text[..2], year / 100);
        put(&mut text[2..], year % 100);
        let rest = [local.month(), local.day(), local.hour(), local.minute(), local.second()];
        for (at, number) in (5..).step_by(3).zip(rest) {
            put(&mut text[at..], number.unsigned_abs().into());
        }
        Self(Some(text))
    }
}

/// Writes a number of two digits.
fn put(text: &mut [u8], number: u16) {
    let digit = |n: u16| b'0' + u8::try_from(n % 10).unwrap_or(0);
    text[0] = digit(number / 10);
    text[1] = digit(number);
}

impl Serialize for Local {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.as_ref().map_or(&[][..], |text| text);
        serializer.serialize_str(std::str::from_utf8(text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_ones() {
        for (at, written) in [
            ("2019-05-05T07:20:35.999Z", "2019-05-05T10:20:35+0300"),
            ("2025-12-31T21:00:00Z", "2026-01-01T00:00:00+0300"),
            ("2024-02-29T20:59:59Z", "2024-02-29T23:59:59+0300"),
        ] {
            let at: Moment = at.parse().unwrap();
            let json = serde_json::to_string(&Local::of(Timestamp(at.as_millisecond()))).unwrap();
            assert_eq!(json, format!("\"{written}\""));
        }
        assert_eq!(serde_json::to_string(&Local::NEVER).unwrap(), "\"\"");
        assert_eq!(serde_json::to_string(&Local::of(Timestamp(i64::MAX))).unwrap(), "\"\"");
    }

    #[test]
    fn counts_have_three_digits() {
        assert_eq!(
            serde_json::to_string(&[ThreeDigits(1), ThreeDigits(1_000)]).unwrap(),
            "[\"001\",\"1000\"]"
        );
    }
}
