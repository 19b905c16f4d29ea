//! The row budget: what a message costs.

use super::{
    Case,
    scene::{FIRST, Scene, accepted},
};
use crate::{
    janitor,
    report::{self, ReportState, Reported},
};
use vestnik_model::{id::MessageId, limits::MATCH_AFTER_FINAL, outcome::ReceiptKind, time::Millis};

pub(super) const CASES: &[Case] =
    &[("budget: a message delivered and reported costs twelve row writes", twelve)];

/// Row writes of a message that is accepted, taken, delivered, reported twice and forgotten.
const ROW_WRITES_MAX: u64 = 12;

fn twelve(scene: &mut Scene) {
    let watch = scene.engine.watch();
    let before = watch.changed();
    let mut spent = Vec::new();
    let mut note = |what: &str| spent.push(format!("{what}: {}", watch.changed() - before));
    let mut plan = scene.plan(1);
    plan.partner_ref = Some("one".to_owned());
    let id = scene.submitting(plan);
    note("accepted");
    scene.submitted(id, FIRST, accepted("a")).unwrap();
    note("taken");
    scene.receipt("a", ReceiptKind::Delivered);
    note("delivered");
    for n in [0, 1] {
        let (state, due_at) = (ReportState::Done, scene.now);
        let done = Reported { message: id, n, state, due_at, attempts: 1, answer: String::new() };
        scene.tx(|tx| report::reported(tx, &[&done]));
    }
    note("reported");
    scene.pass(MATCH_AFTER_FINAL);
    scene.pass(Millis::hours(2));
    let now = scene.now;
    scene.tx(|tx| janitor::turn(tx, now, MessageId(0)));
    note("forgotten");
    assert_eq!(scene.rows(id), [], "nothing is left to do");
    let all = watch.changed() - before;
    assert!(all <= ROW_WRITES_MAX, "{all} row writes; after each step: {spent:?}");
}
