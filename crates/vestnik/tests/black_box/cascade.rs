//! A cascade over two accounts.

use crate::{
    http,
    program::{Demo, bubbles, call, shown, statuses, trace, until},
};
use serde_json::{Value, json};

#[test]
fn the_next_link_goes_when_the_phone_is_off() {
    let demo = Demo::start("cascade");
    let to = "79161230030";
    let switch = |on: bool| {
        http::json(demo.twin, "PUT", &format!("/twin/phones/{to}"), &json!({ "on": on }));
    };
    switch(false);
    let mut chain = call(to, "Первое звено");
    chain["message"]["data"]["ttl"] = json!(1);
    chain["message"]["data"]["ttlUnit"] = json!("SECONDS");
    let next = call(to, "Второе звено")["message"].clone();
    chain["cascadeChainLink"] = json!({"state": "DELIVERED", "message": next});
    let number = demo.send(&chain);
    let told = until("the second link", || Some(demo.reports(&number)).filter(|r| r.len() >= 3));
    assert_eq!(story(&told), [(0, "Первое звено"), (5, "Первое звено"), (0, "Второе звено")]);
    assert_eq!(told[1]["errorCode"], "7");
    assert!(bubbles(demo.twin, to).is_empty(), "a phone that is off shows nothing");
    switch(true);
    let both = shown(demo.twin, to, 2);
    assert_ne!(both[0]["account"], both[1]["account"], "{both:?}");
    let told = until("both delivered", || Some(demo.reports(&number)).filter(|r| r.len() >= 5));
    assert_eq!(statuses(&told)[3..], [2, 2]);
}

/// A link that has to wait with another behind it is looked at beside the writer's thread: that look
/// once took the writer, and with it the whole hub, down.
#[test]
fn a_link_that_has_to_wait_stops_nobody() {
    let demo = Demo::start("cascade_waits");
    let faults = |body: Value| http::json(demo.twin, "PUT", "/twin/faults", &body);
    faults(json!({"provider": "green_api", "error_rate": 1.0, "error": 429}));
    let to = "79161230031";
    let mut chain = call(to, "Первое звено");
    chain["cascadeChainLink"] =
        json!({"state": "DELIVERED", "message": call(to, "Второе звено")["message"]});
    let number = demo.send(&chain);
    until("the first link put off", || {
        let story = trace(demo.hub, "vst_demo", &number, "en");
        (story["timeline"].as_array().unwrap().len() > 1).then_some(())
    });
    demo.send(&call(to, "Другое сообщение"));
    faults(json!({"provider": "green_api", "error_rate": 0.0}));
    assert_eq!(shown(demo.twin, to, 2).len(), 2);
}

fn story(reports: &[Value]) -> Vec<(i64, &str)> {
    reports.iter().map(|r| (r["status"].as_i64().unwrap(), r["text"].as_str().unwrap())).collect()
}
