//! Taking work from lanes.

use super::{
    Case,
    scene::{ACCOUNT, FIRST, LANE, Scene, deferred, lost, plain},
};
use crate::{StoreError, claim, claim::Claim, ownership};
use std::collections::{BTreeMap, BTreeSet};
use vestnik_engine::{
    cascade::Event,
    window::{Weekdays, Window},
    zone::ZoneRule,
};
use vestnik_model::{
    account::Class,
    id::{LaneId, MessageId},
    outcome::Guarantee,
    time::{Millis, Timestamp},
};

pub(super) const CASES: &[Case] = &[
    ("claim: by due time, then by age, up to the limit", order),
    ("claim: what was taken is submitting and not taken again", once),
    ("claim: each class has its share", shares),
    ("claim: over time no class starves where places are few", starving),
    ("claim: one part per recipient, none to the busy", recipients),
    ("claim: a window that closed puts a row off", window),
    ("claim: what is out of time is not submitted", over),
    ("claim: an older epoch is fenced", fenced),
    ("claim: lanes are walked", lanes),
    ("claim: attempts of older epochs are orphans", orphans),
    ("claim: inquiries by their time", inquiries),
    ("claim: wakes by their time", wakes),
    ("claim: what waits in front of a message is counted up to a bound", counted),
];

fn ids(claimed: &claim::Claimed) -> Vec<MessageId> {
    claimed.parts.iter().map(|(message, _)| message.id).collect()
}

fn order(scene: &mut Scene) {
    let mut waiting = Vec::new();
    for _ in 0..4 {
        let plan = scene.plan(1);
        waiting.push(scene.waiting(plan));
        scene.pass(Millis(1));
    }
    // The oldest is put off: it is due last.
    let first = ids(&scene.claim(1));
    assert_eq!(first, [waiting[0]], "the oldest goes first");
    scene.submitted(waiting[0], FIRST, deferred());
    let plan = scene.plan(1);
    let twin = scene.waiting(plan);
    let plan = scene.plan(1);
    let younger_twin = scene.waiting(plan);
    let claimed = scene.claim(2);
    assert_eq!(ids(&claimed), [waiting[1], waiting[2]], "two at most");
    assert_eq!(claimed.next_due, Some(Timestamp(1_800_000_000_003)), "there is more, due already");
    let claimed = scene.claim(9);
    assert_eq!(ids(&claimed), [waiting[3], twin, younger_twin], "by due time, then by id");
    assert_eq!(claimed.next_due, Some(scene.due_at(waiting[0])), "the one put off is next");
    scene.now = scene.due_at(waiting[0]);
    assert_eq!(ids(&scene.claim(9)), [waiting[0]]);
    assert_eq!(scene.claim(9).next_due, None, "nothing is left");
}

fn once(scene: &mut Scene) {
    let mut plan = scene.plan(2);
    plan.links[0].sender = "A".to_owned();
    let id = scene.waiting(plan.clone());
    let claimed = scene.claim(5);
    let (message, slot) = &claimed.parts[0];
    assert_eq!((message.id, *slot), (id, FIRST));
    assert_eq!(*message.plan, plan, "the message comes with it");
    assert_eq!(scene.rows(id), [(0, 0, "submit".to_owned())]);
    assert!(scene.claim(5).parts.is_empty());
}

/// So many messages of a class wait, each to a recipient of its own.
fn fill(scene: &mut Scene, class: Class, n: usize) {
    let mut batch = Vec::new();
    for _ in 0..n {
        let mut plan = scene.plan(1);
        plan.class = class;
        batch.push(scene.request(plan));
    }
    scene.accept(&batch);
}

fn by_class(claimed: &claim::Claimed) -> BTreeMap<Class, usize> {
    let mut out = BTreeMap::new();
    for (message, _) in &claimed.parts {
        *out.entry(message.plan.class).or_insert(0) += 1;
    }
    out
}

fn shares(scene: &mut Scene) {
    for class in Class::ALL {
        fill(scene, class, 100);
    }
    let taken = by_class(&scene.claim(100));
    let wanted = Class::ALL.into_iter().zip([50, 30, 15, 5]).collect();
    assert_eq!(taken, wanted, "of a hundred places");
    let taken = by_class(&scene.claim(100));
    assert_eq!(taken, wanted);
    let taken = by_class(&scene.claim(100));
    // The live ones are used up: their places go to the most urgent of the others.
    assert_eq!(taken.get(&Class::Live), None);
    assert_eq!(taken.values().sum::<usize>(), 100, "no place stays empty");
    assert!(taken[&Class::Bulk] >= 15 && taken[&Class::Housekeeping] >= 5, "{taken:?}");
    assert_eq!(taken[&Class::Transactional], 40, "all that are left: {taken:?}");
}

fn starving(scene: &mut Scene) {
    fill(scene, Class::Live, 200);
    fill(scene, Class::Bulk, 200);
    let mut taken = BTreeMap::new();
    for _ in 0..100 {
        scene.pass(Millis(13));
        let claimed = scene.claim(1);
        assert_eq!(claimed.parts.len(), 1, "a place is always used");
        *taken.entry(claimed.parts[0].0.plan.class).or_insert(0) += 1;
    }
    assert!(taken[&Class::Bulk] >= 5, "the mailing goes on: {taken:?}");
    assert!(taken[&Class::Live] >= 60, "but the live replies go first: {taken:?}");
}

fn recipients(scene: &mut Scene) {
    let plan = scene.plan(1);
    let first = scene.waiting(plan.clone());
    let second = scene.waiting(plan.clone());
    let other = scene.plan(1);
    let third = scene.waiting(other.clone());
    let busy = BTreeSet::from([other.recipient.number()]);
    let wish = Claim { lane: LANE, epoch: scene.epoch, limit: 9, busy };
    let claimed = scene.try_claim(&wish).unwrap();
    assert_eq!(ids(&claimed), [first], "one per recipient, none to the busy one");
    assert_eq!(claimed.next_due, Some(scene.now), "the others are still due");
    let busy = BTreeSet::from([plan.recipient.number()]);
    let wish = Claim { busy, ..wish };
    assert_eq!(ids(&scene.try_claim(&wish).unwrap()), [third], "the next recipient");
    assert_eq!(ids(&scene.claim(9)), [second], "when the recipient is free");
}

fn window(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    // It is eight in the morning: the window is open until noon, and again next day.
    let zone = ZoneRule::Fixed(0);
    plan.window =
        Some(Window::try_new(Some(25_200), Some(43_200), Weekdays::EVERY_DAY, zone).unwrap());
    plan.links[0].ttl = Millis::hours(48);
    let id = scene.waiting(plan);
    assert_eq!(scene.due_at(id), scene.now, "the window is open");
    scene.pass(Millis::hours(4));
    let claimed = scene.claim(9);
    assert!(claimed.parts.is_empty(), "it closed before the row was taken");
    let tomorrow = Timestamp(1_800_000_000_000) + Millis::hours(23);
    assert_eq!(scene.due_at(id), tomorrow, "it waits for the next opening");
    assert_eq!(claimed.next_due, Some(tomorrow));
    scene.now = tomorrow;
    assert_eq!(ids(&scene.claim(9)), [id]);
}

fn over(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    plan.deadline = Some(scene.now + Millis::minutes(1));
    let id = scene.waiting(plan);
    scene.pass(Millis::minutes(1));
    let claimed = scene.claim(9);
    assert!(claimed.parts.is_empty(), "its deadline has passed");
    assert!(claimed.next_due.is_some_and(|at| at > scene.now), "nobody turns round it meanwhile");
    let advanced = scene.event(id, Event::Wake).unwrap();
    assert_eq!(advanced.status.code(), "expired");
    assert_eq!(scene.rows(id), []);
}

fn fenced(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.waiting(plan);
    let old = scene.epoch;
    let newer = scene.tx(|tx| ownership::take_all(tx, "newer"));
    let claim = |epoch| Claim { lane: LANE, epoch, limit: 5, busy: BTreeSet::new() };
    let refused = scene.try_claim(&claim(old));
    assert_eq!(refused.map(|_| ()), Err(StoreError::Fenced), "the partition has a newer owner");
    assert_eq!(scene.rows(id), [(0, 0, "wait".to_owned())], "nothing was taken");
    assert_eq!(scene.try_claim(&claim(newer)).unwrap().parts.len(), 1);
}

fn lanes(scene: &mut Scene) {
    for (i, count) in [(0, 3), (1, 1), (2, 0), (3, 2)] {
        for _ in 0..count {
            let mut plan = scene.plan(1);
            plan.links[0].lane = LaneId(LANE.0 + i);
            plan.links[0].account.0 += i;
            scene.waiting(plan);
        }
    }
    let found = scene.tx(|tx| claim::lanes(tx, 10));
    let wanted = [0, 1, 3].map(|i| (LaneId(LANE.0 + i), ACCOUNT.0 + i));
    let found: Vec<_> = found.into_iter().map(|(lane, account)| (lane, account.0)).collect();
    assert_eq!(found, wanted, "each lane once, with its account");
    assert_eq!(scene.tx(|tx| claim::lanes(tx, 2)).len(), 2, "a walk is bounded");
    scene.claim(9);
    assert_eq!(scene.tx(|tx| claim::lanes(tx, 10)).len(), 2, "a lane without waiting rows is none");
}

fn orphans(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.submitting(plan);
    let own = scene.epoch;
    assert_eq!(scene.tx(|tx| claim::orphans(tx, own, 9)), [], "ours is no orphan");
    let newer = scene.tx(|tx| ownership::take_all(tx, "newer"));
    assert_eq!(scene.tx(|tx| claim::orphans(tx, newer, 9)), [(id, FIRST)]);
    scene.event(id, Event::Orphaned { link: 0, part: 0 }).expect("it is one");
    assert_eq!(scene.tx(|tx| claim::orphans(tx, newer, 9)), [], "it was seen to");
    assert_eq!(scene.rows(id), [(0, 0, "unknown".to_owned())], "it may have been sent");
    assert!(scene.submitted(id, FIRST, lost()).is_none(), "its end is not written any more");
}

fn inquiries(scene: &mut Scene) {
    let mut all = Vec::new();
    for _ in 0..3 {
        let mut plan = scene.plan(1);
        plan.links[0].guarantee = Guarantee::Journal;
        let id = scene.submitting(plan);
        scene.submitted(id, FIRST, lost());
        all.push((id, FIRST));
        scene.pass(Millis::seconds(1));
    }
    let now = scene.now;
    assert_eq!(scene.tx(|tx| claim::inquiries(tx, now, 9)), [], "not before their time");
    let later = now + Millis::seconds(3);
    assert_eq!(scene.tx(|tx| claim::inquiries(tx, later, 9)), all[..2], "by their time");
    assert_eq!(scene.tx(|tx| claim::inquiries(tx, later, 1)), all[..1], "bounded");
}

fn wakes(scene: &mut Scene) {
    let mut all = Vec::new();
    for minutes in [3, 1, 2] {
        let mut plan = scene.plan(1);
        plan.links[0].ttl = Millis::minutes(minutes);
        all.push(scene.waiting(plan));
    }
    let start = scene.now;
    assert_eq!(scene.tx(claim::next_wake), Some(start + Millis::minutes(1)));
    scene.pass(Millis::minutes(2));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| claim::wakes(tx, now, 9)), [all[1], all[2]], "by their time");
    assert_eq!(scene.tx(|tx| claim::wakes(tx, now, 1)), [all[1]], "bounded");
    let batch = [plain(all[1], Event::Wake), plain(all[2], Event::Wake)];
    scene.advance(&batch);
    assert_eq!(scene.tx(|tx| claim::wakes(tx, now, 9)), [], "they were seen to");
    assert_eq!(scene.tx(claim::next_wake), Some(start + Millis::minutes(3)));
    // One that is being submitted is looked at again a little later.
    scene.pass(Millis::minutes(1));
    let plan = scene.plan(1);
    let flying = scene.submitting(plan);
    scene.pass(Millis::hours(1));
    scene.advance(&[plain(all[0], Event::Wake), plain(flying, Event::Wake)]);
    assert_eq!(scene.rows(flying), [(0, 0, "submit".to_owned())], "its attempt ends first");
    let next = scene.tx(claim::next_wake);
    assert!(next.is_some_and(|at| at > scene.now), "a little later: {next:?}");
}

fn counted(scene: &mut Scene) {
    let mut last = MessageId(0);
    for _ in 0..5 {
        let plan = scene.plan(1);
        last = scene.waiting(plan);
    }
    let now = scene.now;
    let mut count = |lane, place, limit| {
        scene.tx(|tx| claim::in_front(tx, lane, Class::Transactional, place, limit))
    };
    assert_eq!(count(LANE, (last, now), 10), 4, "those that came before it");
    assert_eq!(count(LANE, (MessageId(0), now + Millis(1)), 10), 5, "and those due before it");
    assert_eq!(count(LANE, (last, now), 3), 3, "no further than was asked");
    assert_eq!(count(LANE, (last, now - Millis(1)), 10), 0, "what is due later is behind it");
    assert_eq!(count(LaneId(LANE.0 + 1), (last, now), 10), 0);
}
