//! Accepting messages.

use super::{
    Case,
    scene::{FIRST, PARTNER, Scene},
};
use crate::accept::{Accept, Accepted, first};
use vestnik_engine::window::{Weekdays, Window};
use vestnik_engine::zone::ZoneRule;
use vestnik_model::{
    id::PartnerId,
    limits::DUPLICATE_WINDOW,
    time::{Millis, Timestamp},
};

pub(super) const CASES: &[Case] = &[
    ("accept: a new message lies there whole", new),
    ("accept: the same id again is answered with the first one", repeat),
    ("accept: ten of one id in one batch are one message", ten),
    ("accept: ids are each partner's own", partners),
    ("accept: without the control an id may repeat", uncontrolled),
    ("accept: the same content within a day is refused", duplicate),
    ("accept: a repeated id is no duplicate of its content", repeat_is_no_duplicate),
    ("accept: ten of one id and content are one message", ten_of_one_content),
    ("accept: what a repeat holds is not remembered", a_repeats_content),
    ("accept: a refused content leaves its id free", a_refused_id),
    ("accept: the first answer to an id is found again", found_again),
    ("accept: an outbox row is born submitting or waiting", outbox),
    ("accept: a row waits for its window", window),
];

fn request(scene: &mut Scene, reference: &str) -> Accept {
    let mut plan = scene.plan(1);
    plan.partner_ref = Some(reference.to_owned());
    scene.request(plan)
}

fn new(scene: &mut Scene) {
    let mut asked = request(scene, "ёж-'1'");
    std::sync::Arc::make_mut(&mut asked.plan).extra = vec![("a\"b".to_owned(), "\\".to_owned())];
    assert_eq!(scene.accept(std::slice::from_ref(&asked)), [Accepted::New]);
    let found = scene.message(asked.id);
    assert_eq!((found.workspace, found.partner), (asked.workspace, asked.partner));
    assert_eq!(*found.plan, *asked.plan, "the plan comes back as it was");
    assert_eq!(found.cascade, asked.cascade, "so does the state");
    assert_eq!(found.updated_at, scene.now);
}

fn repeat(scene: &mut Scene) {
    let first = request(scene, "one");
    assert_eq!(scene.accept(std::slice::from_ref(&first)), [Accepted::New]);
    let same = request(scene, "one");
    let mut other = request(scene, "one");
    other.body_hash = u64::MAX;
    let answers = scene.accept(&[same.clone(), other]);
    let repeat = |differs| Accepted::Repeat { id: first.id, differs };
    assert_eq!(answers, [repeat(false), repeat(true)], "the first one counts");
    assert_eq!(scene.rows(same.id), [], "a repeat leaves no outbox row");
    assert_eq!(scene.count("SELECT count(*) FROM message"), 1);
}

fn ten(scene: &mut Scene) {
    let mut batch: Vec<Accept> = (0..10).map(|_| request(scene, "ten")).collect();
    batch[7].body_hash = 2;
    let stranger = request(scene, "stranger");
    batch.insert(5, stranger);
    let answers = scene.accept(&batch);
    assert_eq!((&answers[0], &answers[5]), (&Accepted::New, &Accepted::New));
    for (i, answer) in answers.iter().enumerate().filter(|(i, _)| ![0, 5].contains(i)) {
        let wanted = Accepted::Repeat { id: batch[0].id, differs: i == 8 };
        assert_eq!(*answer, wanted, "number {i} of the batch");
    }
    assert_eq!(scene.count("SELECT count(*) FROM outbox"), 2);
}

fn partners(scene: &mut Scene) {
    let mine = request(scene, "same");
    let mut theirs = request(scene, "same");
    theirs.partner = PartnerId(PARTNER.0 + 1);
    assert_eq!(scene.accept(&[mine, theirs]), [Accepted::New, Accepted::New]);
}

fn uncontrolled(scene: &mut Scene) {
    let mut one = request(scene, "free");
    let mut two = request(scene, "free");
    one.is_ref_unique = false;
    two.is_ref_unique = false;
    let plan = scene.plan(1);
    let nameless = scene.request(plan);
    let plan = scene.plan(1);
    let nameless_too = scene.request(plan);
    let answers = scene.accept(&[one, two, nameless, nameless_too]);
    assert_eq!(answers, [Accepted::New, Accepted::New, Accepted::New, Accepted::New]);
}

fn duplicate(scene: &mut Scene) {
    let content = |scene: &mut Scene, hash| {
        let plan = scene.plan(1);
        Accept { content_hash: Some(hash), ..scene.request(plan) }
    };
    let (first, second) = (content(scene, u64::MAX), content(scene, u64::MAX));
    let other = content(scene, 7);
    let answers = scene.accept(&[first, second.clone(), other]);
    assert_eq!(answers, [Accepted::New, Accepted::Duplicate, Accepted::New], "in one batch too");
    assert_eq!(scene.rows(second.id), []);
    scene.pass(DUPLICATE_WINDOW);
    scene.pass(Millis(-1));
    let third = content(scene, u64::MAX);
    assert_eq!(scene.accept(&[third]), [Accepted::Duplicate], "up to the end of the day");
    scene.pass(Millis(1));
    let fourth = content(scene, u64::MAX);
    assert_eq!(scene.accept(&[fourth]), [Accepted::New], "and not longer");
    let fifth = content(scene, u64::MAX);
    assert_eq!(scene.accept(&[fifth]), [Accepted::Duplicate], "from then on for another day");
    let mut theirs = content(scene, u64::MAX);
    theirs.partner = PartnerId(PARTNER.0 + 1);
    assert_eq!(scene.accept(&[theirs]), [Accepted::New], "each partner for itself");
}

fn repeat_is_no_duplicate(scene: &mut Scene) {
    let mut first = request(scene, "one");
    first.content_hash = Some(1);
    let mut again = request(scene, "one");
    again.content_hash = Some(1);
    let id = first.id;
    assert_eq!(scene.accept(&[first]), [Accepted::New]);
    assert_eq!(scene.accept(&[again]), [Accepted::Repeat { id, differs: false }]);
}

fn holding(scene: &mut Scene, reference: &str, content: u64) -> Accept {
    Accept { content_hash: Some(content), ..request(scene, reference) }
}

fn ten_of_one_content(scene: &mut Scene) {
    let batch: Vec<Accept> = (0..10).map(|_| holding(scene, "ten", 1)).collect();
    let first = Accepted::Repeat { id: batch[0].id, differs: false };
    let answers = scene.accept(&batch);
    assert_eq!(answers[0], Accepted::New);
    assert!(answers[1..].iter().all(|answer| *answer == first), "{answers:?}");
    let again = holding(scene, "ten", 1);
    assert_eq!(scene.accept(&[again]), [first], "and after them");
    let other = holding(scene, "eleven", 1);
    assert_eq!(scene.accept(&[other]), [Accepted::Duplicate], "under another id it is one");
    // A partner whose control was switched on between two calls of one batch.
    let batch = [request(scene, "free"), holding(scene, "free", 2)];
    let repeat = Accepted::Repeat { id: batch[0].id, differs: false };
    assert_eq!(scene.accept(&batch), [Accepted::New, repeat]);
}

fn a_repeats_content(scene: &mut Scene) {
    let mut race = [holding(scene, "one", 1), holding(scene, "one", 2)];
    race[1].body_hash = 2;
    let repeat = Accepted::Repeat { id: race[0].id, differs: true };
    assert_eq!(scene.accept(&race), [Accepted::New, repeat], "two bodies race on one id");
    let loser = holding(scene, "two", 2);
    assert_eq!(scene.accept(&[loser]), [Accepted::New], "it never went out under the first id");
    let winner = holding(scene, "three", 1);
    assert_eq!(scene.accept(&[winner]), [Accepted::Duplicate]);
}

fn a_refused_id(scene: &mut Scene) {
    let batch = [
        holding(scene, "one", 1),
        holding(scene, "two", 1),
        holding(scene, "two", 2),
        holding(scene, "two", 1),
    ];
    let repeat = Accepted::Repeat { id: batch[2].id, differs: false };
    let answers = scene.accept(&batch);
    assert_eq!(answers, [Accepted::New, Accepted::Duplicate, Accepted::New, repeat]);
}

fn found_again(scene: &mut Scene) {
    let mut asked = request(scene, "one");
    let id = asked.id;
    asked.body_hash = u64::MAX;
    let mut free = request(scene, "free");
    free.is_ref_unique = false;
    scene.accept(&[asked, free]);
    let mut found = |partner, key, hash| scene.tx(|tx| first(tx, partner, key, hash));
    assert_eq!(found(PARTNER, "one", u64::MAX), Some((id, false)));
    assert_eq!(found(PARTNER, "one", 1), Some((id, true)));
    assert_eq!(found(PARTNER, "two", 1), None);
    assert_eq!(found(PARTNER, "free", 1), None, "an id that may repeat has no first");
    assert_eq!(found(PartnerId(PARTNER.0 + 1), "one", 1), None);
}

fn outbox(scene: &mut Scene) {
    let plan = scene.plan(1);
    let waits = scene.waiting(plan);
    let plan = scene.plan(1);
    let leaves = scene.submitting(plan);
    assert_eq!(scene.rows(waits), [(0, 0, "wait".to_owned())]);
    assert_eq!(scene.rows(leaves), [(0, 0, "submit".to_owned())]);
    let claimed = scene.claim(10);
    let ids: Vec<_> = claimed.parts.iter().map(|(m, slot)| (m.id, *slot)).collect();
    assert_eq!(ids, [(waits, FIRST)], "what is being submitted is not taken again");
}

fn window(scene: &mut Scene) {
    let mut plan = scene.plan(1);
    // 2027-01-15 08:00:00 UTC, a Friday: the window opens two hours later.
    assert_eq!(scene.now, Timestamp(1_800_000_000_000));
    let zone = ZoneRule::Fixed(0);
    plan.window =
        Some(Window::try_new(Some(36_000), Some(43_200), Weekdays::EVERY_DAY, zone).unwrap());
    let id = scene.waiting(plan);
    assert_eq!(scene.due_at(id), scene.now + Millis::hours(2));
    let claimed = scene.claim(10);
    assert!(claimed.parts.is_empty(), "not before the window opens");
    assert_eq!(claimed.next_due, Some(scene.now + Millis::hours(2)));
}
