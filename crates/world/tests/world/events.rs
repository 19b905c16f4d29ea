//! Named scenarios of what a booking system tells: each event becomes one message or one mail, whatever
//! ends a life.

use crate::scenarios::sound;
use vestnik_world::{
    run::History,
    script::{End, EventScript, Script},
};

/// Three events: one whose customer is reached and reminded, one without a usable number, one that is
/// posted twice.
fn three() -> Script {
    let mut script = Script::plain(1, 60_000);
    script.events = vec![
        EventScript { starts_ms: Some(90_000), ..EventScript::plain(100) },
        EventScript { is_bad: true, ..EventScript::plain(200) },
        EventScript { posts: 2, ..EventScript::plain(300) },
    ];
    script
}

fn words(history: &History) -> Vec<String> {
    let mut words: Vec<String> = history
        .messages
        .iter()
        .map(|told| told.message.plan.links[0].parts[0].as_text().to_owned())
        .collect();
    words.sort();
    words
}

#[test]
fn an_event_becomes_a_message_or_a_mail_and_a_reminder() {
    let history = sound(three());
    assert_eq!(words(&history), ["event 000", "event 002", "reminder 000"]);
    assert_eq!(history.mails.len(), 1);
    assert!(history.mails[0].text.contains("001"), "{:?}", history.mails);
}

/// Ends a life at each of its first so many steps.
fn survives(end: fn(u32) -> End, steps: std::ops::RangeInclusive<u32>) {
    let lived = |step: u32| {
        let history = sound(Script { ends: vec![end(step)], ..three() });
        let told = words(&history);
        assert!(told.contains(&"event 000".to_owned()), "step {step}: {told:?}");
        assert!(told.contains(&"event 002".to_owned()), "step {step}: {told:?}");
        u32::from(history.tally.contains_key("end of a life"))
    };
    let wanted = steps.clone().count();
    let ended: u32 = steps.map(lived).sum();
    assert_eq!(usize::try_from(ended), Ok(wanted), "not every step was reached");
}

#[test]
fn an_event_outlives_an_end_before_any_commit() {
    survives(End::BeforeCommit, 1..=20);
}

#[test]
fn an_event_outlives_an_end_after_any_commit() {
    survives(End::AfterCommit, 1..=20);
}

#[test]
fn an_event_outlives_an_end_at_any_statement() {
    survives(End::Statement, 1..=120);
}

#[test]
fn an_event_outlives_an_end_at_any_request() {
    // Is the number there, and three sends.
    survives(End::BeforeRequest, 1..=4);
    survives(End::AfterRequest, 1..=4);
    survives(End::BeforeAnswer, 1..=4);
}

#[test]
fn a_mail_server_that_is_out_of_order_gets_every_mail_in_the_end() {
    let mut script = Script::plain(1, 120_000);
    script.weather.sink_500 = 700;
    script.weather.sink_cut = 300;
    script.events = (0..6)
        .map(|i| EventScript { is_bad: true, ..EventScript::plain(100 + i * 1_000) })
        .collect();
    for seed in 1..=10 {
        let history = sound(Script { seed, ..script.clone() });
        assert!(history.mails.len() >= 6, "seed {seed}: {:?}", history.mails);
    }
}
