//! Taking messages further.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, LANE, REPORTS, Scene, accepted, deferred, end, failure, lost, plain},
};
use crate::{claim, ownership, report::ReportState, slot::Slot};
use std::sync::Arc;
use vestnik_engine::{
    cascade::{Event, JournalAnswer, ReportKind},
    cause::Cause,
};
use vestnik_model::{
    content::Content,
    id::{AccountId, Epoch, LaneId, MessageId},
    outcome::{Blame, Guarantee, Outcome, ReceiptKind},
    status::Status,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("advance: what was taken awaits its receipts", taken),
    ("advance: parts follow each other", parts),
    ("advance: what was put off waits again", put_off),
    ("advance: what was refused goes by the next link", refused),
    ("advance: a lost answer is held, or asked about", unknown),
    ("advance: the journal's answer is applied", inquired),
    ("advance: the end of a lost attempt is not written", fenced),
    ("advance: only what is being submitted is an orphan", orphaned),
    ("advance: events of one message in one batch follow each other", together),
    ("advance: a called-back message leaves nothing behind", cancelled),
    ("advance: a message that is gone is passed over", gone),
    ("advance: no reports where nobody listens", unheard),
    ("advance: a message is woken a little early rather than marked anew", woken),
];

fn kinds(scene: &mut Scene, id: MessageId) -> Vec<ReportKind> {
    scene.reports(id).into_iter().map(|owed| owed.report.kind).collect()
}

fn taken(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    scene.pass(Millis(7));
    let exchange: Arc<str> = Arc::from("POST … 200 «да»");
    let mut advance = end(id, FIRST, accepted("3EB0"), scene.epoch);
    advance.exchange = Some(Arc::clone(&exchange));
    let advanced = scene.advance(&[advance]).remove(0).expect("it is ours");
    assert_eq!((advanced.message, advanced.status), (id, Status::Sent));
    assert_eq!(advanced.reports.len(), 1, "sent is reported");
    assert_eq!(scene.rows(id), [(0, 0, "await".to_owned())]);
    let message = scene.message(id);
    assert_eq!((message.cascade.status, message.updated_at), (Status::Sent, scene.now));
    let journal = scene.journal(id);
    assert_eq!(journal.len(), 1);
    assert_eq!((journal[0].n, journal[0].at), (message.cascade.n, scene.now));
    assert_eq!(journal[0].exchange.as_deref(), Some(&*exchange));
    assert!(matches!(&journal[0].cause, Cause::Submitted { remote_id, .. } if remote_id == "3EB0"));
    let reports = scene.reports(id);
    let owed = &reports[0];
    assert_eq!((owed.report.kind, owed.report.n, owed.lane), (ReportKind::Sent, 0, REPORTS));
    assert_eq!((owed.state, owed.due_at, owed.attempts), (ReportState::Due, scene.now, 0));
}

fn parts(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    let image = Content::image("https://example.org/1.png");
    plan.links[0].parts.push(image);
    let id = scene.taken(plan, "a");
    let rows = [(0, 0, "await".to_owned()), (0, 1, "wait".to_owned())];
    assert_eq!(scene.rows(id), rows, "the second part waits once the first was taken");
    assert_eq!(kinds(scene, id), [], "nothing is sent before all of it is");
    let claimed = scene.claim(1);
    assert_eq!(claimed.parts[0].1, Slot { link: 0, part: 1 });
    scene.submitted(id, Slot { link: 0, part: 1 }, accepted("b")).unwrap();
    assert_eq!(kinds(scene, id), [ReportKind::Sent]);
    scene.receipt("a", ReceiptKind::Delivered);
    assert_eq!(scene.message(id).cascade.status, Status::Sent, "half of it arrived");
    scene.receipt("b", ReceiptKind::Delivered);
    assert_eq!(scene.message(id).cascade.status, Status::Delivered);
}

fn put_off(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let advanced = scene.submitted(id, FIRST, deferred()).unwrap();
    let due = scene.due_at(id);
    assert_eq!(advanced.submits, [(FIRST, due)], "the caller is told when");
    assert!(due > scene.now);
    assert_eq!(scene.rows(id), [(0, 0, "wait".to_owned())]);
    let again = scene.submitted(id, FIRST, accepted("late"));
    assert!(again.is_none(), "its attempt has ended: a second end is not written");
}

fn refused(scene: &mut Scene) {
    let plan = scene.plan(2);
    let id = scene.submitting(plan);
    let advanced = scene.submitted(id, FIRST, Outcome::Refused(failure(Blame::Account))).unwrap();
    let second = Slot { link: 1, part: 0 };
    assert_eq!(advanced.submits, [(second, scene.now)], "the next link at once");
    assert_eq!(advanced.paused, [(ACCOUNT, failure(Blame::Account))], "its account is to stop");
    assert_eq!(scene.rows(id), [(1, 0, "wait".to_owned())], "the first row is gone");
    assert_eq!(kinds(scene, id), [ReportKind::Failed]);
    let lanes = scene.tx(|tx| claim::lanes(tx, 9));
    assert_eq!(lanes, [(LaneId(LANE.0 + 1), AccountId(ACCOUNT.0 + 1))], "in its own lane");
}

fn unknown(scene: &mut Scene) {
    let plan = scene.plan(1);
    let held = scene.submitting(plan);
    scene.submitted(held, FIRST, lost()).unwrap();
    assert_eq!(scene.rows(held), [(0, 0, "unknown".to_owned())], "never twice");
    let mut plan = scene.plan(1);
    plan.links[0].guarantee = Guarantee::Journal;
    let asked = scene.submitting(plan);
    scene.submitted(asked, FIRST, lost()).unwrap();
    assert_eq!(scene.rows(asked), [(0, 0, "inquire".to_owned())]);
    assert!(scene.claim(9).parts.is_empty(), "neither is submitted again");
    scene.pass(Millis::hours(1));
    for id in [held, asked] {
        scene.event(id, Event::Wake).unwrap();
        assert_eq!(scene.rows(id), [], "the end of its lifetime ends it");
        assert_eq!(scene.message(id).cascade.status, Status::Expired);
    }
}

fn inquired(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    plan.links[0].guarantee = Guarantee::Journal;
    let absent = scene.submitting(plan.clone());
    let found = scene.submitting(plan);
    for id in [absent, found] {
        scene.submitted(id, FIRST, lost()).unwrap();
    }
    scene.pass(Millis::seconds(5));
    let inquired = |answer| Event::Inquired { link: 0, part: 0, answer };
    scene.event(absent, inquired(JournalAnswer::Absent)).unwrap();
    assert_eq!(scene.rows(absent), [(0, 0, "wait".to_owned())], "surely not sent: again");
    let remote_id = "from-journal".to_owned();
    scene.event(found, inquired(JournalAnswer::Found { remote_id })).unwrap();
    assert_eq!(scene.rows(found), [(0, 0, "await".to_owned())]);
    assert_eq!(scene.receipt("from-journal", ReceiptKind::Read).len(), 1, "its receipts match");
    assert_eq!(scene.message(found).cascade.status, Status::Read);
}

fn fenced(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let before = scene.message(id);
    let wrong = end(id, FIRST, accepted("x"), Epoch(scene.epoch.0 + 1));
    assert!(scene.advance(&[wrong]).remove(0).is_none(), "another epoch's attempt");
    assert_eq!(scene.message(id).cascade, before.cascade, "nothing was written");
    assert_eq!(scene.journal(id).len(), 0);
    // Of two ends of one attempt in one batch the first counts.
    let both =
        [end(id, FIRST, deferred(), scene.epoch), end(id, FIRST, accepted("x"), scene.epoch)];
    let out = scene.advance(&both);
    assert!(out[0].is_some() && out[1].is_none());
    assert_eq!(scene.rows(id), [(0, 0, "wait".to_owned())]);
}

fn orphaned(scene: &mut Scene) {
    let orphan = |id| plain(id, Event::Orphaned { link: 0, part: 0 });
    let plan = scene.plan(1);
    let waiting = scene.waiting(plan);
    assert!(scene.advance(&[orphan(waiting)]).remove(0).is_none(), "it waits: no orphan");
    assert_eq!(scene.rows(waiting), [(0, 0, "wait".to_owned())]);
    scene.claim(1);
    let mut own = orphan(waiting);
    own.fence = Some(scene.epoch);
    assert!(scene.advance(&[own]).remove(0).is_none(), "its owner is alive");
    let newer = scene.tx(|tx| ownership::take_all(tx, "newer"));
    let mut left = orphan(waiting);
    left.fence = Some(newer);
    let out = scene.advance(&[left.clone(), left]);
    assert!(out[0].is_some() && out[1].is_none(), "an orphan once");
}

fn together(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let receipt = |kind| plain(id, Event::Receipt { link: 0, part: 0, kind, at: None });
    let out = scene.advance(&[
        end(id, FIRST, accepted("a"), scene.epoch),
        receipt(ReceiptKind::Delivered),
        receipt(ReceiptKind::Read),
        receipt(ReceiptKind::Delivered),
    ]);
    let statuses: Vec<Status> = out.iter().flatten().map(|a| a.status).collect();
    assert_eq!(statuses, [Status::Sent, Status::Delivered, Status::Read, Status::Read]);
    assert_eq!(scene.journal(id).len(), 3, "what is known already leaves no line");
    assert_eq!(kinds(scene, id), [ReportKind::Sent, ReportKind::Delivered, ReportKind::Read]);
}

fn cancelled(scene: &mut Scene) {
    let plan = scene.plan(1);
    let waiting = scene.waiting(plan);
    let plan = scene.plan(1);
    let flying = scene.submitting(plan);
    scene.event(waiting, Event::Cancel).unwrap();
    assert_eq!(scene.rows(waiting), []);
    assert_eq!(scene.message(waiting).cascade.status, Status::Cancelled);
    let advanced = scene.event(flying, Event::Cancel).unwrap();
    assert_eq!(advanced.cause, Cause::NothingNew, "it is on its way");
    assert_eq!(scene.rows(flying), [(0, 0, "submit".to_owned())]);
}

fn gone(scene: &mut Scene) {
    let plan = scene.plan(1);
    let there = scene.waiting(plan);
    let out = scene.advance(&[plain(MessageId(1), Event::Wake), plain(there, Event::Cancel)]);
    assert!(out[0].is_none() && out[1].is_some());
}

fn unheard(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    plan.report_lane = None;
    let id = scene.submitting(plan);
    let advanced = scene.submitted(id, FIRST, accepted("a")).unwrap();
    assert!(advanced.reports.is_empty());
    assert_eq!(kinds(scene, id), []);
}

fn woken(scene: &mut Scene) {
    let plan = scene.plan(1);
    let ttl = plan.links[0].ttl;
    let begun_at = scene.now;
    scene.taken(plan, "a");
    let marked = |scene: &mut Scene| scene.tx(claim::next_wake);
    assert_eq!(marked(scene), Some(begun_at + ttl));
    let plan = scene.plan(1);
    let later = scene.submitting(plan);
    scene.pass(Millis(700));
    scene.submitted(later, FIRST, accepted("b")).expect("the attempt is ours");
    scene.receipt("a", ReceiptKind::Delivered);
    assert_eq!(marked(scene), Some(begun_at + ttl), "the mark stays where the accept set it");
    scene.now = begun_at + ttl;
    let woken = scene.event(later, Event::Wake).expect("it is there");
    assert_eq!(woken.cause, Cause::NothingNew, "its time is not over yet");
    assert_eq!(marked(scene), Some(begun_at + Millis(700) + ttl), "now the mark is exact");
    scene.now = begun_at + Millis(700) + ttl;
    let woken = scene.event(later, Event::Wake).expect("it is there");
    assert!(matches!(woken.cause, Cause::LinkExpired { .. }), "{:?}", woken.cause);
    assert_eq!(marked(scene), None);
}
