//! What was found wrong once, by name.

use super::plans::{Play, START, accepted, chain, failure, link, plan, unknown};
use crate::{
    cascade::{Effect, Event, Hold, JournalAnswer, ReportKind},
    cause::{Cause, UnknownThen},
    plan::Until,
    window::{Weekdays, Window},
    zone::ZoneRule,
};
use vestnik_model::{
    limits::ATTEMPTS_MAX,
    outcome::{Blame, Guarantee, Outcome, ReceiptKind},
    status::Status,
    time::Millis,
};

fn failed() -> ReceiptKind {
    ReceiptKind::Failed(failure(Blame::Recipient))
}

fn submits(play: &Play) -> Vec<(u8, u8)> {
    let submit = |effect: &Effect| match effect {
        Effect::Submit { link, part, .. } => Some((*link, *part)),
        Effect::Await { .. }
        | Effect::Inquire { .. }
        | Effect::Hold { .. }
        | Effect::Drop { .. }
        | Effect::Report(_)
        | Effect::PauseAccount { .. } => None,
    };
    play.effects.iter().filter_map(submit).collect()
}

fn reports(play: &Play) -> Vec<(u8, ReportKind)> {
    let report = |effect: &Effect| match effect {
        Effect::Report(report) => Some((report.link, report.kind)),
        Effect::Await { .. }
        | Effect::Inquire { .. }
        | Effect::Hold { .. }
        | Effect::Drop { .. }
        | Effect::Submit { .. }
        | Effect::PauseAccount { .. } => None,
    };
    play.effects.iter().filter_map(report).collect()
}

/// Two links; the first has one part taken, the second one is under way.
fn half_sent() -> Play {
    let mut play = Play::new(chain(2, 2, Until::Delivered, Guarantee::NeverTwice));
    play.accept(0, 0);
    play.in_flight = true;
    play
}

#[test]
fn a_failed_part_waits_for_the_part_that_is_under_way() {
    for outcome in [accepted(0, 1), unknown(), Outcome::Refused(failure(Blame::Content))] {
        let mut play = half_sent();
        play.receipt(0, 0, failed());
        assert_eq!(play.effects, [], "nothing while an attempt is under way");
        assert_eq!(play.cascade.current, 0);
        play.submitted(0, 1, outcome);
        assert_eq!(submits(&play), [(1, 0)], "then the next link");
        assert_eq!(play.cascade.links[0].status, Status::Failed);
    }
}

#[test]
fn a_part_that_arrives_after_all_lifts_the_doom_of_its_link() {
    let mut play = half_sent();
    play.receipt(0, 0, failed());
    play.receipt(0, 0, ReceiptKind::Delivered);
    play.accept(0, 1);
    assert_eq!(submits(&play), []);
    assert_eq!(play.cascade.links[0].failure, None);
    play.in_flight = false;
    play.receipt(0, 1, ReceiptKind::Delivered);
    assert_eq!((play.cascade.status, play.cascade.done), (Status::Delivered, true));
}

#[test]
fn an_expired_link_that_fails_later_is_reported_once() {
    let mut play = Play::new(chain(2, 1, Until::Delivered, Guarantee::NeverTwice));
    play.accept(0, 0);
    play.expire();
    assert_eq!(reports(&play), [(0, ReportKind::Failed)]);
    play.receipt(0, 0, failed());
    assert_eq!(reports(&play), []);
    assert_eq!(play.cascade.links[0].status, Status::Failed);
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert_eq!(reports(&play), [(0, ReportKind::Delivered)]);
}

/// The first link expired; the second has one of two parts taken.
fn late(in_flight: bool) -> Play {
    let links = vec![
        link(0, 1, Until::Delivered, Guarantee::NeverTwice),
        link(1, 2, Until::Delivered, Guarantee::NeverTwice),
    ];
    let mut play = Play::new(plan(links));
    play.accept(0, 0);
    play.expire();
    play.accept(1, 0);
    play.in_flight = in_flight;
    play
}

#[test]
fn the_rest_of_a_link_is_not_sent_once_an_earlier_one_was_delivered() {
    let mut play = late(false);
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert!(play.cascade.done);
    assert!(play.effects.contains(&Effect::Drop { link: 1, part: 1 }), "its row must go");
    assert_eq!(play.cascade.links[1].status, Status::Cancelled);

    let links = vec![
        link(0, 1, Until::Delivered, Guarantee::NeverTwice),
        link(1, 3, Until::Delivered, Guarantee::NeverTwice),
    ];
    let mut play = Play::new(plan(links));
    play.accept(0, 0);
    play.expire();
    play.in_flight = true;
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert_eq!(
        play.accept(1, 0),
        Cause::Submitted { link: 1, part: 0, remote_id: "remote-1-0".to_owned() }
    );
    assert_eq!(submits(&play), [], "the second part stays");
}

#[test]
fn a_lost_answer_of_an_ended_chain_leaves_no_row_behind() {
    // Lost before the end.
    let mut play = late(false);
    play.submitted(1, 1, unknown());
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert!(play.effects.contains(&Effect::Drop { link: 1, part: 1 }));
    // Lost after the end.
    let mut play = late(true);
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert!(play.cascade.done);
    play.submitted(1, 1, unknown());
    assert!(play.effects.contains(&Effect::Drop { link: 1, part: 1 }));
    assert_eq!(play.cascade.links[1].status, Status::Expired);
}

#[test]
fn a_journal_that_knows_nothing_does_not_make_an_ended_chain_send() {
    let mut play = Play::new(chain(2, 1, Until::Delivered, Guarantee::Journal));
    play.plan.links[1].unknown = Guarantee::AtLeastOnce;
    play.accept(0, 0);
    play.expire();
    play.submitted(1, 0, unknown());
    play.receipt(0, 0, ReceiptKind::Delivered);
    assert!(play.cascade.done);
    while let Hold::Inquiry(at) = play.cascade.links[1].parts[0].hold {
        play.now = at;
        play.step(&Event::Inquired { link: 1, part: 0, answer: JournalAnswer::Unsure });
        assert_eq!(submits(&play), []);
    }
    assert!(play.effects.contains(&Effect::Drop { link: 1, part: 0 }));
}

#[test]
fn lost_answers_are_not_repeated_without_end() {
    let mut lossy = link(0, 1, Until::Delivered, Guarantee::AtLeastOnce);
    lossy.ttl = Millis::hours(99);
    let mut play = Play::new(plan(vec![lossy]));
    let mut sent = 0;
    while let Some((link, part, due)) = play.cascade.pending() {
        play.now = due;
        sent += 1;
        let cause = play.submitted(link, part, unknown());
        let is_last = sent == ATTEMPTS_MAX;
        let holds = matches!(cause, Cause::AnswerLost { then: UnknownThen::Hold, .. });
        assert_eq!(holds, is_last, "after {sent} attempts");
    }
    assert_eq!(sent, ATTEMPTS_MAX);
}

#[test]
fn a_receipt_for_what_nobody_took_changes_nothing() {
    let mut play = Play::new(chain(1, 1, Until::Delivered, Guarantee::NeverTwice));
    assert_eq!(play.receipt(0, 0, ReceiptKind::Read), Cause::NothingNew);
    assert_eq!(play.cascade.status, Status::Queued);
    assert_eq!(play.now, START);
}

#[test]
fn where_nothing_is_told_of_delivery_what_was_taken_is_the_end() {
    let sent = || chain(2, 1, Until::Sent, Guarantee::NeverTwice);
    let mut play = Play::new(sent());
    play.accept(0, 0);
    assert!(play.cascade.done, "nothing is waited for");
    assert_eq!(play.cascade.status, Status::Sent);
    assert_eq!(play.cascade.wake_at(&play.plan), None);
    let mut play = Play::new(sent());
    play.submitted(0, 0, Outcome::Refused(failure(Blame::Recipient)));
    play.accept(1, 0);
    assert_eq!((play.cascade.done, play.cascade.status), (true, Status::Sent), "not failed");
    play.receipt(1, 0, failed());
    assert_eq!(play.cascade.status, Status::Failed, "it was said to have failed after all");
    let mut play = Play::new(sent());
    play.accept(0, 0);
    play.receipt(0, 0, ReceiptKind::Read);
    assert_eq!(play.cascade.status, Status::Read, "what is told all the same counts");
}

/// Two links that may leave from 07:00 to 08:00:05, five seconds after all tests begin.
fn near_the_end_of_the_day() -> Play {
    let mut plan = chain(2, 1, Until::Delivered, Guarantee::NeverTwice);
    let (begin, end) = (Some(7 * 3_600), Some(8 * 3_600 + 5));
    let window = Window::try_new(begin, end, Weekdays::EVERY_DAY, ZoneRule::Fixed(0));
    plan.window = Some(window.unwrap());
    Play::new(plan)
}

fn busy(pause: Millis) -> Outcome {
    let detail = "busy".to_owned();
    Outcome::Deferred { retry_after: Some(pause), detail, whole_account: false }
}

#[test]
fn what_was_put_off_beyond_the_hours_goes_on_the_next_day() {
    let mut play = near_the_end_of_the_day();
    let morning = START + Millis::hours(23);
    let cause = play.submitted(0, 0, busy(Millis::seconds(6)));
    let detail = "busy".to_owned();
    assert_eq!(cause, Cause::Deferred { link: 0, until: morning, detail });
    assert_eq!(play.cascade.pending(), Some((0, 0, morning)));
    let over = morning + play.plan.links[0].ttl - Millis::seconds(5);
    assert_eq!(play.cascade.wake_at(&play.plan), Some(over), "with what is left of its lifetime");
    // Within the hours its lifetime runs.
    play.now = morning;
    assert!(matches!(play.submitted(0, 0, busy(Millis::seconds(60))), Cause::GaveUp { .. }));
    assert_eq!(play.cascade.current, 1);
}

/// A part that only waits for its turn is put off by its row, without a step of the engine.
#[test]
fn hours_in_which_it_may_not_leave_are_no_part_of_a_lifetime() {
    let mut play = near_the_end_of_the_day();
    let over = START + Millis::hours(23) + play.plan.links[0].ttl - Millis::seconds(5);
    assert_eq!(play.cascade.wake_at(&play.plan), Some(over), "five seconds of it are today's");
    play.now = START + play.plan.links[0].ttl;
    assert_eq!(play.step(&Event::Wake), Cause::NothingNew, "it could not leave meanwhile");
    play.now = over;
    assert!(matches!(play.step(&Event::Wake), Cause::LinkExpired { link: 0, .. }));
    assert_eq!(play.cascade.current, 1);
}

#[test]
fn the_deadline_bounds_what_the_hours_put_off() {
    let mut play = near_the_end_of_the_day();
    play.plan.deadline = Some(START + Millis::hours(23));
    play.now = START + Millis::seconds(6);
    assert!(matches!(play.submitted(0, 0, busy(Millis::seconds(6))), Cause::GaveUp { .. }));
    assert!(play.cascade.done, "nor may the next link leave");
    assert_eq!(reports(&play), [(0, ReportKind::Failed)], "what never went is not reported");
    let statuses: Vec<_> = play.cascade.links.iter().map(|l| l.status).collect();
    assert_eq!(statuses, [Status::Expired, Status::Expired]);
    assert_eq!(play.cascade.links[1].failure, None);
}

#[test]
fn a_link_is_not_passed_over_for_one_that_may_not_leave_either() {
    let mut play = near_the_end_of_the_day();
    play.plan.deadline = Some(START + Millis::hours(1));
    play.now = START + Millis::seconds(6);
    let not_before = START + Millis::hours(2);
    assert_eq!(play.step(&Event::OutOfReach { link: 0, not_before }), Cause::NothingNew);
    assert_eq!(play.cascade.current, 0);
}

#[test]
fn links_that_were_never_needed_are_called_off_with_the_end() {
    type End = (&'static str, fn(&mut Play));
    let ends: [End; 3] = [
        ("delivered", |play| {
            play.accept(0, 0);
            play.receipt(0, 0, ReceiptKind::Delivered);
        }),
        ("called back", |play| {
            play.step(&Event::Cancel);
        }),
        ("delivered late", |play| {
            play.accept(0, 0);
            play.expire();
            play.receipt(0, 0, ReceiptKind::Delivered);
        }),
    ];
    for (name, end) in ends {
        let mut play = Play::new(chain(3, 1, Until::Delivered, Guarantee::NeverTwice));
        end(&mut play);
        assert!(play.cascade.done, "{name}");
        assert_eq!(play.cascade.links[2].status, Status::Cancelled, "{name}");
        assert!(reports(&play).iter().all(|(link, _)| *link == 0), "{name}: none of what stayed");
    }
}
