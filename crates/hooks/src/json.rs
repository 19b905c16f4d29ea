//! Any system that posts JSON: a form of our own, or a foreign one with a [`Mapping`].

use crate::{
    event::{
        Case, CaseKind, CaseState, Event, EventName, Field, FieldKind, Named, Participant,
        ParticipantKind, ParticipantState, Resource,
    },
    layout::Links,
    loose,
    source::{Mapping, Source, Unreadable},
};
use serde_json::Value;
use vestnik_model::language::Language;

/// The source: it has no state.
pub(crate) static JSON: Json = Json;

/// The source: it has no state.
pub(crate) struct Json;

impl Source for Json {
    fn code(&self) -> &'static str {
        "json"
    }

    fn name(&self, language: Language) -> &'static str {
        match language {
            Language::Ru => "Любая система (JSON)",
            Language::En => "Any system (JSON)",
        }
    }

    fn translate(&self, mapping: &Mapping, body: &[u8]) -> Result<Event, Unreadable> {
        let body = loose::object(body)?;
        let shape = mapping.apply(&body);
        let item = loose::member(&shape, "case");
        let participants = loose::list(loose::member(&shape, "participants"));
        if !item.is_object() && participants.is_empty() {
            return Err(Unreadable::Missing("case"));
        }
        let name = loose::name(loose::member(&shape, "event")).unwrap_or_default();
        let resources = loose::list(loose::member(&shape, "resources"));
        Ok(Event {
            name: EventName::parse(&name),
            occasions: Vec::new(),
            case: case(item),
            service: named(loose::member(&shape, "service")),
            resources: resources.iter().filter_map(resource).collect(),
            participants: participants.iter().filter_map(participant).collect(),
            payload: loose::payload(body),
        })
    }

    /// A foreign service has no page that is known here.
    fn links(&self) -> Links {
        Links::NONE
    }

    fn sample_phone(&self) -> &'static str {
        "+7 900 123-45-67"
    }

    fn sample(&self) -> &'static str {
        include_str!("../fixtures/json-event.json")
    }
}

/// A state. A system that knows none posts what is settled: nothing else would be worth an event.
fn state<T>(value: &Value, parse: fn(&str) -> Option<T>, settled: T) -> Option<T> {
    if value.is_null() { Some(settled) } else { coded(value, parse) }
}

/// One of a closed set, by its code in any case.
fn coded<T>(value: &Value, parse: fn(&str) -> Option<T>) -> Option<T> {
    parse(&loose::name(value)?.to_ascii_lowercase())
}

fn case(item: &Value) -> Case {
    let of = |name| loose::member(item, name);
    let starts_at = loose::moment(of("starts_at"));
    let ends_at = loose::moment(of("ends_at"));
    let by_time = if starts_at.is_some() { CaseKind::Booking } else { CaseKind::Order };
    Case {
        id: loose::name(of("id")).unwrap_or_default(),
        version: loose::number(of("version")).unwrap_or(0),
        kind: coded(of("kind"), CaseKind::parse).unwrap_or(by_time),
        number: loose::name(of("number")).map(|number| numbered(&number)),
        title: loose::name(of("title")),
        state: state(of("state"), CaseState::parse, CaseState::Waiting),
        starts_at,
        ends_at,
        duration: loose::seconds(of("duration_s")).or_else(|| loose::between(starts_at, ends_at)),
        place: loose::text(of("place")),
        description: loose::text(of("description")),
    }
}

/// A bare number gets its sign.
fn numbered(number: &str) -> String {
    if number.starts_with(|c: char| c.is_ascii_digit()) {
        format!("№{number}")
    } else {
        number.to_owned()
    }
}

fn named(value: &Value) -> Option<Named> {
    if !value.is_object() {
        return loose::name(value).map(|name| Named { name: Some(name), ..Named::default() });
    }
    Some(Named {
        id: loose::name(loose::member(value, "id")).unwrap_or_default(),
        name: loose::name(loose::member(value, "name")),
        description: loose::text(loose::member(value, "description")),
    })
}

fn resource(value: &Value) -> Option<Resource> {
    if !value.is_object() {
        return loose::name(value).map(|name| Resource { name: Some(name), ..Resource::default() });
    }
    let of = |name| loose::member(value, name);
    Some(Resource {
        id: loose::name(of("id")).unwrap_or_default(),
        name: loose::name(of("name")),
        description: loose::text(of("description")),
        amount: loose::amount(of("amount")),
        duration: loose::seconds(of("duration_s")),
        comment: loose::text(of("comment")),
    })
}

fn participant(value: &Value) -> Option<Participant> {
    if !value.is_object() {
        return None;
    }
    let of = |name| loose::member(value, name);
    let simple =
        [("name", FieldKind::FullName), ("phone", FieldKind::Phone), ("email", FieldKind::Email)];
    let simple = simple.into_iter().filter_map(|(name, kind)| {
        Some(Field { kind, name: String::new(), value: loose::text(of(name))? })
    });
    let more = loose::list(of("fields"));
    let more = more.iter().filter_map(|field| {
        Some(Field {
            kind: coded(loose::member(field, "kind"), FieldKind::parse)
                .unwrap_or(FieldKind::Custom),
            name: loose::name(loose::member(field, "name")).unwrap_or_default(),
            value: loose::text(loose::member(field, "value"))?,
        })
    });
    Some(Participant {
        id: loose::name(of("id")).unwrap_or_default(),
        kind: Some(
            coded(of("kind"), ParticipantKind::parse).unwrap_or(ParticipantKind::Participant),
        ),
        state: state(of("state"), ParticipantState::parse, ParticipantState::Registered),
        fields: simple.chain(more).collect(),
        comment: loose::text(of("comment")),
        zone: loose::name(of("zone")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{FIELDS, MappingError};
    use proptest::prelude::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn mapping(pairs: &[(&str, &str)]) -> Mapping {
        let owned = |(name, pointer): &(&str, &str)| ((*name).to_owned(), (*pointer).to_owned());
        Mapping(pairs.iter().map(owned).collect())
    }

    fn read(mapping: &Mapping, body: &Value) -> Result<Event, Unreadable> {
        JSON.translate(mapping, body.to_string().as_bytes())
    }

    #[test]
    fn the_sample_uses_every_field() {
        let event = JSON.translate(&Mapping::default(), JSON.sample().as_bytes()).unwrap();
        assert_eq!(event.name, EventName::CheckIn);
        assert_eq!(event.case.number.as_deref(), Some("№17"));
        assert_eq!(event.case.starts_at.unwrap().0, 1_897_025_400_000);
        assert_eq!(event.case.duration.unwrap().0, 45 * 60_000);
        assert_eq!(event.case.state, Some(CaseState::Waiting));
        assert_eq!(event.participants[0].phone().unwrap().to_string(), "79001234567");
        assert_eq!(event.participants[0].field("повод"), Some("День рождения"));
        let sample: Value = serde_json::from_str(JSON.sample()).unwrap();
        for field in FIELDS {
            let place = field.name.replace("resource.", "resources/0/");
            let place = place.replace("participant.", "participants/0/").replace('.', "/");
            let is_there = sample.pointer(&format!("/{place}")).is_some();
            assert!(is_there || field.name == "case.duration_s", "{}", field.name);
        }
    }

    #[test]
    fn a_foreign_body_is_read_by_its_mapping() {
        let body = json!({"deal": {"id": 17, "what": "created", "visit": {"from": 1_897_025_400},
            "client": {"tel": "8 900 123-45-67", "fio": "Анна", "card": "VIP"},
            "products": [{"title": "Стрижка", "qty": 2}, {"title": "Укладка"}]}});
        let mapping = mapping(&[
            ("event", "/deal/what"),
            ("case.id", "/deal/id"),
            ("case.starts_at", "/deal/visit/from"),
            ("resource.name", "/deal/products/*/title"),
            ("resource.amount", "/deal/products/*/qty"),
            ("participant.phone", "/deal/client/tel"),
            ("participant.name", "/deal/client/fio"),
            ("participant.fields.Карта", "/deal/client/card"),
            ("case.place", "/deal/nowhere"),
        ]);
        assert_eq!(mapping.check(), Ok(()));
        let event = read(&mapping, &body).unwrap();
        assert_eq!(event.name, EventName::Other("created".to_owned()));
        assert_eq!((event.case.id.as_str(), event.case.kind), ("17", CaseKind::Booking));
        let names: Vec<_> = event.resources.iter().flat_map(|r| r.name.as_deref()).collect();
        assert_eq!(names, ["Стрижка", "Укладка"]);
        assert_eq!(event.resources[0].amount.as_deref(), Some("2"));
        let [client] = event.participants.as_slice() else { panic!("one participant") };
        assert_eq!(client.phone().unwrap().to_string(), "79001234567");
        assert_eq!(client.field("Карта"), Some("VIP"));
        assert_eq!(event.payload["deal"]["client"]["card"], "VIP");
    }

    #[test]
    fn what_one_member_of_a_list_lacks_is_not_taken_from_the_next() {
        let body = json!({"deal": {"id": 1,
            "clients": [{"name": "Анна"}, {"name": "Борис", "tel": "8 900 123-45-67"}],
            "products": [{"title": "Стрижка"}, {"title": "Укладка", "qty": 3}]}});
        let mapping = mapping(&[
            ("case.id", "/deal/id"),
            ("participant.name", "/deal/clients/*/name"),
            ("participant.phone", "/deal/clients/*/tel"),
            ("resource.name", "/deal/products/*/title"),
            ("resource.amount", "/deal/products/*/qty"),
        ]);
        let event = read(&mapping, &body).unwrap();
        let [anna, boris] = event.participants.as_slice() else { panic!("two participants") };
        assert_eq!(anna.phones().count(), 0);
        assert_eq!(boris.phones().collect::<Vec<_>>(), ["8 900 123-45-67"]);
        let amounts: Vec<_> = event.resources.iter().map(|r| r.amount.as_deref()).collect();
        assert_eq!(amounts, [None, Some("3")]);
    }

    #[test]
    fn without_a_state_it_is_settled() {
        let none = Mapping::default();
        let event = json!({"case": {"id": 1}, "participants": [{"phone": "79001234567"}]});
        let event = read(&none, &event).unwrap();
        assert_eq!(event.case.state, Some(CaseState::Waiting));
        assert_eq!(event.participants[0].state, Some(ParticipantState::Registered));
        let event = json!({"case": {"state": "sold"}, "participants": [{"state": "asleep"}]});
        let event = read(&none, &event).unwrap();
        assert_eq!((event.case.state, event.participants[0].state), (None, None));
    }

    #[test]
    fn a_mapping_is_checked() {
        let bad = |name: &str, pointer: &str| mapping(&[(name, pointer)]).check().unwrap_err();
        assert_eq!(bad("case.colour", "/a"), MappingError::UnknownField("case.colour".to_owned()));
        assert_eq!(bad("case.id", "a"), MappingError::Pointer("case.id".to_owned()));
        let many = (0..65).map(|n| (format!("participant.fields.{n}"), "/a".to_owned()));
        assert_eq!(Mapping(many.collect()).check(), Err(MappingError::TooMany));
    }

    #[test]
    fn what_is_no_event() {
        let none = Mapping::default();
        assert_eq!(read(&none, &json!({"a": 1})), Err(Unreadable::Missing("case")));
        assert_eq!(read(&none, &json!([])), Err(Unreadable::NotObject));
        assert!(read(&none, &json!({"participants": {"phone": "79001234567"}})).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_panics(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            pointers in proptest::collection::vec("[/*~a-c0-2]{0,8}", FIELDS.len()),
        ) {
            let names = FIELDS.iter().map(|field| field.name.to_owned());
            let mapping = Mapping(names.zip(pointers).collect::<BTreeMap<_, _>>());
            let _ = JSON.translate(&mapping, &body);
            let body = json!({"a": [{"b": 1}, "x", [2]], "case": 5, "participants": [7]});
            let _ = read(&mapping, &body);
        }
    }
}
