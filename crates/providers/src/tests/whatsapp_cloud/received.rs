//! WhatsApp Business Cloud API: documented webhooks.

use super::{NUMBER, SECRET, account, provider};
use crate::tests::scene::{self, words};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use sha2::Sha256;
use vestnik_provider::{port::Reception, wire::Inbound};

fn signed(body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", HEXLOWER.encode(&mac.finalize().into_bytes()))
}

fn receive(body: &str) -> Reception {
    let header = signed(body);
    scene::receive(provider(), &account(), &[("x-hub-signature-256", &header)], body)
}

fn envelope(field: &str, value: &Value) -> String {
    let mut value = value.clone();
    value["messaging_product"] = value!("whatsapp");
    value["metadata"] =
        value!({"display_phone_number": "+7 999 000 00 01", "phone_number_id": NUMBER});
    value!({"object": "whatsapp_business_account", "entry": [{"id": "102290129340398",
        "changes": [{"field": field, "value": value}]}]})
    .to_string()
}

#[test]
fn one_webhook_holds_many_words_and_a_broken_one_hides_none() {
    let good = |id: &str| value!({"id": id, "status": "read", "timestamp": 1_767_225_605_000_i64});
    let value = value!({"statuses": [good("a"), {"status": "read"}, good("b")]});
    let words = words(receive(&envelope("messages", &value)));
    let ids: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    assert_eq!(words.len(), 2, "{ids:?}");
    let other = envelope("messages", &value).replace(NUMBER, "106540352242923");
    assert!(matches!(receive(&other), Reception::Unreadable { .. }));
    let body = envelope("messages", &value);
    let inbound = |body| Inbound {
        method: "POST",
        url: "https://hub.example.ru/in",
        query: "",
        headers: &[],
        body,
    };
    assert!(provider().is_for(&account(), &inbound(body.as_bytes())));
    assert!(!provider().is_for(&account(), &inbound(other.as_bytes())));
}

#[test]
fn what_is_not_signed_is_forged() {
    let body = envelope("messages", &value!({"statuses": []}));
    assert!(matches!(receive(&body), Reception::Understood(_)));
    let good = signed(&body);
    let upper = good.to_ascii_uppercase().replace("SHA256", "sha256");
    let from = |headers: &[(&str, &str)], body: &str| {
        scene::receive(provider(), &account(), headers, body)
    };
    assert!(matches!(from(&[("x-hub-signature-256", &upper)], &body), Reception::Understood(_)));
    for bad in ["", "sha256=", "sha256=zz", &good[7..], &good[..good.len() - 2], &signed("other")] {
        assert_eq!(from(&[("x-hub-signature-256", bad)], &body), Reception::Forged, "{bad}");
    }
    assert_eq!(from(&[], &body), Reception::Forged);
    let mut open = account();
    open.settings.remove("app_secret");
    let headers = [("x-hub-signature-256", good.as_str())];
    assert_eq!(scene::receive(provider(), &open, &headers, &body), Reception::Forged);
}

#[test]
fn the_handshake_gives_the_challenge_back() {
    let ask = |query: &str| {
        let url = "https://hub.example.ru/in/key";
        let inbound = Inbound { method: "GET", url, query, headers: &[], body: b"" };
        provider().receive(&account(), &inbound)
    };
    let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify-me";
    let body = "1158201444".to_owned();
    assert_eq!(ask(good), Reception::Handshake { status: 200, body });
    for bad in [
        "",
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=verify",
        "hub.challenge=1&hub.verify_token=verify-me",
        "hub.mode=subscribe&hub.verify_token=verify-me",
    ] {
        assert_eq!(ask(bad), Reception::Forged, "{bad}");
    }
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(
        field in "messages|message_echoes|account_update|message_template_status_update|x",
        name in "messages|statuses|contacts|message_echoes|event",
        inner in "\\[?[0-9a-z{}\":\\[\\], ]{0,80}",
    ) {
        let inner = serde_json::from_str(&inner).unwrap_or(value!([{"id": 5, "type": [], "from": 1}]));
        let mut change = value!({});
        change[&name] = inner;
        let _ = receive(&envelope(&field, &change));
    }
}
