use super::*;
use crate::event::{BadPhone, CaseState, FieldKind, ParticipantKind, ParticipantState};
use proptest::prelude::*;
use serde_json::json;
use vestnik_model::time::{Millis, Timestamp};

fn read(body: &Value) -> Event {
    TORROW.translate(&Mapping::default(), body.to_string().as_bytes()).unwrap()
}

fn minimal() -> Value {
    serde_json::from_str(include_str!("../../fixtures/minimal-event.json")).unwrap()
}

#[test]
fn the_sample_is_read_as_a_whole() {
    let event = TORROW.translate(&Mapping::default(), TORROW.sample().as_bytes()).unwrap();
    assert_eq!(event.name, EventName::CaseActionEvent);
    assert_eq!(event.occasions, [EventName::CheckIn], "the one action that calls this hook");
    assert_eq!(event.case.id, "176813e02ea68ef786e4d3cea27d2693");
    assert_eq!(event.case.version, 2);
    assert_eq!(event.case.kind, CaseKind::Booking);
    assert_eq!(event.case.number.as_deref(), Some("№4521"));
    assert_eq!(event.case.state, Some(CaseState::TimeControlled));
    assert_eq!(event.case.starts_at, Some(Timestamp(1_897_025_400_000)));
    assert_eq!(event.case.duration, Some(Millis::minutes(45)));
    assert_eq!([event.case.place, event.case.description], [None, None]);
    assert_eq!(event.service.unwrap().name.as_deref(), Some("Первичный приём"));
    let [resource] = event.resources.as_slice() else { panic!("one resource") };
    assert_eq!(resource.name.as_deref(), Some("Доктор Смирнова"));
    assert_eq!(resource.amount.as_deref(), Some("1"));
    let [participant] = event.participants.as_slice() else { panic!("one participant") };
    assert_eq!(participant.kind, Some(ParticipantKind::Participant));
    assert_eq!(participant.state, Some(ParticipantState::Registered));
    assert_eq!(participant.field("повод"), Some("Осмотр"));
    let bad = participant.phone().unwrap_err();
    assert!(matches!(&bad, BadPhone::Unusable(texts) if texts.len() == 1), "{bad:?}");
    assert!(event.payload.to_string().len() < 40_000);
    assert_eq!(event.payload["CaseItem"]["OrderNumber"]["SequenceNumber"], 4521);
}

#[test]
fn one_or_several_or_none() {
    let one = read(&minimal());
    assert_eq!(one.participants.len(), 1);
    assert_eq!(one.participants[0].phone().unwrap().to_string(), "79001234567");
    for (member, pick) in [
        ("Resources", (|event: &Event| event.resources.len()) as fn(&Event) -> usize),
        ("CaseParticipants", |event| event.participants.len()),
    ] {
        let with = |value: Value| {
            let mut body = minimal();
            body[member] = value;
            pick(&read(&body))
        };
        let given = minimal()[member].clone();
        assert_eq!(with(json!([given, given])), 2, "{member}");
        assert_eq!(with(json!(given.to_string())), 1, "JSON in a text");
        assert_eq!(with(json!([])), 0);
        assert_eq!(with(json!(null)), 0);
        assert_eq!(with(json!("")), 0);
        assert_eq!(with(json!("6947ccf25ec84d8dbc74254770f58904")), 0, "an id alone says nothing");
        let mut body = minimal();
        body.as_object_mut().unwrap().remove(member);
        assert_eq!(pick(&read(&body)), 0);
    }
}

#[test]
fn kinds() {
    let kind = |change: fn(&mut Value)| {
        let mut body = minimal();
        change(&mut body["CaseItem"]);
        read(&body).case.kind
    };
    assert_eq!(kind(|_| {}), CaseKind::Booking);
    assert_eq!(kind(|item| item["StartDate"] = json!("0001-01-01T00:00:00")), CaseKind::Order);
    assert_eq!(kind(|item| item["GroupId"] = json!("ab")), CaseKind::Meeting);
    assert_eq!(kind(|item| item["MaxConsumerQuantity"] = json!("12")), CaseKind::Meeting);
    assert_eq!(kind(|item| item["GroupCaseProperties"] = json!({"a": 1})), CaseKind::Meeting);
}

#[test]
fn numbers_as_texts_and_names_as_numbers() {
    let mut body = minimal();
    body["EventType"] = json!("CaseCancel");
    body["CaseItem"]["CaseState"] = json!("Canceled");
    body["CaseItem"]["ObjectInfo"]["Version"] = json!("7");
    body["CaseItem"]["OrderNumber"] = json!({"SequenceNumber": 9});
    body["CaseParticipants"]["CaseParticipantType"] = json!("1002");
    let event = read(&body);
    assert_eq!(event.name, EventName::CaseCancel);
    assert_eq!(event.case.state, Some(CaseState::Cancelled));
    assert_eq!(event.case.version, 7);
    assert_eq!(event.case.number.as_deref(), Some("№9"));
    assert_eq!(event.participants[0].kind, Some(ParticipantKind::Executor));
    body["EventType"] = json!(999_999);
    assert_eq!(read(&body).name, EventName::Other("999999".to_owned()));
}

#[test]
fn an_occasion_is_told_only_without_doubt() {
    let action = |id: &str, trigger: i64, operations: Value| {
        json!({"Type": 6, "Trigger": {"Type": trigger, "OperationProperties":
            {"OperationTypeList": operations}},
            "IntegrationProperties": {"IntegrationConfigIdList": [id]}})
    };
    let with = |actions: Value| {
        let mut body = minimal();
        body["Service"]["CaseActionList"] = actions;
        read(&body).occasions
    };
    let moved = action("aa01", 2, json!([3042, 3043]));
    assert_eq!(with(json!([moved])), [EventName::UpdateCaseTime, EventName::UpdateCasePlace]);
    assert_eq!(with(json!([moved, action("other", 2, json!([3001]))])).len(), 2);
    assert!(with(json!([moved, action("aa01", 2, json!([3001]))])).is_empty());
    assert!(with(json!([action("aa01", 1, json!([3001]))])).is_empty(), "at a time");
    assert!(with(json!(null)).is_empty());
}

#[test]
fn the_best_field_gives_the_number() {
    let mut body = minimal();
    let field = |kind: i64, value: &str| json!({"ParticipationFieldType": kind, "Value": value, "Name": "x"});
    body["CaseParticipants"]["ContactInformation"]["Fields"] = json!([
        field(9, "+7 900 000-00-09"),
        field(8, "+7 900 000-00-08"),
        field(7, "позвоните мне"),
        field(101, "+7 900 000-00-01")
    ]);
    let participant = &read(&body).participants[0];
    assert_eq!(participant.phone().unwrap().to_string(), "79000000008");
    assert_eq!(participant.fields[3].kind, FieldKind::Custom);
}

#[test]
fn what_is_no_event() {
    let read = |body: &[u8]| TORROW.translate(&Mapping::default(), body).unwrap_err();
    assert!(matches!(read(b""), Unreadable::NotJson { .. }));
    assert_eq!(read(b"{\n  nope").to_string(), "the body is not JSON: line 2, column 3");
    assert_eq!(read(b"[1]"), Unreadable::NotObject);
    assert_eq!(read(b"{}"), Unreadable::Missing("CaseItem"));
    assert_eq!(read(b"{\"CaseItem\": \"x\"}"), Unreadable::Missing("CaseItem"));
    assert_eq!(read(&vec![b' '; 1024 * 1024 + 1]), Unreadable::TooLong);
    assert!(matches!(read("[".repeat(100_000).as_bytes()), Unreadable::NotJson { .. }));
}

#[test]
fn marks_and_broken_bytes_do_no_harm() {
    let mut body = b"\xef\xbb\xbf".to_vec();
    body.extend_from_slice(minimal().to_string().as_bytes());
    assert!(TORROW.translate(&Mapping::default(), &body).is_ok());
    let body = minimal().to_string().replace("Звонок", "Зв\u{1}нок").replace('\u{1}', "\\u0001");
    let mut body = body.into_bytes();
    let at = body.windows(4).position(|w| w == "Тест".as_bytes()[..4].to_vec()).unwrap();
    body[at] = 0xff;
    assert!(TORROW.translate(&Mapping::default(), &body).is_ok());
}

/// Every member of a body replaced, one at a time, by something that does not belong there.
#[test]
fn no_member_is_taken_for_granted() {
    let odd = [
        json!(null),
        json!(""),
        json!("x"),
        json!("{\"a\":[1]}"),
        json!(-1),
        json!(1e18),
        json!(true),
        json!([]),
        json!([[null]]),
        json!({}),
    ];
    let mut count = 0;
    for pointer in pointers(&minimal(), String::new()) {
        for value in &odd {
            let mut body = minimal();
            *body.pointer_mut(&pointer).unwrap() = value.clone();
            let read = TORROW.translate(&Mapping::default(), body.to_string().as_bytes());
            assert!(read.is_ok() || pointer == "/CaseItem", "{pointer} {value}");
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

fn pointers(value: &Value, at: String) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(members) = value.as_object() {
        for (name, inner) in members {
            found.extend(pointers(inner, format!("{at}/{name}")));
        }
    }
    if let Some(items) = value.as_array() {
        for (index, inner) in items.iter().enumerate() {
            found.extend(pointers(inner, format!("{at}/{index}")));
        }
    }
    if !at.is_empty() {
        found.push(at);
    }
    found
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = TORROW.translate(&Mapping::default(), &body);
    }

    #[test]
    fn a_damaged_sample_never_panics(
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut body = minimal().to_string().into_bytes();
        for (at, byte) in cuts {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let _ = TORROW.translate(&Mapping::default(), &body);
    }
}
