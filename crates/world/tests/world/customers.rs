//! Named scenarios of what customers write: it is kept, told and fetched whatever ends a life.

use crate::scenarios::sound;
use vestnik_world::{
    run::History,
    script::{End, Script, WritingScript, WrittenFile},
};

/// Three messages of one customer: a text that is changed, a picture, a document.
fn three() -> Script {
    let mut script = Script::plain(1, 60_000);
    script.writings = vec![
        WritingScript { edited_after_ms: Some(2_000), ..WritingScript::plain(100) },
        WritingScript { file: Some(WrittenFile::Picture), ..WritingScript::plain(1_000) },
        WritingScript { file: Some(WrittenFile::Document), ..WritingScript::plain(1_500) },
    ];
    script
}

/// The writings' texts as the partner took them, in order.
fn taken(history: &History) -> Vec<&str> {
    let taken = history.tellings.iter().filter(|telling| telling.is_taken);
    taken.map(|telling| telling.text.as_str()).collect()
}

/// What a message says and what it said before, oldest first.
fn said(history: &History, writing: usize) -> Vec<&str> {
    let record = &history.incoming[writing].stored.record;
    let before = record.before.iter().map(|edit| edit.text.as_str());
    before.chain([record.incoming.text.as_str()]).collect()
}

/// Ends a life at each of its first so many steps. The checks ask that each message is kept once,
/// its file fetched, and the partner told in order.
fn survives(end: fn(u32) -> End, steps: std::ops::RangeInclusive<u32>) {
    let lived = |step: u32| {
        let history = sound(Script { ends: vec![end(step)], ..three() });
        assert_eq!(history.incoming.len(), 3, "step {step}");
        u32::from(history.tally.contains_key("end of a life"))
    };
    let wanted = steps.clone().count();
    let ended: u32 = steps.map(lived).sum();
    assert_eq!(usize::try_from(ended), Ok(wanted), "not every step was reached");
}

#[test]
fn what_a_customer_wrote_outlives_an_end_before_any_commit() {
    survives(End::BeforeCommit, 1..=12);
}

#[test]
fn what_a_customer_wrote_outlives_an_end_after_any_commit() {
    survives(End::AfterCommit, 1..=12);
}

#[test]
fn what_a_customer_wrote_outlives_an_end_at_any_statement() {
    survives(End::Statement, 1..=60);
}

#[test]
fn what_a_customer_wrote_outlives_an_end_at_any_request() {
    // Three tellings and two files.
    survives(End::BeforeRequest, 1..=5);
    survives(End::AfterRequest, 1..=5);
    survives(End::BeforeAnswer, 1..=5);
}

#[test]
fn a_doubled_webhook_does_not_bring_the_old_words_back() {
    let mut script = Script::plain(1, 60_000);
    script.weather.hook_double = 1_000;
    let edited = WritingScript { edited_after_ms: Some(50), ..WritingScript::plain(100) };
    script.writings = vec![edited];
    for seed in 1..=10 {
        let history = sound(Script { seed, ..script.clone() });
        let now = said(&history, 0).pop();
        assert_eq!(now, Some(WritingScript::other_words(0).as_str()), "seed {seed}");
    }
}

#[test]
fn an_edit_may_come_before_its_message() {
    let mut script = Script::plain(1, 60_000);
    script.weather.hook_late = 500;
    let edited = WritingScript { edited_after_ms: Some(50), ..WritingScript::plain(100) };
    script.writings = vec![edited];
    for seed in 1..=20 {
        let history = sound(Script { seed, ..script.clone() });
        let now = said(&history, 0).pop();
        assert_eq!(now, Some(WritingScript::other_words(0).as_str()), "seed {seed}");
    }
}

#[test]
fn a_message_that_comes_anew_keeps_what_it_said_before() {
    let mut script = Script::plain(1, 60_000);
    script.weather.hook_anew = 1_000;
    script.writings = vec![WritingScript::plain(100)];
    let words = WritingScript::words(0);
    let anew = WritingScript::anew(&words);
    for seed in 1..=10 {
        let history = sound(Script { seed, ..script.clone() });
        let known = said(&history, 0);
        assert!(known.contains(&words.as_str()), "seed {seed}: {known:?}");
        assert!(known.contains(&anew.as_str()), "seed {seed}: {known:?}");
    }
}

#[test]
fn a_receiver_that_is_down_for_minutes_is_told_of_all_in_order() {
    let mut script = Script::plain(1, 250_000);
    script.sink_down = Some((0, 200_000));
    script.writings = (0..12).map(|i| WritingScript::plain(100 + i * 2_000)).collect();
    let history = sound(script);
    let words: Vec<String> = (0..12).map(WritingScript::words).collect();
    assert_eq!(taken(&history), words);
}

#[test]
fn a_receiver_that_is_down_is_not_hammered() {
    let mut script = Script::plain(1, 250_000);
    script.sink_down = Some((0, 200_000));
    script.weather.store_fails = 10;
    script.writings = (0..12).map(|i| WritingScript::plain(100 + i * 2_000)).collect();
    for seed in 1..=4 {
        let history = sound(Script { seed, ..script.clone() });
        let tries = history.tally.get("sink down").copied().unwrap_or(0);
        assert!((1..60).contains(&tries), "seed {seed}: {tries} tries in 200 s");
    }
}

#[test]
fn when_it_can_not_be_noted_that_the_partner_was_told_the_next_try_is_not_at_once() {
    let mut script = Script::plain(1, 120_000);
    script.weather.store_fails = 50;
    script.writings = (0..12).map(|i| WritingScript::plain(100 + i * 2_000)).collect();
    let mut again = 0;
    for seed in 1..=10 {
        let history = sound(Script { seed, ..script.clone() });
        for pair in history.tellings.windows(2) {
            let apart_ms = pair[1].at_ms - pair[0].at_ms;
            let is_again = pair[0].incoming == pair[1].incoming;
            assert!(!is_again || apart_ms >= 500, "seed {seed}: {pair:?}");
            again += u32::from(is_again);
        }
    }
    assert!(again > 0, "it was always noted");
}

#[test]
fn a_file_is_fetched_in_the_end_whatever_the_wire_does() {
    let mut script = three();
    script.storm_ms = 40_000;
    let weather = &mut script.weather;
    (weather.error_500, weather.cut_before, weather.cut_after) = (300, 200, 200);
    for seed in 1..=10 {
        sound(Script { seed, ..script.clone() });
    }
}

#[test]
fn while_the_process_is_down_the_provider_keeps_what_customers_write() {
    let mut script = three();
    script.ends = vec![End::After(50)];
    script.down_ms = (60_000, 60_000);
    let history = sound(script);
    assert_eq!(history.incoming.len(), 3);
}
