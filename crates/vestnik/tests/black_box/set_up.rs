//! What is set up can be changed and taken back, and a running hub soon goes by it.

use crate::{
    http,
    install::{Install, PASSWORD, TOKEN},
    program::{call, folder, run, run_badly, run_fed, run_well, until},
};
use serde_json::json;

/// The code a call of the partner's is answered by; 0 = accepted.
fn code(install: &Install, password: &str, sender: &str) -> u64 {
    let mut wanted = call("79161270000", "Ещё раз");
    wanted["login"] = json!("shop");
    wanted["password"] = json!(password);
    wanted["message"]["data"]["serviceNumber"] = json!(sender);
    let body = serde_json::to_vec(&wanted).unwrap();
    let answer = http::request(install.hub, "POST", "/partner/v6/message", &body);
    answer.json()["error"]["code"].as_u64().unwrap_or(0)
}

fn becomes(install: &Install, password: &str, sender: &str, wanted: u64) {
    let what = format!("code {wanted}");
    until(&what, || (code(install, password, sender) == wanted).then_some(()));
}

#[test]
fn a_partner_is_changed_beside_a_running_hub() {
    let install = Install::new("partner_set");
    let _hub = install.serve("hub.log", "info");
    let tool = |args: &[&str]| run_well(&install.at, &[args, &["--data", "data"]].concat());
    assert_eq!(code(&install, PASSWORD, "SHOP"), 0);
    assert_eq!(tool(&["partner", "off", "shop"]), "partner shop is off\n");
    becomes(&install, PASSWORD, "SHOP", 5);
    assert!(tool(&["partner", "list"]).contains("\toff"));
    tool(&["partner", "on", "shop"]);
    becomes(&install, PASSWORD, "SHOP", 0);
    tool(&["partner", "set", "shop", "--password", "ein-anderes"]);
    becomes(&install, PASSWORD, "SHOP", 6);
    let password = "ein-anderes";
    assert_eq!(code(&install, password, "SHOP"), 0);
    tool(&["partner", "set", "shop", "--sender", "NEW", "--default-sender", "NEW"]);
    // No account stands behind the new name: there is no WhatsApp for this partner.
    becomes(&install, password, "SHOP", 9);
    assert_eq!(code(&install, password, "NEW"), 9);
    let listed = tool(&["account", "list"]);
    let id = listed.split('\t').next().unwrap();
    tool(&["account", "attach", id, "--sender", "NEW"]);
    becomes(&install, password, "NEW", 0);
    assert_eq!(code(&install, password, "SHOP"), 7);
    tool(&["partner", "set", "shop", "--traffic", "NEW=6"]);
    until("a report of that traffic", || {
        let sent = install.send_as(password, "79161270001", "Код 1234");
        let report = until("a report", || install.reports(&sent).first().cloned());
        (report["trafficType"] == 6).then_some(())
    });
    tool(&["account", "off", id]);
    assert!(tool(&["account", "list"]).contains("\toff"));
    tool(&["account", "on", id]);
    assert!(tool(&["account", "list"]).contains("\tin use"));
}

/// Each value goes where it belongs, and what is not given stays.
#[test]
fn what_is_not_given_stays() {
    let install = Install::new("partner_rest");
    let _hub = install.serve("hub.log", "info");
    let set = |args: &[&str]| {
        let head = ["partner", "set", "shop", "--data", "data"];
        run_well(&install.at, &[&head[..], args].concat())
    };
    set(&["--ttl", "24h", "--any-ttl", "--links", "3", "--allow-cascades=false"]);
    set(&["--any-ttl=false"]);
    set(&["--subnet", "10.0.0.0/8"]);
    until("a refusal by address", || (code(&install, PASSWORD, "SHOP") != 0).then_some(()));
    set(&["--subnet", ""]);
    becomes(&install, PASSWORD, "SHOP", 0);
    let listed = run_well(&install.at, &["partner", "list", "--data", "data"]);
    assert!(listed.contains("senders SHOP") && listed.contains("notify http"), "{listed}");
}

/// A token that was changed at the provider is changed here too, beside a running hub, and nothing is
/// lost meanwhile.
#[test]
fn an_account_is_given_another_token() {
    let install = Install::new("account_set");
    let _hub = install.serve("hub.log", "info");
    let tool = |args: &[&str]| run_well(&install.at, &[args, &["--data", "data"]].concat());
    let listed = || tool(&["account", "list"]);
    let first = listed();
    let id = first.split('\t').next().unwrap();
    assert_eq!(
        tool(&["account", "set", id, "--token", "0123456789"]),
        format!("account {id} changed\n")
    );
    let stopped = || {
        install.send("79161270002", "Раз");
        listed().contains("\tstopped: ").then_some(())
    };
    until("the account to be stopped", stopped);
    let args = ["account", "set", id, "--token", "-", "--name", "Касса", "--data", "data"];
    let out = run_fed(&install.at, &args, &format!("{TOKEN}\n"));
    assert!(out.status.success());
    let said = String::from_utf8(out.stderr).unwrap();
    assert!(said.contains("is stopped") && said.contains("account resume"), "{said}");
    assert!(!said.contains(TOKEN));
    tool(&["account", "resume", id]);
    assert!(listed().contains("\tКасса\t"));
    let last = install.send("79161270003", "Два");
    until("a report", || install.reports(&last).first().cloned());
}

#[test]
fn an_account_keeps_what_is_not_given() {
    let at = folder("account_rest");
    let tool = |args: &[&str]| run_well(&at, &[args, &["--data", "data"]].concat());
    let add = |instance: &str| {
        let head = ["account", "add", "green_api", "--token", "t0ken", "--id-instance", instance];
        let rest = ["--api-url", "1103.api.green-api.com", "--webhook-token", "w0rt"];
        let said = tool(&[&head[..], &rest[..]].concat());
        said.split(' ').nth(1).unwrap().to_owned()
    };
    let (one, two) = (add("1101000001"), add("1101000002"));
    tool(&["account", "set", &one, "--pacing", "none", "--unknown", "at-least-once"]);
    tool(&["account", "set", &one, "--webhook-token", ""]);
    let refused = |args: &[&str], wanted: &str| {
        let said = run_badly(&at, &[&["account"], args, &["--data", "data"]].concat());
        assert!(said.contains(wanted), "{args:?}: {said}");
    };
    refused(&["set", &one], "nothing was given");
    refused(&["set", &one, "--set", "colour=red"], "colour: no such setting");
    refused(&["set", &one, "--token", ""], "token: it is needed");
    refused(&["set", &one, "--id-instance", "eins"], "only digits");
    refused(&["set", &one, "--name", "a\nb"], "name");
    refused(&["set", "7", "--name", "a"], "there is no account 7");
    refused(&["set", &two, "--id-instance", "1101000001"], "is this very one");
    // What is switched off leaves its instance to another, and can't have it back meanwhile.
    tool(&["account", "off", &one]);
    tool(&["account", "set", &two, "--id-instance", "1101000001"]);
    refused(&["on", &one], "is this very one");
    tool(&["account", "set", &two, "--id-instance", "1101000002"]);
    tool(&["account", "on", &one]);
}

#[test]
fn a_key_is_taken_back() {
    let install = Install::new("key_revoke");
    let _hub = install.serve("hub.log", "info");
    let status = || {
        let bearer = format!("Bearer {}", install.api_key);
        let headers = [("Authorization", bearer.as_str())];
        http::try_request(install.hub, "GET", "/v1/messages", &headers, b"").unwrap().status
    };
    assert_eq!(status(), 200);
    let tool = |args: &[&str]| run_well(&install.at, &[args, &["--data", "data"]].concat());
    tool(&["key", "add", "--name", "reader", "--read-only"]);
    let listed = tool(&["key", "list"]);
    assert!(listed.contains("\tapi\tread and write\n"), "{listed}");
    assert!(listed.contains("\treader\tread\n"), "{listed}");
    tool(&["key", "revoke", "api"]);
    until("the key opens nothing", || (status() == 401).then_some(()));
    assert!(!tool(&["key", "list"]).contains("\tapi\t"));
    let said = run_badly(&install.at, &["key", "revoke", "api", "--data", "data"]);
    assert!(said.contains("there is no key api"), "{said}");
}

/// What can't be used is refused where it is given.
#[test]
fn what_could_not_work_is_refused() {
    let at = folder("set_up_refusals");
    run_well(&at, &["partner", "add", "--data", "data", "--login", "shop", "--sender", "A"]);
    let add = |more: &[&str]| {
        let args = [&["partner", "add", "--data", "data", "--login", "other"][..], more].concat();
        run(&at, &args).status.code()
    };
    assert_eq!(add(&["--concurrency", "0"]), Some(2));
    assert_eq!(add(&["--default-sender"]), Some(2), "there is none to be the first");
    assert_eq!(add(&["--sender", "a\u{1b}[2Jb"]), Some(1));
    assert_eq!(add(&["--sender", " "]), Some(1));
    let cases: [(&[&str], &str); 9] = [
        (&[], "nothing was given"),
        (&["--concurrency", "0"], "concurrency"),
        (&["--links", "11"], "1 to 10"),
        (&["--ttl", "8d"], "30s"),
        (&["--ttl", "200h"], "7 days"),
        (&["--subnet", "10.0.0.1"], "not a network"),
        (&["--notify-url", "ftp://a.example"], "not an http or https address"),
        (&["--default-sender", "B"], "none of the partner's sender names"),
        (&["--traffic", "A=1"], "no account stands behind A"),
    ];
    for (more, wanted) in cases {
        let args = [&["partner", "set", "shop", "--data", "data"][..], more].concat();
        let said = run_badly(&at, &args);
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
    let account = |more: &[&str]| {
        let head = ["account", "add", "green_api", "--data", "data", "--token", "t0ken"];
        let rest = ["--api-url", "1103.api.green-api.com", "--id-instance", "1101000001"];
        run(&at, &[&head[..], &rest[..], more].concat()).status.code()
    };
    assert_eq!(account(&["--lanes", "0"]), Some(2));
    assert_eq!(account(&["--name", "a\nb"]), Some(1));
    assert_eq!(account(&["--name", "a\u{1b}[2Jb"]), Some(1));
    let said = run_badly(&at, &["key", "add", "--data", "data", "--name", ""]);
    assert!(said.contains("name: 1 to 300"), "{said}");
}
