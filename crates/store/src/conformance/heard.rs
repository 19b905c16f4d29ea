//! What customers write: messages, their changes, files, chats, and partners who are told.

use super::{
    Case,
    scene::{ACCOUNT, PARTNER, REPORTS, Scene, WORKSPACE},
};
use crate::{
    attachment::{self, AttachmentState, Fetched},
    file::{self, StoredFile},
    heard::Heard,
    identity::{self, Evidence, Invitation, Seen},
    incoming::{self, Arrived, Change, Search, Stored},
    ingest::Keep,
    mo::{self, MoState},
};
use vestnik_model::{
    file::{FileHash, FileKind},
    id::{IncomingId, PartnerId, WorkspaceId},
    incoming::{Chat, Incoming, IncomingFile, Person},
    messenger::Messenger,
    phone::Phone,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("heard: a message is written down with its bytes", written),
    ("heard: the same message again is known, with other content a change", again),
    ("heard: an edit, a sign and a deletion change the message they speak of", changed),
    ("heard: a change of what is not known may be written in its place", instead),
    ("heard: found by phone, by chat, from the newest and from a place on", found),
    ("heard: another tenant's messages take no place in a page", of_a_tenant),
    ("heard: files wait until they are fetched", files),
    ("heard: a chat is a number's by the strongest evidence", evidence),
    ("heard: an invitation counts for the first who comes by it", invited),
    ("heard: a chat that turned us away is not a way to a number", stopped),
    ("heard: partners are told in order, and once", told),
    ("heard: a stored file is known to its tenant once", stored),
];

fn phone() -> Phone {
    Phone::from_digits(79_001_234_567).unwrap()
}

fn incoming(remote_id: &str, text: &str) -> Incoming {
    let chat = Chat { id: "chat-7".to_owned(), is_group: false, title: None };
    let author = Person { id: "7".to_owned(), phone: Some(phone()), ..Person::default() };
    Incoming {
        remote_id: remote_id.to_owned(),
        chat,
        author,
        is_own: false,
        at: None,
        text: text.to_owned(),
        files: Vec::new(),
        extra: None,
        quote: None,
    }
}

fn seen(chat: &str) -> Seen {
    Seen {
        workspace: WORKSPACE,
        messenger: Messenger::Telegram,
        chat: chat.to_owned(),
        is_group: false,
        person: "7".to_owned(),
        name: Some("Иван".to_owned()),
        username: None,
        phone: None,
        invitation: None,
        is_open: true,
    }
}

fn message(scene: &mut Scene, incoming: Incoming) -> Heard {
    let id = IncomingId(scene.id());
    let arrived = Box::new(Arrived { id, workspace: WORKSPACE, incoming });
    Heard::Message { arrived, seen: None, tell: Vec::new() }
}

fn hear(scene: &mut Scene, heard: Heard) {
    let mut webhook = scene.webhook(ACCOUNT, Vec::new());
    webhook.heard.push(heard);
    webhook.keep = Keep::Other;
    scene.ingest(&webhook);
}

fn write(scene: &mut Scene, incoming: Incoming) {
    let heard = message(scene, incoming);
    hear(scene, heard);
}

fn all(scene: &mut Scene) -> Vec<Stored> {
    let search = Search { workspace: Some(WORKSPACE), limit: 100, ..Search::default() };
    scene.tx(|tx| incoming::search(tx, &search))
}

fn written(scene: &mut Scene) {
    write(scene, incoming("m1", "Здравствуйте"));
    let found = all(scene);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].record.incoming, incoming("m1", "Здравствуйте"));
    let sql = "SELECT count(*) FROM webhook JOIN incoming ON incoming.webhook = webhook.id";
    assert_eq!(scene.count(sql), 1, "its bytes are kept and found from it");
}

fn again(scene: &mut Scene) {
    write(scene, incoming("m1", "да"));
    let first = all(scene).remove(0);
    scene.pass(Millis(10));
    write(scene, incoming("m1", "да"));
    assert_eq!(all(scene), std::slice::from_ref(&first), "the same again changes nothing");
    write(scene, incoming("m1", "нет"));
    let found = all(scene);
    assert_eq!((found.len(), found[0].id), (1, first.id));
    assert_eq!(found[0].record.incoming.text, "нет");
    assert_eq!(found[0].record.before[0].text, "да");
    write(scene, incoming("m1", "да"));
    let record = all(scene).remove(0).record;
    assert_eq!(record.incoming.text, "нет", "a repeat that comes late brings nothing back");
    assert_eq!(record.before.len(), 1);
    let mut other = incoming("m1", "да");
    other.chat.id = "chat-8".to_owned();
    write(scene, other);
    assert_eq!(all(scene).len(), 2, "the same id in another chat is another message");
}

fn change(remote_id: &str, change: Change) -> Heard {
    let (chat, remote_id) = ("chat-7".to_owned(), remote_id.to_owned());
    Heard::Changed { chat, remote_id, change, instead: None }
}

fn changed(scene: &mut Scene) {
    write(scene, incoming("m1", "пять"));
    hear(scene, change("m1", Change::Edited("шесть".to_owned())));
    hear(scene, change("m1", Change::Edited("шесть".to_owned())));
    write(scene, incoming("m1", "пять"));
    hear(scene, change("m1", Change::Reaction(Some("👍".to_owned()))));
    hear(scene, change("m1", Change::Reaction(Some("👍".to_owned()))));
    let record = all(scene).remove(0).record;
    assert_eq!((record.incoming.text.as_str(), record.before.len()), ("шесть", 1));
    assert_eq!(record.reactions, ["👍"]);
    hear(scene, change("m1", Change::Reaction(None)));
    hear(scene, change("m1", Change::Deleted));
    let record = all(scene).remove(0).record;
    assert!(record.reactions.is_empty());
    assert_eq!(record.deleted_at, Some(scene.now));
    assert_eq!(record.incoming.text, "шесть", "what was taken back stays on record");
}

fn instead(scene: &mut Scene) {
    hear(scene, change("m9", Change::Deleted));
    assert!(all(scene).is_empty(), "what is not known stays so");
    let id = IncomingId(scene.id());
    let arrived = Arrived { id, workspace: WORKSPACE, incoming: incoming("r1", "") };
    let heard = Heard::Changed {
        chat: "chat-7".to_owned(),
        remote_id: "ours".to_owned(),
        change: Change::Reaction(Some("❤".to_owned())),
        instead: Some(Box::new(arrived)),
    };
    hear(scene, heard);
    assert_eq!(all(scene).len(), 1);
}

fn found(scene: &mut Scene) {
    for n in 0..5 {
        scene.pass(Millis(5));
        write(scene, incoming(&format!("m{n}"), "text"));
    }
    let mut other = incoming("x", "other");
    other.chat.id = "chat-9".to_owned();
    other.author.phone = None;
    write(scene, other);
    let base = Search { workspace: Some(WORKSPACE), limit: 3, ..Search::default() };
    let mut ids = |search: Search| -> Vec<String> {
        let found = scene.tx(|tx| incoming::search(tx, &search));
        found.into_iter().map(|s| s.record.incoming.remote_id).collect()
    };
    assert_eq!(ids(base.clone()), ["x", "m4", "m3"]);
    assert_eq!(ids(Search { phones: vec![phone()], ..base.clone() }), ["m4", "m3", "m2"]);
    let phones = vec![Phone::from_digits(82_101_234_567).unwrap(), phone()];
    assert_eq!(ids(Search { phones, ..base.clone() }), ["m4", "m3", "m2"], "either");
    let chat = Some((ACCOUNT, "chat-9".to_owned()));
    assert_eq!(ids(Search { chat, ..base.clone() }), ["x"]);
    let all: Vec<IncomingId> = {
        let search = Search { limit: 9, ..base.clone() };
        scene.tx(|tx| incoming::search(tx, &search)).iter().map(|s| s.id).collect()
    };
    let mut ids = |search: Search| -> Vec<String> {
        let found = scene.tx(|tx| incoming::search(tx, &search));
        found.into_iter().map(|s| s.record.incoming.remote_id).collect()
    };
    assert_eq!(ids(Search { before: Some(all[2]), ..base.clone() }), ["m2", "m1", "m0"]);
    assert_eq!(ids(Search { after: Some(all[3]), ..base }), ["m3", "m4", "x"]);
}

fn of_a_tenant(scene: &mut Scene) {
    write(scene, incoming("ours", "text"));
    for n in 0..3 {
        scene.pass(Millis(5));
        let Heard::Message { mut arrived, seen, tell } =
            message(scene, incoming(&format!("theirs{n}"), "text"))
        else {
            panic!("it is a message");
        };
        arrived.workspace = WorkspaceId(WORKSPACE.0 + 1);
        hear(scene, Heard::Message { arrived, seen, tell });
    }
    let base = Search { workspace: Some(WORKSPACE), limit: 2, ..Search::default() };
    let chat = Some((ACCOUNT, incoming("ours", "text").chat.id));
    let pages = [
        base.clone(),
        Search { phones: vec![phone()], ..base.clone() },
        Search { chat, ..base.clone() },
        Search { after: Some(IncomingId(0)), ..base },
    ];
    for page in pages {
        let found = scene.tx(|tx| incoming::search(tx, &page));
        let ids: Vec<_> = found.iter().map(|s| &s.record.incoming.remote_id).collect();
        assert_eq!(ids, ["ours"], "{page:?}");
    }
}

fn files(scene: &mut Scene) {
    let mut with_file = incoming("m1", "скан");
    with_file.files.push(IncomingFile {
        kind: FileKind::Document,
        locator: "https://example.org/1".to_owned(),
        name: Some("скан.pdf".to_owned()),
        mime: None,
        size: Some(7),
    });
    write(scene, with_file);
    let now = scene.now;
    let due = scene.tx(|tx| attachment::due(tx, now, 10));
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].name.as_str(), due[0].size), ("скан.pdf", Some(7)));
    let mut end = Fetched {
        incoming: due[0].incoming,
        n: 0,
        state: AttachmentState::Waiting,
        due_at: now + Millis::seconds(5),
        attempts: 1,
        mime: String::new(),
        size: Some(7),
        hash: None,
        detail: "later".to_owned(),
    };
    scene.tx(|tx| attachment::fetched(tx, &end));
    assert!(scene.tx(|tx| attachment::due(tx, now, 10)).is_empty());
    let later = now + Millis::seconds(5);
    assert_eq!(scene.tx(|tx| attachment::due(tx, later, 10))[0].attempts, 1);
    let hash = FileHash([7; 32]);
    end.state = AttachmentState::Fetched;
    end.hash = Some(hash);
    scene.tx(|tx| attachment::fetched(tx, &end));
    let of = scene.tx(|tx| attachment::of(tx, &[end.incoming]));
    assert_eq!((of[0].state, of[0].hash), (AttachmentState::Fetched, Some(hash)));
    assert!(scene.tx(|tx| attachment::due(tx, later, 10)).is_empty());
}

fn reach(scene: &mut Scene) -> Option<String> {
    scene.tx(|tx| identity::reach(tx, ACCOUNT, phone())).map(|i| i.chat)
}

fn evidence(scene: &mut Scene) {
    assert_eq!(reach(scene), None);
    hear(scene, Heard::Chat(seen("a")));
    assert_eq!(reach(scene), None, "a chat without a number is nobody's");
    let with = |chat: &str, evidence| Seen { phone: Some((phone(), evidence)), ..seen(chat) };
    hear(scene, Heard::Chat(with("a", Evidence::SharedContact)));
    scene.pass(Millis(5));
    hear(scene, Heard::Chat(with("b", Evidence::Entered)));
    assert_eq!(reach(scene).as_deref(), Some("a"));
    hear(scene, Heard::Chat(Seen { name: None, ..seen("a") }));
    let known = scene.tx(|tx| identity::get(tx, ACCOUNT, "a")).unwrap();
    assert_eq!(known.phone, Some((phone(), Evidence::SharedContact)), "evidence stays");
    assert_eq!(known.name, "Иван", "a name that is not told stays");
}

fn invited(scene: &mut Scene) {
    let invitation = Invitation {
        token: "t0ken".to_owned(),
        workspace: WORKSPACE,
        account: ACCOUNT,
        phone: phone(),
        expires_at: scene.now + Millis::hours(1),
    };
    scene.tx(|tx| identity::invite(tx, &invitation));
    let by = |chat: &str| Heard::Chat(Seen { invitation: Some("t0ken".to_owned()), ..seen(chat) });
    hear(scene, by("first"));
    hear(scene, by("second"));
    assert_eq!(reach(scene).as_deref(), Some("first"));
    let second = scene.tx(|tx| identity::get(tx, ACCOUNT, "second")).unwrap();
    assert_eq!(second.phone, None, "a link that was passed on proves nothing");
}

fn stopped(scene: &mut Scene) {
    let ours = Seen { phone: Some((phone(), Evidence::SharedContact)), ..seen("a") };
    hear(scene, Heard::Chat(ours.clone()));
    hear(scene, Heard::Chat(Seen { is_open: false, ..seen("a") }));
    assert_eq!(reach(scene), None);
    hear(scene, Heard::Chat(ours));
    assert_eq!(reach(scene).as_deref(), Some("a"));
}

fn told(scene: &mut Scene) {
    for n in 0..2 {
        scene.pass(Millis(5));
        let mut heard = message(scene, incoming(&format!("m{n}"), "text"));
        if let Heard::Message { tell, .. } = &mut heard {
            tell.push((PARTNER, REPORTS));
        }
        hear(scene, heard.clone());
        hear(scene, heard);
    }
    let lanes = scene.tx(|tx| mo::lanes(tx, 10));
    assert_eq!(lanes.len(), 1);
    let owed = scene.tx(|tx| mo::of_lane(tx, REPORTS, 10));
    assert_eq!(owed.len(), 2, "each once");
    assert!(owed[0].incoming < owed[1].incoming);
    let later = scene.now + Millis::minutes(1);
    scene.tx(|tx| mo::told(tx, &owed[0], MoState::Due, later, "HTTP 500"));
    let owed = scene.tx(|tx| mo::of_lane(tx, REPORTS, 10));
    assert_eq!((owed[0].due_at, owed[0].attempts), (later, 1), "the first still comes first");
    let lanes = scene.tx(|tx| mo::lanes(tx, 10));
    assert_eq!(lanes, [(REPORTS, later)], "the others wait for it, whenever they are due");
    let (first, now, other) = (owed[0].incoming, scene.now, PartnerId(PARTNER.0 + 1));
    scene.tx(|tx| mo::owe(tx, now, first, other, REPORTS));
    assert_eq!(scene.tx(|tx| mo::lanes(tx, 10)), [(REPORTS, later)], "one address, one order");
    let second = scene.tx(|tx| mo::of_lane(tx, REPORTS, 10)).remove(1);
    assert_eq!((second.incoming, second.partner), (first, other));
    scene.tx(|tx| mo::told(tx, &second, MoState::Done, now, "HTTP 200"));
    scene.tx(|tx| mo::told(tx, &owed[0], MoState::Done, later, "HTTP 200"));
    scene.tx(|tx| mo::told(tx, &owed[1], MoState::Exhausted, later, "HTTP 500"));
    assert!(scene.tx(|tx| mo::lanes(tx, 10)).is_empty());
}

fn stored(scene: &mut Scene) {
    let hash = FileHash([9; 32]);
    let one = StoredFile {
        hash,
        workspace: WORKSPACE,
        mime: "image/png".to_owned(),
        size: 12,
        thumbnail: None,
        created_at: scene.now,
    };
    scene.tx(|tx| file::put(tx, &one));
    scene.tx(|tx| file::put(tx, &StoredFile { mime: "text/plain".to_owned(), ..one.clone() }));
    assert_eq!(scene.tx(|tx| file::get(tx, WORKSPACE, hash)), Some(one.clone()));
    let small = FileHash([8; 32]);
    let pictured = StoredFile { hash: FileHash([10; 32]), thumbnail: Some(small), ..one.clone() };
    scene.tx(|tx| file::put(tx, &pictured));
    assert_eq!(scene.tx(|tx| file::known(tx, WORKSPACE, small)).as_deref(), Some("image/jpeg"));
    assert_eq!(scene.tx(|tx| file::known(tx, WORKSPACE, hash)).as_deref(), Some("image/png"));
    assert_eq!(scene.tx(|tx| file::mime(tx, hash)).as_deref(), Some("image/png"));
    let other = WorkspaceId(2);
    assert_eq!(scene.tx(|tx| file::known(tx, other, small)), None);
    assert_eq!(scene.tx(|tx| file::get(tx, other, hash)), None);
}
