//! What webhooks say: messages, acks, states, `UltraMsg`'s events.

use super::{account, provider};
use crate::tests::scene::{self, phone, words};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{file::FileKind, outcome::ReceiptKind, time::Timestamp};
use vestnik_provider::{
    incoming::{Extra, Incoming},
    port::{AccountState, Reception, Word},
};

fn receive(dialect: &str, body: &Value) -> Reception {
    scene::receive(provider(), &account(dialect), &[], body.to_string())
}

#[test]
fn what_acks_mean() {
    let ack = |status: &str| {
        value!({ "ack": [{ "id": "true_1_3EB0", "queueNumber": 7, "chatId": "1@c.us",
            "status": status }], "instanceId": "1234" })
    };
    for (status, kind) in [
        ("sent", ReceiptKind::Sent),
        ("delivered", ReceiptKind::Delivered),
        ("viewed", ReceiptKind::Read),
    ] {
        let word = Word::Receipt { remote_id: "true_1_3EB0".to_owned(), kind, at: None };
        assert_eq!(words(receive("", &ack(status))), [word]);
    }
    assert_eq!(words(receive("", &ack("queued"))), [Word::Nothing]);
    let mut foreign = ack("viewed");
    foreign["instanceId"] = value!("1235");
    assert!(matches!(receive("", &foreign), Reception::Unreadable { .. }));
    foreign["instanceId"] = value!(1234);
    assert_eq!(words(receive("", &foreign)).len(), 1, "a number is as good");
    let two = value!({ "ack": [{ "id": "a", "status": "sent" }, { "status": "sent" },
        { "id": "b", "status": "sent" }] });
    assert_eq!(words(receive("", &two)).len(), 2, "what can be read is read");
    let none = value!({ "ack": [{ "status": "sent" }] });
    assert!(matches!(receive("", &none), Reception::Unreadable { .. }));
    let changed = value!({ "chatUpdate": [{ "old": {}, "new": {} }], "instanceId": "1234" });
    assert_eq!(words(receive("", &changed)), [Word::Nothing]);
    let state = value!({ "status": [{ "accountStatus": "got qr code" }], "instanceId": "1234" });
    let told = words(receive("", &state));
    assert!(matches!(&told[..], [Word::Account(AccountState::Broken { .. })]));
}

fn item(kind: &str, body: &str) -> Value {
    value!({ "id": "false_79001234567@c.us_3A00", "body": body, "fromMe": false, "self": 0,
        "isForwarded": 0, "author": "79001234567@c.us", "time": 1_767_323_045,
        "chatId": "79001234567@c.us", "messageNumber": 30, "type": kind, "senderName": "Ann",
        "caption": null, "quotedMsgBody": null, "quotedMsgId": null, "quotedMsgType": null,
        "metadata": null, "ack": null, "chatName": "Ann" })
}

fn message(item: &Value) -> Incoming {
    let body = value!({ "messages": [item], "instanceId": "1234" });
    let word = words(receive("", &body)).remove(0);
    let Word::Message(incoming) = word else { panic!("a message is expected: {word:?}") };
    *incoming
}

#[test]
fn what_customers_write() {
    let text = message(&item("chat", "Hi"));
    assert_eq!((text.text.as_str(), text.chat.is_group), ("Hi", false));
    assert_eq!((text.author.phone, text.author.name.as_deref()), (Some(phone()), Some("Ann")));
    assert_eq!(text.at, Some(Timestamp(1_767_323_045_000)));
    for (kind, expected) in [
        ("image", FileKind::Image),
        ("ptt", FileKind::Voice),
        ("audio", FileKind::Audio),
        ("video", FileKind::Video),
        ("document", FileKind::Document),
        ("sticker", FileKind::Sticker),
    ] {
        let mut file = item(kind, "https://store.example.ru/a.bin");
        file["caption"] = value!("scan");
        let got = message(&file);
        assert_eq!((got.files[0].kind, got.text.as_str()), (expected, "scan"));
        assert_eq!(got.files[0].locator, "https://store.example.ru/a.bin");
    }
    assert!(message(&item("video", "")).files.is_empty(), "a film without its address");
    for place in ["55.75;37.61", "55.75,37.61"] {
        let Some(Extra::Location { latitude, longitude, .. }) =
            message(&item("location", place)).extra
        else {
            panic!("a place");
        };
        assert_eq!((latitude.as_str(), longitude.as_str()), ("55.75", "37.61"));
    }
    let card = "BEGIN:VCARD\nVERSION:3.0\nFN:Petr\nitem1.TEL;waid=1:+7 900 765-43-21\nEND:VCARD";
    let shared = Extra::Contact {
        name: "Petr".to_owned(),
        phone: "+7 900 765-43-21".to_owned(),
        is_own: false,
    };
    assert_eq!(message(&item("vcard", card)).extra, Some(shared));
    let mut quote = item("chat", "yes");
    quote["quotedMsgId"] = value!("true_1_3EB0");
    quote["quotedMsgBody"] = value!("Come at 5?");
    assert_eq!(message(&quote).quote.unwrap().remote_id, "true_1_3EB0");
    let mut group = item("chat", "Here");
    group["chatId"] = value!("79001-17@g.us");
    group["chatName"] = value!("Team");
    let got = message(&group);
    assert_eq!((got.chat.is_group, got.chat.title.as_deref()), (true, Some("Team")));
    assert_eq!(got.author.id, "79001234567@c.us");
    let odd = message(&item("hologram", "x"));
    assert_eq!(odd.extra, Some(Extra::Other("hologram".to_owned())));
    let bare = message(&value!({ "id": "false_1", "body": "Hi", "chatId": "79001234567@c.us" }));
    assert_eq!((bare.text.as_str(), bare.at), ("Hi", None), "what may be absent is absent");
}

#[test]
fn own_messages_are_told_apart() {
    let own = |from_me: Value, by_call: Value| {
        let mut own = item("chat", "Hi");
        own["fromMe"] = from_me;
        own["self"] = by_call;
        words(receive("", &value!({ "messages": [own], "instanceId": "1234" }))).remove(0)
    };
    assert_eq!(own(value!(true), value!(1)), Word::Nothing);
    assert_eq!(own(value!(1), Value::Null), Word::Nothing, "nobody knows");
    let by_phone = own(value!(1), value!(0));
    assert!(matches!(by_phone, Word::Message(m) if m.is_own));
}

#[test]
fn ultramsgs_events() {
    let event = |kind: &str, data: Value, reference: &str| {
        let body = value!({ "event_type": kind, "instanceId": "1234", "id": "", "hash": "",
            "referenceId": reference, "data": data });
        words(receive("ultramsg", &body)).remove(0)
    };
    let data = value!({ "id": "false_1@c.us_3A", "from": "79001234567@c.us", "to": "78005550303@c.us",
        "author": "", "pushname": "Ann", "ack": "", "type": "image", "body": "scan",
        "media": "https://store.example.ru/a.png", "fromMe": false, "self": false,
        "quotedMsg": {}, "mentionedIds": [], "time": 1_767_323_045 });
    let Word::Message(got) = event("message_received", data.clone(), "") else {
        panic!("a message")
    };
    assert_eq!((got.text.as_str(), got.files.len(), got.author.phone), ("scan", 1, Some(phone())));
    for (ack, kind) in [
        ("server", ReceiptKind::Sent),
        ("device", ReceiptKind::Delivered),
        ("read", ReceiptKind::Read),
        ("played", ReceiptKind::Read),
    ] {
        let mut acked = data.clone();
        acked["ack"] = value!(ack);
        let word = event("message_ack", acked, "vst0000000000000001");
        let remote_id = "vst0000000000000001".to_owned();
        assert_eq!(word, Word::Receipt { remote_id, kind, at: None });
    }
    let mut own = data;
    own["fromMe"] = value!(true);
    assert_eq!(event("message_create", own.clone(), "vst1"), Word::Nothing);
    assert!(matches!(event("message_create", own, ""), Word::Message(m) if m.is_own));
}

proptest! {
    #[test]
    fn no_item_makes_it_panic(kind in "chat|image|location|vcard|call_log|.*", body in ".*", odd in ".*") {
        let mut item = item(&kind, &body);
        item["chatId"] = value!(odd);
        receive("", &value!({ "messages": [item.clone(), odd], "ack": [item], "status": [body] }));
    }
}
