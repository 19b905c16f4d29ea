//! From a call to the plan of its message.

use super::{Asker, Request, RequestLink, Schedule, Sent};
use crate::{hub::Hub, setup::Setup};
use vestnik_engine::{
    parts::{Room, divide},
    plan::{PLAN_VERSION, Plan, PlannedLink, Until, Wanted},
    window::{Window, WindowError},
    zone::{self, ZoneBy, ZoneRule},
};
use vestnik_model::{
    content::Content,
    file::FileKind,
    id::{LaneId, endpoint_lane, hash64, lane_id},
    limits::PARTS_MAX,
    outcome::Guarantee,
    recipient::Recipient,
    time::Timestamp,
};
use vestnik_provider::descriptor::{Channel, Receipts};

/// The plan of a call.
pub(super) fn plan(
    hub: &Hub,
    asker: &Asker,
    request: Request,
    now: Timestamp,
) -> Result<Plan, Sent> {
    let setup = hub.setup();
    let (window, zone_by) = match &request.schedule {
        Some(schedule) => {
            let found = window(&setup, &request.recipient, schedule, now);
            let (window, by) = found.map_err(Sent::BadSchedule)?;
            (Some(window), by)
        }
        None => (None, None),
    };
    let number = request.recipient.number();
    let links = request.links.into_iter().map(|link| plan_link(&setup, link, number));
    let links = links.collect::<Result<_, _>>()?;
    let lane = request.notify_url.as_deref().map(endpoint_lane).or(asker.report_lane);
    Ok(Plan {
        v: PLAN_VERSION,
        recipient: request.recipient,
        class: asker.class,
        links,
        window,
        zone_by,
        deadline: request.deadline,
        reports: request.reports,
        partner_ref: request.partner_ref,
        report_lane: lane.filter(|_| request.reports != Wanted::Nothing),
        notify_url: request.notify_url,
        extra: request.extra,
    })
}

fn plan_link(setup: &Setup, link: RequestLink, number: u64) -> Result<PlannedLink, Sent> {
    let found = setup.account(link.sender.account);
    let channel = found.and_then(|a| a.provider.descriptor().channel(a.account.messenger));
    Ok(PlannedLink {
        account: link.sender.account,
        lane: found.map_or(LaneId(0), |a| lane_id(a.account.id, a.account.lanes, number)),
        messenger: link.messenger,
        sender: link.sender.name,
        traffic: link.sender.traffic,
        parts: match channel {
            Some(channel) => parts(channel, link.content)?,
            None => vec![link.content],
        },
        quote: link.quote,
        ttl: link.ttl,
        until: until(channel, link.until),
        guarantee: found.map_or(Guarantee::NeverTwice, |a| a.provider.descriptor().guarantee),
        unknown: found.map_or(Guarantee::NeverTwice, |a| a.account.unknown),
    })
}

/// What a link can be expected to reach: no more than its provider tells.
fn until(channel: Option<&Channel>, wanted: Until) -> Until {
    let Some(Receipts { delivered, read }) = channel.map(|c| c.receipts) else { return wanted };
    match wanted {
        Until::Read if read => Until::Read,
        Until::Read | Until::Delivered if delivered => Until::Delivered,
        Until::Read | Until::Delivered | Until::Sent => Until::Sent,
    }
}

/// The bubbles of a content in a channel. What the channel can't show at all is refused here, before
/// anything is written down; a file whose bytes we don't have yet is looked at when it is sent.
fn parts(channel: &Channel, content: Content) -> Result<Vec<Content>, Sent> {
    let name = channel.messenger.name();
    match &content {
        Content::Text(_) | Content::Marked(_) => {}
        Content::Choice { buttons, .. } => {
            if buttons.len() > channel.buttons_max {
                let max = channel.buttons_max;
                return Err(Sent::BadContent(format!("{name} takes at most {max} buttons here")));
            }
        }
        Content::Template(_) if !channel.template => {
            return Err(Sent::BadContent(format!("{name} has no templates here")));
        }
        Content::Template(_) => {}
        Content::File(file) => {
            channel.takes(file.kind, &file.mime, 0).map_err(Sent::BadContent)?;
        }
    }
    let room = Room {
        text: channel.text_chars_max,
        caption: channel.caption_chars_max,
        is_utf16: channel.counts_utf16,
    };
    divide(content, room).map_err(|_| {
        let max = channel.text_chars_max.saturating_mul(PARTS_MAX);
        Sent::BadContent(format!("the text is too long: {name} takes {max} characters here"))
    })
}

fn window(
    setup: &Setup,
    recipient: &Recipient,
    schedule: &Schedule,
    now: Timestamp,
) -> Result<(Window, Option<ZoneBy>), WindowError> {
    let default = ZoneRule::UTC_PLUS_3;
    let (zone, by) = if schedule.by_recipient {
        let found = zone::decide(recipient.number(), &setup.numbering, None, default, now.0);
        (found.zone, Some(found.rule))
    } else {
        (default, None)
    };
    Ok((Window::try_new(schedule.begin_s, schedule.end_s, schedule.days, zone)?, by))
}

/// Recipient and content of every link. A picture is another content than its address as a text.
pub(super) fn content_hash(plan: &Plan) -> u64 {
    let mut text = plan.recipient.to_string();
    for link in &plan.links {
        text.push('\n');
        text.push_str(link.messenger.code());
        for part in &link.parts {
            text.push('\t');
            text.push_str(kind(part));
            text.push_str(part.as_text());
        }
    }
    hash64(text.as_bytes())
}

/// What tells a content from a text of the same words.
fn kind(content: &Content) -> &'static str {
    match content {
        Content::Text(_) => "",
        Content::Marked(_) => "marked\t",
        Content::Choice { .. } => "choice\t",
        Content::Template(_) => "template\t",
        Content::File(file) => match file.kind {
            FileKind::Image => "image\t",
            FileKind::Document => "document\t",
            FileKind::Audio => "audio\t",
            FileKind::Voice => "voice\t",
            FileKind::Video => "video\t",
            FileKind::Sticker => "sticker\t",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_model::{
        account::Class, id::AccountId, messenger::Messenger, phone::Phone, time::Millis,
    };

    fn holding(content: Content) -> Plan {
        let link = PlannedLink {
            account: AccountId(1),
            lane: LaneId(1),
            messenger: Messenger::Whatsapp,
            sender: "SHOP".to_owned(),
            traffic: 1,
            parts: vec![content],
            quote: None,
            ttl: Millis::hours(1),
            until: Until::Delivered,
            guarantee: Guarantee::NeverTwice,
            unknown: Guarantee::NeverTwice,
        };
        Plan {
            v: PLAN_VERSION,
            recipient: Phone::from_digits(79_161_234_567).unwrap().into(),
            class: Class::default(),
            links: vec![link],
            window: None,
            zone_by: None,
            deadline: None,
            reports: Wanted::Everything,
            partner_ref: None,
            notify_url: None,
            report_lane: None,
            extra: Vec::new(),
        }
    }

    #[test]
    fn a_picture_is_not_the_same_content_as_its_address() {
        let url = "https://shop.example/a.png";
        let text = content_hash(&holding(Content::Text(url.to_owned())));
        let picture = content_hash(&holding(Content::image(url)));
        assert_ne!(text, picture);
        assert_eq!(picture, content_hash(&holding(Content::image(url))));
    }
}
