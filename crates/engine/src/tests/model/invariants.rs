//! What must hold at every state and over every step.

use super::{Cause, Effect, Event, Hold, Millis, Node, Plan, Row, Wanted, receipts, said, unknown};
use crate::cascade::{Context, Report, ReportKind, step};

/// Most wakes until a message that nothing else happens to has come to its end.
const WAKES_MAX: usize = 8;

/// What every step keeps.
pub(super) fn of_step(
    plan: &Plan,
    before: &Node,
    after: &mut Node,
    event: &Event,
    cause: &Cause,
    effects: &[Effect],
) {
    let tell = || format!("{event:?} → {cause:?}\n{effects:?}\n{before:#?}");
    assert!(after.cascade.status >= before.cascade.status, "the chain fell: {}", tell());
    for (was, is) in before.cascade.links.iter().zip(&after.cascade.links) {
        assert!(is.status >= was.status, "a link fell: {}", tell());
        for (was, is) in was.parts.iter().zip(&is.parts) {
            assert!(is.status >= was.status, "a part fell: {}", tell());
        }
    }
    assert!(after.cascade.n == before.cascade.n + 1, "a step is counted: {}", tell());
    assert!(!before.cascade.done || after.cascade.done, "an end is for good: {}", tell());
    if matches!(cause, Cause::NothingNew) {
        assert!(effects.is_empty(), "nothing new, but something to do: {}", tell());
    }
    for effect in effects {
        match effect {
            Effect::Submit { link, part, .. } => {
                assert!(!after.cascade.done, "submits after the end: {}", tell());
                assert_eq!(*link, after.cascade.current, "not the current link: {}", tell());
                let taken = after.cascade.links[usize::from(*link)].parts[usize::from(*part)]
                    .remote
                    .is_some();
                assert!(!taken, "submits what was taken: {}", tell());
            }
            Effect::Drop { link, part } => {
                let flying = after.in_flight == Some((*link, *part));
                assert!(!flying, "drops what is under way: {}", tell());
            }
            Effect::Report(report) => of_report(plan, before, after, report, &tell),
            Effect::Await { .. }
            | Effect::Inquire { .. }
            | Effect::Hold { .. }
            | Effect::PauseAccount { .. } => {}
        }
    }
}

fn of_report(
    plan: &Plan,
    before: &Node,
    after: &mut Node,
    report: &Report,
    tell: &dyn Fn() -> String,
) {
    assert_ne!(plan.reports, Wanted::Nothing, "nobody asked: {}", tell());
    let bit = |kind: ReportKind| 1 << (kind as u8);
    let said: u8 = after.said.iter().sum();
    let of_link = &mut after.said[usize::from(report.link)];
    assert_eq!(*of_link & bit(report.kind), 0, "said twice: {}", tell());
    match report.kind {
        ReportKind::Sent => assert_eq!(*of_link, 0, "sent is the first word: {}", tell()),
        ReportKind::Delivered => {
            assert_ne!(*of_link & bit(ReportKind::Sent), 0, "not sent yet: {}", tell());
        }
        ReportKind::Read => {
            assert_ne!(*of_link & bit(ReportKind::Delivered), 0, "not delivered yet: {}", tell());
        }
        ReportKind::Failed => {
            assert_eq!(*of_link & bit(ReportKind::Delivered), 0, "delivered: {}", tell());
        }
    }
    *of_link |= bit(report.kind);
    if plan.reports == Wanted::Failure {
        assert_eq!(report.kind, ReportKind::Failed, "only a failure: {}", tell());
        assert_eq!(said, 0, "only one: {}", tell());
        assert!(after.cascade.done, "only at the end: {}", tell());
        let delivered = before.cascade.links.iter().any(|l| l.status.is_delivered());
        assert!(!delivered, "something was delivered: {}", tell());
    }
}

/// What holds at every state.
pub(super) fn of_state(plan: &Plan, node: &Node) {
    let cascade = &node.cascade;
    assert!(cascade.done || cascade.wake_at(plan).is_some(), "nothing will wake it: {node:#?}");
    let is_fulfilled = (0..=cascade.current).any(|link| cascade.is_fulfilled(plan, link));
    assert!(!is_fulfilled || cascade.done, "goes on although fulfilled: {node:#?}");
    let pending: usize = node.rows.values().filter(|row| **row == Row::Wait).count();
    assert!(pending <= 1, "two parts wait to be submitted: {node:#?}");
    assert!(!(cascade.done && pending > 0 && node.in_flight.is_none()), "waits in vain: {node:#?}");
    if let Some(flying) = node.in_flight {
        assert_eq!(cascade.pending().map(|(l, p, _)| (l, p)), Some(flying), "lost: {node:#?}");
    }
    for (l, link) in (0_u8..).zip(&cascade.links) {
        let is_past = l < cascade.current;
        let is_future = l > cascade.current;
        assert!(!is_past || link.status.is_final(), "left without an end: {node:#?}");
        assert!(!is_future || link.released.is_none(), "let go too early: {node:#?}");
        let is_ended = link.released.is_some() || link.status.is_final();
        assert!(!cascade.done || is_ended, "waits in a chain that is over: {node:#?}");
        for (p, part) in (0_u8..).zip(&link.parts) {
            let row = node.rows.get(&(l, p)).copied();
            let wanted = match part.hold {
                Hold::Planned => None,
                Hold::Due(_) => Some(Row::Wait),
                Hold::Inquiry(_) => Some(Row::Inquire),
                Hold::Unknown => Some(Row::Unknown),
                Hold::Settled if part.remote.is_some() => Some(Row::Await),
                Hold::Settled => None,
            };
            assert_eq!(row, wanted, "row and state differ at {l}.{p}: {node:#?}");
            let unresolved = matches!(part.hold, Hold::Due(_) | Hold::Inquiry(_) | Hold::Unknown);
            assert!(!(unresolved && l != cascade.current), "two links at once: {node:#?}");
            let kept = part.hold == Hold::Unknown || part.hold == Hold::Planned;
            let asking = link.parts.iter().any(|p| matches!(p.hold, Hold::Inquiry(_)));
            let idle = cascade.done && !asking && node.in_flight.is_none();
            assert!(!(idle && kept && !is_future), "nobody ends {l}.{p}: {node:#?}");
        }
    }
}

/// If nothing happens any more but time passes, it comes to its end.
pub(super) fn of_liveness(plan: &Plan, node: &Node) {
    let (mut cascade, mut now, mut effects) = (node.cascade.clone(), node.now, Vec::new());
    if let Some((link, part)) = node.in_flight {
        let event = Event::Submitted { link, part, outcome: unknown() };
        let context = Context { now, in_flight: true, jitter: 0 };
        step(plan, &mut cascade, &event, context, &mut effects);
    }
    let mut wakes = 0;
    while let Some(at) = cascade.wake_at(plan) {
        now = now.max(at);
        let context = Context { now, in_flight: false, jitter: 0 };
        step(plan, &mut cascade, &Event::Wake, context, &mut effects);
        wakes += 1;
        assert!(wakes <= WAKES_MAX, "never ends: {node:#?}");
        now = now + Millis(1);
    }
    assert!(cascade.done, "stands still: {node:#?}");
}

/// What is known already changes nothing.
pub(super) fn of_repeats(plan: &Plan, node: &Node) {
    let (mut cascade, mut effects) = (node.cascade.clone(), Vec::new());
    let context = Context { now: node.now, in_flight: node.in_flight.is_some(), jitter: 0 };
    for (l, link) in (0_u8..).zip(&node.cascade.links) {
        for (p, part) in (0_u8..).zip(&link.parts) {
            for kind in receipts().into_iter().filter(|kind| part.status >= said(kind)) {
                let event = Event::Receipt { link: l, part: p, kind, at: None };
                let cause = step(plan, &mut cascade, &event, context, &mut effects);
                assert_eq!(cause, Cause::NothingNew, "{event:?}: {node:#?}");
            }
        }
    }
    cascade.n = node.cascade.n;
    assert!(effects.is_empty() && cascade == node.cascade, "a repeat changes: {node:#?}");
}
