//! Event sources: the documents' own addresses byte for byte, and what comes of their events.

use crate::{
    http,
    program::{Demo, bubbles, run_well, shown, until},
};
use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";
const EVENT: &str = include_str!("../../../hooks/fixtures/booking-event.json");

/// The addresses of the documents' examples, raw Cyrillic, emoji and a bare plus in them.
pub(crate) fn examples() -> [String; 4] {
    [
        format!(
            "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
             &apiTokenInstance={TOKEN}&errorEmail=test@gmail.com&message=Вы%20записаны%20на%20услугу"
        ),
        format!(
            "/webhook/wappi?cascadeId=e9f1c45c0bd7a3e8e8ba&apiToken={TOKEN}\
             &errorEmail=test@gmail.com&message=Вы%20записаны%20на%20услугу"
        ),
        format!(
            "/webhook/wappi?cascadeId=e9f1c45c0bd7a3e8e8ba&apiTokenInstance={TOKEN}\
             &errorEmail=test@gmail.com&phone=79819998877&message=Сообщение%20на%20постоянный%20номер"
        ),
        format!(
            "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
             &apiTokenInstance={TOKEN}&repeat=true&errorEmail=test@gmail.com&hide_service_name=true\
             &hide_contact_info=true&sign_text=%0A%20🗝%20Вопросы:%20☎%20+7%20911%20999-99-99.\
             &message=Ваша%20бронь%20подтверждена."
        ),
    ]
}

/// The sample event with another phone and number.
pub(crate) fn event(phone: &str, number: &str) -> Value {
    let mut event: Value = serde_json::from_str(EVENT).unwrap();
    event["CaseItem"]["OrderNumber"]["FullNumber"] = json!(number);
    event["CaseItem"]["Id"] = json!(format!("case {number}"));
    let fields = &mut event["CaseParticipants"]["ContactInformation"]["Fields"];
    for field in fields.as_array_mut().unwrap() {
        if field["ParticipationFieldType"] == 7 {
            field["Value"] = json!(phone);
        }
    }
    event
}

pub(crate) fn verify(demo: &Demo, address: &str) -> Value {
    let answer = http::try_request(demo.hub, "GET", address, &[], b"").unwrap();
    assert_eq!(answer.status, 200, "{address}: {}", answer.text);
    answer.json()
}

pub(crate) fn post(demo: &Demo, address: &str, event: &Value) {
    let answer = http::json(demo.hub, "POST", address, event);
    assert_eq!(answer["Status"], "Success", "{address}: {answer}");
}

pub(crate) fn v1(demo: &Demo, method: &str, path: &str, body: &Value) -> Value {
    let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = http::try_request(demo.hub, method, path, &headers, body.as_bytes()).unwrap();
    assert!(answer.status < 300, "{method} {path}: {} {}", answer.status, answer.text);
    if answer.text.is_empty() { Value::Null } else { answer.json() }
}

pub(crate) fn mails(demo: &Demo, count: usize) -> Vec<Value> {
    until(&format!("{count} mails"), || {
        let found = http::get(demo.twin, "/twin/mails").as_array().unwrap().clone();
        (found.len() >= count).then_some(found)
    })
}

#[test]
fn the_documents_addresses_verify_and_send() {
    let demo = Demo::start("hooks_examples");
    let [green, cascade, fixed, owner] = examples();
    let good = json!({
        "Status": "Success", "Message": "The WebHook has been successfully verified",
    });
    for address in [&green, &cascade, &fixed] {
        assert_eq!(verify(&demo, address), good, "{address}");
    }
    assert_eq!(verify(&demo, &owner), good, "{owner}");
    assert!(bubbles(demo.twin, "79819998877").is_empty(), "verification sends nothing");
    post(&demo, &green, &event("8 (916) 123-45-01", "№1"));
    let found = shown(demo.twin, "79161234501", 1);
    let text = found[0]["text"].as_str().unwrap();
    assert!(text.starts_with("Вы записаны на услугу\n"), "{text}");
    for part in ["запись №1", "Первичный приём", "Доктор Смирнова", "10:30 (Мск)"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    post(&demo, &owner, &event("+7 916 123-45-02", "№2"));
    let found = shown(demo.twin, "79161234502", 1);
    let text = found[0]["text"].as_str().unwrap();
    assert!(text.ends_with("🗝 Вопросы: ☎ +7 911 999-99-99."), "{text}");
    assert!(!text.contains("Первичный приём"), "{text}");
    post(&demo, &fixed, &event("234234", "№3"));
    let everywhere = "/twin/bubbles?to=79819998877";
    let found = until("the fixed number", || {
        let found = http::get(demo.twin, everywhere).as_array().unwrap().clone();
        (!found.is_empty()).then_some(found)
    });
    assert_eq!(found[0]["text"], "Сообщение на постоянный номер");
    post(&demo, &cascade, &event("79161234504", "№4"));
    until("the cascade", || {
        let found = http::get(demo.twin, "/twin/bubbles?to=79161234504");
        let found = found.as_array().unwrap().clone();
        found.iter().any(|bubble| bubble["provider"] == "wappi").then_some(())
    });
}

#[test]
fn what_is_wrong_with_an_address_is_told_at_once_and_no_secret_with_it() {
    let demo = Demo::start("hooks_wrong");
    let found =
        verify(&demo, "/webhook/green-api?idInstance=12x&apiTokenInstance=s3cr3t&date_locales=fr");
    assert_eq!(found["Status"], "Wrong parameters");
    let errors = found["ErrorMessage"].as_str().unwrap();
    for name in ["apiUrl", "idInstance", "date_locales"] {
        assert!(errors.contains(name), "{name} in {errors}");
    }
    assert!(!found.to_string().contains("s3cr3t"), "{found}");
    let wrong = "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
                 &apiTokenInstance=0000wrong0000";
    let found = verify(&demo, wrong);
    assert_eq!(found["Status"], "Error", "{found}");
    assert!(found["WarningMessage"].as_str().unwrap().contains("errorEmail"), "{found}");
    assert!(!found.to_string().contains("0000wrong0000"), "{found}");
    let elsewhere = format!(
        "/webhook/green-api?apiUrl=evil.example&idInstance=1234567890&apiTokenInstance={TOKEN}"
    );
    assert_eq!(verify(&demo, &elsewhere)["Status"], "Wrong parameters");
    let headers = [("Accept", "text/html"), ("Accept-Language", "ru")];
    let page = http::try_request(demo.hub, "GET", &examples()[0], &headers, b"").unwrap();
    assert!(page.text.contains("Ваша запись №4521"), "{}", page.text);
    assert!(!page.text.contains(TOKEN), "the page shows no secret");
}

#[test]
fn a_bad_phone_becomes_a_mail_and_the_same_event_is_told_once() {
    let demo = Demo::start("hooks_mail");
    let [green, ..] = examples();
    post(&demo, &green, &event("234234", "№4521"));
    let found = mails(&demo, 1);
    let (subject, text) =
        (found[0]["subject"].as_str().unwrap(), found[0]["text"].as_str().unwrap());
    assert!(subject.contains("№4521"), "{subject}");
    assert_eq!(found[0]["to"], json!(["test@gmail.com"]));
    assert!(!text.contains("234234") && !text.contains(TOKEN), "{text}");
    let failed = v1(&demo, "GET", "/v1/hook-calls?state=failed", &Value::Null);
    assert_eq!(failed.as_array().unwrap().len(), 1, "{failed}");
    let to = "79161234511";
    post(&demo, &green, &event(to, "№5"));
    post(&demo, &green, &event(to, "№5"));
    let calls = until("three calls", || {
        let calls = v1(&demo, "GET", "/v1/hook-calls", &Value::Null);
        let all = calls.as_array().unwrap().clone();
        (all.len() == 3 && all.iter().all(|call| call["state"] != "new")).then_some(all)
    });
    let states: Vec<&str> = calls.iter().map(|call| call["state"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "done").count(), 1, "{calls:?}");
    assert_eq!(states.iter().filter(|state| **state == "ignored").count(), 1, "{calls:?}");
    let done = calls.iter().find(|call| call["state"] == "done").unwrap();
    shown(demo.twin, to, 1);
    let path = format!("/v1/hook-calls/{}/replay", done["id"].as_str().unwrap());
    v1(&demo, "POST", &path, &Value::Null);
    assert_eq!(shown(demo.twin, to, 2).len(), 2, "played again on purpose");
}

/// The instance is not set up here: its receipts never come to us, and its records are asked.
#[test]
fn a_message_that_was_not_delivered_is_sent_once_more() {
    let demo = Demo::start("hooks_repeat");
    http::json(demo.twin, "PUT", "/twin/accounts/green_api/1101000077", &json!({ "token": "t77" }));
    let to = "79161234521";
    http::json(demo.twin, "PUT", &format!("/twin/phones/{to}"), &json!({ "on": false }));
    let address = "/webhook/green-api?apiUrl=1101.api.green-api.com&idInstance=1101000077\
                   &apiTokenInstance=t77&repeat=true&errorEmail=a@example.com&message=Ждём";
    let found = verify(&demo, address);
    assert_eq!(found["Status"], "Success", "{found}");
    assert!(found["WarningMessage"].as_str().unwrap().contains("repeat"), "statuses are off");
    let statuses = json!({ "outgoingWebhook": "yes" });
    http::json(demo.twin, "POST", "/waInstance1101000077/setSettings/t77", &statuses);
    post(&demo, address, &event(to, "№6"));
    let path = format!("/twin/bubbles?all=true&to={to}");
    let sent = until("the second one", || {
        let sent = http::get(demo.twin, &path).as_array().unwrap().clone();
        (sent.len() >= 2).then_some(sent)
    });
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0]["text"], sent[1]["text"]);
    let gap = sent[1]["at"]["queued"].as_i64().unwrap() - sent[0]["at"]["queued"].as_i64().unwrap();
    assert!((9_000..25_000).contains(&gap), "{gap}");
    // It is on the phone a moment before it is written down that it is followed.
    let repeats = until("the notice of the second one", || {
        let notices = v1(&demo, "GET", "/v1/notices", &Value::Null);
        let notices = notices.as_array().unwrap().clone();
        let repeats: Vec<Value> =
            notices.into_iter().filter(|notice| notice["repeatOf"].is_string()).collect();
        (!repeats.is_empty()).then_some(repeats)
    });
    assert_eq!(repeats.len(), 1, "{repeats:?}");
    let accounts = v1(&demo, "GET", "/v1/accounts", &Value::Null);
    let implicit = accounts.as_array().unwrap().iter().filter(|a| a["implicit"] == true);
    assert_eq!(implicit.count(), 1, "one account for the instance");
}

#[test]
fn a_managed_hook_reminds_and_the_reminder_moves_with_its_booking() {
    let demo = Demo::start("hooks_managed");
    let accounts = v1(&demo, "GET", "/v1/accounts", &Value::Null);
    let account = accounts.as_array().unwrap().iter().find(|a| a["name"] == "1234567890").unwrap();
    let settings = json!({
        "source": "torrow",
        "links": [{ "account": account["id"] }],
        "error_email": "owner@example.com",
        "rules": [
            { "name": "Записан", "when": { "event": ["CaseActionEvent"] }, "message": "Вы записаны" },
            { "name": "За два часа", "when": { "time": { "offset_s": -7200, "from": "start" } },
              "message": "Напоминаем" },
        ],
    });
    let hook = v1(&demo, "POST", "/v1/hooks", &json!({ "name": "Клиника", "settings": settings }));
    let (id, path) = (hook["id"].as_str().unwrap(), hook["path"].as_str().unwrap());
    let shown_by = v1(&demo, "POST", &format!("/v1/hooks/{id}/test"), &json!({}));
    assert_eq!(shown_by["messages"].as_array().unwrap().len(), 2, "{shown_by}");
    let to = "79161234531";
    let mut booking = event(to, "№7");
    post(&demo, path, &booking);
    let found = shown(demo.twin, to, 1);
    assert!(found[0]["text"].as_str().unwrap().starts_with("Вы записаны"));
    let reminders = format!("/v1/hooks/{id}/reminders");
    let due = |wanted: &str| {
        until(wanted, || {
            let list = v1(&demo, "GET", &reminders, &Value::Null);
            list[0]["dueAt"]
                .as_str()
                .unwrap_or_default()
                .starts_with(wanted)
                .then(|| list[0]["state"].as_str().unwrap().to_owned())
        })
    };
    assert_eq!(due("2030-02-11T05:30:00"), "wait");
    // The booking moves: to a time two hours and a little from now, so that its reminder is due soon.
    let soon = |after_s: i64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        jiff::Timestamp::from_second(now + after_s).unwrap().to_string()
    };
    booking["CaseItem"]["ObjectInfo"]["Version"] = json!(3);
    booking["CaseItem"]["StartDate"] = json!(soon(7_205));
    booking["CaseItem"]["EndDate"] = json!(soon(9_000));
    post(&demo, path, &booking);
    let found = shown(demo.twin, to, 3);
    let told = found.iter().filter(|b| b["text"].as_str().unwrap().starts_with("Напоминаем"));
    assert_eq!(told.count(), 1, "{found:?}");
    // Another booking is called off before its time.
    let mut other = event("79161234532", "№8");
    post(&demo, path, &other);
    shown(demo.twin, "79161234532", 1);
    other["CaseItem"]["ObjectInfo"]["Version"] = json!(3);
    other["CaseParticipants"]["CaseParticipantState"] = json!(3);
    post(&demo, path, &other);
    until("dropped", || {
        let list = v1(&demo, "GET", &reminders, &Value::Null);
        let all = list.as_array().unwrap();
        (all.len() == 2 && all.iter().any(|one| one["state"] == "dropped")).then_some(())
    });
}

/// Green-API's WhatsApp and MAX sets together, a profile of Wappi whose messenger nobody has named, a
/// channel of Wazzup, a bot of Telegram with the id in a contact field.
#[test]
fn every_kind_of_address_finds_its_messenger() {
    let demo = Demo::start("hooks_kinds");
    let to = "79161234541";
    let both = format!(
        "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
         &apiTokenInstance={TOKEN}&apiUrlMax=3100.api.green-api.com&idInstanceMax=3100000001\
         &apiTokenInstanceMax={TOKEN}&message=Оба&errorEmail=a@example.com"
    );
    post(&demo, &both, &event(to, "№11"));
    let profile =
        format!("/webhook/wappi?profileId=58271315-d123&apiToken={TOKEN}&message=Профиль");
    let max = format!("/webhook/wappi?profileId=0a1b2c3d-0003&apiToken={TOKEN}&message=Макс");
    post(&demo, &profile, &event(to, "№12"));
    post(&demo, &max, &event(to, "№13"));
    let wazzup = "/webhook/wazzup24?key_api=twinwazzupkey0123456789abcdef012&chat_type=whatsapp\
                  &channel_id=a0000000-0000-4000-8000-000000000001&message=Канал";
    assert_eq!(verify(&demo, wazzup)["Status"], "Success");
    post(&demo, wazzup, &event(to, "№14"));
    let all = until("bubbles of all kinds", || {
        let found = http::get(demo.twin, &format!("/twin/bubbles?to={to}"));
        let found = found.as_array().unwrap().clone();
        let begins = |messenger: &str, word: &str| {
            found.iter().any(|bubble| {
                bubble["messenger"] == messenger
                    && bubble["text"].as_str().unwrap().starts_with(word)
            })
        };
        let is_all = begins("whatsapp", "Оба")
            && begins("max", "Оба")
            && begins("whatsapp", "Профиль")
            && begins("whatsapp", "Канал")
            && begins("max", "Макс");
        is_all.then_some(found)
    });
    let marked = all.iter().find(|bubble| bubble["messenger"] == "whatsapp").unwrap();
    assert!(marked["text"].as_str().unwrap().contains("*Ваша запись №1"), "bold: {marked}");
    let page = http::get(demo.twin, &format!("/twin/phones/{to}"));
    let id = page["ids"]["telegram"].to_string().trim_matches('"').to_owned();
    // The customer has opened the chat with the bot.
    let start =
        json!({"messenger": "telegram", "account": "7000000001", "from": to, "text": "/start"});
    http::json(demo.twin, "POST", "/twin/reply", &start);
    let mut with_id = event(to, "№15");
    let fields = &mut with_id["CaseParticipants"]["ContactInformation"]["Fields"];
    fields
        .as_array_mut()
        .unwrap()
        .push(json!({"ParticipationFieldType": 101, "Name": "*TelegramId", "Value": id}));
    let telegram = "/webhook/telegram?telegramToken=7000000001:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1\
                    &telegramFieldName=*TelegramId&message=Бот&errorEmail=a@example.com";
    post(&demo, telegram, &with_id);
    until("Telegram", || {
        let found = http::get(demo.twin, &format!("/twin/bubbles?messenger=telegram&to={to}"));
        let found = found.as_array().unwrap().clone();
        found.iter().any(|b| b["text"].as_str().unwrap().starts_with("Бот")).then_some(())
    });
    // Without the field somebody is told.
    post(&demo, telegram, &event(to, "№16"));
    let mails = mails(&demo, 1);
    assert!(
        mails.iter().any(|mail| mail["subject"].as_str().unwrap().contains("№16")),
        "{mails:?}"
    );
}

#[test]
fn a_number_that_is_not_in_the_messenger_is_a_mail_and_no_message() {
    let demo = Demo::start("hooks_absent");
    let to = "79161234551";
    http::json(demo.twin, "PUT", &format!("/twin/phones/{to}"), &json!({ "messengers": ["max"] }));
    let [green, ..] = examples();
    post(&demo, &green, &event(to, "№21"));
    let found = mails(&demo, 1);
    assert!(found[0]["text"].as_str().unwrap().contains("нет аккаунта"), "{found:?}");
    assert!(v1(&demo, "GET", "/v1/notices", &Value::Null).as_array().unwrap().is_empty());
    // The same by the command line, as whoever looks after the hub sees it.
    let hub = format!("http://127.0.0.1:{}", demo.hub);
    let listed = run_well(&demo.at, &["hook", "calls", "--failed", "--hub", &hub]);
    assert!(listed.contains("failed") && listed.contains("green-api"), "{listed}");
    let args = ["hook", "add", "--name", "Клиника", "--account", "1234567890", "--preset", "all"];
    let made = run_well(&demo.at, &[&args[..], &["--hub", &hub]].concat());
    assert!(made.contains("/hook/"), "{made}");
    assert!(run_well(&demo.at, &["hook", "list", "--hub", &hub]).contains("Клиника"));
}

#[test]
fn mails_are_tried_again_and_never_flood() {
    let demo = Demo::start("hooks_flood");
    let address = |email: &str| {
        format!(
            "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
             &apiTokenInstance={TOKEN}&errorEmail={email}&message=Ждём"
        )
    };
    post(&demo, &address("refused@example.com"), &event("1", "№30"));
    post(&demo, &address("later@example.com"), &event("1", "№31"));
    for n in 0..24 {
        // Other letters, the same box.
        let name = if n % 2 == 0 { "many@example.com" } else { "Many@Example.com" };
        post(&demo, &address(name), &event("1", &format!("№1{n:02}")));
    }
    let listed = until("mails worked on", || {
        let mails = v1(&demo, "GET", "/v1/mails", &Value::Null);
        let mails = mails.as_array().unwrap().clone();
        let of = |name: &'static str| mails.iter().filter(move |m| m["recipient"] == name).cloned();
        let many: Vec<Value> = of("many@example.com").collect();
        let is_done = of("refused@example.com").all(|mail| mail["state"] == "exhausted")
            && of("later@example.com").all(|mail| mail["answer"].is_string())
            && many.len() == 24
            && many
                .iter()
                .all(|m| m["state"] == "done" || m["dueAt"].as_str() > m["writtenAt"].as_str());
        is_done.then_some(mails)
    });
    let later = listed.iter().find(|mail| mail["recipient"] == "later@example.com").unwrap();
    assert_eq!(later["state"], "due", "it is tried again: {later}");
    let letters = http::get(demo.twin, "/twin/mails");
    let to_many = |letter: &&Value| letter["to"].to_string().to_lowercase().contains("many@");
    let count = letters.as_array().unwrap().iter().filter(to_many).count();
    assert!((1..=10).contains(&count), "{count} letters");
}

/// What the demo prints to be pasted.
#[test]
fn a_sample_about_somebody_becomes_a_message_to_him() {
    let demo = Demo::start("hooks_sample");
    let path = "/hook-samples/torrow.json?phone=79161234561";
    let sample = http::request(demo.hub, "GET", path, b"");
    let address = format!(
        "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
         &apiTokenInstance={TOKEN}&errorEmail=owner@example.com&message=Ждём%20вас!"
    );
    let answer = http::request(demo.hub, "POST", &address, sample.text.as_bytes());
    assert_eq!(answer.json()["Status"], "Success");
    let found = shown(demo.twin, "79161234561", 1);
    assert!(found[0]["text"].as_str().unwrap().contains("Ваша запись №4521"), "{found:?}");
    let refused = http::request(demo.hub, "GET", "/hook-samples/torrow.json?phone=0", b"");
    assert_eq!(refused.status, 400);
}

/// An address holds credentials: they are kept sealed, and shown nowhere.
#[test]
fn what_an_address_holds_is_written_nowhere_in_clear() {
    let demo = Demo::start("hooks_secret");
    let token = "0123456789abcdefgeheim0123456789";
    let instance = "/twin/accounts/green_api/1101000088";
    http::json(demo.twin, "PUT", instance, &json!({ "token": token }));
    let to = "79161234561";
    let address = format!(
        "/webhook/green-api?apiUrl=1101.api.green-api.com&idInstance=1101000088\
         &apiTokenInstance={token}&errorEmail=a@example.com&message=Ждём"
    );
    post(&demo, &address, &event(to, "№41"));
    shown(demo.twin, to, 1);
    let faults = json!({"provider": "green_api", "error_rate": 1.0, "error": 401});
    http::json(demo.twin, "PUT", "/twin/faults", &faults);
    post(&demo, &address, &event(to, "№42"));
    let mails = format!("{:?}", mails(&demo, 1));
    let calls = v1(&demo, "GET", "/v1/hook-calls", &Value::Null);
    assert_eq!(calls.as_array().unwrap().len(), 2);
    let call = calls[0]["id"].as_str().unwrap();
    let shown = [
        mails,
        v1(&demo, "GET", &format!("/v1/hook-calls/{call}"), &Value::Null).to_string(),
        v1(&demo, "GET", "/v1/notices", &Value::Null).to_string(),
        v1(&demo, "GET", "/v1/accounts", &Value::Null).to_string(),
        v1(&demo, "GET", "/v1/messages", &Value::Null).to_string(),
        demo.program.log_text(),
    ];
    for text in shown {
        assert!(!text.contains(token), "{text}");
    }
    for entry in std::fs::read_dir(demo.at.join("data")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        let is_there = bytes.windows(token.len()).any(|part| part == token.as_bytes());
        assert!(!is_there, "{}", path.display());
    }
}

/// What the page about hooks shows can be made as it stands there.
#[test]
fn the_settings_in_the_documentation_make_a_hook() {
    let demo = Demo::start("hooks_docs");
    let docs = include_str!("../../../../docs/hooks.md");
    let begin = docs.find("  \"source\": \"torrow\"").expect("the settings") - 2;
    let end = begin + docs[begin..].find("\n```").expect("their end");
    let mut settings: Value = serde_json::from_str(&docs[begin..end]).unwrap();
    let accounts = v1(&demo, "GET", "/v1/accounts", &Value::Null);
    for (link, account) in settings["links"].as_array_mut().unwrap().iter_mut().zip(0..) {
        link["account"] = accounts[account]["id"].clone();
    }
    let made = v1(&demo, "POST", "/v1/hooks", &json!({ "name": "По книге", "settings": settings }));
    let id = made["id"].as_str().unwrap();
    let shown = v1(&demo, "POST", &format!("/v1/hooks/{id}/test"), &json!({}));
    let text = shown["messages"][0]["text"].as_str().unwrap();
    assert!(text.contains("12:30 (Екб)") && !text.contains("torrow.net"), "{text}");
    // A slip of the pen is told, not passed over.
    let path = format!("/v1/hooks/{id}");
    let mut wrong = made["settings"].clone();
    wrong["layout"]["timezone"] = json!("Europe/Moscow");
    let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
    let body = json!({ "settings": wrong }).to_string();
    let answer = http::try_request(demo.hub, "PATCH", &path, &headers, body.as_bytes()).unwrap();
    assert!(answer.status == 400 && answer.text.contains("timezone"), "{}", answer.text);
    let off = v1(&demo, "PATCH", &path, &json!({ "active": false }));
    assert_eq!(off["active"], false);
    assert!(v1(&demo, "DELETE", &path, &Value::Null).is_null());
}
