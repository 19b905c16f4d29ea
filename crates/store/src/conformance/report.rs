//! Reports owed to partners.

use super::{
    Case,
    scene::{REPORTS, Scene},
};
use crate::report::{self, Owed, ReportKey, ReportState, Reported};
use vestnik_model::{
    id::{LaneId, MessageId},
    outcome::ReceiptKind,
    time::{Millis, Timestamp},
};

pub(super) const CASES: &[Case] = &[
    ("report: due ones by their time, then by message and number", order),
    ("report: a lane is read on from where it was left", read_on),
    ("report: one that is tried again holds up those that follow it", retry),
    ("report: an exhausted one frees the next and may be sent again", exhausted),
    ("report: ends of several messages in one batch", batch),
    ("report: what a message owes", owed),
    ("report: lanes are walked", lanes),
];

fn due(scene: &mut Scene, limit: i64) -> Vec<(MessageId, u16)> {
    let now = scene.now;
    let all = scene.tx(|tx| report::due(tx, REPORTS, now, None, limit));
    all.into_iter().map(|owed| (owed.message, owed.report.n)).collect()
}

/// A message that was sent, delivered and read: three reports.
fn read(scene: &mut Scene, remote_id: &str) -> MessageId {
    let plan = scene.plan(1);
    let id = scene.taken(plan, remote_id);
    scene.receipt(remote_id, ReceiptKind::Delivered);
    scene.receipt(remote_id, ReceiptKind::Read);
    id
}

fn told(scene: &mut Scene, batch: &[Reported]) {
    let refs: Vec<&Reported> = batch.iter().collect();
    scene.tx(|tx| report::reported(tx, &refs));
}

fn end(message: MessageId, n: u16, state: ReportState, due_at: Timestamp) -> Reported {
    Reported { message, n, state, due_at, attempts: 1, answer: "HTTP 200 «ок»".to_owned() }
}

fn of(scene: &mut Scene, id: MessageId, n: usize) -> Owed {
    scene.reports(id).remove(n)
}

fn order(scene: &mut Scene) {
    let (first, second) = (read(scene, "a"), read(scene, "b"));
    scene.pass(Millis(1));
    let third = read(scene, "c");
    let wanted = [first, second, third].map(|id| [(id, 0), (id, 1), (id, 2)]).into_iter().flatten();
    assert_eq!(due(scene, 99), wanted.collect::<Vec<_>>());
    assert_eq!(due(scene, 2), [(first, 0), (first, 1)], "bounded");
    scene.now = scene.now - Millis(1);
    assert_eq!(due(scene, 99).len(), 6, "not before their time");
    let now = scene.now;
    let next = scene.tx(|tx| report::next_due_after(tx, REPORTS, now));
    assert_eq!(next, Some(now + Millis(1)), "the first one that is not due yet");
}

fn read_on(scene: &mut Scene) {
    let first = read(scene, "a");
    scene.pass(Millis(1));
    let second = read(scene, "b");
    let now = scene.now;
    let mut after = None;
    let mut found = Vec::new();
    loop {
        let page = scene.tx(|tx| report::due(tx, REPORTS, now, after, 2));
        found.extend(page.iter().map(|owed| (owed.message, owed.report.n)));
        let Some(last) = page.last() else { break };
        let n = last.report.n;
        after = Some(ReportKey { due_at: last.due_at, message: last.message, n });
    }
    let wanted = [(first, 0), (first, 1), (first, 2), (second, 0), (second, 1), (second, 2)];
    assert_eq!(found, wanted, "each once, in order");
}

fn retry(scene: &mut Scene) {
    let (id, other) = (read(scene, "a"), read(scene, "b"));
    let again = scene.now + Millis::seconds(60);
    told(scene, &[end(id, 0, ReportState::Due, again)]);
    assert_eq!(due(scene, 99), [(other, 0), (other, 1), (other, 2)], "others are not held up");
    let first = of(scene, id, 0);
    assert_eq!((first.state, first.due_at, first.attempts), (ReportState::Due, again, 1));
    assert_eq!(first.answer.as_deref(), Some("HTTP 200 «ок»"));
    let third = of(scene, id, 2);
    assert_eq!((third.due_at, third.attempts), (again, 0), "it was not tried itself");
    let now = scene.now;
    let retrying = scene.tx(|tx| report::retrying(tx, REPORTS, now, 99));
    assert_eq!(retrying, [(id, again); 3], "who waits is known, and until when");
    assert_eq!(scene.tx(|tx| report::retrying(tx, REPORTS, now, 1)).len(), 1, "bounded");
    scene.now = again;
    assert_eq!(due(scene, 99).len(), 6);
    told(scene, &[end(id, 0, ReportState::Done, again)]);
    assert_eq!(due(scene, 99)[3..], [(id, 1), (id, 2)], "what was taken is not due again");
}

fn exhausted(scene: &mut Scene) {
    let id = read(scene, "a");
    let again = scene.now + Millis::hours(3);
    told(scene, &[end(id, 0, ReportState::Due, again)]);
    scene.pass(Millis::hours(24));
    let now = scene.now;
    told(scene, &[end(id, 0, ReportState::Exhausted, now)]);
    assert_eq!(due(scene, 99), [(id, 1), (id, 2)], "the next ones are free");
    told(scene, &[end(id, 1, ReportState::Done, now), end(id, 2, ReportState::Done, now)]);
    assert_eq!(due(scene, 99), []);
    let before = scene.now - Millis::hours(99);
    assert_eq!(scene.tx(|tx| report::next_due_after(tx, REPORTS, before)), None);
    scene.pass(Millis::hours(1));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| report::resend(tx, now, id)), 1, "only the exhausted one");
    let first = of(scene, id, 0);
    assert_eq!((first.state, first.attempts), (ReportState::Due, 0));
    assert_eq!((first.due_at, first.created_at), (now, now), "it has a new day");
    assert_eq!(due(scene, 99), [(id, 0)]);
}

fn batch(scene: &mut Scene) {
    let (one, two) = (read(scene, "a"), read(scene, "b"));
    let (now, later) = (scene.now, scene.now + Millis::minutes(1));
    let (done, again) = (ReportState::Done, ReportState::Due);
    told(
        scene,
        &[
            end(one, 0, done, now),
            end(two, 0, done, now),
            end(one, 1, again, later),
            end(two, 1, done, now),
        ],
    );
    assert_eq!(due(scene, 99), [(two, 2)], "the rest of the first message waits");
    told(scene, &[]);
}

fn owed(scene: &mut Scene) {
    let (one, two) = (read(scene, "a"), read(scene, "b"));
    let now = scene.now;
    told(scene, &[end(one, 0, ReportState::Done, now)]);
    let all = scene.tx(|tx| report::owed_by(tx, &[two, one]));
    let all: Vec<_> = all.into_iter().map(|owed| (owed.message, owed.report.n)).collect();
    assert_eq!(all, [(one, 1), (one, 2), (two, 0), (two, 1), (two, 2)]);
    assert_eq!(scene.reports(one).len(), 3, "what was said is remembered");
}

fn lanes(scene: &mut Scene) {
    for i in [2, 0, 1, 0] {
        let mut plan = scene.plan(1);
        plan.report_lane = Some(LaneId(REPORTS.0 + i));
        scene.taken(plan, &format!("r{i}"));
    }
    let all = scene.tx(|tx| report::lanes(tx, 9));
    assert_eq!(all, [0, 1, 2].map(|i| LaneId(REPORTS.0 + i)), "each lane once");
    assert_eq!(scene.tx(|tx| report::lanes(tx, 2)).len(), 2, "bounded");
}
