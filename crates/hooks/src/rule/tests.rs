use super::*;
use crate::source::{self, Mapping};
use vestnik_model::language::Language;

fn sample() -> Event {
    let source = source::find("torrow").unwrap();
    source.translate(&Mapping::default(), source.sample().as_bytes()).unwrap()
}

fn rule(when: When) -> Rule {
    Rule {
        name: "x".to_owned(),
        when,
        participants: Vec::new(),
        participant_states: Vec::new(),
        case_states: Vec::new(),
        message: String::new(),
        template: None,
        active: true,
    }
}

fn is_met(rule: &Rule, event: &Event) -> bool {
    rule.is_met(event, &event.participants[0])
}

#[test]
fn an_event_is_known_by_its_name_or_by_what_it_is_surely_about() {
    let event = sample();
    let on = |names: &[EventName]| rule(When::Event(names.to_vec()));
    assert!(is_met(&on(&[EventName::CaseActionEvent]), &event));
    assert!(is_met(&on(&[EventName::CheckIn]), &event), "the body's one action tells it");
    assert!(!is_met(&on(&[EventName::CaseCancel]), &event));
    let mut doubtful = sample();
    doubtful.occasions = vec![EventName::UpdateCaseTime, EventName::UpdateCasePlace];
    assert!(!is_met(&on(&[EventName::UpdateCaseTime]), &doubtful), "it may be the place");
    let both = [EventName::UpdateCasePlace, EventName::UpdateCaseTime];
    assert!(is_met(&on(&both), &doubtful));
}

#[test]
fn filters_narrow() {
    let event = sample();
    let with = |change: fn(&mut Rule)| {
        let mut rule = rule(When::Event(vec![EventName::CaseActionEvent]));
        change(&mut rule);
        is_met(&rule, &event)
    };
    assert!(with(|rule| rule.participants = vec![ParticipantKind::Participant]));
    assert!(!with(|rule| rule.participants = vec![ParticipantKind::Executor]));
    assert!(with(|rule| rule.participant_states = vec![ParticipantState::Registered]));
    assert!(!with(|rule| rule.participant_states = vec![ParticipantState::Approving]));
    assert!(with(|rule| rule.case_states = vec![CaseState::TimeControlled]));
    assert!(!with(|rule| rule.case_states = vec![CaseState::Waiting]));
    assert!(!with(|rule| rule.active = false));
    let mut unknown = sample();
    unknown.participants[0].kind = None;
    let mut wanted = rule(When::Event(vec![EventName::CaseActionEvent]));
    wanted.participants = vec![ParticipantKind::Participant];
    assert!(!is_met(&wanted, &unknown), "what is not known is not wanted");
}

#[test]
fn reminders_follow_the_case() {
    let mut event = sample();
    let reminder = rule(When::Time { offset_s: -7_200, from: Edge::Start });
    let after = rule(When::Time { offset_s: 600, from: Edge::End });
    let start = event.case.starts_at.unwrap();
    assert_eq!(reminder.due_at(&event), Some(start - Millis::hours(2)));
    assert_eq!(after.due_at(&event), Some(start + Millis::minutes(55)));
    assert_eq!(rule(When::Event(Vec::new())).due_at(&event), None);
    assert!(is_met(&reminder, &event));
    event.case.starts_at = Some(start + Millis::hours(24));
    assert_eq!(reminder.due_at(&event), Some(start + Millis::hours(22)), "moved with it");
    event.case.starts_at = None;
    assert_eq!(reminder.due_at(&event), None);
}

#[test]
fn what_is_called_off_is_not_reminded_of() {
    let reminder = rule(When::Time { offset_s: -7_200, from: Edge::Start });
    let called_off = |change: fn(&mut Event)| {
        let mut event = sample();
        change(&mut event);
        let is_off = is_called_off(&event, &event.participants[0]);
        assert_eq!(is_off, !is_met(&reminder, &event));
        is_off
    };
    assert!(!called_off(|_| {}));
    assert!(!called_off(|event| event.name = EventName::CaseDeclineWork));
    assert!(called_off(|event| event.name = EventName::CaseCancel));
    assert!(called_off(|event| event.occasions = vec![EventName::CancelCaseParticipation]));
    assert!(called_off(|event| event.case.state = Some(CaseState::Cancelled)));
    assert!(called_off(|event| event.case.state = Some(CaseState::Rejected)));
    assert!(called_off(|event| event.participants[0].state = Some(ParticipantState::Cancelled)));
    let doubtful = |event: &mut Event| {
        event.occasions = vec![EventName::CaseCancel, EventName::CheckIn];
    };
    assert!(!called_off(doubtful));
}

#[test]
fn a_rule_is_checked() {
    let time = |offset_s| rule(When::Time { offset_s, from: Edge::Start });
    assert_eq!(time(-7_200).check(), Ok(()));
    assert_eq!(time(OFFSET_S_MAX + 1).check(), Err(RuleError::Offset));
    assert_eq!(time(i64::MIN).check(), Err(RuleError::Offset));
    assert_eq!(rule(When::Event(Vec::new())).check(), Err(RuleError::Events));
    assert_eq!(Rule { name: " ".to_owned(), ..time(0) }.check(), Err(RuleError::Name));
    let long = "ж".repeat(RULE_MESSAGE_CHARS_MAX + 1);
    assert_eq!(Rule { message: long, ..time(0) }.check(), Err(RuleError::Message));
    let bad = Rule { template: Some("{{".to_owned()), ..time(0) };
    assert!(matches!(bad.check(), Err(RuleError::Template(_))));
}

#[test]
fn fourteen_occasions_to_begin_with() {
    for language in [Language::Ru, Language::En] {
        let rules = presets(language);
        assert_eq!(rules.len(), 14);
        for rule in &rules {
            assert_eq!(rule.check(), Ok(()), "{rule:?}");
            assert!(!rule.message.is_empty());
        }
        let names: std::collections::BTreeSet<_> = rules.iter().map(|rule| &rule.name).collect();
        assert_eq!(names.len(), 14);
    }
    let met: Vec<_> = presets(Language::En)
        .into_iter()
        .filter(|rule| matches!(rule.when, When::Event(_)) && is_met(rule, &sample()))
        .map(|rule| rule.name)
        .collect();
    assert_eq!(met, ["Booked: to the customer"]);
}

#[test]
fn stored_rules_stay_readable() {
    let kept = r#"{"name":"Напоминание","when":{"time":{"offset_s":-7200,"from":"start"}},
        "participants":["participant"],"message":"Ждём!"}"#;
    let rule: Rule = serde_json::from_str(kept).unwrap();
    assert!(rule.active && rule.template.is_none());
    let kept = r#"{"name":"x","when":{"event":["CheckIn","3042","deal_won"]}}"#;
    let read: Rule = serde_json::from_str(kept).unwrap();
    let names = vec![
        EventName::CheckIn,
        EventName::UpdateCaseTime,
        EventName::Other("deal_won".to_owned()),
    ];
    assert_eq!(read.when, When::Event(names));
    let again: Rule = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(read, again);
}
