//! Hooks that are managed here, with events of any system.

use crate::{
    hooks::{event, post, v1},
    http,
    program::{Demo, shown, until},
};
use serde_json::{Value, json};

fn account(demo: &Demo) -> Value {
    let accounts = v1(demo, "GET", "/v1/accounts", &Value::Null);
    let mut accounts = accounts.as_array().unwrap().iter();
    accounts.find(|account| account["name"] == "1234567890").unwrap()["id"].clone()
}

/// A hook for JSON of any system; its number and its path.
fn hook(demo: &Demo, rules: &Value) -> (String, String) {
    let settings =
        json!({ "source": "json", "links": [{ "account": account(demo) }], "rules": rules });
    let made = v1(demo, "POST", "/v1/hooks", &json!({ "name": "CRM", "settings": settings }));
    (made["id"].as_str().unwrap().to_owned(), made["path"].as_str().unwrap().to_owned())
}

fn reminders(demo: &Demo, hook: &str, count: usize, state: &str) -> Vec<Value> {
    until(&format!("{count} reminders: {state}"), || {
        let list = v1(demo, "GET", &format!("/v1/hooks/{hook}/reminders"), &Value::Null);
        let list = list.as_array().unwrap().clone();
        let is_so = list.len() == count && list.iter().all(|one| one["state"] == state);
        is_so.then_some(list)
    })
}

#[test]
fn settings_that_could_never_work_are_refused() {
    let demo = Demo::start("hook_managed_refused");
    let refused = |more: &Value| {
        let mut settings = json!({ "source": "json", "links": [{ "account": account(&demo) }] });
        for (name, value) in more.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
        let body = json!({ "name": "CRM", "settings": settings }).to_string();
        let answer =
            http::try_request(demo.hub, "POST", "/v1/hooks", &headers, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 400, "{more}: {}", answer.text);
        answer.text
    };
    let said = refused(&json!({ "mapping": { "case.colour": "/a" } }));
    assert!(said.contains("case.colour"), "{said}");
    refused(&json!({ "mapping": { "case.id": "deal/id" } }));
    refused(&json!({ "layout": { "sign_text": "x".repeat(300 * 1024) } }));
    refused(&json!({ "template": "{{ no_such_name }}" }));
    refused(&json!({ "error_email": "a@b.ru\nBcc: c@d.ru" }));
}

/// The simplest hook of all: no rules, and events by names of the system's own, or by none.
#[test]
fn a_hook_without_rules_tells_every_event() {
    let demo = Demo::start("hook_managed_simple");
    let (id, path) = hook(&demo, &json!([]));
    let shown_by = v1(&demo, "POST", &format!("/v1/hooks/{id}/test"), &json!({}));
    assert_eq!(shown_by["messages"].as_array().unwrap().len(), 1, "the sample: {shown_by}");
    let to = "79161236401";
    let deal = |id: &str| json!({ "case": { "id": id }, "participants": { "phone": to } });
    post(&demo, &path, &deal("17"));
    let mut named = deal("18");
    named["event"] = json!("deal.won");
    post(&demo, &path, &named);
    shown(demo.twin, to, 2);
    // The same deal goes on: under another name, or in another place. A repeat is a repeat.
    named["event"] = json!("deal.paid");
    post(&demo, &path, &named);
    named["case"]["place"] = json!("Москва, ул. Примерная, 5");
    post(&demo, &path, &named);
    post(&demo, &path, &named);
    let calls = until("all calls", || {
        let calls = v1(&demo, "GET", "/v1/hook-calls", &Value::Null);
        let calls = calls.as_array().unwrap().clone();
        (calls.len() == 5 && calls.iter().all(|call| call["state"] != "new")).then_some(calls)
    });
    let told = calls.iter().filter(|call| call["state"] == "done");
    assert_eq!(told.count(), 4, "{calls:?}");
}

/// Many systems say no more than which deal is called off.
#[test]
fn a_case_that_is_called_off_without_naming_anybody_is_not_reminded_of() {
    let demo = Demo::start("hook_managed_cancelled");
    let rules = json!([
        { "name": "За час", "when": { "time": { "offset_s": -3600, "from": "start" } } },
    ]);
    let (id, path) = hook(&demo, &rules);
    let booking = json!({
        "event": "CheckIn",
        "case": { "id": "deal-1", "starts_at": "2030-02-11T10:30:00Z" },
        "participants": [
            { "id": "1", "phone": "+7 916 123-62-01" }, { "id": "2", "phone": "+7 916 123-62-02" },
        ],
    });
    post(&demo, &path, &booking);
    reminders(&demo, &id, 2, "wait");
    let hook = format!("/v1/hooks/{id}");
    // Also while the hook tells nothing: it may be switched on again before the reminders' time.
    v1(&demo, "PATCH", &hook, &json!({ "active": false }));
    post(&demo, &path, &json!({ "event": "CaseCancel", "case": { "id": "deal-1" } }));
    reminders(&demo, &id, 2, "dropped");
}

/// Nobody has to be mailed to learn of it: it is listed, too.
#[test]
fn a_reminder_that_fails_is_listed_with_the_call_it_was_made_of() {
    let demo = Demo::start("hook_managed_failed");
    let rules = json!([
        { "name": "Сейчас", "when": { "event": ["CheckIn"] }, "participants": ["executor"] },
        { "name": "Скоро", "when": { "time": { "offset_s": -7200, "from": "start" } } },
    ]);
    let (id, path) = hook(&demo, &rules);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let starts_at = i64::try_from(now.as_secs()).unwrap() + 7_202;
    let booking = json!({
        "event": "CheckIn",
        "case": { "id": "deal-2", "starts_at": starts_at },
        "participants": [{ "id": "1", "phone": "234234" }],
    });
    post(&demo, &path, &booking);
    let failed = until("the failed call", || {
        let failed = v1(&demo, "GET", "/v1/hook-calls?state=failed", &Value::Null);
        failed.as_array().unwrap().first().cloned()
    });
    let trouble = failed["messages"][0]["trouble"].as_str().unwrap();
    assert!(trouble.contains("not a phone number"), "{failed}");
    reminders(&demo, &id, 1, "done");
}

/// What a trial shows as the recipient is what a message would go to.
#[test]
fn a_trial_names_the_field_that_the_hook_writes_to() {
    let demo = Demo::start("hook_managed_trial");
    let settings = json!({
        "source": "torrow", "links": [{ "account": account(&demo) }], "recipient_field": "*TelegramId",
    });
    let made = v1(&demo, "POST", "/v1/hooks", &json!({ "name": "Бот", "settings": settings }));
    let path = format!("/v1/hooks/{}/test", made["id"].as_str().unwrap());
    let mut with_id = event("79161236301", "№1");
    let shown = v1(&demo, "POST", &path, &json!({ "event": with_id }));
    assert_eq!(shown["messages"][0]["recipient"], "", "{shown}");
    let fields = &mut with_id["CaseParticipants"]["ContactInformation"]["Fields"];
    let id = json!({ "ParticipationFieldType": 101, "Name": "*TelegramId", "Value": "770011" });
    fields.as_array_mut().unwrap().push(id);
    let shown = v1(&demo, "POST", &path, &json!({ "event": with_id }));
    let recipient = shown["messages"][0]["recipient"].as_str().unwrap();
    assert!(!recipient.is_empty() && !recipient.contains("916"), "{shown}");
}
