//! Events on which a template is tried before it is kept: every kind, in both languages, with
//! everything and with nothing.

use super::context::Subject;
use crate::{
    event::{
        Case, CaseKind, CaseState, Event, EventName, Field, FieldKind, Named, Participant,
        ParticipantKind, ParticipantState, Resource,
    },
    layout::{Layout, Links, Locale},
    template::Anything,
};
use minijinja::Value;
use vestnik_model::time::{Millis, Timestamp};

/// Contexts in which only the names of the source's own (`payload`, `participant.fields`) are open.
pub(crate) fn trials() -> Vec<Value> {
    let mut contexts = Vec::new();
    for locale in Locale::ALL {
        for kind in CaseKind::ALL {
            let (event, participant) = full(kind);
            contexts.push(context(&event, Some(&participant), locale));
            contexts.push(context(&bare(kind), None, locale));
        }
    }
    contexts
}

fn context(event: &Event, participant: Option<&Participant>, locale: Locale) -> Value {
    let links = Links {
        service: Some("https://example.com/{id}".to_owned()),
        order: Some("https://example.com/{id}".to_owned()),
    };
    let layout = Layout { hide_contact_info: false, locale, links, ..Layout::default() };
    let subject =
        Subject { event, participant, layout: &layout, message: "Добрый день!" };
    let mut names = subject.names();
    let mut facts = subject.participant_facts();
    facts.insert("fields", Value::from_object(Anything));
    names.insert("participant", Value::from(facts));
    names.insert("payload", Value::from_object(Anything));
    Value::from(names)
}

fn bare(kind: CaseKind) -> Event {
    Event {
        name: EventName::CaseActionEvent,
        occasions: Vec::new(),
        case: Case::new(kind),
        service: None,
        resources: Vec::new(),
        participants: Vec::new(),
        payload: serde_json::Value::Null,
    }
}

fn full(kind: CaseKind) -> (Event, Participant) {
    let text = || Some("…".to_owned());
    // 2030-02-11T07:30:00Z
    let start = Timestamp(1_897_025_400_000);
    let case = Case {
        id: "1".to_owned(),
        version: 1,
        kind,
        number: Some("№1".to_owned()),
        title: text(),
        state: Some(CaseState::Waiting),
        starts_at: Some(start),
        ends_at: Some(start + Millis::minutes(45)),
        duration: Some(Millis::minutes(45)),
        place: text(),
        description: text(),
    };
    let resource = Resource {
        id: "1".to_owned(),
        name: text(),
        description: text(),
        amount: Some("2".to_owned()),
        duration: Some(Millis::minutes(45)),
        comment: text(),
    };
    let field = |kind, name: &str, value: &str| Field {
        kind,
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let participant = Participant {
        id: "1".to_owned(),
        kind: Some(ParticipantKind::Participant),
        state: Some(ParticipantState::Registered),
        fields: vec![
            field(FieldKind::FirstName, "Имя", "Анна"),
            field(FieldKind::Phone, "Телефон", "+7 900 123-45-67"),
            field(FieldKind::Email, "Почта", "anna@example.com"),
        ],
        comment: text(),
        zone: Some("Europe/Moscow".to_owned()),
    };
    let service = Named { id: "1".to_owned(), name: text(), description: text() };
    let event = Event {
        case,
        service: Some(service),
        resources: vec![resource.clone(), resource],
        participants: vec![participant.clone()],
        ..bare(kind)
    };
    (event, participant)
}
