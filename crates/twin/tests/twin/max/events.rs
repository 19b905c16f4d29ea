//! Events: repeats, subscriptions, asking.

use super::*;

#[test]
fn events_come_again_and_at_last_no_more() {
    let (mut bench, _) = started();
    bench.posted.clear();
    bench.answer = Some(201);
    act(&mut bench, "reply", json!({ "text": "one" }));
    let begin = bench.now_ms;
    bench.pass(7 * 3_600_000);
    let pauses: Vec<i64> = bench.posted.iter().map(|(at, _, _)| (at - begin) / 1_000).collect();
    assert_eq!(pauses, [0, 60, 210, 585, 1_522, 3_866, 9_725, 24_374]);
    let secret = ("x-max-bot-api-secret".to_owned(), "s3cret".to_owned());
    assert!(bench.posted.iter().all(|(_, headers, _)| headers.contains(&secret)));
    bench.pass(12 * 3_600_000);
    let listed = ok(&mut bench, "GET", "/subscriptions", &Value::Null);
    assert_eq!(listed["subscriptions"], json!([]), "eight hours without a success");
}

#[test]
fn subscriptions_and_asking_exclude_each_other() {
    let mut bench = Bench::new();
    act(&mut bench, "start", json!({}));
    act(&mut bench, "reply", json!({ "text": "one" }));
    let got = ok(&mut bench, "GET", "/updates?timeout=0", &Value::Null);
    assert_eq!(got["updates"].as_array().map(Vec::len), Some(2));
    let marker = got["marker"].clone();
    let again = call(&mut bench, "GET", &format!("/updates?marker={marker}"), &Value::Null);
    assert_eq!(again.behaviour, Behaviour::Poll { until_ms: bench.now_ms + 30_000 });
    let kind = ok(&mut bench, "GET", "/updates?timeout=0&types=bot_started", &Value::Null);
    assert_eq!(kind["updates"].as_array().map(Vec::len), Some(1));
    for bad in [
        json!({ "url": "http://a.example/" }),
        json!({ "url": "https://a.example:8443/" }),
        json!({ "url": "https://a.example/", "secret": "abc" }),
        json!({ "url": "https://a.example/", "secret": "a b c d" }),
    ] {
        assert_eq!(ok(&mut bench, "POST", "/subscriptions", &bad)["success"], false, "{bad}");
    }
    let hook = json!({ "url": "https://a.example/in", "update_types": ["message_created"] });
    ok(&mut bench, "POST", "/subscriptions", &hook);
    let listed = ok(&mut bench, "GET", "/subscriptions", &Value::Null)["subscriptions"].clone();
    assert_eq!(
        (&listed[0]["url"], &listed[0]["update_types"]),
        (&hook["url"], &hook["update_types"])
    );
    assert_eq!(refusal(&mut bench, "GET", "/updates", &Value::Null).0, 405);
    let gone =
        ok(&mut bench, "DELETE", "/subscriptions?url=https%3A%2F%2Fa.example%2Fin", &Value::Null);
    assert_eq!(gone, json!({ "success": true }));
}
