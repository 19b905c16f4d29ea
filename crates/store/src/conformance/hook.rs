//! Event sources: hooks, their calls, what was made of them, reminders, mails, what is known of
//! numbers, and accounts that nobody set up.

use super::{
    Case,
    scene::{Scene, WORKSPACE},
};
use crate::{
    account::{self, Properties, StoredAccount},
    hook::{self, StoredHook},
    hook_call::{self, CallSearch, CallState, HookCall},
    implicit::{self, Implicit},
    janitor,
    mail::{self, Mail, MailState},
    notice::{self, Notice, NoticeState},
    occasion,
    presence::{self, Presence},
    reminder::{self, Reminder, ReminderKey, ReminderState},
};
use vestnik_model::{
    account::Pacing,
    id::{AccountId, CallId, HookId, MailId, MessageId, WorkspaceId},
    language::Language,
    messenger::Messenger,
    outcome::{Guarantee, ReceiptKind},
    phone::Phone,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("hook: added, found by its key, changed, removed", managed),
    ("hook: calls are worked on in order and listed from the newest", calls),
    ("hook: an occasion belongs to the call that took it first, for a time", occasions),
    ("hook: a notice is followed until it is closed, and hurried by its end", notices),
    ("hook: a notice whose message changes during a look is looked at again", overtaken),
    ("hook: a reminder moves, ends once, and only at the time it was due", reminders),
    ("hook: a mail is written once and counted by what went together", mails),
    ("hook: unproven mails are counted by themselves, and held ones are not sent", unproven),
    ("hook: what is known of a number is what was said last", presences),
    ("hook: an implicit account is replaced, and forgotten when it is idle", implicits),
    ("hook: the janitor keeps what is under way and a call that a reminder needs", swept),
];

const HOOK: HookId = HookId(31);

fn managed(scene: &mut Scene) {
    let stored = StoredHook {
        id: HOOK,
        workspace: WORKSPACE,
        key: "opaque".to_owned(),
        name: "Клиника".to_owned(),
        is_active: true,
        settings: "{}".to_owned(),
    };
    scene.tx(|tx| hook::add(tx, &stored));
    let twin = StoredHook { id: HookId(32), ..stored.clone() };
    assert!(scene.try_tx(|tx| hook::add(tx, &twin)).is_err(), "a key stands for one hook");
    assert_eq!(scene.tx(|tx| hook::by_key(tx, "opaque")), Some(stored.clone()));
    assert_eq!(scene.tx(|tx| hook::by_key(tx, "other")), None);
    let changed =
        StoredHook { is_active: false, settings: "{\"v\":1}".to_owned(), ..stored.clone() };
    scene.tx(|tx| hook::update(tx, &changed));
    assert_eq!(scene.tx(|tx| hook::get(tx, HOOK)), Some(changed.clone()));
    assert_eq!(scene.tx(|tx| hook::of_workspace(tx, WORKSPACE)), [changed]);
    assert_eq!(scene.tx(|tx| hook::of_workspace(tx, WorkspaceId(2))), []);
    assert_eq!(scene.tx(|tx| hook::count(tx, WORKSPACE)), 1);
    scene.tx(|tx| hook::remove(tx, HOOK));
    assert_eq!(scene.tx(|tx| hook::get(tx, HOOK)), None);
}

fn call(scene: &mut Scene, hook: Option<HookId>) -> HookCall {
    let call = HookCall {
        id: CallId(scene.id()),
        workspace: WORKSPACE,
        hook,
        door: "green-api".to_owned(),
        sealed: hook.is_none().then(|| vec![1, 2, 3]),
        body: b"{}".to_vec(),
        state: CallState::New,
        due_at: scene.now,
        attempts: 0,
        replay_of: None,
        outcome: String::new(),
    };
    scene.tx(|tx| hook_call::add(tx, &call));
    call
}

fn due_calls(scene: &mut Scene) -> Vec<CallId> {
    let now = scene.now;
    scene.tx(|tx| hook_call::due(tx, now, 10))
}

fn calls(scene: &mut Scene) {
    let (first, second) = (call(scene, None), call(scene, Some(HOOK)));
    assert_eq!(scene.tx(|tx| hook_call::get(tx, first.id)), Some(first.clone()));
    assert_eq!(due_calls(scene), [first.id, second.id]);
    let later = scene.now + Millis::seconds(5);
    scene.tx(|tx| hook_call::put_off(tx, first.id, later));
    assert_eq!(due_calls(scene), [second.id]);
    scene.tx(|tx| hook_call::settle(tx, second.id, CallState::Failed, "{\"v\":1}"));
    scene.pass(Millis::seconds(5));
    assert_eq!(due_calls(scene), [first.id]);
    let tried = scene.tx(|tx| hook_call::get(tx, first.id)).unwrap();
    assert_eq!(tried.attempts, 1, "the try is counted");
    assert_eq!(scene.tx(|tx| hook_call::waiting(tx, 10)), 1);
    let mut list = |wanted: CallSearch| {
        let ids = scene.tx(|tx| hook_call::list(tx, &wanted));
        ids.into_iter().map(|call| call.id).collect::<Vec<_>>()
    };
    let all = CallSearch { workspace: Some(WORKSPACE), limit: 10, ..CallSearch::default() };
    assert_eq!(list(all), [second.id, first.id]);
    assert_eq!(list(CallSearch { before: Some(second.id), ..all }), [first.id]);
    assert_eq!(list(CallSearch { hook: Some(HOOK), ..all }), [second.id]);
    assert_eq!(list(CallSearch { only_failed: true, ..all }), [second.id]);
    assert_eq!(list(CallSearch { only_failed: true, hook: Some(HookId(9)), ..all }), []);
    assert_eq!(list(CallSearch { workspace: Some(WorkspaceId(2)), ..all }), []);
}

fn occasions(scene: &mut Scene) {
    let (one, two) = (CallId(1), CallId(2));
    let take = |scene: &mut Scene, call| {
        let (now, since) = (scene.now, scene.now - Millis::minutes(10));
        scene.tx(|tx| occasion::take(tx, u64::MAX - 5, call, now, since))
    };
    assert_eq!(take(scene, one), None);
    assert_eq!(take(scene, one), None, "its own");
    assert_eq!(take(scene, two), Some(one), "told by another");
    scene.pass(Millis::minutes(11));
    assert_eq!(take(scene, two), None, "long ago");
    assert_eq!(take(scene, one), Some(two));
}

fn notice(scene: &Scene, message: i64) -> Notice {
    Notice {
        message: MessageId(message),
        call: CallId(7),
        workspace: WORKSPACE,
        state: NoticeState::Open,
        due_at: scene.now + Millis::seconds(10),
        looks: 0,
        facts: "{}".to_owned(),
    }
}

fn notices(scene: &mut Scene) {
    let (first, second) = (notice(scene, 1), notice(scene, 2));
    scene.tx(|tx| notice::add(tx, &first));
    scene.tx(|tx| notice::add(tx, &second));
    let again = Notice { facts: "other".to_owned(), ..first.clone() };
    scene.tx(|tx| notice::add(tx, &again));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| notice::due(tx, now, 10)), [], "not yet");
    scene.tx(|tx| notice::hurry(tx, second.message, now));
    let hurried = Notice { due_at: now, ..second.clone() };
    assert_eq!(scene.tx(|tx| notice::due(tx, now, 10)), std::slice::from_ref(&hurried));
    let closed = Notice { state: NoticeState::Failed, looks: 1, ..hurried };
    scene.tx(|tx| notice::put(tx, &closed));
    scene.tx(|tx| notice::hurry(tx, second.message, now - Millis(1)));
    scene.pass(Millis::seconds(10));
    let now = scene.now;
    assert_eq!(
        scene.tx(|tx| notice::due(tx, now, 10)),
        std::slice::from_ref(&first),
        "the first stays as it was"
    );
    assert_eq!(scene.tx(|tx| notice::of_call(tx, CallId(7))), [first.clone(), closed.clone()]);
    let list = |state, before: Option<i64>| {
        let before = before.map(MessageId);
        move |tx: &mut dyn vestnik_db::Tx| notice::list(tx, WORKSPACE, state, before, 10)
    };
    assert_eq!(scene.tx(list(None, None)), [closed.clone(), first.clone()]);
    assert_eq!(scene.tx(list(None, Some(2))), [first]);
    assert_eq!(scene.tx(list(Some(NoticeState::Failed), None)), [closed]);
}

/// A look takes its time, and the message's end can't hurry a notice that is due already.
fn overtaken(scene: &mut Scene) {
    let plan = scene.plan(1);
    let id = scene.taken(plan, "r1");
    let due = Notice { due_at: scene.now, ..notice(scene, id.0) };
    scene.tx(|tx| notice::add(tx, &due));
    let seen = scene.message(id).cascade.status;
    let later = Notice { due_at: scene.now + Millis::minutes(30), looks: 1, ..due };
    let now = scene.now;
    scene.tx(|tx| notice::put_off(tx, &later, seen, now));
    assert_eq!(scene.tx(|tx| notice::due(tx, now, 10)), [], "nothing has happened meanwhile");
    scene.receipt("r1", ReceiptKind::Delivered);
    scene.tx(|tx| notice::hurry(tx, id, now - Millis(1)));
    scene.tx(|tx| notice::put_off(tx, &later, seen, now));
    let hurried = Notice { due_at: now, ..later };
    assert_eq!(scene.tx(|tx| notice::due(tx, now, 10)), [hurried]);
}

fn reminders(scene: &mut Scene) {
    let key = ReminderKey { hook: HOOK, rule: u64::MAX, case: 1 << 63, participant: 3 };
    let set = Reminder {
        key,
        state: ReminderState::Wait,
        due_at: scene.now + Millis::hours(1),
        call: CallId(1),
        version: 1,
    };
    scene.tx(|tx| reminder::put(tx, &set));
    let moved =
        Reminder { due_at: scene.now + Millis::hours(2), call: CallId(2), version: 2, ..set };
    scene.tx(|tx| reminder::put(tx, &moved));
    assert_eq!(scene.tx(|tx| reminder::get(tx, &key)), Some(moved));
    scene.pass(Millis::hours(1));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| reminder::due(tx, now, 10)), [], "it has moved");
    scene.tx(|tx| reminder::end(tx, &key, set.due_at, ReminderState::Done));
    assert_eq!(scene.tx(|tx| reminder::get(tx, &key)), Some(moved), "ended at another time");
    scene.pass(Millis::hours(1));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| reminder::due(tx, now, 10)), [moved]);
    scene.tx(|tx| reminder::end(tx, &key, moved.due_at, ReminderState::Done));
    assert_eq!(scene.tx(|tx| reminder::due(tx, now, 10)), []);
    let all = scene.tx(|tx| reminder::of_hook(tx, HOOK, 10));
    assert_eq!(all, [Reminder { state: ReminderState::Done, ..moved }]);
    let (one, other) = (ReminderKey { participant: 4, ..key }, ReminderKey { case: 2, ..key });
    for key in [one, other] {
        scene.tx(|tx| reminder::put(tx, &Reminder { key, ..moved }));
    }
    let state_of = |key| move |tx: &mut dyn vestnik_db::Tx| reminder::get(tx, &key);
    scene.tx(|tx| reminder::drop_case(tx, HOOK, key.rule, key.case, 1));
    assert_eq!(scene.tx(state_of(one)).map(|r| r.state), Some(ReminderState::Wait), "older");
    scene.tx(|tx| reminder::drop_case(tx, HOOK, key.rule, key.case, 2));
    assert_eq!(scene.tx(state_of(one)).map(|r| r.state), Some(ReminderState::Dropped));
    assert_eq!(scene.tx(state_of(key)).map(|r| r.state), Some(ReminderState::Done), "told");
    assert_eq!(scene.tx(state_of(other)).map(|r| r.state), Some(ReminderState::Wait));
    scene.tx(|tx| reminder::remove_of_hook(tx, HOOK));
    assert_eq!(scene.tx(|tx| reminder::get(tx, &key)), None);
}

fn mail(scene: &mut Scene, about: &str) -> Mail {
    let mail = Mail {
        id: MailId(scene.id()),
        workspace: WORKSPACE,
        recipient: "a@example.com".to_owned(),
        state: MailState::Due,
        due_at: scene.now,
        attempts: 0,
        dedupe_key: about.to_owned(),
        subject: "Сообщение не отправлено".to_owned(),
        body: "Причина".to_owned(),
        answer: None,
        sent_at: None,
        is_unproven: false,
    };
    scene.tx(|tx| mail::add(tx, &mail));
    mail
}

fn unproven(scene: &mut Scene) {
    let own = mail(scene, "own");
    let strange = |scene: &mut Scene, about: &str, recipient: &str, state| Mail {
        id: MailId(scene.id()),
        recipient: recipient.to_owned(),
        dedupe_key: about.to_owned(),
        state,
        answer: (state == MailState::Held).then(|| "held back".to_owned()),
        is_unproven: true,
        ..own.clone()
    };
    let one = strange(scene, "1", "a@example.com", MailState::Due);
    let other = strange(scene, "2", "b@example.com", MailState::Due);
    let held = strange(scene, "3", "a@example.com", MailState::Held);
    for row in [&one, &other, &held] {
        scene.tx(|tx| mail::add(tx, row));
    }
    let (now, since) = (scene.now, scene.now - Millis::hours(1));
    assert_eq!(scene.tx(|tx| mail::unproven_since(tx, "a@example.com", since)), (2, 1));
    let later = now + Millis::hours(2);
    assert_eq!(scene.tx(|tx| mail::unproven_since(tx, "a@example.com", later)), (0, 0));
    assert_eq!(scene.tx(|tx| mail::due(tx, now, 10)), [own.clone(), one.clone(), other]);
    let list = scene.tx(|tx| mail::list(tx, WORKSPACE, None, 1));
    assert_eq!(list, [held], "it is listed with its reason");
    let sent = Mail { state: MailState::Done, sent_at: Some(now), ..one };
    scene.tx(|tx| mail::put(tx, &sent));
    let count = |is_unproven| {
        move |tx: &mut dyn vestnik_db::Tx| mail::sent_since(tx, "a@example.com", since, is_unproven)
    };
    assert_eq!(scene.tx(count(false)), (0, None), "it takes nothing from the owner's");
    assert_eq!(scene.tx(count(true)), (1, Some(now)));
}

fn mails(scene: &mut Scene) {
    let (first, _again, second) = (mail(scene, "1"), mail(scene, "1"), mail(scene, "2"));
    let now = scene.now;
    assert_eq!(scene.tx(|tx| mail::due(tx, now, 10)), [first.clone(), second.clone()]);
    for one in [&first, &second] {
        let sent = Mail {
            state: MailState::Done,
            attempts: 1,
            answer: Some("250 ok".to_owned()),
            sent_at: Some(now),
            ..one.clone()
        };
        scene.tx(|tx| mail::put(tx, &sent));
    }
    assert_eq!(scene.tx(|tx| mail::due(tx, now, 10)), []);
    let since = now - Millis::hours(1);
    let count = scene.tx(|tx| mail::sent_since(tx, "a@example.com", since, false));
    assert_eq!(count, (1, Some(now)), "what went together counts once");
    assert_eq!(scene.tx(|tx| mail::sent_since(tx, "b@example.com", since, false)), (0, None));
    let list = scene.tx(|tx| mail::list(tx, WORKSPACE, None, 10));
    assert_eq!(list.iter().map(|mail| mail.id).collect::<Vec<_>>(), [second.id, first.id]);
    assert_eq!(scene.tx(|tx| mail::list(tx, WorkspaceId(2), None, 10)), []);
}

fn presences(scene: &mut Scene) {
    let phone = Phone::from_digits(79_161_234_567).unwrap();
    let get = |tx: &mut dyn vestnik_db::Tx| presence::get(tx, Messenger::Whatsapp, phone);
    assert_eq!(scene.tx(get), None);
    for is_there in [true, false] {
        let said = Presence { is_there, checked_at: scene.now };
        scene.tx(|tx| presence::put(tx, Messenger::Whatsapp, phone, said));
        assert_eq!(scene.tx(get), Some(said));
        scene.pass(Millis::seconds(1));
    }
    assert_eq!(scene.tx(|tx| presence::get(tx, Messenger::Max, phone)), None);
}

fn implicit_account(id: AccountId) -> StoredAccount {
    StoredAccount {
        id,
        workspace: WORKSPACE,
        provider: "green_api".to_owned(),
        name: "green_api:host:1".to_owned(),
        webhook_key: format!("key {id}"),
        properties: Properties {
            messenger: Messenger::Whatsapp,
            pacing: Pacing::default(),
            lanes: 1,
            in_flight_max: 1,
            unknown: Guarantee::NeverTwice,
            active: true,
            language: Language::Ru,
            queue: String::new(),
            is_implicit: true,
        },
        sealed: vec![7],
        trouble: None,
    }
}

fn implicits(scene: &mut Scene) {
    let (old, new) = (AccountId(101), AccountId(102));
    let row = |account, credentials: &str, used_at| Implicit {
        instance: "green_api:host:1".to_owned(),
        account,
        credentials: credentials.to_owned(),
        used_at,
    };
    let first = row(old, "a", scene.now);
    scene.tx(|tx| account::add(tx, &implicit_account(old)));
    scene.tx(|tx| implicit::put(tx, &first));
    assert_eq!(scene.tx(|tx| implicit::get(tx, &first.instance)), Some(first.clone()));
    scene.pass(Millis::hours(1));
    let second = row(new, "b", scene.now);
    scene.tx(|tx| account::add(tx, &implicit_account(new)));
    scene.tx(|tx| implicit::replace(tx, &first.instance, new));
    scene.tx(|tx| implicit::put(tx, &second));
    assert_eq!(scene.tx(|tx| implicit::get(tx, &first.instance)), Some(second.clone()));
    assert_eq!(scene.tx(implicit::count), 2, "the old one stays until it is idle");
    let found = scene.tx(|tx| implicit::by_credentials(tx, "a")).map(|found| found.account);
    assert_eq!(found, Some(old), "whoever still uses the old key gets the old account");
    assert_eq!(scene.tx(|tx| implicit::by_credentials(tx, "c")), None);
    let used = scene.now + Millis::hours(2);
    scene.tx(|tx| implicit::used(tx, &second.instance, used));
    let before = scene.now + Millis::hours(1);
    assert_eq!(scene.tx(|tx| implicit::forget(tx, before, 10)), 1);
    let left = scene.tx(account::all).into_iter().map(|a| a.id).collect::<Vec<_>>();
    assert!(left.contains(&new) && !left.contains(&old), "{left:?}");
    assert_eq!(scene.tx(implicit::all).len(), 1);
}

fn swept(scene: &mut Scene) {
    let (done, needed, open) = (call(scene, None), call(scene, None), call(scene, None));
    for id in [done.id, needed.id] {
        scene.tx(|tx| hook_call::settle(tx, id, CallState::Done, "{}"));
    }
    let reminder = Reminder {
        key: ReminderKey { hook: HOOK, rule: 1, case: 2, participant: 3 },
        state: ReminderState::Wait,
        due_at: scene.now + Millis::hours(60 * 24),
        call: needed.id,
        version: 1,
    };
    scene.tx(|tx| reminder::put(tx, &reminder));
    let sent = mail(scene, "sent");
    let (now, waiting) = (scene.now, mail(scene, "waits"));
    let sent = Mail { state: MailState::Done, sent_at: Some(now), ..sent };
    scene.tx(|tx| mail::put(tx, &sent));
    scene.tx(|tx| occasion::take(tx, 9, done.id, now, now));
    scene.pass(Millis::hours(31 * 24));
    let now = scene.now;
    scene.tx(|tx| janitor::turn(tx, now, MessageId(0)));
    assert_eq!(scene.tx(|tx| hook_call::get(tx, done.id)), None);
    assert!(scene.tx(|tx| hook_call::get(tx, needed.id)).is_some(), "a reminder needs it");
    assert!(scene.tx(|tx| hook_call::get(tx, open.id)).is_some(), "it is not worked on yet");
    let mails = scene.tx(|tx| mail::list(tx, WORKSPACE, None, 10));
    assert_eq!(mails.iter().map(|mail| mail.id).collect::<Vec<_>>(), [waiting.id]);
    assert_eq!(scene.tx(|tx| occasion::take(tx, 9, open.id, now, now - Millis::hours(999))), None);
}
