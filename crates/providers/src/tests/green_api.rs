//! Green-API: documented requests, answers and webhooks.

use crate::find;
use proptest::prelude::*;
use std::collections::BTreeMap;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    id::{AccountId, MessageId, WorkspaceId},
    messenger::Messenger,
    outcome::{Blame, Guarantee, Outcome, Reason, ReceiptKind},
    phone::Phone,
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider, contract,
    port::{AccountState, Attempt, Next, Reception, Step, Submission, Verdict, Word},
    wire::{Inbound, Reply},
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
    Account {
        id: AccountId(1),
        workspace: WorkspaceId(1),
        provider: "green_api".to_owned(),
        name: "sample".to_owned(),
        messenger: Messenger::Whatsapp,
        webhook_key: "key".to_owned(),
        settings: BTreeMap::from_iter(
            settings.map(|(name, value)| (name.to_owned(), Secret::new(value))),
        ),
        pacing: Pacing::default(),
        lanes: 1,
        in_flight_max: 1,
        unknown: Guarantee::NeverTwice,
        active: true,
    }
}

fn submission(content: &Content) -> Submission<'_> {
    let recipient = Phone::parse("+7 900 123-45-67").unwrap();
    Submission { message: MessageId(1), key: 1, recipient, content }
}

fn outcome(status: u16, body: &str) -> Outcome {
    let content = Content::Text("x".to_owned());
    let reply = Reply { status, headers: Vec::new(), body: body.into() };
    match provider().resume(&account(""), &submission(&content), Step::FIRST, &reply) {
        Next::Done(outcome) => outcome,
        Next::Call { .. } => panic!("one call is enough"),
    }
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account("s3cret"), Some(("authorization", "Bearer guess")));
    contract::exercise(provider(), &account(""), None);
}

#[test]
fn what_is_sent() {
    let text = Content::Text("Привет, *мир*\n\"5\"".to_owned());
    let Next::Call { request, .. } = provider().submit(&account(""), &submission(&text)) else {
        panic!("a call is expected");
    };
    let url = format!("https://1103.api.green-api.com/waInstance1103000001/sendMessage/{TOKEN}");
    assert_eq!(request.url, url);
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    let expected =
        serde_json::json!({"chatId": "79001234567@c.us", "message": "Привет, *мир*\n\"5\""});
    assert_eq!(body, expected);
    let names = [
        ("https://a.ru/b/c.PNG?x=1", "c.PNG"),
        ("https://a.ru/image", "image.jpg"),
        ("https://a.ru/", "image.jpg"),
        ("https://a.ru/x.gif", "image.jpg"),
    ];
    for (url, name) in names {
        let image = Content::Image { url: url.to_owned() };
        let Next::Call { request, .. } = provider().submit(&account(""), &submission(&image))
        else {
            panic!("a call is expected");
        };
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
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
    let body = body.as_bytes();
    provider().receive(account, &Inbound { method: "POST", query: "", headers: &headers, body })
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
    let ask = |step: Step, minutes: i64, body: &str| {
        let now = started_at + Millis::minutes(minutes);
        let attempt = Attempt { submission: submission(&content), started_at, now };
        let reply = Reply { status: 200, headers: Vec::new(), body: body.into() };
        provider().inquired(&account(""), &attempt, step, &reply)
    };
    let line = |text: &str, at: i64| {
        format!(
            r#"{{"type":"outgoing","idMessage":"3EB0AA","timestamp":{at},"typeMessage":"textMessage",
            "chatId":"79001234567@c.us","textMessage":"{text}","statusMessage":"delivered"}}"#
        )
    };
    let ours = line("Ваш заказ готов", 1_767_225_601);
    let found = Verdict::Found { remote_id: "3EB0AA".to_owned() };
    assert_eq!(ask(Step::FIRST, 1, &format!("[{ours}]")), found);
    assert_eq!(ask(Step::FIRST, 1, &format!("[{ours},{ours}]")), Verdict::Unsure);
    let older = line("Ваш заказ готов", 1_767_225_000);
    let others = format!("[{older},{}]", line("Другое", 1_767_225_601));
    let queue = Step::FIRST.next();
    assert_eq!(ask(Step::FIRST, 1, &others), Verdict::Ask(queue));
    assert_eq!(ask(queue, 1, "[]"), Verdict::Unsure, "too fresh to be sure");
    assert_eq!(ask(queue, 3, "[]"), Verdict::Absent);
    let queued = r#"[{"messageID":"3EB0BB","type":"sendMessage","body":{"chatId":"79001234567@c.us",
        "message":"Ваш заказ готов"}}]"#;
    assert_eq!(ask(queue, 3, queued), Verdict::Found { remote_id: "3EB0BB".to_owned() });
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        let content = Content::Text("x".to_owned());
        let reply = Reply { status, headers: Vec::new(), body: body.clone() };
        let _ = provider().resume(&account(""), &submission(&content), Step::FIRST, &reply);
        let _ = provider().checked(&account(""), &reply);
        let text = String::from_utf8_lossy(&body);
        let _ = receive(&account("s"), Some(&text), &text);
        let _ = receive(&account(""), None, &text);
    }
}
