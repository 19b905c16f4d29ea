//! Twilio: documented webhooks and signatures.

use super::{ANNA, OWN, SID, TOKEN, URL, account, provider};
use crate::tests::scene::{self};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha1::Sha1;
use vestnik_model::secret::Secret;
use vestnik_provider::{
    port::Reception,
    wire::{Inbound, encode_form},
};

/// A signature over address and parameters, as the helper libraries make it.
fn sign(token: &str, url: &str, fields: &[(&str, &str)]) -> String {
    let mut sorted = fields.to_vec();
    sorted.sort_unstable();
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(url.as_bytes());
    for (name, value) in sorted {
        mac.update(format!("{name}{value}").as_bytes());
    }
    BASE64.encode(&mac.finalize().into_bytes())
}

fn receive(fields: &[(&str, &str)]) -> Reception {
    let signature = sign(TOKEN, URL, fields);
    let headers = [
        ("x-twilio-signature", signature.as_str()),
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
    ];
    scene::receive(provider(), &account(), &headers, encode_form(fields))
}

/// The vectors that Twilio's libraries are tested by.
#[test]
fn signatures_are_those_of_the_published_vectors() {
    let caller = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ];
    let doubled = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ];
    let mut account = account();
    account.settings.insert("auth_token".to_owned(), Secret::new("12345"));
    let check = |url: &str, query: &str, kind: &str, body: &[u8], signature: &str| {
        let headers = [("x-twilio-signature", signature), ("content-type", kind)];
        let inbound = Inbound { method: "POST", url, query, headers: &headers, body };
        provider().receive(&account, &inbound) != Reception::Forged
    };
    let form = "application/x-www-form-urlencoded";
    let (caller, doubled) = (encode_form(&caller), encode_form(&doubled));
    let query = "foo=1&bar=2";
    for (url, body, signature) in [
        ("https://mycompany.com/myapp.php", &caller, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php", &caller, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com:80/myapp.php", &caller, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php", &caller, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com/myapp.php", &doubled, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        // The port may be lost or added on the way.
        ("https://mycompany.com/myapp.php", &caller, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com/myapp.php", &caller, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ] {
        assert!(check(url, query, form, body.as_bytes(), signature), "{url}");
        assert!(!check(url, "foo=1", form, body.as_bytes(), signature), "{url}");
    }
    let url = "https://mycompany.com/myapp.php";
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let query = format!("foo=1&bar=2&bodySHA256={hash}");
    let body = b"{\"property\": \"value\", \"boolean\": true}";
    let signature = "a9nBmqA0ju/hNViExpshrM61xv4=";
    assert!(check(url, &query, "application/json", body, signature));
    assert!(!check(url, &query, "application/json", b"{}", signature));
}

#[test]
fn what_is_not_signed_is_forged() {
    let fields = [("MessageSid", "SM11"), ("AccountSid", SID), ("From", ANNA), ("To", OWN)];
    assert!(matches!(receive(&fields), Reception::Understood(_)));
    let good = sign(TOKEN, URL, &fields);
    let body = encode_form(&fields);
    let from = |headers: &[(&str, &str)], body: &str| {
        scene::receive(provider(), &account(), headers, body)
    };
    let foreign = sign("other", URL, &fields);
    for bad in ["", "=", "AAAA", &good[..27], &foreign] {
        assert_eq!(from(&[("x-twilio-signature", bad)], &body), Reception::Forged, "{bad}");
    }
    assert_eq!(from(&[], &body), Reception::Forged);
    let more = format!("{body}&Extra=1");
    assert_eq!(from(&[("x-twilio-signature", &good)], &more), Reception::Forged);
    let mut open = account();
    open.settings.remove("auth_token");
    let headers = [("x-twilio-signature", good.as_str())];
    assert_eq!(scene::receive(provider(), &open, &headers, &body), Reception::Forged);
}

#[test]
fn the_shared_address_finds_its_account() {
    let is_for = |fields: &[(&str, &str)]| {
        let body = encode_form(fields);
        let url = "https://hub.example.ru/api/webhook/LeadGen/whatsapp";
        let (headers, body) = (&[], body.as_bytes());
        let inbound = Inbound { method: "POST", url, query: "", headers, body };
        provider().is_for(&account(), &inbound)
    };
    assert!(is_for(&[("AccountSid", SID), ("From", ANNA), ("To", OWN)]));
    let status = [("AccountSid", SID), ("From", OWN), ("To", ANNA), ("MessageStatus", "read")];
    assert!(is_for(&status));
    assert!(!is_for(&[("AccountSid", SID), ("From", ANNA), ("To", "whatsapp:+15550001111")]));
    assert!(!is_for(&[("AccountSid", "AC1"), ("From", ANNA), ("To", OWN)]));
    assert!(!is_for(&[]));
    let other = [("MessageSid", "SM1"), ("AccountSid", "AC1"), ("From", ANNA), ("To", OWN)];
    assert!(matches!(receive(&other), Reception::Unreadable { .. }));
}

proptest! {
    #[test]
    fn no_form_makes_it_panic(
        fields in proptest::collection::vec(
            ("MessageSid|AccountSid|From|To|NumMedia|MessageStatus|ErrorCode|Latitude|MediaUrl0",
             "whatsapp:\\+?[0-9é]{0,20}|[0-9]{0,25}|\\PC{0,20}"), 0..12),
    ) {
        let mut pairs: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.insert(0, ("AccountSid", SID));
        pairs.insert(1, ("To", OWN));
        pairs.dedup();
        let _ = receive(&pairs);
    }
}
