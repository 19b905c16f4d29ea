//! Green-API: documented requests, answers and webhooks.

use super::scene::{self, call, finding, json, reply, submission};
use crate::find;
use proptest::prelude::*;
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding},
    contract,
    port::{Attempt, Payload, Reception, Step, Submission, To, Verdict},
};

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

fn provider() -> &'static dyn Provider {
    find("green_api").unwrap()
}

fn account(webhook_token: &str) -> Account {
    let settings = [
        ("api_url", "1103.api.green-api.com"),
        ("id_instance", "1103000001"),
        ("token", TOKEN),
        ("webhook_token", webhook_token),
    ];
    scene::account("green_api", Messenger::Whatsapp, &settings)
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account("s3cret"), Some(("authorization", "Bearer guess")));
    contract::exercise(provider(), &account(""), None);
}

#[test]
fn a_file_by_address_has_a_name_with_an_ending() {
    let names = [
        ("https://a.ru/b/c.PNG?x=1", "c.PNG"),
        ("https://a.ru/image", "image.jpg"),
        ("https://a.ru/", "image.jpg"),
        ("https://a.ru/x.gif", "image.jpg"),
    ];
    for (url, name) in names {
        let image = Content::image(url);
        let request = call(provider().submit(&account(""), &submission(&image))).request;
        let body = json(&request.body);
        assert_eq!(body["fileName"], name, "{url}");
        assert_eq!(body["urlFile"], url);
    }
}

fn receive(account: &Account, authorization: Option<&str>, body: &str) -> Reception {
    let headers: Vec<_> = authorization.map(|a| ("authorization", a)).into_iter().collect();
    scene::receive(provider(), account, &headers, body)
}

fn status_body(status: &str) -> String {
    format!(
        r#"{{"typeWebhook":"outgoingMessageStatus","chatId":"79001234567@c.us",
        "instanceData":{{"idInstance":1103000001,"wid":"79990000001@c.us",
        "typeInstance":"whatsapp"}},"timestamp":1767225605,"idMessage":"3EB0","status":"{status}",
        "description":"","sendByApi":true}}"#
    )
}

#[test]
fn the_webhooks_secret_comes_in_several_forms() {
    let account = account("s3cret");
    let pair = format!("Basic {}", data_encoding::BASE64.encode(b"user:s3cret"));
    let plain = format!("Basic {}", data_encoding::BASE64.encode(b"s3cret"));
    for good in ["s3cret", "Bearer s3cret", "Basic s3cret", &pair, &plain] {
        let got = receive(&account, Some(good), &status_body("read"));
        assert!(matches!(got, Reception::Understood(_)), "{good}");
    }
    for bad in [None, Some(""), Some("Bearer"), Some("Bearer s3cre"), Some("Bearer s3cret2")] {
        assert_eq!(receive(&account, bad, &status_body("read")), Reception::Forged, "{bad:?}");
    }
}

#[test]
fn the_journal_tells_what_became_of_a_lost_answer() {
    let content = Content::Text("Ваш заказ готов".to_owned());
    let started_at = Timestamp(1_767_225_600_000);
    let ask = |step: &Step, minutes: i64, body: &str| {
        let now = started_at + Millis::minutes(minutes);
        let attempt = Attempt { submission: submission(&content), started_at, now };
        provider().inquired(&account(""), &attempt, step, &reply(200, body))
    };
    let line = |text: &str, at: i64| {
        format!(
            r#"{{"type":"outgoing","idMessage":"3EB0AA","timestamp":{at},"typeMessage":"textMessage",
            "chatId":"79001234567@c.us","textMessage":"{text}","statusMessage":"delivered"}}"#
        )
    };
    let ours = line("Ваш заказ готов", 1_767_225_601);
    let found = Verdict::Found { remote_id: "3EB0AA".to_owned() };
    assert_eq!(ask(&Step::FIRST, 1, &format!("[{ours}]")), found);
    assert_eq!(ask(&Step::FIRST, 1, &format!("[{ours},{ours}]")), Verdict::Unsure);
    let older = line("Ваш заказ готов", 1_767_225_000);
    let others = format!("[{older},{}]", line("Другое", 1_767_225_601));
    let queue = Step::FIRST.next();
    assert_eq!(ask(&Step::FIRST, 1, &others), Verdict::Ask(queue.clone()));
    assert_eq!(ask(&queue, 1, "[]"), Verdict::Unsure, "too fresh to be sure");
    assert_eq!(ask(&queue, 3, "[]"), Verdict::Absent);
    let queued = r#"[{"messageID":"3EB0BB","type":"sendMessage","body":{"chatId":"79001234567@c.us",
        "message":"Ваш заказ готов"}}]"#;
    assert_eq!(ask(&queue, 3, queued), Verdict::Found { remote_id: "3EB0BB".to_owned() });
}

#[test]
fn a_file_of_ours_goes_up_with_its_bytes_to_the_media_host() {
    let file = File {
        source: Source::Stored(FileHash([1; 32])),
        name: "Чек.pdf".to_owned(),
        caption: "Ваш чек".to_owned(),
        ..File::at(FileKind::Document, "")
    };
    let content = Content::File(file);
    let payload =
        Payload { name: "Чек.pdf", mime: "application/pdf", bytes: b"%PDF-1.7 bytes", url: "" };
    let part = Submission {
        to: To::Group("120363043968066561@g.us"),
        file: Some(payload),
        quote: Some("3EB0Q"),
        ..submission(&content)
    };
    let request = call(provider().submit(&account(""), &part)).request;
    let end = format!("/waInstance1103000001/sendFileByUpload/{TOKEN}");
    assert_eq!(request.url, format!("https://1103.media.green-api.com{end}"));
    let text = String::from_utf8_lossy(&request.body);
    for piece in [
        "name=\"chatId\"\r\n\r\n120363043968066561@g.us\r\n",
        "name=\"quotedMessageId\"\r\n\r\n3EB0Q\r\n",
        "name=\"caption\"\r\n\r\nВаш чек\r\n",
        "filename=\"Чек.pdf\"\r\ncontent-type: application/pdf\r\n\r\n%PDF-1.7 bytes\r\n",
    ] {
        assert!(text.contains(piece), "{piece} in {text}");
    }
}

#[test]
fn only_known_settings_within_their_bounds_are_changed() {
    for (name, value) in [("delaySendMessagesMilliseconds", "5"), ("apiTokenInstance", "x")] {
        let values = [(name.to_owned(), value.to_owned())];
        let chore = Chore::Change { values: &values };
        let found = finding(provider(), &account(""), &chore, &reply(200, "{}"));
        assert!(matches!(found, Finding::Failed(_)), "{name}: {found:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        scene::survive(provider(), &account("s"), status, &body);
        scene::survive(provider(), &account(""), status, &body);
    }
}
