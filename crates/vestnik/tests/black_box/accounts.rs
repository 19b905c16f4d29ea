//! Accounts that are connected by our own API: what is refused, and what is said of them.

use crate::{
    hooks::{TOKEN, v1},
    http::{self, Answer},
    program::{Demo, call, run, until},
};
use serde_json::{Value, json};

pub(crate) fn try_v1(demo: &Demo, method: &str, path: &str, body: &Value) -> Answer {
    let headers = [("Authorization", "Bearer vst_demo"), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    http::try_request(demo.hub, method, path, &headers, body.as_bytes()).unwrap()
}

fn account(demo: &Demo, name: &str) -> Value {
    let accounts = v1(demo, "GET", "/v1/accounts", &Value::Null);
    accounts.as_array().unwrap().iter().find(|a| a["name"] == name).unwrap().clone()
}

fn green(server: &str, instance: &str) -> Value {
    json!({
        "provider": "green_api", "name": "Второе", "messenger": "whatsapp",
        "settings": { "api_url": server, "id_instance": instance, "token": TOKEN },
    })
}

/// A second account of one instance would take the first one's webhooks away without a word.
#[test]
fn an_instance_is_connected_once() {
    let demo = Demo::start("accounts_once");
    // The twin answers a check as seldom as the provider does.
    http::json(demo.twin, "PUT", "/twin/instances/1234567890", &json!({ "limits": false }));
    let first = account(&demo, "1234567890");
    let first_id = first["id"].as_str().unwrap();
    for server in ["1103.api.green-api.com", "https://api.green-api.com/"] {
        let answer = try_v1(&demo, "POST", "/v1/accounts", &green(server, "1234567890"));
        assert_eq!(answer.status, 409, "{}", answer.text);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(first_id) && detail.contains("1234567890"), "{detail}");
    }
    let checked = v1(&demo, "POST", &format!("/v1/accounts/{first_id}/check"), &Value::Null);
    assert_eq!(checked["condition"]["webhooks"], "ours", "{checked}");
    let add = ["account", "add", "green_api", "--data", "data", "--id-instance", "1234567890"];
    let server = ["--api-url", "1103.api.green-api.com", "--token", TOKEN];
    let added = run(&demo.at, &[&add[..], &server].concat());
    let said = String::from_utf8_lossy(&added.stderr).into_owned();
    assert!(!added.status.success() && said.contains(first_id), "{said}");
    // Nor does another account become it, nor may both be in use.
    let second = account(&demo, "1234567891")["id"].as_str().unwrap().to_owned();
    let second = format!("/v1/accounts/{second}");
    let settings = json!({ "settings": { "id_instance": "1234567890" } });
    assert_eq!(try_v1(&demo, "PATCH", &second, &settings).status, 409);
    v1(&demo, "PATCH", &format!("/v1/accounts/{first_id}"), &json!({ "active": false }));
    v1(&demo, "PATCH", &second, &settings);
    let on = try_v1(&demo, "PATCH", &format!("/v1/accounts/{first_id}"), &json!({"active": true}));
    assert_eq!(on.status, 409, "{}", on.text);
}

/// A server's address that leads nowhere is no reason to wait: nobody would ever act.
#[test]
fn a_malformed_server_is_refused_at_once() {
    let demo = Demo::start("accounts_server");
    for server in ["http://[::bad", "https://user:word@e.example", "e.example:99999"] {
        let answer = try_v1(&demo, "POST", "/v1/accounts", &green(server, "1101000077"));
        assert_eq!(answer.status, 400, "{server}: {}", answer.text);
        assert!(answer.text.contains("api_url"), "{}", answer.text);
    }
    // This one is an address, but not of a network that may be called: it is the account's fault.
    let inner = try_v1(&demo, "POST", "/v1/accounts", &green("http://10.0.0.1", "1101000077"));
    assert_eq!(inner.status, 422, "{}", inner.text);
    assert!(inner.text.contains("not allowed"), "{}", inner.text);
}

/// What is said of an account is one truth: stopped is not ready.
#[test]
fn an_account_that_was_stopped_is_not_shown_as_ready() {
    let demo = Demo::start("accounts_stopped");
    let fault = json!({ "provider": "green_api", "account": "1234567890", "error": 401 });
    http::json(demo.twin, "PUT", "/twin/faults", &fault);
    demo.send(&call("79161230401", "Не дойдёт"));
    let stopped = until("the stop", || {
        let found = account(&demo, "1234567890");
        found["trouble"].is_string().then_some(found)
    });
    let condition = &stopped["condition"];
    assert_eq!(
        (&condition["state"], &condition["detail"]),
        (&json!("broken"), &stopped["trouble"])
    );
    http::json(demo.twin, "DELETE", "/twin/faults", &Value::Null);
    http::json(demo.twin, "PUT", "/twin/instances/1234567890", &json!({ "limits": false }));
    let path = format!("/v1/accounts/{}/check", stopped["id"].as_str().unwrap());
    let checked = v1(&demo, "POST", &path, &Value::Null);
    assert_eq!(
        (&checked["condition"]["state"], &checked["trouble"]),
        (&json!("ready"), &Value::Null)
    );
}
