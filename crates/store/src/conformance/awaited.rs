//! Awaited ids: gathered, in a run that is being written, in a run, in the index.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, Scene, accepted, end, receipt},
};
use crate::{
    StoreError,
    batch::{Batcher, Command},
    janitor,
};
use std::sync::{Arc, Mutex};
use vestnik_db::DbError;
use vestnik_model::{
    id::{AccountId, MessageId},
    limits::MATCH_AFTER_FINAL,
    outcome::ReceiptKind,
    status::Status,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("awaited: an id is found wherever it lies, and after a restart", found),
    ("awaited: an id of a message older than a run is found by the index", late),
    ("awaited: when too many have gathered the index takes the rest", bounded),
    ("awaited: what a failed transaction added is not found", taken_back),
    ("awaited: a run that was broken off is written anew", broken_off),
    ("awaited: a run is taken away when all of it is over", over),
];

/// Entries to a run: more than two pages of it.
const MANY: usize = 300;

/// After a restart, and far from beginning a run.
fn restarted() -> Batcher {
    Batcher::gathering(100 * MANY)
}

fn work(scene: &mut Scene, batcher: &mut Batcher) {
    let nothing = Command::Work(Box::new(|_, _| Ok(())), Box::new(drop));
    batcher.run(&mut scene.engine, scene.now, vec![nothing]);
}

fn begin(scene: &mut Scene, batcher: &mut Batcher, count: usize) -> Vec<MessageId> {
    let mut ids = Vec::new();
    let mut batch = Vec::new();
    for _ in 0..count {
        let plan = scene.plan(1);
        let mut request = scene.request(plan);
        request.submitting = Some(scene.epoch);
        ids.push(request.id);
        batch.push(Command::Accept(Box::new(request), Box::new(drop)));
    }
    batcher.run(&mut scene.engine, scene.now, batch);
    ids
}

fn take(scene: &mut Scene, batcher: &mut Batcher, ids: &[MessageId]) {
    let ends = ids.iter().map(|id| end(*id, FIRST, accepted(&id.to_string()), scene.epoch));
    let ends = ends.map(|end| Command::Advance(Box::new(end), Box::new(drop)));
    batcher.run(&mut scene.engine, scene.now, ends.collect());
}

fn many(scene: &mut Scene, batcher: &mut Batcher) -> Vec<MessageId> {
    let ids = begin(scene, batcher, MANY);
    take(scene, batcher, &ids);
    ids
}

/// Whose receipt it is, and what it makes of it.
fn hear(
    scene: &mut Scene,
    batcher: &mut Batcher,
    account: AccountId,
    remote_id: &str,
    kind: ReceiptKind,
) -> Vec<(MessageId, Status)> {
    let webhook = scene.webhook(account, vec![receipt(remote_id, kind)]);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&heard);
    let reply = move |steps: Result<Vec<crate::advance::Advanced>, StoreError>| {
        let steps = steps.unwrap();
        said.lock().unwrap().extend(steps.iter().map(|step| (step.message, step.status)));
    };
    let batch = vec![Command::Ingest(Box::new(webhook), Box::new(reply))];
    batcher.run(&mut scene.engine, scene.now, batch);
    std::mem::take(&mut *heard.lock().unwrap())
}

/// Delivered is found by the message that is remembered, read (its message is at its end and let go) by
/// its id alone.
#[track_caller]
fn known(scene: &mut Scene, batcher: &mut Batcher, ids: &[MessageId]) {
    for id in ids {
        for (kind, status) in
            [(ReceiptKind::Delivered, Status::Delivered), (ReceiptKind::Read, Status::Read)]
        {
            let heard = hear(scene, batcher, ACCOUNT, &id.to_string(), kind);
            assert_eq!(heard, [(*id, status)]);
        }
    }
    let parked = scene.count("SELECT count(*) FROM parked");
    let id = ids[0].to_string();
    let other = AccountId(ACCOUNT.0 + 5);
    assert_eq!(hear(scene, batcher, other, &id, ReceiptKind::Read), [], "another account's");
    assert_eq!(hear(scene, batcher, ACCOUNT, &format!("{id}x"), ReceiptKind::Read), []);
    assert_eq!(scene.count("SELECT count(*) FROM parked"), parked + 2);
}

fn found(scene: &mut Scene) {
    let mut batcher = Batcher::gathering(MANY);
    let few = begin(scene, &mut batcher, 5);
    take(scene, &mut batcher, &few);
    known(scene, &mut batcher, &few[..1]);
    known(scene, &mut restarted(), &few[1..3]);
    let ids = many(scene, &mut batcher);
    assert_eq!(scene.rows(ids[0]), [(0, 0, "gather".to_owned())]);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 1);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_page"), 3);
    known(scene, &mut batcher, &ids[3..40]);
    known(scene, &mut batcher, &few[3..]);
    known(scene, &mut restarted(), &ids[40..80]);
    known(scene, &mut restarted(), &ids[MANY - 5..]);
    // A second run beside the first.
    let more = many(scene, &mut batcher);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 2);
    known(scene, &mut batcher, &more[..20]);
    known(scene, &mut restarted(), &more[20..40]);
    known(scene, &mut batcher, &ids[80..90]);
}

fn late(scene: &mut Scene) {
    let mut batcher = Batcher::gathering(MANY);
    let old = begin(scene, &mut batcher, 2);
    many(scene, &mut batcher);
    take(scene, &mut batcher, &old);
    for id in &old {
        assert_eq!(scene.rows(*id), [(0, 0, "await".to_owned())]);
    }
    known(scene, &mut batcher, &old[..1]);
    known(scene, &mut restarted(), &old[1..]);
}

fn bounded(scene: &mut Scene) {
    let mut batcher = Batcher::gathering(2);
    let ids = many(scene, &mut batcher);
    let rows = "SELECT count(*) FROM outbox WHERE state = 'gather'";
    assert_eq!(scene.count(rows), 8, "four runs of two");
    known(scene, &mut batcher, &ids[..10]);
    known(scene, &mut restarted(), &ids[MANY - 3..]);
}

fn taken_back(scene: &mut Scene) {
    let mut batcher = Batcher::gathering(MANY);
    let ids = begin(scene, &mut batcher, 2);
    let fail = || Err(StoreError::Db(DbError::Unreadable("spoilt".to_owned())));
    for id in &ids {
        let advance = end(*id, FIRST, accepted(&id.to_string()), scene.epoch);
        let batch = vec![
            Command::Advance(Box::new(advance), Box::new(drop)),
            Command::Work(Box::new(move |_, _| fail()), Box::new(drop)),
        ];
        batcher.run(&mut scene.engine, scene.now, batch);
    }
    // Written once, by the half without the fault.
    known(scene, &mut batcher, &ids[..1]);
    let full = || Err(StoreError::Db(DbError::Unavailable("full".to_owned())));
    let batch = vec![Command::Work(Box::new(move |_, _| full()), Box::new(drop))];
    batcher.run(&mut scene.engine, scene.now, batch);
    known(scene, &mut batcher, &ids[1..]);
}

fn broken_off(scene: &mut Scene) {
    // More than is written behind one batch.
    let lots = 40 * 124;
    let mut batcher = Batcher::gathering(lots);
    let ids = begin(scene, &mut batcher, lots);
    take(scene, &mut batcher, &ids);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_page"), 32);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 0);
    // While it is being written it is found in memory, and after a break-off in the outbox.
    known(scene, &mut restarted(), &ids[..3]);
    known(scene, &mut batcher, &ids[10..13]);
    let mut next = Batcher::gathering(lots / 2);
    known(scene, &mut next, &ids[3..6]);
    for _ in 0..3 {
        work(scene, &mut next);
    }
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 1);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_page"), 40);
    known(scene, &mut next, &ids[100..110]);
    known(scene, &mut restarted(), &ids[lots - 10..]);
}

fn over(scene: &mut Scene) {
    let mut batcher = Batcher::gathering(MANY);
    let ids = many(scene, &mut batcher);
    for _ in 0..2 {
        work(scene, &mut batcher);
    }
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 1);
    // The link lives for an hour, then its receipts are waited for.
    scene.pass(Millis::hours(1));
    scene.pass(MATCH_AFTER_FINAL);
    work(scene, &mut batcher);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 1, "not before its time");
    scene.pass(Millis(1));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| janitor::turn(tx, now, MessageId(0))).gone, MANY as u64);
    let nobody = |scene: &mut Scene, id: MessageId| {
        let heard = hear(scene, &mut restarted(), ACCOUNT, &id.to_string(), ReceiptKind::Read);
        assert_eq!(heard, [], "nobody is known by it any more");
    };
    nobody(scene, ids[0]);
    for _ in 0..2 {
        work(scene, &mut batcher);
    }
    assert_eq!(scene.count("SELECT count(*) FROM awaited_page"), 0);
    assert_eq!(scene.count("SELECT count(*) FROM awaited_run"), 0);
    nobody(scene, ids[1]);
    // And again from the begin.
    let ids = many(scene, &mut batcher);
    for _ in 0..2 {
        work(scene, &mut batcher);
    }
    known(scene, &mut restarted(), &ids[..3]);
}
