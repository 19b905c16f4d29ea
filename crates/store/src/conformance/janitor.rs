//! Upkeep.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, Scene, lost, receipt},
};
use crate::{accept::Accepted, ingest::Keep, janitor};
use vestnik_model::{
    id::MessageId,
    limits::{DUPLICATE_WINDOW, MATCH_AFTER_FINAL, PARKED_AGE_MAX},
    outcome::ReceiptKind,
    status::Status,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("janitor: an awaiting row is forgotten after its time, others stay", forgotten),
    ("janitor: the walk goes round in bounded turns", round),
    ("janitor: what was parked too long is kept as unmatched", unmatched),
    ("janitor: duplicates and old webhooks age", aged),
];

fn sweep(scene: &mut Scene) -> u64 {
    let now = scene.now;
    scene.tx(|tx| janitor::turn(tx, now, MessageId(0))).gone
}

fn forgotten(scene: &mut Scene) {
    let plan = scene.plan(1);
    let taken = scene.taken(plan, "a");
    let mut plan = scene.plan(1);
    plan.links[0].ttl = Millis::hours(150);
    let held = scene.submitting(plan);
    scene.submitted(held, FIRST, lost()).unwrap();
    // The link lives for an hour, then its receipts are waited for.
    scene.pass(Millis::hours(1));
    scene.pass(MATCH_AFTER_FINAL);
    scene.pass(Millis(-1));
    assert_eq!(sweep(scene), 0, "not before its time");
    scene.receipt("a", ReceiptKind::Delivered);
    assert_eq!(scene.message(taken).cascade.status, Status::Delivered, "late, but matched");
    scene.pass(Millis(1));
    assert_eq!(sweep(scene), 1);
    assert_eq!(scene.rows(taken), [], "forgotten");
    assert_eq!(scene.rows(held), [(0, 0, "unknown".to_owned())], "only what awaits is forgotten");
    assert!(scene.receipt("a", ReceiptKind::Read).is_empty(), "nobody is known by it any more");
}

fn round(scene: &mut Scene) {
    let mut batch = Vec::new();
    for _ in 0..1_500 {
        let plan = scene.plan(1);
        batch.push(scene.request(plan));
    }
    scene.accept(&batch);
    let plan = scene.plan(1);
    let last = scene.taken(plan, "last");
    scene.pass(MATCH_AFTER_FINAL);
    scene.pass(Millis::hours(2));
    let now = scene.now;
    let first = scene.tx(|tx| janitor::turn(tx, now, MessageId(0)));
    assert_eq!((first.gone, first.cursor), (0, batch[999].id), "a thousand rows a turn");
    let second = scene.tx(|tx| janitor::turn(tx, now, first.cursor));
    assert_eq!((second.gone, second.cursor), (1, MessageId(0)), "then from the beginning");
    assert_eq!(scene.rows(last), []);
}

fn unmatched(scene: &mut Scene) {
    let receipts = vec![receipt("who", ReceiptKind::Read), receipt("what", ReceiptKind::Sent)];
    let webhook = scene.webhook(ACCOUNT, receipts);
    let raw = webhook.raw.to_vec();
    scene.ingest(&webhook);
    scene.pass(PARKED_AGE_MAX);
    let webhook = scene.webhook(ACCOUNT, vec![receipt("young", ReceiptKind::Read)]);
    scene.ingest(&webhook);
    assert_eq!(sweep(scene), 0, "up to the end of the hour");
    scene.pass(Millis(1));
    assert_eq!(sweep(scene), 2);
    assert_eq!(scene.count("SELECT count(*) FROM parked"), 1, "the young one stays");
    let rows = scene.tx(|tx| Ok(tx.query("SELECT state, account_id, raw FROM webhook", &[])?));
    assert_eq!(rows.len(), 1, "its bytes are kept once");
    assert_eq!((rows[0].text(0).unwrap(), rows[0].int(1).unwrap()), ("unmatched", ACCOUNT.0));
    assert_eq!(rows[0].bytes_opt(2).unwrap(), Some(&raw[..]));
}

fn aged(scene: &mut Scene) {
    let plan = scene.plan(1);
    let mut request = scene.request(plan);
    request.content_hash = Some(1);
    assert_eq!(scene.accept(&[request]), [Accepted::New]);
    let mut webhook = scene.webhook(ACCOUNT, Vec::new());
    webhook.keep = Keep::Other;
    scene.ingest(&webhook);
    scene.pass(DUPLICATE_WINDOW);
    scene.pass(Millis(-1));
    sweep(scene);
    assert_eq!(scene.count("SELECT count(*) FROM duplicate"), 1, "it still counts");
    scene.pass(Millis(1));
    sweep(scene);
    assert_eq!(scene.count("SELECT count(*) FROM duplicate"), 0);
    assert_eq!(scene.count("SELECT count(*) FROM webhook"), 1);
    scene.pass(Millis::hours(30 * 24));
    sweep(scene);
    assert_eq!(scene.count("SELECT count(*) FROM webhook"), 0, "after a month");
}
