//! Green-API: documented requests, answers and webhooks.

use super::scene::{self, call, done, finding, json, phone, reply, submission, words};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::Content,
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Qr, Subscription},
    contract,
    incoming::Extra,
    port::{AccountState, Attempt, Payload, Reception, Step, Submission, To, Verdict, Word},
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

fn outcome(status: u16, body: &str) -> Outcome {
    let content = Content::Text("x".to_owned());
    let part = submission(&content);
    done(provider().resume(&account(""), &part, &Step::FIRST, &reply(status, body)))
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account("s3cret"), Some(("authorization", "Bearer guess")));
    contract::exercise(provider(), &account(""), None);
}

#[test]
fn what_is_sent() {
    let text = Content::Text("Привет, *мир*\n\"5\"".to_owned());
    let request = call(provider().submit(&account(""), &submission(&text))).request;
    let url = format!("https://1103.api.green-api.com/waInstance1103000001/sendMessage/{TOKEN}");
    assert_eq!(request.url, url);
    let expected = value!({"chatId": "79001234567@c.us", "message": "Привет, *мир*\n\"5\""});
    assert_eq!(json(&request.body), expected);
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

#[test]
fn what_answers_mean() {
    let accepted = outcome(200, r#"{"idMessage":"3EB0C767D097B7C7C030"}"#);
    assert_eq!(accepted, Outcome::Accepted { remote_id: "3EB0C767D097B7C7C030".to_owned() });
    let refused = [
        (200, r#"{"status":false,"reason":"no"}"#, Blame::Provider, Reason::ProviderError),
        (400, "Bad Request Validation failed", Blame::Content, Reason::Malformed),
        (400, r#""Instance account is expired""#, Blame::Account, Reason::AccountBlocked),
        (401, "", Blame::Account, Reason::Unauthorized),
        (403, "", Blame::Account, Reason::Unauthorized),
        (404, "<html></html>", Blame::Account, Reason::Unauthorized),
        (
            466,
            r#"{"invokeStatus":{"method":"sendmessage","used":3,"total":3,"status":"QUOTE_EXCEEDED"}}"#,
            Blame::Account,
            Reason::Quota,
        ),
        (500, "File from url exceeded max upload size", Blame::Content, Reason::Malformed),
    ];
    for (status, body, blame, reason) in refused {
        let Outcome::Refused(failure) = outcome(status, body) else {
            panic!("{status} {body} is a refusal");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{body}");
    }
    for body in [
        "instance is starting or not authorized",
        r#"{"message":"instance in starting process try later"}"#,
    ] {
        assert!(matches!(outcome(400, body), Outcome::Deferred { whole_account: true, .. }));
    }
    let Outcome::Deferred { retry_after, .. } = outcome(429, "") else {
        panic!("429 is for later")
    };
    assert_eq!(retry_after, Some(Millis::seconds(1)));
    assert!(matches!(outcome(502, "<html>"), Outcome::Unknown { .. }));
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
fn what_statuses_mean() {
    let account = account("");
    let at = Some(Timestamp(1_767_225_605_000));
    let known = [
        ("sent", ReceiptKind::Sent),
        ("delivered", ReceiptKind::Delivered),
        ("read", ReceiptKind::Read),
    ];
    for (status, kind) in known {
        let word = Word::Receipt { remote_id: "3EB0".to_owned(), kind, at };
        assert_eq!(
            receive(&account, None, &status_body(status)),
            Reception::Understood(vec![word])
        );
    }
    let failed = [
        ("failed", Blame::Provider),
        ("fail", Blame::Provider),
        ("noAccount", Blame::Recipient),
        ("notInGroup", Blame::Sender),
        ("yellowCard", Blame::Account),
    ];
    for (status, blame) in failed {
        let Reception::Understood(words) = receive(&account, None, &status_body(status)) else {
            panic!("{status} is understood");
        };
        let [Word::Receipt { kind: ReceiptKind::Failed(failure), .. }] = &words[..] else {
            panic!("{status}: {words:?}");
        };
        assert_eq!(failure.blame, blame);
    }
    let nothing = Reception::Understood(vec![Word::Nothing]);
    assert_eq!(receive(&account, None, &status_body("pending")), nothing);
    assert_eq!(receive(&account, None, r#"{"typeWebhook":"deviceInfo"}"#), nothing);
    let other = status_body("read").replace("1103000001", "1103000009");
    assert!(matches!(receive(&account, None, &other), Reception::Unreadable { .. }));
    let state = r#"{"typeWebhook":"stateInstanceChanged","stateInstance":"notAuthorized"}"#;
    let Reception::Understood(words) = receive(&account, None, state) else { panic!("a state") };
    assert!(matches!(&words[..], [Word::Account(AccountState::Broken { .. })]));
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

fn incoming(kind: &str, data: &Value) -> String {
    let mut data = data.clone();
    data["typeMessage"] = kind.into();
    value!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 1_103_000_001, "wid": "79990000001@c.us"},
        "timestamp": 1_767_225_600, "idMessage": "3A5F",
        "senderData": {"chatId": "79001234567@c.us", "sender": "79001234567@c.us",
            "chatName": "Ivan", "senderName": "Ivan", "senderContactName": ""},
        "messageData": data,
    })
    .to_string()
}

#[test]
fn what_customers_write() {
    let one = |kind: &str, data: Value| {
        let mut words = words(receive(&account(""), None, &incoming(kind, &data)));
        assert_eq!(words.len(), 1);
        words.remove(0)
    };
    let message = |kind: &str, data: Value| {
        let Word::Message(incoming) = one(kind, data) else { panic!("{kind} is a message") };
        *incoming
    };
    let text = message("textMessage", value!({"textMessageData": {"textMessage": "Hello"}}));
    assert_eq!((text.text.as_str(), text.remote_id.as_str()), ("Hello", "3A5F"));
    assert_eq!((text.chat.id.as_str(), text.chat.is_group), ("79001234567@c.us", false));
    assert_eq!(text.author.phone, Some(phone()));
    assert_eq!(text.author.name.as_deref(), Some("Ivan"));
    let reply_to = value!({"extendedTextMessageData": {"text": "yes", "stanzaId": "3EB0Q"},
        "quotedMessage": {"stanzaId": "3EB0Q", "textMessage": "Come at 5?"}});
    let quote = message("quotedMessage", reply_to);
    assert_eq!(quote.text, "yes");
    assert_eq!(quote.quote.unwrap().remote_id, "3EB0Q");
    let file = message(
        "documentMessage",
        value!({"fileMessageData": {"downloadUrl": "https://1103.media.green-api.com/f/1",
            "caption": "scan", "fileName": "scan.pdf", "mimeType": "application/pdf"}}),
    );
    assert_eq!((file.text.as_str(), file.files.len()), ("scan", 1));
    assert_eq!(file.files[0].kind, FileKind::Document);
    let lost = message("imageMessage", value!({"fileMessageData": {"downloadUrl": "{{SWE002}}"}}));
    assert!(lost.files.is_empty());
    let place = message(
        "locationMessage",
        value!({"locationMessageData": {"latitude": 55.75, "longitude": 37.61}}),
    );
    assert!(matches!(place.extra, Some(Extra::Location { .. })));
    let card = "BEGIN:VCARD\nTEL;type=CELL:+7 900 765-43-21\nEND:VCARD";
    let contact = message(
        "contactMessage",
        value!({"contactMessageData": {"displayName": "Petr", "vcard": card}}),
    );
    let phone = "+7 900 765-43-21".to_owned();
    let shared = Extra::Contact { name: "Petr".to_owned(), phone, is_own: false };
    assert_eq!(contact.extra, Some(shared));
    let edited = value!({"editedMessageData": {"textMessage": "new", "stanzaId": "3A5E"}});
    let is_edit = matches!(one("editedMessage", edited), Word::Edited { remote_id, text, .. }
        if remote_id == "3A5E" && text == "new");
    assert!(is_edit);
    let deleted = value!({"deletedMessageData": {"stanzaId": "3A5E"}});
    assert!(matches!(one("deletedMessage", deleted), Word::Deleted { .. }));
    let reaction = value!({"extendedTextMessageData": {"text": "👍"},
        "quotedMessage": {"stanzaId": "3EB0"}});
    let is_reaction = matches!(one("reactionMessage", reaction), Word::Reaction { emoji, .. }
        if emoji.as_deref() == Some("👍"));
    assert!(is_reaction);
    let odd = message("groupInviteMessage", value!({"whatever": 1}));
    assert_eq!(odd.extra, Some(Extra::Other("groupInviteMessage".to_owned())));
}

#[test]
fn what_is_found_out_of_an_account() {
    let ask = |chore: Chore<'_>, status, body: &str| {
        finding(provider(), &account(""), &chore, &reply(status, body))
    };
    let ready = ask(Chore::Check, 200, r#"{"stateInstance":"authorized"}"#);
    assert_eq!(ready, Finding::State(AccountState::Ready));
    let url = "https://hub.example.ru/in/key";
    assert_eq!(
        ask(Chore::Subscription, 200, r#"{"webhookUrl":""}"#),
        Finding::Subscription(Subscription::None)
    );
    let half = format!(
        r#"{{"webhookUrl":"{url}","outgoingWebhook":"no","stateWebhook":"yes",
        "incomingWebhook":"yes","outgoingMessageWebhook":"yes"}}"#
    );
    let missing = "outgoingWebhook".to_owned();
    assert_eq!(
        ask(Chore::Subscription, 200, &half),
        Finding::Subscription(Subscription::Partial { urls: vec![url.to_owned()], missing })
    );
    assert_eq!(ask(Chore::Subscribe { url }, 200, r#"{"saveSettings":true}"#), Finding::Done);
    let qr = r#"{"type":"qrCode","message":"iVBORw=="}"#;
    assert_eq!(ask(Chore::Qr, 200, qr), Finding::Qr(Qr::Png(vec![0x89, b'P', b'N', b'G'])));
    let exists = Chore::Exists { phone: phone() };
    assert_eq!(ask(exists, 200, r#"{"existsWhatsapp":false}"#), Finding::Exists(false));
    let limit = r#"{"status":false,"reason":"User get contact info limit reached"}"#;
    assert!(matches!(ask(exists, 200, limit), Finding::Later { .. }));
    let bad = [("delaySendMessagesMilliseconds".to_owned(), "5".to_owned())];
    assert!(matches!(ask(Chore::Change { values: &bad }, 200, "{}"), Finding::Failed(_)));
    let strange = [("apiTokenInstance".to_owned(), "x".to_owned())];
    assert!(matches!(ask(Chore::Change { values: &strange }, 200, "{}"), Finding::Failed(_)));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        scene::survive(provider(), &account("s"), status, &body);
        scene::survive(provider(), &account(""), status, &body);
    }
}
