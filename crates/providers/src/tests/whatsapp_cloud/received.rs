//! WhatsApp Business Cloud API: documented webhooks.

use super::{NUMBER, SECRET, account, provider};
use crate::tests::scene::{self, phone, words};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use sha2::Sha256;
use vestnik_model::{
    file::FileKind,
    outcome::{Blame, Reason, ReceiptKind},
    time::Timestamp,
};
use vestnik_provider::{
    incoming::{Extra, Incoming},
    port::{AccountState, Reception, Word},
    wire::Inbound,
};

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

fn status(status: &str, errors: &Value) -> Vec<Word> {
    let one = value!({"id": "wamid.HBgL", "status": status, "timestamp": "1767225605",
        "recipient_id": "79001234567", "biz_opaque_callback_data": "out-42", "errors": errors,
        "pricing": {"billable": true, "pricing_model": "PMP", "category": "utility"}});
    words(receive(&envelope("messages", &value!({"statuses": [one]}))))
}

#[test]
fn what_statuses_mean() {
    let at = Some(Timestamp(1_767_225_605_000));
    for (name, kind) in [
        ("sent", ReceiptKind::Sent),
        ("delivered", ReceiptKind::Delivered),
        ("read", ReceiptKind::Read),
        ("played", ReceiptKind::Read),
    ] {
        let word = Word::Receipt { remote_id: "wamid.HBgL".to_owned(), kind, at };
        assert_eq!(status(name, &Value::Null), [word], "{name}");
    }
    assert_eq!(status("warning", &Value::Null), [Word::Nothing]);
    for (code, blame, reason) in [
        (131_047, Blame::Window, Reason::WindowClosed),
        (131_026, Blame::Recipient, Reason::NoAccount),
        (131_049, Blame::Recipient, Reason::Barred),
        (131_053, Blame::Content, Reason::FileRefused),
        (130_429, Blame::Provider, Reason::ProviderError),
        (999, Blame::Provider, Reason::ProviderError),
    ] {
        let errors = value!([{"code": code, "title": "Title", "message": "Title",
            "error_data": {"details": "Because"}, "href": "https://example.ru/"}]);
        let words = status("failed", &errors);
        let [Word::Receipt { kind: ReceiptKind::Failed(failure), .. }] = &words[..] else {
            panic!("{words:?}");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason));
        assert_eq!(failure.detail, format!("{code}: Title – Because"));
    }
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

fn one(kind: &str, content: Value, more: &Value) -> Word {
    let mut message = value!({"from": "79001234567", "id": "wamid.IN", "timestamp": "1767225600",
        "type": kind});
    message[kind] = content;
    for (name, value) in more.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    let contacts = value!([{"profile": {"name": "Anna", "username": "anna"},
        "wa_id": "79001234567", "user_id": "RU.1349"}]);
    let value = value!({"contacts": contacts, "messages": [message]});
    let mut words = words(receive(&envelope("messages", &value)));
    assert_eq!(words.len(), 1, "{kind}");
    words.remove(0)
}

fn message(kind: &str, content: Value, more: &Value) -> Incoming {
    let Word::Message(incoming) = one(kind, content, more) else { panic!("{kind} is a message") };
    *incoming
}

#[test]
fn what_customers_write() {
    let none = Value::Null;
    let quote = value!({"context": {"from": "79990000001", "id": "wamid.OUT"}});
    let text = message("text", value!({"body": "Привет"}), &quote);
    assert_eq!((text.text.as_str(), text.chat.id.as_str()), ("Привет", "79001234567"));
    assert_eq!(text.quote.unwrap().remote_id, "wamid.OUT");
    assert_eq!(text.author.phone, Some(phone()));
    assert_eq!(text.author.name.as_deref(), Some("Anna"));
    assert_eq!(text.at, Some(Timestamp(1_767_225_600_000)));
    let kinds = [
        ("image", FileKind::Image),
        ("video", FileKind::Video),
        ("document", FileKind::Document),
        ("sticker", FileKind::Sticker),
        ("audio", FileKind::Voice),
    ];
    for (name, kind) in kinds {
        let content = value!({"id": "1003383421387256", "mime_type": "image/jpeg", "voice": true,
            "sha256": "abc=", "caption": "scan", "filename": "scan.pdf",
            "url": "https://lookaside.fbsbx.com/x"});
        let file = message(name, content, &none);
        assert_eq!((file.files[0].kind, file.text.as_str()), (kind, "scan"));
        assert_eq!(file.files[0].locator, "1003383421387256");
    }
    let place = value!({"latitude": 55.75, "longitude": 37.61, "name": "Дом"});
    let place = message("location", place, &none).extra;
    let (latitude, longitude) = ("55.75".to_owned(), "37.61".to_owned());
    let name = Some("Дом".to_owned());
    assert_eq!(place, Some(Extra::Location { latitude, longitude, name }));
    let card = value!([{"name": {"formatted_name": "Petr"}, "phones": [{"phone": "+7 900"}]}]);
    let (name, number) = ("Petr".to_owned(), "+7 900".to_owned());
    let contact = message("contacts", card, &none).extra;
    assert_eq!(contact, Some(Extra::Contact { name, phone: number, is_own: false }));
    let pressed = |payload: &str| Some(Extra::Pressed { payload: payload.to_owned() });
    let button = message("button", value!({"payload": "yes", "text": "Да"}), &quote);
    assert_eq!((button.extra, button.text.as_str()), (pressed("yes"), "Да"));
    for kind in ["button_reply", "list_reply"] {
        let content = value!({"type": kind, kind: {"id": "id-1", "title": "Да"}});
        assert_eq!(message("interactive", content, &none).extra, pressed("id-1"));
    }
    let odd = value!({"errors": [{"code": 131_051}], "unsupported": {"type": "poll"}});
    let unsupported = message("unsupported", value!({"type": "poll"}), &odd);
    assert_eq!(unsupported.extra, Some(Extra::Other("poll".to_owned())));
    let order = message("order", value!({"catalog_id": "1"}), &none);
    assert_eq!(order.extra, Some(Extra::Other("order".to_owned())));
    let group = message("text", value!({"body": "x"}), &value!({"group_id": "G1"}));
    assert!(group.chat.is_group && group.chat.id == "G1" && group.author.id == "79001234567");
}

#[test]
fn what_customers_do() {
    let none = Value::Null;
    let edit = value!({"original_message_id": "wamid.A",
        "message": {"type": "text", "text": {"body": "new"}}});
    let is_edit = matches!(one("edit", edit, &none), Word::Edited { remote_id, text, .. }
        if remote_id == "wamid.A" && text == "new");
    assert!(is_edit);
    let revoke = value!({"original_message_id": "wamid.A"});
    assert!(matches!(one("revoke", revoke, &none), Word::Deleted { .. }));
    for (emoji, expected) in [(value!("👍"), Some("👍".to_owned())), (value!(""), None)] {
        let reaction = value!({"message_id": "wamid.A", "emoji": emoji});
        let is_so = matches!(one("reaction", reaction, &none), Word::Reaction { emoji, .. }
            if emoji == expected);
        assert!(is_so);
    }
    assert!(matches!(one("request_welcome", value!({}), &none), Word::Started { .. }));
}

#[test]
fn a_person_may_have_no_number() {
    let value = value!({
        "contacts": [{"profile": {"name": "Anna", "username": "anna"}, "user_id": "RU.1349"}],
        "messages": [{"from_user_id": "RU.1349", "id": "wamid.IN", "timestamp": "1767225600",
            "type": "text", "text": {"body": "Hi"}}]});
    let words = words(receive(&envelope("messages", &value)));
    let [Word::Message(incoming)] = &words[..] else { panic!("{words:?}") };
    assert_eq!(incoming.chat.id, "RU.1349");
    assert_eq!(incoming.author.phone, None);
    assert_eq!(incoming.author.username.as_deref(), Some("anna"));
}

#[test]
fn the_account_and_its_templates_are_told_of() {
    let update = |field: &str, value: &Value| {
        let body = value!({"object": "whatsapp_business_account", "entry": [
            {"id": "102290129340398", "changes": [{"field": field, "value": value}]}]});
        words(receive(&body.to_string()))
    };
    let template = value!({"event": "APPROVED", "message_template_id": 594_425,
        "message_template_name": "visit", "message_template_language": "ru", "reason": "NONE"});
    let (id, state) = ("visit".to_owned(), "APPROVED".to_owned());
    let told = update("message_template_status_update", &template);
    assert_eq!(told, [Word::Template { id, state }]);
    let ban =
        |state: &str| value!({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": state}});
    let told = update("account_update", &ban("DISABLE"));
    assert!(matches!(&told[..], [Word::Account(AccountState::Broken { .. })]));
    let told = update("account_update", &ban("REINSTATE"));
    assert_eq!(told, [Word::Account(AccountState::Ready)]);
    assert_eq!(update("phone_number_quality_update", &value!({})), [Word::Nothing]);
    let echo = value!({"message_echoes": [{"from": "79990000001", "to": "79001234567",
        "id": "wamid.E", "timestamp": "1767225600", "type": "text", "text": {"body": "own"}}]});
    let told = words(receive(&envelope("smb_message_echoes", &echo)));
    let [Word::Message(own)] = &told[..] else { panic!("{told:?}") };
    assert!(own.is_own && own.chat.id == "79001234567");
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
