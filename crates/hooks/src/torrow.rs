//! Torrow (torrow.net): bookings.
//!
//! Source: the service's documentation of its hooks and its one published body (2024-05-12), for
//! `CaseActionEvent`; forms of other situations are not published.
//!
//! Quirks honoured here: members in PascalCase, enumerations as numbers (their names are taken
//! too); `Resources` and `CaseParticipants` are named in plural and hold one object, arrays are
//! taken as well; `IntegrationConfigList` is one id; dates that are not set read `0001-01-01`
//! without a zone; a telephone number is free text; the body does not say which action fired.

mod code;

use crate::{
    event::{Case, CaseKind, Event, EventName, Field, Named, Participant, Resource},
    layout::Links,
    loose,
    source::{Mapping, Source, Unreadable},
};
use serde_json::Value;
use vestnik_model::language::Language;

/// The source: it has no state.
pub(crate) static TORROW: Torrow = Torrow;

/// The source: it has no state.
pub(crate) struct Torrow;

impl Source for Torrow {
    fn code(&self) -> &'static str {
        "torrow"
    }

    fn name(&self, _: Language) -> &'static str {
        "Torrow"
    }

    fn translate(&self, _: &Mapping, body: &[u8]) -> Result<Event, Unreadable> {
        let body = loose::object(body)?;
        let item = loose::list(loose::member(&body, "CaseItem")).into_iter().next();
        let item = item.filter(Value::is_object).ok_or(Unreadable::Missing("CaseItem"))?;
        let service = loose::member(&body, "Service");
        let participants = loose::list(loose::member(&body, "CaseParticipants"));
        let name = loose::name(loose::member(&body, "EventType")).unwrap_or_default();
        let bookings = bookings(&item, &participants);
        let resources = loose::list(loose::member(&body, "Resources"));
        Ok(Event {
            name: EventName::parse(&name),
            occasions: occasions(&body, &item, service),
            case: case(&item),
            service: named(service),
            resources: resources.iter().filter_map(|r| resource(r, &bookings)).collect(),
            participants: participants.iter().filter_map(participant).collect(),
            payload: payload(body),
        })
    }

    fn links(&self) -> Links {
        Links::default()
    }

    fn sample_phone(&self) -> &'static str {
        "234234"
    }

    fn sample(&self) -> &'static str {
        include_str!("../fixtures/booking-event.json")
    }
}

fn case(item: &Value) -> Case {
    let of = |name| loose::member(item, name);
    let starts_at = loose::moment(of("StartDate"));
    let ends_at = loose::moment(of("EndDate"));
    let number = of("OrderNumber");
    let full = loose::name(loose::member(number, "FullNumber"));
    let sequence = loose::name(loose::member(number, "SequenceNumber"));
    Case {
        id: loose::name(of("Id")).unwrap_or_default(),
        version: loose::number(loose::path(item, &["ObjectInfo", "Version"])).unwrap_or(0),
        kind: kind(item, starts_at.is_some()),
        number: full.or_else(|| sequence.map(|n| format!("№{n}"))),
        title: item_name(item),
        state: code::case_state(of("CaseState")),
        starts_at,
        ends_at,
        duration: loose::seconds(of("BookingDuration"))
            .or_else(|| loose::between(starts_at, ends_at)),
        place: loose::text(of("Place")),
        description: loose::text(of("Description")),
    }
}

/// A case of a group or a session is a meeting; one with a begin a booking; else it is an order.
fn kind(item: &Value, has_start: bool) -> CaseKind {
    let group = loose::member(item, "GroupCaseProperties");
    let is_group = loose::name(loose::member(item, "GroupId")).is_some()
        || group.as_object().is_some_and(|members| !members.is_empty())
        || loose::number(loose::member(item, "MaxConsumerQuantity")).is_some_and(|n| n > 1);
    match (is_group, has_start) {
        (true, _) => CaseKind::Meeting,
        (false, true) => CaseKind::Booking,
        (false, false) => CaseKind::Order,
    }
}

fn item_name(value: &Value) -> Option<String> {
    loose::name(loose::path(value, &["ItemInfo", "Name"]))
}

fn named(value: &Value) -> Option<Named> {
    value.is_object().then(|| Named {
        id: loose::name(loose::member(value, "Id")).unwrap_or_default(),
        name: item_name(value),
        description: loose::text(loose::member(value, "Description")),
    })
}

/// What was booked of which resource: the case's own list, then the participants'.
fn bookings(item: &Value, participants: &[Value]) -> Vec<Value> {
    std::iter::once(item)
        .chain(participants)
        .flat_map(|holder| loose::list(loose::member(holder, "BookingResourceList")))
        .collect()
}

fn resource(value: &Value, bookings: &[Value]) -> Option<Resource> {
    if !value.is_object() {
        return loose::name(value)
            .filter(|name| !is_id(name))
            .map(|name| Resource { name: Some(name), ..Resource::default() });
    }
    let id = loose::name(loose::member(value, "Id")).unwrap_or_default();
    let is_this = |booking: &&Value| {
        !id.is_empty() && loose::name(loose::member(booking, "Tid")).as_deref() == Some(&id)
    };
    let booking = bookings.iter().find(is_this).unwrap_or(&Value::Null);
    let name = item_name(value).or_else(|| loose::name(loose::member(value, "Name")));
    Some(Resource {
        name,
        description: loose::text(loose::member(value, "Description")),
        amount: loose::amount(loose::member(booking, "Amount")),
        duration: loose::seconds(loose::member(booking, "Duration"))
            .or_else(|| loose::seconds(loose::member(value, "Duration"))),
        comment: loose::text(loose::member(booking, "ConsumerBookingComment")),
        id,
    })
}

/// Ids are long hexadecimal numbers: nothing to show to a customer.
fn is_id(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn participant(value: &Value) -> Option<Participant> {
    if !value.is_object() {
        return None;
    }
    let of = |name| loose::member(value, name);
    let fields = loose::list(loose::path(value, &["ContactInformation", "Fields"]));
    Some(Participant {
        id: loose::name(of("Tid")).unwrap_or_default(),
        kind: code::participant_kind(of("CaseParticipantType")),
        state: code::participant_state(of("CaseParticipantState")),
        fields: fields.iter().filter_map(field).collect(),
        comment: loose::text(of("Comment")),
        zone: loose::name(of("ParticipantTimeZone")),
    })
}

fn field(value: &Value) -> Option<Field> {
    Some(Field {
        kind: code::field_kind(loose::member(value, "ParticipationFieldType")),
        name: loose::name(loose::member(value, "Name")).unwrap_or_default(),
        value: loose::text(loose::member(value, "Value"))?,
    })
}

/// What an action event is about: if exactly one action of the service calls this hook, and it
/// does so on operations, it is one of these.
fn occasions(body: &Value, item: &Value, service: &Value) -> Vec<EventName> {
    let hooks: Vec<_> = loose::list(loose::member(body, "IntegrationConfigList"))
        .iter()
        .filter_map(loose::name)
        .collect();
    let own = loose::path(item, &["CaseActionProperties", "CaseActionList"]);
    let actions: Vec<_> = [loose::member(service, "CaseActionList"), own]
        .into_iter()
        .flat_map(loose::list)
        .filter(|action| calls(action, &hooks))
        .collect();
    let [action] = actions.as_slice() else { return Vec::new() };
    if loose::number(loose::path(action, &["Trigger", "Type"])) != Some(code::TRIGGER_OPERATION) {
        return Vec::new();
    }
    let operations = loose::path(action, &["Trigger", "OperationProperties", "OperationTypeList"]);
    loose::list(operations)
        .iter()
        .filter_map(loose::name)
        .map(|name| EventName::parse(&name))
        .collect()
}

/// Whether an action calls one of these hooks.
fn calls(action: &Value, hooks: &[String]) -> bool {
    let called = loose::path(action, &["IntegrationProperties", "IntegrationConfigIdList"]);
    loose::number(loose::member(action, "Type")) == Some(code::ACTION_INTEGRATION)
        && loose::list(called).iter().filter_map(loose::name).any(|id| hooks.contains(&id))
}

/// The body without the service's actions: most of its length, and nothing for a message.
fn payload(mut body: Value) -> Value {
    if let Some(service) = body.get_mut("Service").and_then(Value::as_object_mut) {
        service.remove("CaseActionList");
    }
    loose::payload(body)
}

#[cfg(test)]
mod tests;
