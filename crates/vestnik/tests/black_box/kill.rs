//! `kill -9`: what was accepted arrives, once.

use crate::{
    http,
    install::Install,
    program::{bubbles, run_well, shown, statuses, trace, until},
};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A Russian and an English explanation, told apart by their letters.
fn explained(install: &Install, number: &str) -> Value {
    let of = |language: &str| trace(install.hub, &install.api_key, number, language);
    let is_cyrillic = |c: char| ('а'..='я').contains(&c.to_ascii_lowercase());
    let (ru, en) = (of("ru"), of("en"));
    let summary = |found: &Value| found["explanation"]["summary"].as_str().unwrap().to_owned();
    assert!(summary(&ru).chars().any(is_cyrillic), "{ru}");
    assert!(!summary(&en).is_empty() && !summary(&en).chars().any(is_cyrillic), "{en}");
    en
}

fn all_delivered(install: &Install, sent: &[(String, String)]) {
    for (to, number) in sent {
        let told = until("both reports", || Some(install.reports(number)).filter(|r| r.len() >= 2));
        assert_eq!(statuses(&told)[..2], [0, 2], "{to}");
        let found = explained(install, number);
        assert_eq!(found["state"], "delivered");
    }
    for (to, _) in sent {
        let all = bubbles(install.twin, &format!("{to}&all=1"));
        assert_eq!(all.len(), 1, "{all:?}");
    }
}

#[test]
fn messages_that_wait_on_disk_outlive_a_kill() {
    let install = Install::new("kill_waiting");
    let hub = install.serve("first.log", "info");
    install.fault(&json!({"provider": "green_api", "error": 429, "retry_after_s": 5}));
    let sent: Vec<_> = (0..12)
        .map(|i| {
            let to = format!("7916124{i:04}");
            let number = install.send(&to, &format!("Подождёт {i}"));
            (to, number)
        })
        .collect();
    for (_, number) in &sent {
        let found = explained(&install, number);
        assert!(["queued", "submitting"].contains(&found["state"].as_str().unwrap()), "{found}");
    }
    let closed = install.send_with(
        "79161249999",
        "Не сегодня",
        &json!({"scheduleInfo": {
            "weekdaysSchedule": day_after_tomorrow(),
        }}),
    );
    hub.kill();
    install.heal();
    let hub = install.serve("second.log", "info");
    all_delivered(&install, &sent);
    let found = explained(&install, &closed);
    assert_eq!(found["state"], "queued", "{found}");
    assert!(found["explanation"]["waitsFor"].is_string(), "{found}");
    assert!(found["explanation"]["unblocksAt"].is_string(), "{found}");
    assert!(bubbles(install.twin, "79161249999&all=1").is_empty());
    assert_eq!(hub.terminate().code(), Some(0));
}

/// A hook's call is on disk when it is answered: whether its message was made by then or not, it
/// arrives, and once.
#[test]
fn calls_of_a_hook_outlive_a_kill() {
    let install = Install::new("kill_hook");
    let hub = install.serve("first.log", "info");
    let address = format!("http://127.0.0.1:{}", install.hub);
    let access = ["--hub", &address, "--key", &install.api_key];
    let add = ["hook", "add", "--name", "Клиника", "--account", "Green-API"];
    let printed = run_well(&install.at, &[&add[..], &access].concat());
    let path = printed.lines().find_map(|line| line.find("/hook/").map(|at| &line[at..])).unwrap();
    let phones: Vec<String> = (0..24).map(|i| format!("7916125{i:04}")).collect();
    for phone in &phones {
        let body = crate::hooks::event(phone, phone);
        let answer = http::json(install.hub, "POST", path, &body);
        assert_eq!(answer["Status"], "Success", "{answer}");
    }
    hub.kill();
    let hub = install.serve("second.log", "info");
    for phone in &phones {
        until(&format!("{phone} is served"), || {
            let path = format!("/v1/messages?number={phone}");
            let found = v1(&install, &path)["messages"].as_array().unwrap().clone();
            assert!(found.len() <= 1, "one message for one call: {found:?}");
            let number = found.first()?["mtNum"].as_str()?.to_owned();
            // An attempt that was under way at the kill is asked about for minutes before it may
            // be repeated: that is another test's.
            let story = trace(install.hub, &install.api_key, &number, "en");
            let is_lost = story["timeline"].to_string().contains("orphaned");
            (is_lost || !bubbles(install.twin, phone).is_empty()).then_some(())
        });
    }
    for phone in &phones {
        let all = bubbles(install.twin, &format!("{phone}&all=1"));
        assert!(all.len() <= 1, "{all:?}");
    }
    assert_eq!(hub.terminate().code(), Some(0));
}

fn v1(install: &Install, path: &str) -> Value {
    let bearer = format!("Bearer {}", install.api_key);
    let headers = [("Authorization", bearer.as_str())];
    http::try_request(install.hub, "GET", path, &headers, b"").unwrap().json()
}

/// Its digit, 1 = Monday, by the partner API's clock.
fn day_after_tomorrow() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let days = (now + 3 * 3600) / 86_400;
    // The first day of 1970 was a Thursday.
    ((days + 2 + 3) % 7 + 1).to_string()
}

#[test]
fn attempts_under_way_at_a_kill_are_asked_about_and_not_repeated() {
    let install = Install::new("kill_under_way");
    let hub = install.serve("first.log", "info");
    // The provider takes them at once, but its answers are late: nobody hears them.
    let late = json!({"provider": "green_api", "method": "sendMessage", "latency_ms": 20_000});
    install.fault(&late);
    let sent: Vec<_> = (0..3)
        .map(|i| {
            let to = format!("7916125{i:04}");
            let number = install.send(&to, &format!("В пути {i}"));
            (to, number)
        })
        .collect();
    for (to, _) in &sent {
        shown(install.twin, to, 1);
    }
    hub.kill();
    install.heal();
    let hub = install.serve("second.log", "info");
    all_delivered(&install, &sent);
    for (_, number) in &sent {
        let found = trace(install.hub, &install.api_key, number, "en");
        let lines = found["timeline"].as_array().unwrap();
        let causes: Vec<_> = lines.iter().filter_map(|l| l["cause"]["what"].as_str()).collect();
        let place = |cause: &str| causes.iter().position(|c| *c == cause);
        assert!(place("orphaned").is_some(), "{causes:?}");
        assert!(place("orphaned") < place("found_in_journal"), "{causes:?}");
    }
    assert_eq!(hub.terminate().code(), Some(0));
}
