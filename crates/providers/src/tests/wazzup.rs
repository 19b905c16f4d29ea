//! Wazzup: documented requests, answers and webhooks.

use super::scene::{self};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{account::Account, messenger::Messenger};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress},
    contract,
    port::Reception,
};

const KEY: &str = "0123456789abcdef0123456789abcdef";
const CHANNEL: &str = "11111111-1111-4111-8111-111111111111";

fn provider() -> &'static dyn Provider {
    find("wazzup").unwrap()
}

fn account(messenger: Messenger) -> Account {
    let settings = [("api_key", KEY), ("channel_id", CHANNEL), ("phone", "+7 999 000-00-01")];
    scene::account("wazzup", messenger, &settings)
}

fn guarded() -> Account {
    let settings = [("api_key", KEY), ("channel_id", CHANNEL), ("crm_key", "crm-key-1")];
    scene::account("wazzup", Messenger::Whatsapp, &settings)
}

#[test]
fn it_keeps_the_contract() {
    for messenger in Messenger::ALL {
        contract::exercise(provider(), &account(messenger), None);
    }
    contract::exercise(provider(), &guarded(), Some(("authorization", "Bearer crm-key-2")));
}

fn message(more: &Value) -> Value {
    let mut item = value!({ "messageId": "m-1", "channelId": CHANNEL, "chatType": "whatsapp",
        "chatId": "79990000001", "dateTime": "2026-01-02T03:04:05.678Z", "type": "text",
        "status": "inbound", "isEcho": false, "contact": { "name": "Ann" } });
    for (name, member) in more.as_object().unwrap() {
        item[name] = member.clone();
    }
    value!({ "messages": [item] })
}

#[test]
fn webhooks_are_authentic_or_forged() {
    let test = Reception::Handshake { status: 200, body: String::new() };
    let body = message(&value!({ "text": "x" })).to_string();
    assert_eq!(scene::receive(provider(), &guarded(), &[], br#"{"test":true}"#), test);
    assert_eq!(scene::receive(provider(), &guarded(), &[], &body), Reception::Forged);
    for header in ["Bearer wrong", "crm-key-1", "Bearer crm-key-12"] {
        let got = scene::receive(provider(), &guarded(), &[("authorization", header)], &body);
        assert_eq!(got, Reception::Forged, "{header}");
    }
    let good = [("authorization", "Bearer crm-key-1")];
    let got = scene::receive(provider(), &guarded(), &good, &body);
    assert!(matches!(got, Reception::Understood(_)));
}

#[test]
fn an_address_has_its_length_and_a_link_opens_the_chat() {
    let own = account(Messenger::Whatsapp);
    let long = format!("https://hub.example.ru/{}", "a".repeat(200));
    let found = provider().begin(&own, &Chore::Subscribe { url: &long });
    assert!(matches!(found, Progress::Done(Finding::Failed(_))));
    let link = provider().deep_link(&own, "hello_1");
    assert_eq!(link.as_deref(), Some("https://wa.me/79990000001?text=hello_1"));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        scene::survive(provider(), &account(Messenger::Whatsapp), status, &body);
    }

    #[test]
    fn no_json_makes_it_panic(id in ".{0,20}", kind in "[a-z]{0,12}", date in ".{0,30}", place in ".{0,12}") {
        let item = value!({ "messageId": id, "chatId": place, "type": kind, "text": place,
            "dateTime": date, "contentUri": place, "interactive": [id], "status": kind });
        let body = value!({ "messages": [item, id], "statuses": [item], "channelsUpdates": item,
            "templateStatus": item, "error": kind });
        let body = body.to_string();
        for kind in ["geo", "vcard"] {
            let more = value!({ "type": kind, "text": place }).to_string();
            scene::survive(provider(), &guarded(), 200, more.as_bytes());
        }
        scene::survive(provider(), &account(Messenger::Telegram), 400, body.as_bytes());
    }
}
