//! Delivery reports in the dialect's form.

use super::content::Kind;
use jiff::{Timestamp as Moment, tz::Offset};
use serde::Serialize;
use vestnik_app::hub::{MoFacts, ReportFacts, ReportRenderer};
use vestnik_engine::{cascade::ReportKind, plan::Plan};
use vestnik_model::{
    id::{MessageId, id_time},
    outcome::{Failure, Reason},
    time::Timestamp,
};

/// Times in reports are written at the partner API's fixed UTC+3.
const OFFSET_HOURS: i8 = 3;

/// The renderer.
pub struct PartnerReports;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    mt_num: String,
    status: u8,
    #[serde(rename = "type")]
    kind: &'static str,
    done_date: String,
    submit_date: String,
    source_addr: &'a str,
    dest_addr: String,
    text: &'a str,
    part_count: String,
    error_code: &'static str,
    traffic_type: u8,
}

impl ReportRenderer for PartnerReports {
    fn render(&self, message: MessageId, plan: &Plan, facts: &ReportFacts<'_>) -> Vec<u8> {
        let report = facts.report;
        let Some(link) = plan.links.get(usize::from(report.link)) else { return Vec::new() };
        let is_delivered = matches!(report.kind, ReportKind::Delivered | ReportKind::Read);
        let body = Body {
            id: plan.partner_ref.as_deref(),
            mt_num: message.to_string(),
            status: status(report.kind),
            kind: Kind::of(link.messenger).name(),
            done_date: if is_delivered { moment(report.at) } else { String::new() },
            submit_date: moment(facts.submitted_at),
            source_addr: &link.sender,
            dest_addr: plan.recipient.to_string(),
            text: link.parts.first().map_or("", |p| p.as_text()),
            part_count: format!("{:03}", link.parts.len()),
            error_code: report.failure.as_ref().map_or("0", error_code),
            traffic_type: link.traffic,
        };
        serde_json::to_vec(&body).unwrap_or_default()
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
            received_date: moment(incoming.at.unwrap_or_else(|| id_time(mo.stored.id.0))),
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
    received_date: String,
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

/// `2019-05-05T10:20:35+0300`.
fn moment(at: Timestamp) -> String {
    let Ok(moment) = Moment::from_millisecond(at.0) else { return String::new() };
    let local = Offset::constant(OFFSET_HOURS).to_datetime(moment);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+{:02}00",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        OFFSET_HOURS,
    )
}
