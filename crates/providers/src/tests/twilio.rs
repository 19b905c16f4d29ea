//! Twilio: documented requests, answers and webhooks.

use super::scene::{self, call, done, finding, phone, reply, submission, words};
use crate::find;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json as value};
use sha1::Sha1;
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content, Template},
    file::{File, FileKind},
    messenger::Messenger,
    outcome::{Blame, Outcome, Reason, ReceiptKind},
    secret::Secret,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress, Subscription},
    contract,
    incoming::Extra,
    port::{AccountState, Attempt, Reception, Step, Submission, To, Verdict, Word},
    wire::{Inbound, decode_form, encode_form},
};

const TOKEN: &str = "5f0e1d2c3b4a59687f6e5d4c3b2a1900";
const SID: &str = "AC0123456789abcdef0123456789abcdef";
const OWN: &str = "whatsapp:+14155238886";
const ANNA: &str = "whatsapp:+79001234567";

fn provider() -> &'static dyn Provider {
    find("twilio").unwrap()
}

fn account() -> Account {
    let settings = [
        ("phone", "+1 415 523 8886"),
        ("confirmation_phone", "+79001234567"),
        ("account_sid", SID),
        ("auth_token", TOKEN),
    ];
    scene::account("twilio", Messenger::Whatsapp, &settings)
}

fn fields_of(content: &Content) -> Vec<(String, String)> {
    let request = call(provider().submit(&account(), &submission(content))).request;
    let url = format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json");
    assert_eq!(request.url, url);
    let pair = BASE64.encode(format!("{SID}:{TOKEN}").as_bytes());
    let basic = ("authorization".into(), format!("Basic {pair}"));
    assert!(request.headers.contains(&basic));
    decode_form(&request.body)
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn outcome(status: u16, body: &Value) -> Outcome {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body.to_string());
    done(provider().resume(&account(), &submission(&content), &Step::FIRST, &answer))
}

fn error(status: u16, code: i64) -> Value {
    value!({"code": code, "message": "Something", "status": status,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}")})
}

#[test]
fn it_keeps_the_contract() {
    contract::exercise(provider(), &account(), Some(("x-twilio-signature", "AAAA")));
}

#[test]
fn what_is_sent() {
    let text = Content::Text("Привет + 50 % & \"да\"".to_owned());
    let expected = [("To", ANNA), ("From", OWN), ("Body", "Привет + 50 % & \"да\"")];
    assert_eq!(fields_of(&text), pairs(&expected));
    let request = call(provider().submit(&account(), &submission(&text))).request;
    assert!(String::from_utf8(request.body).unwrap().starts_with("To=whatsapp%3A%2B7900"));
    let image = File {
        caption: "Вот".to_owned(),
        ..File::at(FileKind::Image, "https://e.ru/a.png?x=1")
    };
    let expected =
        [("To", ANNA), ("From", OWN), ("MediaUrl", "https://e.ru/a.png?x=1"), ("Body", "Вот")];
    assert_eq!(fields_of(&Content::File(image)), pairs(&expected));
    let template = Template {
        id: format!("HX{}", "0".repeat(32)),
        language: String::new(),
        values: vec!["Anna".to_owned(), "17".to_owned()],
        text: String::new(),
    };
    let sid = template.id.clone();
    let expected = [
        ("To", ANNA),
        ("From", OWN),
        ("ContentSid", &*sid),
        ("ContentVariables", r#"{"1":"Anna","2":"17"}"#),
    ];
    assert_eq!(fields_of(&Content::Template(template)), pairs(&expected));
    let mut sandbox = account();
    let callback = "https://hub.example.ru/in/key";
    sandbox.settings.insert("status_callback".to_owned(), Secret::new(callback));
    let request = call(provider().submit(&sandbox, &submission(&text))).request;
    let last = ("StatusCallback".to_owned(), callback.to_owned());
    assert_eq!(decode_form(&request.body).last(), Some(&last));
    let hidden = Submission { to: To::Person("US.1349"), ..submission(&text) };
    let request = call(provider().submit(&account(), &hidden)).request;
    assert_eq!(decode_form(&request.body)[0].1, "whatsapp:US.1349");
    let buttons =
        vec![Button { title: "Да".to_owned(), action: ButtonAction::Reply("yes".to_owned()) }];
    let choice = Content::Choice { text: "?".to_owned(), buttons };
    let group = Submission { to: To::Group("1"), ..submission(&text) };
    for part in [submission(&choice), group] {
        let refused = done(provider().submit(&account(), &part));
        assert!(matches!(refused, Outcome::Refused(f) if f.blame == Blame::Content));
    }
}

#[test]
fn the_caption_of_a_document_follows_it() {
    let file =
        File { caption: "Чек".to_owned(), ..File::at(FileKind::Document, "https://e.ru/a.pdf") };
    let content = Content::File(file);
    let part = submission(&content);
    let first = call(provider().submit(&account(), &part));
    assert!(!String::from_utf8_lossy(&first.request.body).contains("Body="));
    let accepted = reply(201, r#"{"sid":"MM1","status":"queued"}"#);
    let second = call(provider().resume(&account(), &part, &first.step, &accepted));
    assert!(second.is_visible);
    assert_eq!(decode_form(&second.request.body)[2], ("Body".to_owned(), "Чек".to_owned()));
    // Whatever becomes of it, the file was sent.
    let file_was_sent = Outcome::Accepted { remote_id: "MM1".to_owned() };
    for answer in [reply(201, r#"{"sid":"SM2"}"#), reply(400, "{}"), reply(500, "")] {
        let end = done(provider().resume(&account(), &part, &second.step, &answer));
        assert_eq!(end, file_was_sent);
    }
    let mut step = second.step;
    for _ in 0..2 {
        let again = call(provider().resume(&account(), &part, &step, &reply(429, "")));
        assert_eq!(again.after, Millis::seconds(1));
        step = again.step;
    }
    assert_eq!(done(provider().resume(&account(), &part, &step, &reply(429, ""))), file_was_sent);
}

#[test]
fn what_answers_mean() {
    let queued = value!({"sid": "SM11", "status": "queued", "num_media": "0", "error_code": null});
    assert_eq!(outcome(201, &queued), Outcome::Accepted { remote_id: "SM11".to_owned() });
    assert!(matches!(outcome(201, &value!({})), Outcome::Unknown { .. }));
    let refused = [
        (401, 20_003, Blame::Account, Reason::Unauthorized),
        (404, 20_404, Blame::Account, Reason::Unauthorized),
        (400, 63_007, Blame::Account, Reason::AccountBlocked),
        (400, 21_606, Blame::Account, Reason::AccountBlocked),
        (400, 21_211, Blame::Recipient, Reason::NoAccount),
        (400, 21_610, Blame::Recipient, Reason::Barred),
        (400, 21_408, Blame::Sender, Reason::Barred),
        (400, 21_617, Blame::Content, Reason::Malformed),
        (400, 21_620, Blame::Content, Reason::FileUnavailable),
        (400, 21_656, Blame::Content, Reason::Malformed),
        (400, 99_999, Blame::Content, Reason::Malformed),
    ];
    for (status, code, blame, reason) in refused {
        let Outcome::Refused(failure) = outcome(status, &error(status, code)) else {
            panic!("{code} is a refusal");
        };
        assert_eq!((failure.blame, failure.reason), (blame, reason), "{code}");
        assert_eq!(failure.detail, format!("{code}: Something"));
    }
    for (status, code) in [(429, 20_429), (400, 21_611), (429, 0)] {
        let outcome = outcome(status, &error(status, code));
        assert!(matches!(outcome, Outcome::Deferred { whole_account: true, .. }), "{code}");
    }
    for (status, body) in [(500, error(500, 20_500)), (503, error(503, 20_503)), (502, value!(""))]
    {
        assert!(matches!(outcome(status, &body), Outcome::Unknown { .. }), "{status}");
    }
    let told = value!({"code": 20_003, "message": format!("{TOKEN} is wrong")});
    let Outcome::Refused(failure) = outcome(401, &told) else { panic!("a refusal") };
    assert!(!failure.detail.contains(TOKEN), "{}", failure.detail);
}

#[test]
fn the_journal_tells_what_became_of_a_lost_answer() {
    let content = Content::Text("Ваш заказ готов".to_owned());
    let started_at = Timestamp(1_767_323_045_000);
    let attempt = |minutes: i64| Attempt {
        submission: submission(&content),
        started_at,
        now: started_at + Millis::minutes(minutes),
    };
    let request = provider().inquire(&account(), &attempt(1), &Step::FIRST).unwrap();
    let query = "?To=whatsapp%3A%2B79001234567&From=whatsapp%3A%2B14155238886&PageSize=200";
    assert!(request.url.ends_with(query), "{}", request.url);
    let line = |body: &str, at: &str| {
        value!({"sid": "SM11", "body": body, "num_media": "0", "direction": "outbound-api",
            "date_created": at, "date_sent": null})
    };
    let ask = |minutes: i64, date: Option<&str>, messages: &[Value]| {
        let body = value!({"messages": messages, "next_page_uri": null});
        let mut answer = reply(200, body.to_string());
        answer.headers.extend(date.map(|date| ("date".to_owned(), date.to_owned())));
        provider().inquired(&account(), &attempt(minutes), &Step::FIRST, &answer)
    };
    let ours = line("Ваш заказ готов", "Fri, 02 Jan 2026 03:04:06 +0000");
    let found = Verdict::Found { remote_id: "SM11".to_owned() };
    assert_eq!(ask(1, None, std::slice::from_ref(&ours)), found);
    assert_eq!(ask(1, None, &[ours.clone(), ours]), Verdict::Unsure);
    let other = line("Другое", "Fri, 02 Jan 2026 03:04:06 +0000");
    assert_eq!(ask(1, None, std::slice::from_ref(&other)), Verdict::Unsure, "too fresh");
    assert_eq!(ask(3, None, &[other]), Verdict::Absent);
    // The same words a minute earlier are an earlier message: the answer's date says so.
    let earlier = line("Ваш заказ готов", "Fri, 02 Jan 2026 03:03:05 +0000");
    let date = "Fri, 02 Jan 2026 03:07:05 GMT";
    assert_eq!(ask(3, Some(date), &[earlier]), Verdict::Absent);
    // Their clock is an hour ahead.
    let ahead = line("Ваш заказ готов", "Fri, 02 Jan 2026 04:04:06 +0000");
    assert_eq!(ask(3, Some("Fri, 02 Jan 2026 04:07:05 GMT"), &[ahead]), found);
    let unread = reply(500, "");
    let verdict = provider().inquired(&account(), &attempt(3), &Step::FIRST, &unread);
    assert_eq!(verdict, Verdict::Unsure);
}

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

const URL: &str = "https://hub.example.ru/in/key";

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

fn message(more: &[(&str, &str)]) -> vestnik_provider::incoming::Incoming {
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

#[test]
fn what_is_found_out_of_an_account() {
    let ask = |chore: Chore<'_>, status, body: &Value| {
        finding(provider(), &account(), &chore, &reply(status, body.to_string()))
    };
    let active = value!({"sid": SID, "status": "active"});
    assert_eq!(ask(Chore::Check, 200, &active), Finding::State(AccountState::Ready));
    for (status, body) in [(200, value!({"status": "suspended"})), (401, error(401, 20_003))] {
        let found = ask(Chore::Check, status, &body);
        assert!(matches!(found, Finding::State(AccountState::Broken { .. })), "{found:?}");
    }
    let senders = |status_callback: Value| {
        value!({"senders": [{"sid": "XE1", "sender_id": "whatsapp:+15550001111"},
            {"sid": "XE2", "sender_id": OWN, "status": "ONLINE", "webhook": {
                "callback_url": URL, "status_callback_url": status_callback}}]})
    };
    let urls = vec![URL.to_owned()];
    assert_eq!(
        ask(Chore::Subscription, 200, &senders(value!(URL))),
        Finding::Subscription(Subscription::To(urls.clone()))
    );
    let missing = "status_callback_url".to_owned();
    assert_eq!(
        ask(Chore::Subscription, 200, &senders(Value::Null)),
        Finding::Subscription(Subscription::Partial { urls, missing })
    );
    let sandbox = value!({"senders": []});
    assert_eq!(ask(Chore::Subscription, 200, &sandbox), Finding::Unsupported);
    let subscribe = Chore::Subscribe { url: URL };
    assert!(matches!(ask(subscribe, 200, &sandbox), Finding::Failed(_)));
    let answer = reply(200, senders(Value::Null).to_string());
    let progress = provider().proceed(&account(), &subscribe, &Step::FIRST, &answer);
    let Progress::Call { request, step } = progress else { panic!("a second step") };
    assert!(request.url.ends_with("/v2/Channels/Senders/XE2"), "{}", request.url);
    let end = provider().proceed(&account(), &subscribe, &step, &reply(202, "{}"));
    assert_eq!(end, Progress::Done(Finding::Done));
    let listed = value!({"contents": [{"sid": "HX1", "friendly_name": "visit", "language": "ru",
        "types": {"twilio/text": {"body": "Ждём {{1}}"}},
        "approval_requests": {"status": "approved"}}]});
    let Finding::Templates(found) = ask(Chore::Templates, 200, &listed) else { panic!() };
    assert!(found[0].is_approved && found[0].text == "Ждём {{1}}");
    let link = provider().deep_link(&account(), "join quiet-otter");
    assert_eq!(link.as_deref(), Some("https://wa.me/14155238886?text=join%20quiet-otter"));
}

#[test]
fn a_file_is_fetched_through_a_redirect_without_credentials() {
    let locator =
        format!("https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages/MM1/Media/ME1");
    let fetch = Chore::Fetch { locator: &locator };
    let Progress::Call { request, step } = provider().begin(&account(), &fetch) else { panic!() };
    assert!(request.headers.iter().any(|(name, _)| name == "authorization"));
    let mut answer = reply(307, "");
    answer.headers.push(("location".to_owned(), "https://mms.twiliocdn.com/x?s=1".to_owned()));
    let next = provider().proceed(&account(), &fetch, &step, &answer);
    let Progress::Call { request, step } = next else { panic!("a second step") };
    assert_eq!(request.url, "https://mms.twiliocdn.com/x?s=1");
    assert!(request.headers.is_empty());
    let mut file = reply(200, b"%PDF");
    file.headers.push(("content-type".to_owned(), "application/pdf".to_owned()));
    let disposition = "inline; filename=\"../a.pdf\"".to_owned();
    file.headers.push(("content-disposition".to_owned(), disposition));
    let end = provider().proceed(&account(), &fetch, &step, &file);
    let (name, mime) = (Some("a.pdf".to_owned()), Some("application/pdf".to_owned()));
    assert_eq!(end, Progress::Done(Finding::File { bytes: b"%PDF".to_vec(), name, mime }));
    for strange in [
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1",
        "https://api.twilio.com.evil.example.ru/",
        "file:///etc/passwd",
    ] {
        let progress = provider().begin(&account(), &Chore::Fetch { locator: strange });
        assert!(matches!(progress, Progress::Done(Finding::Failed(_))), "{strange}");
    }
    let gone = provider().proceed(&account(), &fetch, &Step::FIRST, &reply(404, "{}"));
    assert!(
        matches!(gone, Progress::Done(Finding::Failed(f)) if f.reason == Reason::FileUnavailable)
    );
    // It does not lead round and round.
    let round = provider().proceed(&account(), &fetch, &Step::new(3), &answer);
    assert!(matches!(round, Progress::Done(Finding::Failed(_))));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), status in 100u16..600) {
        scene::survive(provider(), &account(), status, &body);
    }

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
