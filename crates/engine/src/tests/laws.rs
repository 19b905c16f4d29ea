//! Laws that hold for anything that may come.

use super::plans::{Play, START, accepted, chain, failure, unknown};
use crate::{
    cascade::{Cascade, Event, JournalAnswer, Link},
    lane::{Admission, Lane},
    plan::{Plan, Until, Wanted},
    retry::{report_pause, submit_pause},
    window::{Weekdays, Window},
    zone::ZoneRule,
};
use proptest::prelude::*;
use vestnik_model::{
    account::Pacing,
    limits::{BACKOFF_MAX, REPORT_PAUSE_MAX, RETRY_AFTER_MAX},
    outcome::{Blame, Guarantee, Outcome, ReceiptKind},
    status::Status,
    time::{Millis, Timestamp},
};

fn receipt_kind() -> impl Strategy<Value = ReceiptKind> {
    prop_oneof![
        Just(ReceiptKind::Sent),
        Just(ReceiptKind::Delivered),
        Just(ReceiptKind::Read),
        Just(ReceiptKind::Failed(failure(Blame::Recipient))),
        Just(ReceiptKind::Failed(failure(Blame::Account))),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let hint = proptest::option::of(any::<i64>().prop_map(Millis));
    prop_oneof![
        Just(accepted(0, 0)),
        Just(unknown()),
        Just(Outcome::Refused(failure(Blame::Content))),
        hint.prop_map(|retry_after| Outcome::Deferred {
            retry_after,
            detail: "later".to_owned(),
            whole_account: false,
        }),
    ]
}

/// Any event, for links and parts that exist and for some that do not.
fn event() -> impl Strategy<Value = Event> {
    let answer = prop_oneof![
        Just(JournalAnswer::Found { remote_id: "found".to_owned() }),
        Just(JournalAnswer::Absent),
        Just(JournalAnswer::Unsure),
    ];
    let at = proptest::option::of(any::<i64>().prop_map(Timestamp));
    let place = || (0_u8..4, 0_u8..3);
    prop_oneof![
        Just(Event::Begin),
        Just(Event::Wake),
        (0_u8..3, 0_i64..200_000)
            .prop_map(|(link, ms)| Event::OutOfReach { link, not_before: START + Millis(ms) }),
        Just(Event::Cancel),
        Just(Event::Repeated),
        (place(), outcome()).prop_map(|((link, part), outcome)| Event::Submitted {
            link,
            part,
            outcome
        }),
        place().prop_map(|(link, part)| Event::Orphaned { link, part }),
        (place(), answer).prop_map(|((link, part), answer)| Event::Inquired { link, part, answer }),
        (place(), receipt_kind(), at).prop_map(|((link, part), kind, at)| Event::Receipt {
            link,
            part,
            kind,
            at
        }),
    ]
}

/// Hours that begin or end within minutes of the moment all tests begin at, 08:00.
fn window() -> impl Strategy<Value = Window> {
    let near = || 8 * 3_600 - 180..8 * 3_600 + 180_u32;
    (near(), near()).prop_filter_map("not empty", |(begin, end)| {
        let zone = ZoneRule::Fixed(0);
        Window::try_new(Some(begin), Some(end), Weekdays::EVERY_DAY, zone).ok()
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let until = prop_oneof![Just(Until::Delivered), Just(Until::Read)];
    let guarantee = prop_oneof![
        Just(Guarantee::Key),
        Just(Guarantee::Journal),
        Just(Guarantee::NeverTwice),
        Just(Guarantee::AtLeastOnce),
    ];
    let reports =
        prop_oneof![Just(Wanted::Nothing), Just(Wanted::Everything), Just(Wanted::Failure)];
    let deadline = proptest::option::of(0_i64..60_000);
    let window = proptest::option::of(window());
    (1_i64..4, 1_usize..3, until, guarantee, reports, deadline, window).prop_map(
        |(links, parts, until, guarantee, reports, deadline, window)| {
            let mut plan = chain(links, parts, until, guarantee);
            plan.reports = reports;
            plan.deadline = deadline.map(|ms| START + Millis(ms));
            plan.window = window;
            plan
        },
    )
}

/// Any history: events with the time that passes before each and whether an attempt is under way.
pub(super) fn history() -> impl Strategy<Value = (Plan, Vec<(Event, i64, bool)>)> {
    let steps = proptest::collection::vec((event(), 0_i64..20_000, any::<bool>()), 0..40);
    (any_plan(), steps)
}

/// What a history leads to.
pub(super) fn play(plan: Plan, steps: &[(Event, i64, bool)]) -> Play {
    let mut play = Play::new(plan);
    for (event, pause, in_flight) in steps {
        play.now = play.now + Millis(*pause);
        play.in_flight = *in_flight && play.cascade.pending().is_some();
        play.step(event);
    }
    play
}

/// Both links taken in full, the first one expired: from here on receipts alone decide.
fn all_taken(parts: u8) -> Play {
    let mut play = Play::new(chain(2, usize::from(parts), Until::Read, Guarantee::NeverTwice));
    for link in 0..2 {
        for part in 0..parts {
            play.accept(link, part);
        }
        if link == 0 {
            play.expire();
        }
    }
    play
}

type Told = Vec<((u8, u8), ReceiptKind)>;

/// Receipts, and the same ones doubled and shuffled.
fn told(parts: u8) -> impl Strategy<Value = (Told, Told)> {
    let one = ((0_u8..2, 0..parts), receipt_kind());
    proptest::collection::vec(one, 0..8).prop_flat_map(|told| {
        let doubled: Told = told.iter().chain(&told).cloned().collect();
        (Just(told), Just(doubled).prop_shuffle())
    })
}

fn after(parts: u8, told: &[((u8, u8), ReceiptKind)]) -> Cascade {
    let mut play = all_taken(parts);
    for ((link, part), kind) in told {
        play.receipt(*link, *part, kind.clone());
    }
    play.cascade
}

fn of_links(cascade: &Cascade) -> (Status, Vec<Status>) {
    (cascade.status, cascade.links.iter().map(|l| l.status).collect())
}

fn of_parts(cascade: &Cascade) -> Vec<Status> {
    cascade.links.iter().flat_map(|l| l.parts.iter().map(|p| p.status)).collect()
}

fn what_arrived(cascade: &Cascade) -> Vec<Option<Status>> {
    let arrived = |l: &Link| Some(l.status).filter(|s| s.is_delivered());
    cascade.links.iter().map(arrived).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn receipts_lead_to_one_state_in_any_order_and_number((told, shuffled) in told(1)) {
        let (one, other) = (after(1, &told), after(1, &shuffled));
        prop_assert_eq!(of_links(&one), of_links(&other));
        prop_assert_eq!(of_parts(&one), of_parts(&other));
    }

    /// A link of several parts is given up at the first that fails, and a part that arrives after
    /// all does not take that back: but what arrived is the same in any order.
    #[test]
    fn what_arrived_in_parts_is_the_same_in_any_order((told, shuffled) in told(2)) {
        let (one, other) = (after(2, &told), after(2, &shuffled));
        prop_assert_eq!(of_parts(&one), of_parts(&other));
        prop_assert_eq!(what_arrived(&one), what_arrived(&other));
    }

    #[test]
    fn nothing_that_happens_panics_and_statuses_only_climb((plan, steps) in history()) {
        let mut play = Play::new(plan);
        for (event, pause, in_flight) in steps {
            let before = play.cascade.clone();
            play.now = play.now + Millis(pause);
            play.in_flight = in_flight;
            play.step(&event);
            prop_assert!(play.cascade.status >= before.status);
            for (was, is) in before.links.iter().zip(&play.cascade.links) {
                prop_assert!(is.status >= was.status);
            }
        }
    }

    #[test]
    fn the_schedules_wait_is_not_part_of_a_lifetime(
        window in window(),
        ttl in 1_i64..200_000,
        deadline in proptest::option::of(1_i64..200_000_000),
        hint in 0_i64..400_000,
    ) {
        let mut plan = chain(1, 1, Until::Delivered, Guarantee::NeverTwice);
        plan.links[0].ttl = Millis(ttl);
        plan.window = Some(window);
        plan.deadline = deadline.map(|ms| START + Millis(ms));
        let mut play = Play::new(plan);
        play.now = play.cascade.pending().unwrap().2;
        let given = play.cascade.wake_at(&play.plan).unwrap();
        prop_assume!(play.now < given);
        let tried = play.now + submit_pause(1, Some(Millis(hint)), 0);
        let opens = play.plan.opens(tried);
        let busy = Outcome::Deferred {
            retry_after: Some(Millis(hint)),
            detail: "busy".to_owned(),
            whole_account: false,
        };
        play.submitted(0, 0, busy);
        if opens < given {
            prop_assert_eq!(play.cascade.pending(), Some((0, 0, opens)));
            prop_assert_eq!(play.cascade.wake_at(&play.plan), Some(given), "as it was before");
        } else {
            prop_assert!(play.cascade.done, "nothing may leave any more");
        }
    }

    #[test]
    fn what_was_never_let_go_ends_with_its_chain((plan, steps) in history()) {
        let play = play(plan, &steps);
        for link in play.cascade.links.iter().filter(|l| l.released.is_none()) {
            prop_assert_eq!(link.status.is_final(), play.cascade.done);
        }
    }

    #[test]
    fn plans_and_cascades_survive_their_json((plan, steps) in history()) {
        let play = play(plan, &steps);
        let text = serde_json::to_string(&play.plan).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Plan>(&text).unwrap(), &play.plan);
        let text = serde_json::to_string(&play.cascade).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Cascade>(&text).unwrap(), &play.cascade);
    }

    #[test]
    fn a_lane_never_exceeds_its_pace(
        gap in 1_i64..500,
        burst in 1_u16..6,
        pauses in proptest::collection::vec(0_i64..700, 1..80),
    ) {
        let pacing = Pacing { gap: Some(Millis(gap)), burst, ..Pacing::default() };
        let mut lane = Lane::new(pacing, usize::MAX);
        let (mut now, mut sent) = (START, Vec::new());
        for (recipient, pause) in (0..).zip(pauses) {
            now = now + Millis(pause);
            let room = lane.room(now);
            let admission = lane.admit(recipient, now);
            prop_assert_eq!(room > 0, admission == Admission::Go);
            if let Admission::At(at) = admission {
                prop_assert!(at > now && at.0 <= now.0 + gap, "a wait is one gap at most");
            }
            if admission == Admission::Go {
                sent.push(now.0);
            }
        }
        for (i, from) in sent.iter().enumerate() {
            for (n, to) in (1_i64..).zip(&sent[i..]) {
                let allowed = i64::from(burst) + (to - from) / gap;
                prop_assert!(n <= allowed, "{n} within {} ms", to - from);
            }
        }
    }

    #[test]
    fn a_recipient_is_written_to_with_its_gap(pauses in proptest::collection::vec(0_i64..900, 1..60)) {
        let gap = Some(Millis(600));
        let mut lane = Lane::new(Pacing { burst: 1, recipient_gap: gap, ..Pacing::default() }, 10);
        let (mut now, mut last) = (START, None);
        for pause in pauses {
            now = now + Millis(pause);
            if lane.admit(7, now) == Admission::Go {
                prop_assert!(last.is_none_or(|last: Timestamp| now.0 - last.0 >= 600));
                last = Some(now);
                lane.settle(7);
            }
        }
    }

    #[test]
    fn pauses_are_bounded_and_grow(
        attempts in any::<u32>(),
        jitter in any::<u32>(),
        hint in proptest::option::of(any::<i64>().prop_map(Millis)),
        age in 0_i64..200_000_000,
    ) {
        let pause = submit_pause(attempts, hint, jitter);
        let most = BACKOFF_MAX.max(RETRY_AFTER_MAX).0;
        prop_assert!(pause.0 > 0 && pause.0 <= most + most / 4);
        let more = submit_pause(attempts.saturating_add(1), hint, 0);
        prop_assert!(more >= submit_pause(attempts, hint, 0));
        prop_assert!(pause >= Millis(hint.map_or(0, |h| h.0.clamp(0, RETRY_AFTER_MAX.0))));
        if let Some(pause) = report_pause(attempts, Millis(age), jitter) {
            prop_assert!(pause.0 > 0 && pause.0 <= REPORT_PAUSE_MAX.0 + REPORT_PAUSE_MAX.0 / 10);
        }
    }
}
