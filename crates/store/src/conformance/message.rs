//! Finding messages.

use super::{
    Case,
    scene::{FIRST, Scene, accepted, failure},
};
use crate::{
    accept::Accept,
    message::{Page, Search, load, search},
};
use vestnik_model::{
    id::{MessageId, WorkspaceId},
    outcome::{Blame, Outcome, ReceiptKind},
    phone::Phone,
    status::Status,
};

pub(super) const CASES: &[Case] = &[
    ("message: loaded by id, strangers left out", by_id),
    ("message: found by the partner's id, with the control and without", by_ref),
    ("message: found by the recipient", by_recipient),
    ("message: found by the status", by_status),
    ("message: pages follow each other to the end", pages),
    ("message: a page looks at a bounded number of rows", bounded),
    ("message: a workspace sees its own", isolated),
];

fn find(scene: &mut Scene, wanted: &Search) -> Vec<MessageId> {
    page(scene, wanted).messages.iter().map(|m| m.id).collect()
}

fn page(scene: &mut Scene, wanted: &Search) -> Page {
    scene.tx(|tx| search(tx, wanted))
}

fn any(limit: usize) -> Search {
    Search { workspace: Some(super::scene::WORKSPACE), limit, ..Search::default() }
}

/// So many messages, accepted in one batch, oldest first.
fn many(scene: &mut Scene, n: usize) -> Vec<MessageId> {
    let batch: Vec<Accept> = (0..n)
        .map(|_| {
            let plan = scene.plan(1);
            scene.request(plan)
        })
        .collect();
    scene.accept(&batch);
    batch.iter().map(|a| a.id).collect()
}

fn by_id(scene: &mut Scene) {
    let all = many(scene, 2);
    let mut found = scene.tx(|tx| load(tx, &[all[1], MessageId(5), all[0]]));
    found.sort_by_key(|m| m.id);
    assert_eq!(found.iter().map(|m| m.id).collect::<Vec<_>>(), all);
    assert!(scene.tx(|tx| load(tx, &[])).is_empty());
}

fn by_ref(scene: &mut Scene) {
    let mut wanted = Vec::new();
    for is_ref_unique in [true, false, false] {
        let mut plan = scene.plan(1);
        plan.partner_ref = Some("заказ 'A-1'".to_owned());
        let request = Accept { is_ref_unique, ..scene.request(plan) };
        wanted.insert(0, request.id);
        scene.accept(&[request]);
    }
    many(scene, 3);
    let by_ref = |text: &str| Search { partner_ref: Some(text.to_owned()), ..any(9) };
    assert_eq!(find(scene, &by_ref("заказ 'A-1'")), wanted, "newest first");
    assert_eq!(find(scene, &by_ref("заказ")), [], "whole ids only");
    let page = page(scene, &Search { limit: 2, ..by_ref("заказ 'A-1'") });
    assert_eq!(page.next, Some(wanted[1]));
    let rest = Search { before: page.next, ..by_ref("заказ 'A-1'") };
    assert_eq!(find(scene, &rest), wanted[2..]);
}

fn by_recipient(scene: &mut Scene) {
    let plan = scene.plan(1);
    let first = scene.waiting(plan.clone());
    many(scene, 2);
    let second = scene.waiting(plan.clone());
    let wanted = Search { recipients: vec![plan.recipient.number()], ..any(9) };
    assert_eq!(find(scene, &wanted), [second, first]);
    let queued = Search { status: Some(Status::Queued), ..wanted.clone() };
    assert_eq!(find(scene, &queued).len(), 2, "conditions join");
    let failed = Search { status: Some(Status::Failed), ..wanted.clone() };
    assert_eq!(find(scene, &failed), []);
    let mut stranger = scene.plan(9);
    stranger.recipient = Phone::from_digits(82_101_234_567).unwrap().into();
    let third = scene.waiting(stranger.clone());
    let fourth = scene.waiting(plan.clone());
    let numbers = vec![stranger.recipient.number(), plan.recipient.number()];
    let either = Search { recipients: numbers, ..wanted };
    assert_eq!(find(scene, &either), [fourth, third, second, first]);
    let page = page(scene, &Search { limit: 2, ..either.clone() });
    let rest = Search { before: page.next, ..either };
    assert_eq!(find(scene, &rest), [second, first], "the next page goes on");
}

fn by_status(scene: &mut Scene) {
    let queued = many(scene, 1)[0];
    let plan = scene.plan(1);
    let sent = scene.taken(plan, "s");
    let plan = scene.plan(1);
    let delivered = scene.taken(plan, "d");
    scene.receipt("d", ReceiptKind::Delivered);
    let plan = scene.plan(1);
    let failed = scene.submitting(plan);
    scene.submitted(failed, FIRST, Outcome::Refused(failure(Blame::Content))).unwrap();
    for (status, wanted) in [
        (Status::Queued, queued),
        (Status::Sent, sent),
        (Status::Delivered, delivered),
        (Status::Failed, failed),
    ] {
        let by_status = Search { status: Some(status), ..any(9) };
        assert_eq!(find(scene, &by_status), [wanted], "{status:?}");
    }
    assert_eq!(find(scene, &Search { status: Some(Status::Expired), ..any(9) }), []);
}

fn pages(scene: &mut Scene) {
    let mut wanted = many(scene, 25);
    wanted.reverse();
    let mut found = Vec::new();
    let mut before = None;
    for _ in 0..9 {
        let page = page(scene, &Search { before, ..any(10) });
        found.extend(page.messages.iter().map(|m| m.id));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found, wanted, "every message once, newest first");
    assert_eq!(before, None, "and an end");
}

fn bounded(scene: &mut Scene) {
    let oldest = many(scene, 1)[0];
    scene.submitted(oldest, FIRST, accepted("never"));
    scene.claim(1);
    scene.submitted(oldest, FIRST, accepted("x")).unwrap();
    for _ in 0..21 {
        many(scene, 1_000);
    }
    let sent = Search { status: Some(Status::Sent), ..any(5) };
    let first = page(scene, &sent);
    assert!(first.messages.is_empty(), "it lies too far back for one page");
    let before = first.next.expect("but the search can go on");
    let second = page(scene, &Search { before: Some(before), ..sent });
    assert_eq!(second.messages.iter().map(|m| m.id).collect::<Vec<_>>(), [oldest]);
    assert_eq!(second.next, None);
}

fn isolated(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    plan.partner_ref = Some("same".to_owned());
    let recipient = plan.recipient.number();
    let theirs = WorkspaceId(2);
    let mine = scene.request(plan.clone());
    let mut other = scene.request(plan);
    other.workspace = theirs;
    other.partner.0 += 1;
    scene.accept(&[mine.clone(), other.clone()]);
    for (workspace, wanted) in [(super::scene::WORKSPACE, mine.id), (theirs, other.id)] {
        let all = Search { workspace: Some(workspace), limit: 9, ..Search::default() };
        let by_ref = Search { partner_ref: Some("same".to_owned()), ..all.clone() };
        let by_dest = Search { recipients: vec![recipient], ..all.clone() };
        for search in [all, by_ref, by_dest] {
            assert_eq!(find(scene, &search), [wanted], "{search:?}");
        }
    }
}
