//! Bold text, as each messenger is given it.

use super::scene::{self, call, json, reply, submission};
use crate::find;
use serde_json::{Value, json as value};
use vestnik_model::{
    content::{Bold, Content, Marked},
    messenger::Messenger,
    time::{Millis, Timestamp},
};
use vestnik_provider::port::{Attempt, Step, Submission, To, Verdict};

const PLAIN: &str = "\u{1F511} Ваша запись №7 & 5<6\nв 10:30";
const STARS: &str = "\u{1F511} *Ваша запись №7* & 5<6\nв *10:30*";
const HTML: &str = "\u{1F511} <b>Ваша запись №7</b> &amp; 5&lt;6\nв <b>10:30</b>";

fn content() -> Content {
    let bold = vec![Bold { start: 2, len: 14 }, Bold { start: 25, len: 5 }];
    Content::Marked(Marked { text: PLAIN.to_owned(), bold })
}

/// The body of a send through an account with these settings.
fn sent(provider: &str, messenger: Messenger, settings: &[(&str, &str)]) -> Vec<u8> {
    let content = content();
    let provider = find(provider).unwrap();
    let channel = provider.descriptor().channel(messenger).unwrap();
    let bare = submission(&content);
    let to = if channel.reach.phone { bare.to } else { To::Person("100200300") };
    let account = scene::account(provider.descriptor().code, messenger, settings);
    call(provider.submit(&account, &Submission { to, ..bare })).request.body
}

/// The text in a JSON body, at a pointer.
fn text(provider: &str, messenger: Messenger, settings: &[(&str, &str)], at: &str) -> String {
    let body = json(&sent(provider, messenger, settings));
    body.pointer(at).and_then(Value::as_str).unwrap_or_else(|| panic!("{body}")).to_owned()
}

const GREEN: [(&str, &str); 3] =
    [("api_url", "1103.api.green-api.com"), ("id_instance", "1103000001"), ("token", "t")];
const CLOUD: [(&str, &str); 2] = [("phone_number_id", "1"), ("token", "t")];
const WAPPI: [(&str, &str); 2] = [("token", "t"), ("profile_id", "0a1b2c3d-4e5f")];
const CASCADE: [(&str, &str); 2] = [("token", "t"), ("cascade_id", "e9f1c45c0bd7a3e8e8ba")];
const WAZZUP: [(&str, &str); 2] = [("api_key", "t"), ("channel_id", "c")];

#[test]
fn whatsapp_gets_asterisks() {
    let whatsapp = Messenger::Whatsapp;
    assert_eq!(text("green_api", whatsapp, &GREEN, "/message"), STARS);
    assert_eq!(text("whatsapp_cloud", whatsapp, &CLOUD, "/text/body"), STARS);
    assert_eq!(text("wappi", whatsapp, &WAPPI, "/body"), STARS);
    assert_eq!(text("wazzup", whatsapp, &WAZZUP, "/text"), STARS);
    for dialect in ["classic", "one_msg", "ultramsg"] {
        let settings = [
            ("api_url", "https://eu12.chat-api.com"),
            ("instance", "1"),
            ("token", "t"),
            ("dialect", dialect),
        ];
        assert_eq!(text("chat_api", whatsapp, &settings, "/body"), STARS, "{dialect}");
    }
    let settings = [("phone", "+14155238886"), ("account_sid", "AC1"), ("auth_token", "t")];
    let form = String::from_utf8(sent("twilio", whatsapp, &settings)).unwrap();
    let stars = "+*%D0%92%D0%B0%D1%88%D0%B0";
    assert!(form.contains(stars) && form.matches('*').count() == 4, "{form}");
}

#[test]
fn telegram_gets_entities() {
    let body = json(&sent("telegram", Messenger::Telegram, &[("token", "1:t")]));
    assert_eq!(body["text"], PLAIN);
    let expected = value!([
        { "type": "bold", "offset": 3, "length": 14 },
        { "type": "bold", "offset": 26, "length": 5 },
    ]);
    assert_eq!(body["entities"], expected);
    assert!(body.get("parse_mode").is_none());
}

#[test]
fn max_gets_html() {
    let body = json(&sent("max", Messenger::Max, &[("token", "t")]));
    assert_eq!(body["text"], HTML);
    assert_eq!(body["format"], "html");
}

#[test]
fn where_nothing_is_known_the_words_go_alone() {
    assert_eq!(text("green_api", Messenger::Max, &GREEN, "/message"), PLAIN);
    for messenger in [Messenger::Telegram, Messenger::Max, Messenger::Vk] {
        assert_eq!(text("wazzup", messenger, &WAZZUP, "/text").len(), PLAIN.len());
        let settings = [WAPPI[0], WAPPI[1], ("prefix", "vkapi")];
        assert_eq!(text("wappi", messenger, &settings, "/body"), PLAIN);
    }
    let cascade = text("wappi", Messenger::Whatsapp, &CASCADE, "/body");
    assert_eq!(cascade, PLAIN, "a cascade may go anywhere");
    let form = String::from_utf8(sent("vk", Messenger::Vk, &[("group_id", "1"), ("token", "t")]));
    assert!(!form.unwrap().contains('*'));
}

#[test]
fn text_without_bold_is_plain_text() {
    let plain = Content::Marked(Marked { text: "5*3 & <6".to_owned(), bold: Vec::new() });
    let max = find("max").unwrap();
    let account = scene::account("max", Messenger::Max, &[("token", "t")]);
    let part = Submission { to: To::Person("1"), ..submission(&plain) };
    let body = json(&call(max.submit(&account, &part)).request.body);
    assert_eq!(body, value!({ "text": "5*3 & <6" }));
}

#[test]
fn a_journal_knows_it_as_it_was_sent() {
    let provider = find("green_api").unwrap();
    let account = scene::account("green_api", Messenger::Whatsapp, &GREEN);
    let content = content();
    let started_at = Timestamp(1_767_225_600_000);
    let attempt = Attempt {
        submission: submission(&content),
        started_at,
        now: started_at + Millis::minutes(5),
    };
    let line = |text: &str| {
        value!([{ "idMessage": "3EB0", "chatId": "79001234567@c.us", "type": "outgoing",
            "timestamp": 1_767_225_601, "typeMessage": "textMessage", "textMessage": text }])
    };
    let verdict = |text: &str| {
        let answer = reply(200, line(text).to_string());
        provider.inquired(&account, &attempt, &Step::FIRST, &answer)
    };
    assert_eq!(verdict(STARS), Verdict::Found { remote_id: "3EB0".to_owned() });
    assert!(matches!(verdict(PLAIN), Verdict::Ask(_)), "somebody else's");
}
