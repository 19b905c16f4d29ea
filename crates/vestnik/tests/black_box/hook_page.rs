//! The doors of hooks as browsers and careless programs meet them.

use crate::{
    hooks::{TOKEN, examples, verify},
    http,
    program::Demo,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// A key behind a bare `&` is a name without a value: it may be shown nowhere.
#[test]
fn what_stands_behind_a_bare_ampersand_is_told_of_and_not_shown() {
    let demo = Demo::start("hook_page_loose");
    let address = format!("{}&{TOKEN}&%3Cimg%3E=1", examples()[0]);
    let headers = [("Accept", "text/html"), ("Accept-Language", "ru")];
    let page = http::try_request(demo.hub, "GET", &address, &headers, b"").unwrap();
    assert_eq!(page.status, 200);
    assert!(!page.text.contains(TOKEN), "{}", page.text);
    assert!(!page.text.contains("<img>") && !page.text.contains("&lt;img"), "{}", page.text);
    assert!(page.text.contains("%26"), "how to write it right is told: {}", page.text);
}

#[test]
fn other_methods_are_told_which_there_are() {
    let demo = Demo::start("hook_page_methods");
    for path in [examples()[0].as_str(), "/hook/no-such-key"] {
        let answer = http::request(demo.hub, "PUT", path, b"{}");
        if path.starts_with("/webhook") {
            assert_eq!(answer.status, 405, "{path}");
            assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"), "{path}");
        } else {
            assert_eq!(answer.status, 404, "{path}");
        }
    }
}

#[test]
fn a_profile_of_a_cascade_that_cannot_send_is_a_warning() {
    let demo = Demo::start("hook_page_cascade");
    let [_, cascade, ..] = examples();
    let profile = "/twin/accounts/wappi/0a1b2c3d-0001";
    http::json(demo.twin, "PUT", profile, &json!({ "authorized": false }));
    let found = verify(&demo, &cascade);
    assert_eq!(found["Status"], "Success", "the others may reach the customer: {found}");
    let warning = found["WarningMessage"].as_str().unwrap();
    assert!(warning.contains("WhatsApp 0a1b2c3d-0001"), "{found}");
    http::json(demo.twin, "PUT", profile, &json!({ "authorized": true }));
    assert!(verify(&demo, &cascade)["WarningMessage"].is_null());
}

/// Both have a token, and it must be told which one is wrong; nobody waits for one after the other.
#[test]
fn of_two_instances_each_is_told_by_its_messenger() {
    let demo = Demo::start("hook_page_two");
    let both = |token: &str| {
        format!(
            "/webhook/green-api?apiUrl=1103.api.green-api.com&idInstance=1234567890\
             &apiTokenInstance={TOKEN}&apiUrlMax=3100.api.green-api.com&idInstanceMax=3100000001\
             &apiTokenInstanceMax={token}&errorEmail=a@example.com"
        )
    };
    let found = verify(&demo, &both("wrong"));
    assert!(found["ErrorMessage"].as_str().unwrap().starts_with("MAX: "), "{found}");
    let faults = json!({ "provider": "green_api", "latency_ms": 20_000 });
    http::json(demo.twin, "PUT", "/twin/faults", &faults);
    let began = Instant::now();
    let found = verify(&demo, &both(TOKEN));
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let warning = found["WarningMessage"].as_str().unwrap();
    assert!(warning.contains("WhatsApp: ") && warning.contains("MAX: "), "{found}");
}
