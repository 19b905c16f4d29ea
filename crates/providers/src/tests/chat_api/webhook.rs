//! What webhooks say: messages, acks, states, `UltraMsg`'s events.

use super::{account, provider};
use crate::tests::scene::{self, words};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::outcome::ReceiptKind;
use vestnik_provider::port::{AccountState, Reception, Word};

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

proptest! {
    #[test]
    fn no_item_makes_it_panic(kind in "chat|image|location|vcard|call_log|.*", body in ".*", odd in ".*") {
        let mut item = item(&kind, &body);
        item["chatId"] = value!(odd);
        receive("", &value!({ "messages": [item.clone(), odd], "ack": [item], "status": [body] }));
    }
}
