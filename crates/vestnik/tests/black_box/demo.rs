//! The demo: a message's whole way, repeats, the stop.

use crate::{
    http,
    program::{Demo, bubbles, call, shown, statuses, trace, until},
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

#[test]
fn a_text_is_delivered_and_read_and_reported_in_order() {
    let demo = Demo::start("text");
    let (to, text) = ("79161234567", "Здравствуйте! Ваш заказ готов.");
    let number = demo.send(&call(to, text));
    let bubble = &shown(demo.twin, to, 1)[0];
    assert_eq!(bubble["text"], text);
    let told = until("delivered", || Some(demo.reports(&number)).filter(|r| r.len() >= 2));
    assert_eq!(statuses(&told), [0, 2]);
    let read = json!({"id": bubble["id"], "status": "read"});
    http::json(demo.twin, "POST", "/twin/status", &read);
    let told = until("read", || Some(demo.reports(&number)).filter(|r| r.len() >= 3));
    assert_eq!(statuses(&told), [0, 2, 9]);
    let last = &told[2];
    assert_eq!(
        (&last["type"], &last["sourceAddr"], &last["destAddr"], &last["text"]),
        (&json!("WHATSAPP"), &json!("VESTNIK"), &json!(to), &json!(text))
    );
    assert_eq!(
        (&last["partCount"], &last["errorCode"], last.get("id")),
        (&json!("001"), &json!("0"), None)
    );
    let found = trace(demo.hub, "vst_demo", &number, "en");
    assert_eq!((&found["state"], &found["mtNum"]), (&json!("read"), &json!(number)));
    assert!(bubbles(demo.twin, to).len() == 1);
    doors_answer(&demo);
}

fn doors_answer(demo: &Demo) {
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(http::request(demo.hub, "GET", path, b"").status, 200, "{path}");
    }
    let metrics = http::request(demo.hub, "GET", "/metrics", b"").text;
    assert!(metrics.contains("vestnik_partner_calls_total{code=\"0\"} 1"), "{metrics}");
    let document = http::get(demo.hub, "/v1/openapi.json");
    assert!(document["paths"]["/v1/messages/{id}"].is_object());
    assert_eq!(http::request(demo.hub, "GET", "/v1/messages", b"").status, 401);
    let handset = http::request(demo.twin, "GET", "/handset/79161234567", b"");
    assert_eq!(handset.status, 200);
}

#[test]
fn ten_posts_of_one_id_are_one_message() {
    let demo = Demo::start("repeat");
    let to = "79161230010";
    let mut wanted = call(to, "Один раз");
    wanted["id"] = json!("order-1001");
    let numbers: BTreeSet<String> = thread::scope(|scope| {
        let calls: Vec<_> = (0..10).map(|_| scope.spawn(|| demo.send(&wanted))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert_eq!(numbers.len(), 1, "{numbers:?}");
    shown(demo.twin, to, 1);
    // What is sent later has arrived: a second one would have, too.
    demo.send(&call(to, "Второе"));
    let texts: Vec<_> =
        shown(demo.twin, to, 2).iter().map(|b| b["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["Один раз", "Второе"]);
}

#[test]
fn a_signal_ends_it_well_and_soon() {
    let demo = Demo::start("signal");
    let number = demo.send(&call("79161230020", "Перед уходом"));
    until("a report", || Some(()).filter(|()| !demo.reports(&number).is_empty()));
    let began = Instant::now();
    let status = demo.program.terminate();
    assert_eq!(status.code(), Some(0));
    let took = began.elapsed().as_secs();
    assert!(took < 10, "it took {took} s to stop with nothing under way");
}

/// A partner's system opens all its connections at once. None is dropped, even if the hub is slow to
/// take them: one that is dropped comes again a second later.
#[test]
fn hundreds_may_connect_at_once() {
    let demo = Demo::start("connect");
    let most = std::fs::read_to_string("/proc/sys/net/core/somaxconn");
    let most = most.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(128);
    let at = SocketAddr::from(([127, 0, 0, 1], demo.hub));
    demo.program.signal("-STOP");
    let connect = || TcpStream::connect_timeout(&at, Duration::from_millis(900)).ok();
    let open: Vec<_> = (0..most.min(400)).map_while(|_| connect()).collect();
    demo.program.signal("-CONT");
    assert_eq!(open.len(), most.min(400));
    assert_eq!(http::request(demo.hub, "GET", "/health/live", b"").status, 200);
}
