//! Twilio: documented webhooks and signatures.

use super::{ANNA, OWN, SID, TOKEN, URL, account, provider};
use crate::tests::scene::{self, phone, words};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha1::Sha1;
use vestnik_model::{
    file::FileKind,
    outcome::{Blame, Reason, ReceiptKind},
    secret::Secret,
};
use vestnik_provider::{
    incoming::{Extra, Incoming},
    port::{Reception, Word},
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
fn what_statuses_mean() {
    let status = |word: &str, more: &[(&str, &str)]| {
        let mut fields = vec![
            ("MessageSid", "SM11"),
            ("SmsSid", "SM11"),
            ("MessageStatus", word),
            ("SmsStatus", word),
            ("AccountSid", SID),
            ("From", OWN),
            ("To", ANNA),
            ("ChannelPrefix", "whatsapp"),
            ("ChannelToAddress", "+7900123XXXX"),
        ];
        fields.extend_from_slice(more);
        words(receive(&fields))
    };
    for (word, kind) in [
        ("sent", ReceiptKind::Sent),
        ("delivered", ReceiptKind::Delivered),
        ("read", ReceiptKind::Read),
    ] {
        let receipt = Word::Receipt { remote_id: "SM11".to_owned(), kind, at: None };
        assert_eq!(status(word, &[("EventType", "X")]), [receipt]);
    }
    for word in ["queued", "sending", "something"] {
        assert_eq!(status(word, &[]), [Word::Nothing]);
    }
    for (word, code, blame, reason) in [
        ("failed", "63016", Blame::Window, Reason::WindowClosed),
        ("undelivered", "63003", Blame::Recipient, Reason::NoAccount),
        ("undelivered", "63024", Blame::Recipient, Reason::NoAccount),
        ("failed", "63015", Blame::Recipient, Reason::NoAddress),
        ("failed", "63018", Blame::Provider, Reason::ProviderError),
        ("failed", "63019", Blame::Content, Reason::FileUnavailable),
        ("failed", "63013", Blame::Content, Reason::Filtered),
        ("failed", "", Blame::Provider, Reason::ProviderError),
    ] {
        let words = status(word, &[("ErrorCode", code), ("ErrorMessage", "Because")]);
        let [Word::Receipt { kind: ReceiptKind::Failed(failure), .. }] = &words[..] else {
            panic!("{words:?}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{code}");
        assert!(failure.detail.contains("Because"));
    }
}

fn message(more: &[(&str, &str)]) -> Incoming {
    let mut fields = vec![
        ("MessageSid", "SM11"),
        ("AccountSid", SID),
        ("From", ANNA),
        ("To", OWN),
        ("WaId", "79001234567"),
        ("ProfileName", "Анна"),
        ("SmsStatus", "received"),
        ("ReferralNumMedia", "0"),
    ];
    fields.extend_from_slice(more);
    let mut words = words(receive(&fields));
    let Word::Message(incoming) = words.remove(0) else { panic!("a message") };
    *incoming
}

#[test]
fn what_customers_write() {
    let text = message(&[
        ("Body", "Да + нет"),
        ("NumMedia", "0"),
        ("MessageType", "text"),
        ("OriginalRepliedMessageSid", "SM7"),
        ("OriginalRepliedMessageSender", OWN),
    ]);
    assert_eq!((text.text.as_str(), text.chat.id.as_str()), ("Да + нет", "79001234567"));
    assert_eq!(text.author.phone, Some(phone()));
    assert_eq!(text.author.name.as_deref(), Some("Анна"));
    assert_eq!(text.quote.unwrap().remote_id, "SM7");
    assert_eq!(text.extra, None);
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1");
    for (told, mime, kind) in [
        ("image", "image/jpeg", FileKind::Image),
        ("document", "application/pdf", FileKind::Document),
        ("audio", "audio/ogg", FileKind::Voice),
        ("audio", "audio/mpeg", FileKind::Audio),
        ("video", "video/mp4", FileKind::Video),
        ("sticker", "image/webp", FileKind::Sticker),
        ("", "image/png", FileKind::Image),
    ] {
        let file = message(&[
            ("Body", ""),
            ("NumMedia", "1"),
            ("MediaUrl0", &url),
            ("MediaContentType0", mime),
            ("MessageType", told),
        ]);
        assert_eq!((file.files[0].kind, file.files[0].locator.as_str()), (kind, &*url));
        assert_eq!(file.extra, None);
    }
    let button = message(&[("Body", "Да"), ("ButtonText", "Да"), ("ButtonPayload", "yes")]);
    assert_eq!(button.extra, Some(Extra::Pressed { payload: "yes".to_owned() }));
    let place = message(&[("Latitude", "55.75"), ("Longitude", "37.61"), ("Label", "Дом")]);
    assert!(matches!(place.extra, Some(Extra::Location { latitude, .. }) if latitude == "55.75"));
    let card = message(&[("Body", ""), ("MessageType", "contacts"), ("NumMedia", "0")]);
    assert_eq!(card.extra, Some(Extra::Other("contacts".to_owned())));
}

#[test]
fn a_person_may_hide_the_number() {
    let fields = [
        ("MessageSid", "SM11"),
        ("AccountSid", SID),
        ("From", "whatsapp:US.1349"),
        ("To", OWN),
        ("Body", "Hi"),
        ("Username", "anna"),
    ];
    let words = words(receive(&fields));
    let [Word::Message(incoming)] = &words[..] else { panic!("{words:?}") };
    assert_eq!((incoming.chat.id.as_str(), incoming.author.phone), ("US.1349", None));
    assert_eq!(incoming.author.username.as_deref(), Some("anna"));
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
