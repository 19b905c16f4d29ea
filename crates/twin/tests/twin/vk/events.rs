//! Events: servers, confirmation, repeats, long polling.

use super::*;

#[test]
fn servers_are_set_up_by_calls_and_confirmed() {
    let mut bench = Bench::new();
    bench.answer_body = |_| b"wrong".to_vec();
    let server = [
        ("group_id", GROUP),
        ("url", "http://127.0.0.1:1/vk"),
        ("title", "hub"),
        ("secret_key", "s"),
    ];
    let id = response(&mut bench, "groups.addCallbackServer", &server)["server_id"].to_string();
    bench.pass(0);
    let (_, _, asked) = &bench.posted[0];
    assert_eq!(
        (&asked["type"], &asked["group_id"], &asked["secret"]),
        (&json!("confirmation"), &json!(200_000_001), &json!("s"))
    );
    let status = |bench: &mut Bench| {
        let list = response(bench, "groups.getCallbackServers", &[("group_id", GROUP)]);
        list["items"][0]["status"].clone()
    };
    assert_eq!(status(&mut bench), "failed");
    let got = response(&mut bench, "groups.getCallbackConfirmationCode", &[("group_id", GROUP)]);
    assert_eq!(got, json!({ "code": VK_CONFIRMATION }));
    bench.answer_body = answer_body;
    let mut edit = server.to_vec();
    edit.push(("server_id", &id));
    assert_eq!(response(&mut bench, "groups.editCallbackServer", &edit), 1);
    bench.pass(0);
    assert_eq!(status(&mut bench), "ok");
    act(&mut bench, "reply", json!({ "text": "unheard" }));
    let settings = [
        ("group_id", GROUP),
        ("server_id", id.as_str()),
        ("api_version", "5.199"),
        ("message_new", "1"),
    ];
    response(&mut bench, "groups.setCallbackSettings", &settings);
    act(&mut bench, "reply", json!({ "text": "heard" }));
    bench.pass(0);
    assert_eq!(bench.posted.len(), 3);
    let (_, _, event) = &bench.posted[2];
    assert_eq!(event["object"]["message"]["text"], "heard");
    assert_eq!((&event["v"], &event["secret"]), (&json!("5.199"), &json!("s")));
    for _ in 0..9 {
        response(&mut bench, "groups.addCallbackServer", &server);
    }
    assert_eq!(code(&mut bench, "groups.addCallbackServer", &server), 2000);
    let delete = [("group_id", GROUP), ("server_id", id.as_str())];
    assert_eq!(response(&mut bench, "groups.deleteCallbackServer", &delete), 1);
    assert_eq!(code(&mut bench, "groups.deleteCallbackServer", &delete), 100);
}

#[test]
fn only_ok_takes_an_event() {
    let (mut bench, _) = written();
    bench.answer_body = |_| b"OK".to_vec();
    act(&mut bench, "reply", json!({ "text": "one" }));
    let begin = bench.now_ms;
    bench.pass(2 * 3_600_000);
    let times: Vec<i64> = bench.posted.iter().map(|(at, _, _)| (at - begin) / 1_000).collect();
    assert_eq!(times, [0, 10, 40, 100, 400, 1_300, 3_100]);
    let ids: Vec<&Value> = bench.posted.iter().map(|(_, _, body)| &body["event_id"]).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "the same event");
    let counter =
        |place: usize| bench.posted[place].1.iter().find(|(name, _)| name == "x-retry-counter");
    assert!(counter(0).is_none());
    assert_eq!(counter(2).map(|(_, value)| value.as_str()), Some("2"));
    let view = bench.control("GET", &format!("/twin/accounts/vk/{GROUP}"), Value::Null);
    assert_eq!(view["servers"][0]["status"], "failed");
}

#[test]
fn a_date_postpones_and_remove_removes() {
    let (mut bench, _) = written();
    act(&mut bench, "reply", json!({ "text": "one" }));
    let event = bench.twin.turn(bench.now_ms).pop().expect("an event");
    // The bench begins on the first of January 2026 at midnight.
    let date = "Thu, 01 Jan 2026 00:20:00 GMT".to_owned();
    let answer =
        HookAnswer { headers: vec![("retry-after".to_owned(), date)], ..HookAnswer::of(503) };
    bench.twin.posted(bench.now_ms, event.id, Some(answer));
    assert_eq!(bench.twin.due(), Some(crate::bench::START_MS + 1_200_000));
    bench.answer_body = |_| b"remove".to_vec();
    bench.pass(1_300_000);
    let view = bench.control("GET", &format!("/twin/accounts/vk/{GROUP}"), Value::Null);
    assert_eq!(view["servers"], json!([]));
}

#[test]
fn long_polling() {
    let mut bench = Bench::new();
    let server = response(&mut bench, "groups.getLongPollServer", &[("group_id", GROUP)]);
    let url = server["server"].as_str().expect("an address").strip_prefix("http://127.0.0.1:8090");
    let url = url.expect("the twin's").to_owned();
    let key = server["key"].as_str().expect("text").to_owned();
    let ask = |ts: &str| format!("{url}?act=a_check&key={key}&ts={ts}&wait=25");
    let answer = bench.request("GET", &ask("0"), &Value::Null);
    assert_eq!(answer.behaviour, Behaviour::Poll { until_ms: bench.now_ms + 25_000 });
    act(&mut bench, "reply", json!({ "text": "one" }));
    let got = bench.request("GET", &ask("0"), &Value::Null).to_json();
    assert_eq!(
        (&got["ts"], &got["updates"][0]["object"]["message"]["text"]),
        (&json!("1"), &json!("one"))
    );
    assert_eq!(bench.request("GET", &ask("77"), &Value::Null).to_json()["failed"], 1);
    let wrong = format!("{url}?act=a_check&key=x&ts=0");
    assert_eq!(bench.request("GET", &wrong, &Value::Null).to_json()["failed"], 2);
}
