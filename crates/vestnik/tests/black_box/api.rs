//! Our own API as scripts meet it: what is asked for is what is answered, and every error is a problem
//! document.

use crate::{
    accounts::try_v1,
    http,
    program::{Demo, call, until},
};
use serde_json::{Value, json};

fn found(demo: &Demo, query: &str) -> Vec<String> {
    let answer = try_v1(demo, "GET", &format!("/v1/messages?{query}"), &Value::Null);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let page = answer.json();
    let messages = page["messages"].as_array().unwrap();
    messages.iter().map(|m| m["mtNum"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_chain_does_not_wait_for_what_its_account_never_tells() {
    let demo = Demo::start("api_until");
    let accounts = try_v1(&demo, "GET", "/v1/accounts", &Value::Null).json();
    let find = |provider: &str| {
        let all = accounts.as_array().unwrap();
        all.iter().find(|a| a["provider"] == provider).unwrap()["id"].clone()
    };
    let send = |provider: &str, state: &str| {
        let links = json!([
            {"account": find(provider), "text": "Раз", "until": state},
            {"account": find("twilio"), "text": "Два"},
        ]);
        let body = json!({"to": {"phone": "79161230309"}, "links": links});
        let answer = try_v1(&demo, "POST", "/v1/messages", &body);
        (answer.status, answer.text)
    };
    let (status, text) = send("telegram", "read");
    assert_eq!(status, 400, "{text}");
    assert!(text.contains("does not tell when a message is read"), "{text}");
    for (provider, state) in [("telegram", "delivered"), ("green_api", "read")] {
        let (status, text) = send(provider, state);
        assert!((200..300).contains(&status), "{provider}, {state}: {status} {text}");
    }
    assert_eq!(send("green_api", "seen").0, 400);
}

/// The problem document that a call is answered with: status and detail.
fn problem(demo: &Demo, method: &str, path: &str) -> (u16, String) {
    let answer = try_v1(demo, method, path, &Value::Null);
    let kind = answer.header("content-type").unwrap_or_default().to_owned();
    assert_eq!(kind, "application/problem+json", "{method} {path}: {}", answer.text);
    let document = answer.json();
    assert_eq!(document["status"], answer.status, "{method} {path}");
    (answer.status, document["detail"].as_str().unwrap().to_owned())
}

#[test]
fn all_conditions_of_a_search_hold_or_it_is_refused() {
    let demo = Demo::start("api_search");
    let (to, other) = ("79161230301", "79161230302");
    let mut first = call(to, "Один");
    first["id"] = json!("first");
    let number = demo.send(&first);
    demo.send(&call(other, "Другой"));
    until("delivery", || Some(()).filter(|()| demo.reports(&number).len() >= 2));
    let mine = vec![number.clone()];
    for fitting in
        ["state=delivered", "id=first", "number=79161230301", "id=first&number=8916 123-03-01"]
    {
        let query = format!("mtNum={number}&{fitting}").replace(' ', "%20");
        assert_eq!(found(&demo, &query), mine, "{query}");
    }
    for other in ["state=failed", "id=second", "number=79161230302", "before=1"] {
        let query = format!("mtNum={number}&{other}");
        assert!(found(&demo, &query).is_empty(), "{query}");
    }
    assert!(found(&demo, "id=first&number=79161230302").is_empty());
    assert_eq!(found(&demo, "id=first&number=79161230301&state=delivered"), mine);
    for (query, name) in [
        ("after=1", "after"),
        ("chat=1&account=1", "account"),
        ("direction=in&mtNum=1", "mtNum"),
        ("direction=in&state=read", "state"),
        ("direction=in&id=x", "id"),
        ("direction=in&after=1&number=79161230301", "number"),
        ("direction=in&account=1&chat=1&number=79161230301", "number"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("direction=in&limit=201", "limit"),
    ] {
        let (status, detail) = problem(&demo, "GET", &format!("/v1/messages?{query}"));
        assert!(status == 400 && detail.starts_with(&format!("{name}:")), "{query}: {detail}");
    }
}

#[test]
fn every_error_is_a_problem_document() {
    let demo = Demo::start("api_problems");
    let number = demo.send(&call("79161230303", "Привет"));
    for (method, path, status) in [
        ("GET", "/v1/nothing/here".to_owned(), 404),
        ("GET", "/v1".to_owned(), 404),
        ("DELETE", "/v1/messages".to_owned(), 405),
        ("GET", format!("/v1/messages/{number}?lang=a&lang=b"), 400),
        ("GET", "/v1/messages/%ff".to_owned(), 400),
        ("GET", "/v1/messages?limit=many".to_owned(), 400),
        ("POST", "/v1/accounts".to_owned(), 400),
    ] {
        assert_eq!(problem(&demo, method, &path).0, status, "{method} {path}");
    }
    let listed = http::request(demo.hub, "GET", "/v1/nothing", b"");
    assert_eq!(listed.status, 404, "without a key, too");
    let wrong = try_v1(&demo, "DELETE", "/v1/messages", &Value::Null);
    assert_eq!(wrong.header("allow"), Some("GET,HEAD,POST"));
}

/// Many a script sets no `Content-Type`; a body says itself what it is.
#[test]
fn a_body_is_read_whatever_it_is_called() {
    let demo = Demo::start("api_bodies");
    let headers = [("Authorization", "Bearer vst_demo")];
    for path in ["/v1/messages", "/v1/accounts", "/v1/hooks", "/v1/invitations"] {
        let answer = http::try_request(demo.hub, "POST", path, &headers, b"{\"x\":1}").unwrap();
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(answer.text.contains("unknown field"), "{path}: {}", answer.text);
    }
}

#[test]
fn what_must_come_before_is_never_shown_to_come_after() {
    let demo = Demo::start("api_times");
    let number = demo.send(&call("79161230304", "Когда?"));
    until("delivery", || Some(()).filter(|()| demo.reports(&number).len() >= 2));
    let answer = try_v1(&demo, "GET", &format!("/v1/messages/{number}"), &Value::Null);
    let told = answer.json();
    let link = &told["links"][0];
    let order = [&told["acceptedAt"], &link["sentAt"], &link["deliveredAt"]];
    let order = order.map(|at| at.as_str().unwrap().to_owned());
    assert!(order.is_sorted(), "{order:?}");
}

#[test]
fn figures_count_what_is_well_and_say_what_they_mean() {
    let demo = Demo::start("api_figures");
    let number = demo.send(&call("79161230305", "Сколько?"));
    until("delivery", || Some(()).filter(|()| demo.reports(&number).len() >= 2));
    let figures = http::request(demo.hub, "GET", "/metrics", b"").text;
    let understood = "vestnik_webhooks_total{provider=\"green_api\",kind=\"understood\"}";
    assert!(figures.contains(understood), "{figures}");
    for line in figures.lines().filter(|line| line.starts_with("# TYPE ")) {
        let name = line.split(' ').nth(2).unwrap();
        assert!(figures.contains(&format!("# HELP {name} ")), "{name} says nothing");
    }
}

#[test]
fn pages_travel_no_further_than_they_must() {
    let demo = Demo::start("api_pages");
    let html = [("Accept", "text/html")];
    for path in ["/providers", "/webhook/green-api?apiUrl=x"] {
        let page = http::try_request(demo.hub, "GET", path, &html, b"").unwrap();
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{path}");
    }
}
