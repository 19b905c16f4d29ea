//! Named scenarios: what the product does when it matters, each as a short script.

use vestnik_engine::cause::{Cause, WaitedFor};
use vestnik_model::status::Status;
use vestnik_world::{
    run::{History, Told, run_script},
    script::{CallScript, End, EventScript, PhoneScript, Script, WritingScript, WrittenFile},
};

/// Ten minutes: longer than any scenario needs.
const LONG_MS: i64 = 600_000;

/// Lives through a script and makes sure that nothing is wrong.
pub fn sound(script: Script) -> History {
    let history = run_script(script);
    assert!(history.violations.is_empty(), "{history}\n{}", history.tell());
    history
}

/// What was reported of a call, in order: (link, status).
fn reported(history: &History, call: usize) -> Vec<(usize, u8)> {
    let told = told(history, call);
    let of_call = history.arrivals.iter().filter(|a| a.message == told.message.id && a.is_taken);
    let link = |text: &str| {
        let links = &told.message.plan.links;
        links.iter().position(|link| link.parts[0].as_text() == text).unwrap_or(usize::MAX)
    };
    of_call.map(|arrival| (link(&arrival.text), arrival.status)).collect()
}

fn told(history: &History, call: usize) -> &Told {
    let reference = CallScript::reference(call);
    let of_call = |told: &&Told| told.message.plan.partner_ref.as_deref() == Some(&reference);
    history.messages.iter().find(of_call).expect("the call was accepted")
}

fn has(told: &Told, is_wanted: impl Fn(&Cause) -> bool) -> bool {
    told.lines.iter().any(|line| is_wanted(&line.cause))
}

#[test]
fn killed_after_the_request_was_written_the_journal_tells() {
    let mut script = Script::plain(1, 60_000);
    script.calls = vec![CallScript::plain(100, &[LONG_MS])];
    script.ends = vec![End::AfterRequest(1)];
    // Killed in the moment of writing: whether it arrived is chance, so several chances are taken.
    let mut found = 0;
    for seed in 1..=8 {
        let history = sound(Script { seed, ..script.clone() });
        let told = told(&history, 0);
        assert!(has(told, |cause| matches!(cause, Cause::Orphaned { .. })));
        assert_eq!((told.message.cascade.status, history.bubbles.len()), (Status::Delivered, 1));
        assert_eq!(reported(&history, 0), [(0, 0), (0, 2)]);
        found += usize::from(has(told, |cause| matches!(cause, Cause::FoundInJournal { .. })));
    }
    assert!((1..8).contains(&found), "it arrived {found} times of 8");
}

#[test]
fn killed_between_commit_and_answer_a_repeat_gets_the_same_message() {
    let mut script = Script::plain(1, 60_000);
    script.calls = vec![CallScript::plain(100, &[LONG_MS])];
    // Two commits belong to the start; the janitor's comes later.
    for commit in 1..=4 {
        script.ends = vec![End::AfterCommit(commit)];
        let history = sound(script.clone());
        assert_eq!((history.messages.len(), history.bubbles.len()), (1, 1), "commit {commit}");
    }
}

#[test]
fn a_chain_falls_to_its_second_link() {
    let mut script = Script::plain(2, 60_000);
    script.accounts[0].lose = 1_000;
    script.calls = vec![CallScript::plain(100, &[5_000, LONG_MS])];
    let history = sound(script);
    assert_eq!(reported(&history, 0), [(0, 0), (0, 5), (1, 0), (1, 2)]);
    assert_eq!(history.bubbles.len(), 2, "the receipts were lost, not the bubble");
}

#[test]
fn what_the_pace_can_not_let_go_in_time_goes_by_the_next_link_at_once() {
    let mut script = Script::plain(2, 120_000);
    let gap = Some(vestnik_model::time::Millis(4_000));
    let burst = 1;
    script.accounts[0].pacing = vestnik_model::account::Pacing { gap, burst, ..Default::default() };
    // Of ten at once the first link has time for the first few only.
    script.calls = (0..10).map(|_| CallScript::plain(100, &[15_000, LONG_MS])).collect();
    let history = sound(script);
    let passed = |told: &&Told| has(told, |cause| matches!(cause, Cause::OutOfReach { .. }));
    let early = history.messages.iter().filter(passed);
    let count = early.clone().count();
    assert!((3..=7).contains(&count), "{count} were passed over\n{}", history.tell());
    for told in early {
        let line = told.lines.iter().find(|l| matches!(l.cause, Cause::OutOfReach { .. }));
        let waited = line.map(|l| l.at - vestnik_model::id::id_time(told.message.id.0));
        assert!(waited.is_some_and(|ms| ms.0 < 5_000), "{waited:?}: at once, not after 15 s");
    }
    assert_eq!(history.bubbles.len(), 10);
}

#[test]
fn a_late_receipt_calls_off_the_link_that_waits() {
    let mut script = Script::plain(2, 60_000);
    script.phones[0].off = Some((0, 20_000));
    let mut call = CallScript::plain(100, &[10_000, 10_000]);
    // The second link must wait for the next day's window.
    call.window_s = Some((0, 5));
    script.calls = vec![call];
    let history = sound(script);
    let told = told(&history, 0);
    assert!(has(told, |cause| matches!(cause, Cause::Receipt { called_off: true, .. })));
    assert_eq!(told.message.cascade.links[1].status, Status::Cancelled);
    assert_eq!(reported(&history, 0), [(0, 0), (0, 5), (0, 2)]);
    assert_eq!(history.bubbles.len(), 1);
}

#[test]
fn a_receipt_may_come_before_our_own_write() {
    let mut script = Script::plain(1, 60_000);
    script.weather.slow = 1_000;
    script.calls = (0..6).map(|i| CallScript::plain(100 + i * 5_000, &[LONG_MS])).collect();
    let history = sound(script);
    let is_early = |told: &Told| {
        let mut lines = told.lines.iter();
        let sent = lines.find(|line| matches!(line.cause, Cause::Submitted { .. }));
        let next = lines.find(|line| matches!(line.cause, Cause::Receipt { .. }));
        sent.zip(next).is_some_and(|(sent, next)| sent.at == next.at)
    };
    assert!(history.messages.iter().any(is_early), "{}", history.tell());
    assert!(history.messages.iter().all(|m| m.message.cascade.status == Status::Delivered));
}

#[test]
fn reports_outlive_a_receiver_that_is_down_for_minutes() {
    let mut script = Script::plain(1, 250_000);
    script.sink_down = Some((0, 200_000));
    script.calls = (0..12).map(|i| CallScript::plain(100 + i * 2_000, &[LONG_MS])).collect();
    let history = sound(script);
    for call in 0..12 {
        assert_eq!(reported(&history, call), [(0, 0), (0, 2)]);
    }
}

#[test]
fn a_hub_that_hears_no_bell_is_late_and_nothing_else() {
    let lived = |deaf| {
        let mut script = Script::plain(1, 60_000);
        script.deaf = deaf;
        script.calls = (0..3).map(|i| CallScript::plain(100 + i, &[LONG_MS])).collect();
        let picture = Some(WrittenFile::Picture);
        script.writings = vec![WritingScript { file: picture, ..WritingScript::plain(1_000) }];
        script.events = vec![
            EventScript::plain(2_000),
            EventScript { is_bad: true, ..EventScript::plain(3_000) },
        ];
        sound(script)
    };
    let (hearing, deaf) = (lived(None), lived(Some((0, i64::MAX))));
    for call in 0..3 {
        assert_eq!(reported(&deaf, call), [(0, 0), (0, 2)]);
    }
    let counts = |h: &History| (h.bubbles.len(), h.tellings.len(), h.mails.len());
    assert_eq!(counts(&deaf), counts(&hearing));
    let last = |h: &History| h.arrivals.iter().map(|a| a.at_ms).max();
    assert!(last(&deaf) > last(&hearing), "the bells rang all the same");
}

#[test]
fn after_a_start_no_report_overtakes_one_that_waits_for_its_next_try() {
    let mut script = Script::plain(1, 90_000);
    script.sink_down = Some((0, 5_000));
    script.phones[0].off = Some((0, 20_000));
    script.ends = vec![End::After(10_000)];
    script.calls = vec![CallScript::plain(100, &[LONG_MS])];
    let history = sound(script);
    assert_eq!(reported(&history, 0), [(0, 0), (0, 2)]);
    let delivered = history.arrivals.last().expect("it was reported");
    assert!(delivered.at_ms > 55_000, "the first report's next try was not waited for");
}

#[test]
fn a_message_for_later_may_be_the_first_of_its_account() {
    let mut script = Script::plain(1, 60_000);
    let mut call = CallScript::plain(100, &[LONG_MS]);
    call.window_s = Some((30, 40_000));
    script.calls = vec![call, CallScript::plain(40_000, &[LONG_MS])];
    let history = sound(script);
    for told in &history.messages {
        assert_eq!(told.message.cascade.status, Status::Delivered);
    }
}

#[test]
fn an_answer_that_never_comes_makes_no_second_bubble() {
    let mut script = Script::plain(1, 60_000);
    script.weather.hang = 1_000;
    script.calls = vec![CallScript::plain(100, &[LONG_MS])];
    let history = sound(script);
    let told = told(&history, 0);
    assert!(has(told, |cause| matches!(cause, Cause::FoundInJournal { .. })), "{}", history.tell());
    assert_eq!(history.bubbles.len(), 1);
}

#[test]
fn what_can_never_be_found_out_is_not_sent_again() {
    let mut script = Script::plain(2, 100_000);
    script.weather.hang = 1_000;
    script.calls = vec![CallScript::plain(100, &[60_000, 10_000])];
    let history = sound(script);
    let uncertain = |cause: &Cause| {
        matches!(cause, Cause::LinkExpired { waited_for: WaitedFor::Certainty, .. })
    };
    assert!(has(told(&history, 0), uncertain), "{}", history.tell());
    assert!(history.bubbles.len() <= 2);
}

#[test]
fn an_orphan_that_had_waited_long_is_not_sent_again_too_soon() {
    let mut script = Script::plain(1, 400_000);
    // The account is out for minutes; then the process is killed while it submits at last, and the
    // provider's journal shows nothing for another minute.
    script.accounts[0].out = Some((0, 150_000));
    script.accounts[0].journal_delay_ms = 60_000;
    script.calls = vec![CallScript::plain(3_000, &[LONG_MS])];
    for request in 1..=4 {
        for seed in 1..=4 {
            script.ends = vec![End::AfterRequest(request)];
            let history = sound(Script { seed, ..script.clone() });
            assert_eq!(history.bubbles.len(), 1, "request {request}, seed {seed}");
        }
    }
}

#[test]
fn what_sat_in_the_providers_send_list_for_minutes_is_not_sent_again() {
    let mut script = Script::plain(1, 400_000);
    script.accounts[0].send_gap_ms = 100_000;
    script.accounts[0].journal_delay_ms = 60_000;
    script.calls = vec![CallScript::plain(100, &[LONG_MS]), CallScript::plain(1_000, &[LONG_MS])];
    // The process is down from the second submission until that has left the list, but is not yet
    // to be seen in the journal.
    script.ends = vec![End::AfterRequest(4)];
    script.down_ms = (125_000, 125_000);
    for seed in 1..=6 {
        let history = sound(Script { seed, ..script.clone() });
        assert_eq!(history.bubbles.len(), 2, "seed {seed}");
    }
}

#[test]
fn a_stopped_account_goes_on_whatever_the_disk_did() {
    let mut script = Script::plain(1, 30_000);
    script.weather.quota = 1_000;
    script.weather.store_fails = 200;
    script.calls = vec![CallScript::plain(100, &[LONG_MS]), CallScript::plain(300_000, &[LONG_MS])];
    for seed in 1..=10 {
        let history = sound(Script { seed, ..script.clone() });
        let status = told(&history, 1).message.cascade.status;
        assert_eq!(status, Status::Delivered, "seed {seed}");
    }
}

/// Six messages that may leave from the twelfth second on; the process is down from the fifth to the
/// thirty-fifth, and its disk has hiccups, so that a claim may come before the waker's look.
fn after_a_long_stop(change: impl Fn(&mut CallScript)) {
    let mut script = Script::plain(1, 600_000);
    script.weather.store_fails = 100;
    script.ends = vec![End::After(5_000)];
    script.down_ms = (30_000, 30_000);
    for _ in 0..6 {
        let mut call = CallScript::plain(100, &[LONG_MS]);
        call.window_s = Some((12, 40_000));
        change(&mut call);
        script.calls.push(call);
    }
    for seed in 1..=10 {
        // The witness looks at every submission.
        sound(Script { seed, ..script.clone() });
    }
}

#[test]
fn nothing_leaves_past_its_deadline_after_a_long_stop() {
    after_a_long_stop(|call| call.deadline_ms = Some(20_000));
}

#[test]
fn nothing_leaves_when_its_links_time_is_over_after_a_long_stop() {
    after_a_long_stop(|call| call.links[0].ttl_ms = 8_000);
}

#[test]
fn one_page_of_the_journal_tells_of_many_that_a_dead_process_left() {
    const MANY: usize = 40;
    let mut script = Script::plain(1, 120_000);
    let phone = script.phones[0].clone();
    script.phones = (0..MANY as u64)
        .map(|i| PhoneScript { number: phone.number + i, ..phone.clone() })
        .collect();
    script.weather.slow = 1_000;
    script.calls =
        (0..MANY).map(|phone| CallScript { phone, ..CallScript::plain(100, &[LONG_MS]) }).collect();
    // All have left when the first answer comes.
    script.ends = vec![End::BeforeAnswer(1)];
    for seed in 1..=3 {
        let history = sound(Script { seed, ..script.clone() });
        let lines = || history.messages.iter().flat_map(|told| &told.lines);
        let orphans = lines().filter(|l| matches!(l.cause, Cause::Orphaned { .. })).count();
        let found = lines().filter(|l| matches!(l.cause, Cause::FoundInJournal { .. }));
        let found: Vec<_> = found.map(|line| line.at).collect();
        let orphaned = lines().find(|l| matches!(l.cause, Cause::Orphaned { .. })).map(|l| l.at);
        assert!(orphans > MANY / 2 && found.len() > MANY / 4, "{orphans}, {}", found.len());
        // One by one, with a pause between two questions, the last would be known after 20 s more.
        let last = found.iter().max().copied().zip(orphaned).map(|(at, from)| at - from);
        assert!(last.is_some_and(|ms| ms.0 < 12_000), "seed {seed}: {last:?}");
        assert_eq!(history.bubbles.len(), MANY);
    }
}

#[test]
fn what_left_the_providers_send_list_a_moment_ago_is_not_sent_again() {
    let mut script = Script::plain(1, 100_000);
    script.accounts[0].send_gap_ms = 120_000;
    script.accounts[0].journal_delay_ms = 60_000;
    // Every answer is lost for a while, those of the first two questions too. The third is asked when
    // the message has left the provider's list and is not yet to be seen in its journal.
    script.weather.cut_after = 1_000;
    script.calls = vec![CallScript::plain(100, &[LONG_MS]), CallScript::plain(1_000, &[LONG_MS])];
    let history = sound(script);
    assert_eq!(history.bubbles.len(), 2);
}
