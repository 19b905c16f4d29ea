//! WhatsApp Business Cloud API: documented requests, answers and webhooks.

mod received;

use super::scene::{self, call, done, finding, json, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    file::{File, FileHash, FileKind, Source},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    port::{Payload, Step, Submission},
};

const TOKEN: &str = "EAAsystemUserToken";
const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const NUMBER: &str = "106540352242922";

fn provider() -> &'static dyn Provider {
    find("whatsapp_cloud").unwrap()
}

fn account() -> Account {
    let settings = [
        ("phone_number_id", NUMBER),
        ("waba_id", "102290129340398"),
        ("token", TOKEN),
        ("app_secret", SECRET),
        ("verify_token", "verify-me"),
        ("phone", "+7 999 000-00-01"),
    ];
    scene::account("whatsapp_cloud", Messenger::Whatsapp, &settings)
}

fn body_of(content: &Content) -> Value {
    let request = call(provider().submit(&account(), &submission(content))).request;
    assert_eq!(request.url, format!("https://graph.facebook.com/v23.0/{NUMBER}/messages"));
    let bearer = format!("Bearer {TOKEN}");
    assert!(request.headers.iter().any(|(n, v)| n == "authorization" && *v == bearer));
    json(&request.body)
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &submission(&content), &Step::FIRST, &answer))
}

fn error(code: i64) -> Value {
    value!({ "error": { "message": format!("(#{code}) Something"), "type": "OAuthException",
        "code": code, "error_data": { "messaging_product": "whatsapp", "details": "Because" },
        "fbtrace_id": "Az8or2yhqkZfEZ" } })
}

#[test]
fn it_keeps_the_contract() {
    let wrong = format!("sha256={}", "0".repeat(64));
    contract::exercise(provider(), &account(), Some(("x-hub-signature-256", &wrong)));
}

#[test]
fn buttons_become_what_fits() {
    let button = |n: usize, title: &str| Button {
        title: title.to_owned(),
        action: ButtonAction::Reply(format!("id-{n}")),
    };
    let choice =
        |buttons: Vec<Button>| Content::Choice { text: "Придёте?".to_owned(), buttons };
    let two = body_of(&choice(vec![button(1, "Да"), button(2, "Нет")]));
    assert_eq!(
        two["interactive"],
        value!({"type": "button", "body": {"text": "Придёте?"}, "action": {"buttons": [
            {"type": "reply", "reply": {"id": "id-1", "title": "Да"}},
            {"type": "reply", "reply": {"id": "id-2", "title": "Нет"}}]}})
    );
    let many = (0..4).map(|n| button(n, &format!("Очень длинное название кнопки {n}"))).collect();
    let list = body_of(&choice(many));
    let rows = &list["interactive"]["action"]["sections"][0]["rows"];
    assert_eq!(rows.as_array().unwrap().len(), 4);
    assert_eq!(rows[0]["title"].as_str().unwrap().chars().count(), 24);
    assert_eq!(rows[0]["description"], "Очень длинное название кнопки 0");
    let open = Button {
        title: "Сайт".to_owned(),
        action: ButtonAction::Open("https://example.ru/".to_owned()),
    };
    let link = body_of(&choice(vec![open.clone()]));
    assert_eq!(link["interactive"]["action"]["parameters"]["url"], "https://example.ru/");
    for bad in [
        choice((0..11).map(|n| button(n, &n.to_string())).collect()),
        choice(vec![open, button(1, "Да")]),
        choice(vec![button(1, "Да"), button(2, "Да")]),
        Content::Choice { text: "x".repeat(1_025), buttons: vec![button(1, "Да")] },
    ] {
        let Outcome::Refused(failure) = done(provider().submit(&account(), &submission(&bad)))
        else {
            panic!("it can't be sent");
        };
        assert_eq!((failure.blame, failure.reason), (Blame::Content, Reason::Malformed));
    }
}

#[test]
fn a_file_goes_by_address_or_is_uploaded_first() {
    let file =
        File { caption: "Чек".to_owned(), ..File::at(FileKind::Document, "https://e.ru/a.pdf") };
    let body = body_of(&Content::File(file));
    let expected = value!({"link": "https://e.ru/a.pdf", "caption": "Чек", "filename": "a.pdf"});
    assert_eq!(body["document"], expected);
    let file = File {
        source: Source::Stored(FileHash([1; 32])),
        name: "Фото.png".to_owned(),
        caption: "Вот".to_owned(),
        ..File::at(FileKind::Image, "")
    };
    let content = Content::File(file);
    let payload = Payload { name: "Фото.png", mime: "image/png", bytes: b"\x89PNG", url: "" };
    let part = Submission { file: Some(payload), ..submission(&content) };
    let upload = call(provider().submit(&account(), &part));
    assert!(!upload.is_visible);
    assert!(upload.request.url.ends_with(&format!("/v23.0/{NUMBER}/media")));
    let text = String::from_utf8_lossy(&upload.request.body);
    for piece in [
        "name=\"messaging_product\"\r\n\r\nwhatsapp\r\n",
        "name=\"type\"\r\n\r\nimage/png\r\n",
        "filename=\"Фото.png\"\r\ncontent-type: image/png\r\n",
    ] {
        assert!(text.contains(piece), "{piece} in {text}");
    }
    let answer = reply(200, r#"{"id":"1037543291543636"}"#);
    let send = call(provider().resume(&account(), &part, &upload.step, &answer));
    assert!(send.is_visible);
    let expected = value!({"id": "1037543291543636", "caption": "Вот"});
    assert_eq!(json(&send.request.body)["image"], expected);
    // Nothing was shown: what failed may be tried again, what is refused may not.
    let later = done(provider().resume(&account(), &part, &upload.step, &reply(502, "<html>")));
    assert!(matches!(later, Outcome::Deferred { .. }), "{later:?}");
    let answer = reply(400, error(131_053).to_string());
    let refused = done(provider().resume(&account(), &part, &upload.step, &answer));
    assert!(matches!(refused, Outcome::Refused(f) if f.reason == Reason::FileRefused));
}

#[test]
fn a_quoted_token_is_not_kept() {
    let body =
        value!({"error": {"message": format!("Malformed access token {TOKEN}"), "code": 190}});
    let Outcome::Refused(failure) = outcome(401, &body) else { panic!("a refusal") };
    assert!(!failure.detail.contains(TOKEN), "{}", failure.detail);
}

#[test]
fn a_link_opens_the_chat() {
    let link = provider().deep_link(&account(), "abc-1");
    assert_eq!(link.as_deref(), Some("https://wa.me/79990000001?text=abc-1"));
}

fn steps(chore: Chore<'_>, answers: &[Value]) -> (Vec<String>, Progress) {
    let mut asked = Vec::new();
    let mut progress = provider().begin(&account(), &chore);
    for answer in answers {
        let Progress::Call { step, request } = progress else { break };
        let body = String::from_utf8_lossy(&request.body).into_owned();
        asked.push(format!("{} {} {body}", request.method.as_str(), request.url));
        let answer = reply(200, answer.to_string());
        progress = provider().proceed(&account(), &chore, &step, &answer);
    }
    (asked, progress)
}

#[test]
fn a_callback_is_set_for_the_number_alone() {
    let url = "https://hub.example.ru/in/key";
    let success = value!({"success": true});
    let (asked, end) = steps(Chore::Subscribe { url }, &[success.clone(), success]);
    assert_eq!(end, Progress::Done(Finding::Done));
    assert!(asked[0].contains("/102290129340398/subscribed_apps"), "{asked:?}");
    assert!(asked[1].contains(NUMBER) && asked[1].contains(url), "{asked:?}");
    let apps = value!({"data": [{"whatsapp_business_api_data": {"id": "1"}}]});
    let set = value!({"webhook_configuration": {"phone_number": url, "application": "x"}});
    let (_, end) = steps(Chore::Subscription, &[apps, set]);
    let to = Subscription::To(vec![url.to_owned()]);
    assert_eq!(end, Progress::Done(Finding::Subscription(to)));
}

#[test]
fn a_file_is_fetched_in_two_steps_and_the_token_goes_nowhere_else() {
    let fetch = Chore::Fetch { locator: "1037543291543636" };
    let at = |url: &str| value!({"url": url, "mime_type": "image/jpeg", "file_size": "3"});
    let theirs = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1&ext=2&hash=3";
    let (_, second) = steps(fetch, &[at(theirs)]);
    let Progress::Call { request, step } = second else { panic!("a second step") };
    assert_eq!(request.url, theirs);
    assert!(request.headers.iter().any(|(name, _)| name == "authorization"));
    let file = provider().proceed(&account(), &fetch, &step, &reply(200, b"\xff\xd8\xff"));
    assert!(
        matches!(file, Progress::Done(Finding::File { bytes, .. }) if bytes == b"\xff\xd8\xff")
    );
    for strange in [
        "https://evil.example.ru/x",
        "https://fbsbx.com.evil.example.ru/x",
        "http://lookaside.fbsbx.com/x",
        "http://graph.facebook.com/x",
        "https://lookaside.fbsbx.com@evil.example.ru/",
        "https://evil.example.ru\\.fbsbx.com/",
        "file:///etc/passwd",
    ] {
        let (_, end) = steps(fetch, &[at(strange)]);
        assert!(matches!(end, Progress::Done(Finding::Failed(_))), "{strange}");
    }
    let gone = finding(provider(), &account(), &fetch, &reply(400, error(100).to_string()));
    assert!(matches!(gone, Finding::Failed(f) if f.reason == Reason::FileUnavailable));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        scene::survive(provider(), &account(), status, &body);
    }
}
