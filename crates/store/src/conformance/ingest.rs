//! Webhooks of providers.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, Scene, accepted, end, failure, receipt},
};
use crate::{
    advance::advance,
    ingest::{Keep, ingest},
};
use vestnik_db::Rows;
use vestnik_engine::cascade::ReportKind;
use vestnik_model::{
    id::{AccountId, hash64},
    limits::PARKED_PER_ACCOUNT_MAX,
    outcome::{Blame, ReceiptKind},
    status::Status,
    time::{Millis, Timestamp},
};

pub(super) const CASES: &[Case] = &[
    ("ingest: a receipt finds its message, its bytes the journal", matched),
    ("ingest: several receipts of one webhook", several),
    ("ingest: an equal hash is not an equal id", collision),
    ("ingest: an equal hash among what is parked is not an equal id", parked_collision),
    ("ingest: ids are each account's own", accounts),
    ("ingest: an early receipt is parked and applied at acceptance", parked),
    ("ingest: of one bubble's early receipts in one webhook the best is parked", parked_best),
    ("ingest: an end and its receipt in one transaction", in_one),
    ("ingest: what is no receipt is kept", kept),
    ("ingest: parking is bounded, bytes are kept all the same", bounded),
    ("ingest: a late receipt calls the next link off", late),
];

fn parked_count(scene: &mut Scene) -> i64 {
    scene.count("SELECT count(*) FROM parked")
}

/// The state and detail of the only webhook kept apart.
fn only_webhook(scene: &mut Scene) -> (String, String, Vec<u8>) {
    let rows = scene.tx(|tx| Ok(tx.query("SELECT state, detail, raw FROM webhook", &[])?));
    assert_eq!(rows.len(), 1, "one webhook is kept apart: {rows:?}");
    let row = &rows[0];
    let raw = row.bytes_opt(2).unwrap().unwrap().to_vec();
    (row.text(0).unwrap().to_owned(), row.text(1).unwrap().to_owned(), raw)
}

fn matched(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.taken(plan, "3EB0");
    scene.pass(Millis(50));
    let mut webhook = scene.webhook(ACCOUNT, vec![receipt("3EB0", ReceiptKind::Delivered)]);
    let at = scene.now - Millis(20);
    webhook.receipts[0].at = Some(at);
    let raw = webhook.raw.to_vec();
    let advanced = scene.ingest(&webhook);
    assert_eq!(advanced.len(), 1);
    assert_eq!((advanced[0].message, advanced[0].status), (id, Status::Delivered));
    let lines = scene.journal(id);
    assert_eq!(lines[1].raw.as_deref(), Some(&raw[..]), "the bytes as they came");
    assert_eq!(scene.message(id).cascade.links[0].delivered, Some(at), "the provider's time");
    assert_eq!(parked_count(scene), 0);
    assert_eq!(scene.count("SELECT count(*) FROM webhook"), 0, "it is kept once");
}

fn several(scene: &mut Scene) {
    let (one, two) = (scene.plan(1), scene.plan(1));
    let (a, b) = (scene.taken(one, "a"), scene.taken(two, "b"));
    let receipts = vec![
        receipt("b", ReceiptKind::Delivered),
        receipt("nobody", ReceiptKind::Read),
        receipt("a", ReceiptKind::Delivered),
        receipt("b", ReceiptKind::Read),
    ];
    let webhook = scene.webhook(ACCOUNT, receipts);
    let messages: Vec<_> = scene.ingest(&webhook).iter().map(|a| (a.message, a.status)).collect();
    assert_eq!(messages, [(b, Status::Delivered), (a, Status::Delivered), (b, Status::Read)]);
    assert_eq!(parked_count(scene), 1, "the stranger waits");
}

fn collision(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.taken(plan, "mine");
    // As if both ids had one hash.
    let hash = hash64(b"theirs").cast_signed();
    scene.tx(|tx| Ok(tx.execute("UPDATE outbox SET remote_hash = $1", &[hash.into()])?));
    assert!(scene.receipt("theirs", ReceiptKind::Read).is_empty(), "another id: not its receipt");
    assert_eq!(scene.message(id).cascade.status, Status::Sent);
    assert_eq!(parked_count(scene), 1, "it waits for its own message");
}

fn parked_collision(scene: &mut Scene) {
    scene.receipt("theirs", ReceiptKind::Read);
    let hash = hash64(b"mine").cast_signed();
    scene.tx(|tx| Ok(tx.execute("UPDATE parked SET remote_hash = $1", &[hash.into()])?));
    let plan = scene.plan(1);
    let id = scene.taken(plan, "mine");
    assert_eq!(scene.message(id).cascade.status, Status::Sent, "another id: not its receipt");
    assert_eq!(parked_count(scene), 1, "it goes on waiting");
}

fn accounts(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.taken(plan, "same");
    let foreign = AccountId(ACCOUNT.0 + 5);
    let webhook = scene.webhook(foreign, vec![receipt("same", ReceiptKind::Read)]);
    assert!(scene.ingest(&webhook).is_empty());
    assert_eq!(scene.message(id).cascade.status, Status::Sent);
    let mut plan = scene.plan(1);
    plan.links[0].account = foreign;
    let theirs = scene.taken(plan, "same");
    assert_eq!(scene.message(theirs).cascade.status, Status::Read, "it was theirs");
}

fn parked(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    for kind in [ReceiptKind::Read, ReceiptKind::Sent, ReceiptKind::Delivered] {
        assert!(scene.receipt("early", kind).is_empty(), "nobody is known by it yet");
        scene.pass(Millis(1));
    }
    scene.receipt("other", ReceiptKind::Read);
    assert_eq!(parked_count(scene), 4);
    let advanced = scene.submitted(id, FIRST, accepted("early")).unwrap();
    assert_eq!(advanced.status, Status::Read, "they are applied with the acceptance");
    let kinds: Vec<ReportKind> = advanced.reports.iter().map(|r| r.kind).collect();
    assert_eq!(kinds, [ReportKind::Sent, ReportKind::Delivered, ReportKind::Read]);
    assert_eq!(parked_count(scene), 1, "the other one still waits");
    let lines = scene.journal(id);
    assert_eq!(lines.iter().filter(|l| l.raw.is_some()).count(), 3, "with their bytes");
    assert!(lines.windows(2).all(|two| two[0].n < two[1].n), "in order");
    let owed: Vec<u16> = scene.reports(id).iter().map(|owed| owed.report.n).collect();
    assert_eq!(owed, [0, 1, 2]);
}

fn parked_best(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let receipts = vec![
        receipt("early", ReceiptKind::Sent),
        receipt("early", ReceiptKind::Delivered),
        receipt("early", ReceiptKind::Failed(failure(Blame::Recipient))),
    ];
    let webhook = scene.webhook(ACCOUNT, receipts);
    scene.ingest(&webhook);
    let advanced = scene.submitted(id, FIRST, accepted("early")).unwrap();
    assert_eq!(advanced.status, Status::Delivered);
    assert_eq!(parked_count(scene), 0);
}

fn in_one(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let (now, epoch) = (scene.now, scene.epoch);
    let webhook = scene.webhook(ACCOUNT, vec![receipt("quick", ReceiptKind::Delivered)]);
    scene.tx(|tx| {
        advance(tx, now, &[&end(id, FIRST, accepted("quick"), epoch)])?;
        ingest(tx, now, &[&webhook])
    });
    assert_eq!(scene.message(id).cascade.status, Status::Delivered);
    assert_eq!(parked_count(scene), 0);
}

fn kept(scene: &mut Scene) {
    let mut webhook = scene.webhook(ACCOUNT, Vec::new());
    webhook.keep = Keep::Unreadable { detail: "no «type»".to_owned() };
    let raw = webhook.raw.to_vec();
    scene.ingest(&webhook);
    assert_eq!(only_webhook(scene), ("unreadable".to_owned(), "no «type»".to_owned(), raw));
    let mut webhook = scene.webhook(ACCOUNT, Vec::new());
    webhook.keep = Keep::Other;
    scene.ingest(&webhook);
    assert_eq!(scene.count("SELECT count(*) FROM webhook WHERE state = 'kept'"), 1);
}

const FILL: &str = "INSERT INTO parked(account_id, remote_hash, id, remote_id, receipt) \
    @values(account_id bigint, remote_hash bigint, id bigint, remote_id text, receipt text)";

fn bounded(scene: &mut Scene) {
    let mut rows = Rows::new();
    for i in 0..PARKED_PER_ACCOUNT_MAX {
        rows.push([ACCOUNT.0.into(), i.into(), i.into(), "old".into(), "\"sent\"".into()]);
    }
    scene.tx(|tx| Ok(tx.execute_rows(FILL, &rows)?));
    let receipts = vec![receipt("a", ReceiptKind::Read), receipt("b", ReceiptKind::Read)];
    let mut webhook = scene.webhook(ACCOUNT, receipts);
    let raw = webhook.raw.to_vec();
    scene.ingest(&webhook);
    assert_eq!(parked_count(scene), PARKED_PER_ACCOUNT_MAX, "no more are parked");
    let (state, _, kept) = only_webhook(scene);
    assert_eq!((state.as_str(), kept), ("unparked", raw), "but nothing is thrown away");
    webhook.account = AccountId(ACCOUNT.0 + 1);
    webhook.id.0 += 1;
    scene.ingest(&webhook);
    assert_eq!(parked_count(scene), PARKED_PER_ACCOUNT_MAX + 2, "others are not hindered");
}

fn late(scene: &mut Scene) {
    let plan = scene.plan(2);
    let id = scene.taken(plan, "slow");
    scene.pass(Millis::hours(1));
    scene.event(id, vestnik_engine::cascade::Event::Wake).unwrap();
    assert_eq!(scene.rows(id), [(0, 0, "await".to_owned()), (1, 0, "wait".to_owned())]);
    scene.receipt("slow", ReceiptKind::Delivered);
    assert_eq!(scene.rows(id), [(0, 0, "await".to_owned())], "the second link is called off");
    let message = scene.message(id);
    assert_eq!(message.cascade.status, Status::Delivered);
    assert!(message.cascade.done);
    assert!(message.updated_at > Timestamp(0));
}
