//! The batcher.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, LANE, Scene, accepted, end, receipt},
};
use crate::{
    StoreError,
    accept::Accepted,
    batch::{Batcher, Command, Reply},
    claim::Claim,
    report::{ReportState, Reported},
};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use vestnik_db::DbError;
use vestnik_model::{
    id::{AccountId, Epoch},
    outcome::ReceiptKind,
    status::Status,
};

pub(super) const CASES: &[Case] = &[
    ("batch: everything in one transaction, answers after the commit", one),
    ("batch: an end of an attempt goes before its receipt", receipts_last),
    ("batch: only the command at fault gets the error", bisected),
    ("batch: a fenced claim does not harm the others", fenced),
    ("batch: a statement the database refuses harms nobody else", constraint),
    ("batch: what a failed transaction changed is not remembered", forgotten),
    ("batch: nor by one that has the database for itself", forgotten_alone),
    ("batch: who has the database for itself knows its own attempts and bubbles", remembered),
    ("batch: only a write that succeeds ends the store's own trouble", troubled),
];

/// Answers in the order they came.
type Answers<T> = Arc<Mutex<Vec<Result<T, StoreError>>>>;

fn keep<T: Send + 'static>() -> (Answers<T>, impl Fn() -> Reply<T>) {
    let answers: Answers<T> = Arc::default();
    let kept = Arc::clone(&answers);
    let reply = move || -> Reply<T> {
        let answers = Arc::clone(&kept);
        Box::new(move |answer| answers.lock().unwrap().push(answer))
    };
    (answers, reply)
}

fn taken<T>(answers: &Answers<T>) -> Vec<Result<T, StoreError>> {
    std::mem::take(&mut *answers.lock().unwrap())
}

fn one(scene: &mut Scene) {
    let plan = scene.plan(1);
    let flying = scene.submitting(plan);
    let plan = scene.plan(1);
    let request = scene.request(plan);
    let watch = scene.engine.watch();
    watch.take();
    let note = |what: &'static str| {
        let watch = Arc::clone(&watch);
        move || watch.note(what)
    };
    let (on_accept, on_end, on_report) = (note("accepted"), note("ended"), note("reported"));
    let advance = end(flying, FIRST, accepted("a"), scene.epoch);
    let told = Reported {
        message: flying,
        n: 0,
        state: ReportState::Done,
        due_at: scene.now,
        attempts: 1,
        answer: String::new(),
    };
    let batch = vec![
        Command::Reported(told, Box::new(move |_| on_report())),
        Command::Advance(Box::new(advance), Box::new(move |_| on_end())),
        Command::Accept(Box::new(request), Box::new(move |_| on_accept())),
    ];
    Batcher::default().run(&mut scene.engine, scene.now, batch);
    let wanted = ["begin", "commit", "accepted", "ended", "reported"];
    assert_eq!(watch.take(), wanted, "answers in the order in which the commands were applied");
    assert_eq!(scene.reports(flying)[0].state, ReportState::Done, "the report was there by then");
}

fn receipts_last(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let webhook = scene.webhook(ACCOUNT, vec![receipt("quick", ReceiptKind::Delivered)]);
    let advance = end(id, FIRST, accepted("quick"), scene.epoch);
    let (ingested, on_ingest) = keep();
    let (ended, on_end) = keep();
    let batch = vec![
        Command::Ingest(Box::new(webhook), on_ingest()),
        Command::Advance(Box::new(advance), on_end()),
    ];
    Batcher::default().run(&mut scene.engine, scene.now, batch);
    assert_eq!(taken(&ingested)[0].as_ref().unwrap()[0].status, Status::Delivered);
    assert_eq!(taken(&ended)[0].as_ref().unwrap().as_ref().unwrap().status, Status::Sent);
    assert_eq!(scene.count("SELECT count(*) FROM parked"), 0);
}

fn bisected(scene: &mut Scene) {
    let (accepted, on_accept) = keep::<Accepted>();
    let (worked, on_work) = keep::<()>();
    let mut batch = Vec::new();
    for i in 0..7 {
        let plan = scene.plan(1);
        let request = scene.request(plan);
        batch.push(Command::Accept(Box::new(request), on_accept()));
        if i == 4 {
            let fail = || Err(StoreError::Db(DbError::Unreadable("spoilt".to_owned())));
            batch.push(Command::Work(Box::new(move |_, _| fail()), on_work()));
        }
    }
    Batcher::default().run(&mut scene.engine, scene.now, batch);
    let accepted = taken(&accepted);
    assert_eq!(accepted, vec![Ok(Accepted::New); 7], "the others are accepted");
    assert_eq!(scene.count("SELECT count(*) FROM message"), 7, "and there");
    let spoilt = StoreError::Db(DbError::Unreadable("spoilt".to_owned()));
    assert_eq!(taken(&worked), [Err(spoilt)], "only the one at fault is told so");
}

fn fenced(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.waiting(plan);
    let (claimed, on_claim) = keep();
    let claim = |epoch| Claim { lane: LANE, epoch, limit: 1, busy: BTreeSet::new() };
    let batch = vec![
        Command::Claim(claim(Epoch(0)), on_claim()),
        Command::Claim(claim(scene.epoch), on_claim()),
    ];
    Batcher::default().run(&mut scene.engine, scene.now, batch);
    let claimed = taken(&claimed);
    assert!(matches!(claimed[0], Err(StoreError::Fenced)), "no owner");
    assert_eq!(claimed[1].as_ref().unwrap().parts[0].0.id, id);
}

fn constraint(scene: &mut Scene) {
    let plan = scene.plan(1);
    let there = scene.request(plan);
    scene.accept(std::slice::from_ref(&there));
    let plan = scene.plan(1);
    let mut twin = scene.request(plan);
    twin.id = there.id;
    let plan = scene.plan(1);
    let good = scene.request(plan);
    let good_id = good.id;
    let (accepted, on_accept) = keep();
    let batch = vec![
        Command::Accept(Box::new(twin), on_accept()),
        Command::Accept(Box::new(good), on_accept()),
    ];
    Batcher::default().run(&mut scene.engine, scene.now, batch);
    let accepted = taken(&accepted);
    assert!(matches!(accepted[0], Err(StoreError::Db(DbError::Constraint(_)))), "{accepted:?}");
    assert_eq!(accepted[1], Ok(Accepted::New));
    assert_eq!(scene.rows(good_id), [(0, 0, "wait".to_owned())]);
}

/// The writer remembers messages between batches. What a transaction changed that was taken back
/// must not be remembered: the step would be taken twice.
fn forgotten(scene: &mut Scene) {
    taken_back(scene, Batcher::default());
}

fn forgotten_alone(scene: &mut Scene) {
    taken_back(scene, Batcher::alone());
}

fn taken_back(scene: &mut Scene, mut batcher: Batcher) {
    let plan = scene.plan(1);
    let mut request = scene.request(plan);
    request.submitting = Some(scene.epoch);
    let id = request.id;
    let (begun, on_accept) = keep();
    let batch = vec![Command::Accept(Box::new(request), on_accept())];
    batcher.run(&mut scene.engine, scene.now, batch);
    assert_eq!(taken(&begun), [Ok(Accepted::New)]);
    let before = scene.message(id).cascade.n;
    let (ended, on_end) = keep();
    let (worked, on_work) = keep::<()>();
    let fail = || Err(StoreError::Db(DbError::Unreadable("spoilt".to_owned())));
    let advance = end(id, FIRST, accepted("a"), scene.epoch);
    let batch = vec![
        Command::Advance(Box::new(advance), on_end()),
        Command::Work(Box::new(move |_, _| fail()), on_work()),
    ];
    batcher.run(&mut scene.engine, scene.now, batch);
    assert!(taken(&worked)[0].is_err(), "the one at fault is told so");
    assert_eq!(taken(&ended)[0].as_ref().unwrap().as_ref().unwrap().status, Status::Sent);
    let message = scene.message(id);
    assert_eq!((message.cascade.n, message.cascade.status), (before + 1, Status::Sent));
    let (ingested, on_ingest) = keep();
    let webhook = scene.webhook(ACCOUNT, vec![receipt("a", ReceiptKind::Delivered)]);
    batcher.run(
        &mut scene.engine,
        scene.now,
        vec![Command::Ingest(Box::new(webhook), on_ingest())],
    );
    assert_eq!(taken(&ingested)[0].as_ref().unwrap()[0].status, Status::Delivered);
    let lines: Vec<u32> = scene.journal(id).iter().map(|line| line.n).collect();
    assert_eq!(lines, [before + 1, before + 2], "each step is written once");
    assert_eq!(scene.message(id).cascade.n, before + 2);
}

/// What is remembered instead of being read says the same: whose attempt it is, when it is over, whose
/// receipt came. Two messages, one born submitting and one claimed.
fn remembered(scene: &mut Scene) {
    let mut batcher = Batcher::alone();
    let plan = scene.plan(1);
    let mut born = scene.request(plan);
    born.submitting = Some(scene.epoch);
    let plan = scene.plan(1);
    let (born_id, waits) = (born.id, scene.waiting(plan));
    let (_, on_accept) = keep();
    let (claimed, on_claim) = keep();
    let claim = Claim { lane: LANE, epoch: scene.epoch, limit: 1, busy: BTreeSet::new() };
    let batch =
        vec![Command::Accept(Box::new(born), on_accept()), Command::Claim(claim, on_claim())];
    batcher.run(&mut scene.engine, scene.now, batch);
    assert_eq!(taken(&claimed)[0].as_ref().unwrap().parts[0].0.id, waits);
    for (id, name) in [(born_id, "a"), (waits, "b")] {
        let mut ended = |epoch| {
            let (ended, on_end) = keep();
            let advance = end(id, FIRST, accepted(name), epoch);
            let batch = vec![Command::Advance(Box::new(advance), on_end())];
            batcher.run(&mut scene.engine, scene.now, batch);
            taken(&ended)[0].as_ref().unwrap().as_ref().map(|advanced| advanced.status)
        };
        assert_eq!(ended(Epoch(scene.epoch.0 + 1)), None, "an attempt of another owner's");
        assert_eq!(ended(scene.epoch), Some(Status::Sent));
        assert_eq!(ended(scene.epoch), None, "it is over already");
    }
    let mut heard = |batcher: &mut Batcher, account, name, kind| {
        let webhook = scene.webhook(account, vec![receipt(name, kind)]);
        let (ingested, on_ingest) = keep();
        let batch = vec![Command::Ingest(Box::new(webhook), on_ingest())];
        batcher.run(&mut scene.engine, scene.now, batch);
        let steps = taken(&ingested).remove(0).unwrap();
        steps.iter().map(|advanced| (advanced.message, advanced.status)).collect::<Vec<_>>()
    };
    let delivered = || ReceiptKind::Delivered;
    assert_eq!(heard(&mut batcher, ACCOUNT, "b", delivered()), [(waits, Status::Delivered)]);
    assert_eq!(heard(&mut batcher, AccountId(ACCOUNT.0 + 5), "a", delivered()), []);
    assert_eq!(heard(&mut batcher, ACCOUNT, "c", delivered()), []);
    let mut next = Batcher::alone();
    assert_eq!(heard(&mut next, ACCOUNT, "a", delivered()), [(born_id, Status::Delivered)]);
    assert_eq!(heard(&mut next, ACCOUNT, "b", ReceiptKind::Read), [(waits, Status::Read)]);
    assert_eq!(scene.count("SELECT count(*) FROM parked"), 2, "strangers wait");
}

/// A full disk is known by what failed for the database's own fault, until a write succeeds: a batch
/// that only looked proves nothing.
fn troubled(scene: &mut Scene) {
    let mut batcher = Batcher::default();
    let (worked, on_work) = keep::<()>();
    let mut run = |batcher: &mut Batcher, answer: Result<(), StoreError>| {
        let work = Command::Work(Box::new(move |_, _| answer.clone()), on_work());
        batcher.run(&mut scene.engine, scene.now, vec![work]);
    };
    run(&mut batcher, Err(StoreError::Db(DbError::Constraint("a rule".to_owned()))));
    assert_eq!(batcher.trouble(), None, "a command's own fault is no trouble");
    let full = StoreError::Db(DbError::Unavailable("full".to_owned()));
    run(&mut batcher, Err(full.clone()));
    assert_eq!(batcher.trouble(), Some(&full));
    run(&mut batcher, Ok(()));
    assert_eq!(batcher.trouble(), Some(&full), "it wrote nothing");
    assert_eq!(taken(&worked).len(), 3);
    batcher.probe(&mut scene.engine, scene.now);
    assert_eq!(batcher.trouble(), None);
    assert_eq!(scene.count("SELECT count(*) FROM store_file WHERE name = 'written'"), 1);
}
