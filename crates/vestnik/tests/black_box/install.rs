//! An installation set up by hand, as its owner would do it, and the tools around it.

use crate::{
    http,
    program::{
        Demo, Program, accepted, call, folder, free_ports, reports, run, run_well, trace, until,
    },
};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The instance of the twin and its token, as the provider's documents print them.
const INSTANCE: &str = "1234567890";
pub(crate) const TOKEN: &str = "9410830193ce4ad56fe4df0378d1a0a8da13672248d94697b3";
pub(crate) const WEBHOOK_TOKEN: &str = "geheimes-wort-42";
pub(crate) const PASSWORD: &str = "schluessel-am-haken-7";

/// A data folder with a partner and an account, a twin in a process of its own, and no hub yet.
pub(crate) struct Install {
    pub(crate) at: PathBuf,
    pub(crate) hub: u16,
    pub(crate) twin: u16,
    pub(crate) api_key: String,
    _twin: Program,
}

impl Install {
    /// Sets it up.
    pub(crate) fn new(name: &str) -> Self {
        let at = folder(name);
        let [hub, twin] = free_ports();
        let listen = format!("127.0.0.1:{twin}");
        let running = Program::start(&at, "twin.log", &["twin", "--listen", &listen], "twin ready");
        let twin_url = format!("http://{listen}");
        let sink = format!("{twin_url}/twin/sink/shop");
        run_well(
            &at,
            &[
                &["partner", "add", "--data", "data", "--login", "shop", "--password", PASSWORD][..],
                &["--sender", "SHOP", "--default-sender", "--notify-url", &sink],
            ]
            .concat(),
        );
        let printed = run_well(
            &at,
            &[
                &["account", "add", "green_api", "--data", "data", "--sender", "SHOP"][..],
                &["--pacing", "none", "--api-url", &twin_url, "--id-instance", INSTANCE],
                &["--token", TOKEN, "--webhook-token", WEBHOOK_TOKEN],
            ]
            .concat(),
        );
        let path = printed.lines().find_map(|line| line.strip_prefix("webhook ")).unwrap();
        let api_key = run_well(&at, &["key", "add", "--data", "data"]).trim().to_owned();
        let install = Self { at, hub, twin, api_key, _twin: running };
        install.connect(path);
        install
    }

    /// What an owner does in the provider's cabinet.
    fn connect(&self, path: &str) {
        // A twin says that it is ready before it listens.
        until("the twin", || http::try_request(self.twin, "GET", "/health/live", &[], b""));
        let quick = json!({"delay_ms": 0, "limits": false});
        http::json(self.twin, "PUT", &format!("/twin/instances/{INSTANCE}"), &quick);
        let settings = json!({
            "webhookUrl": format!("http://127.0.0.1:{}{path}", self.hub),
            "webhookUrlToken": WEBHOOK_TOKEN,
            "outgoingWebhook": "yes",
            "incomingWebhook": "yes",
            "stateWebhook": "yes",
        });
        let path = format!("/waInstance{INSTANCE}/setSettings/{TOKEN}");
        http::json(self.twin, "POST", &path, &settings);
    }

    /// Starts the hub.
    pub(crate) fn serve(&self, log: &str, filter: &str) -> Program {
        let listen = format!("127.0.0.1:{}", self.hub);
        let args = ["serve", "--data", "data", "--listen", &listen, "--allow-loopback"];
        Program::start_logging(&self.at, log, filter, &args, "vestnik ready")
    }

    /// Sends a text that must be accepted; its number.
    pub(crate) fn send(&self, to: &str, text: &str) -> String {
        self.send_with(to, text, &json!({}))
    }

    /// The same with another password.
    pub(crate) fn send_as(&self, password: &str, to: &str, text: &str) -> String {
        self.send_with(to, text, &json!({ "password": password }))
    }

    /// The same with more members.
    pub(crate) fn send_with(&self, to: &str, text: &str, more: &Value) -> String {
        let mut call = call(to, text);
        call["login"] = json!("shop");
        call["password"] = json!(PASSWORD);
        for (name, value) in more.as_object().unwrap() {
            call[name] = value.clone();
        }
        call["message"]["data"]["serviceNumber"] = Value::Null;
        accepted(self.hub, &call)
    }

    /// Sets what goes wrong at the provider.
    pub(crate) fn fault(&self, fault: &Value) {
        http::json(self.twin, "PUT", "/twin/faults", fault);
    }

    /// Lets the provider be well again.
    pub(crate) fn heal(&self) {
        http::json(self.twin, "DELETE", "/twin/faults", &Value::Null);
    }

    pub(crate) fn reports(&self, number: &str) -> Vec<Value> {
        reports(self.twin, "shop", number)
    }
}

#[test]
fn a_copy_made_while_it_runs_is_a_whole_installation() {
    let demo = Demo::start("backup");
    let number = demo.send(&call("79161230050", "Есть и в копии"));
    until("delivery", || Some(()).filter(|()| demo.reports(&number).len() >= 2));
    // A report is on disk as done a moment after it was taken.
    until("both reports done", || {
        let found = trace(demo.hub, "vst_demo", &number, "en");
        let reports = found["reports"].as_array().unwrap().clone();
        (reports.len() == 2 && reports.iter().all(|r| r["state"] == "done")).then_some(())
    });
    run_well(&demo.at, &["backup", "--data", "data", "--to", "copy"]);
    let again = run(&demo.at, &["backup", "--data", "data", "--to", "copy"]);
    assert_eq!(again.status.code(), Some(1), "a copy is never written over an installation");
    assert!(run_well(&demo.at, &["check", "--data", "copy"]).contains("everything is fine"));
    assert!(run_well(&demo.at, &["partner", "list", "--data", "copy"]).contains("demo"));
    let [port] = free_ports();
    let listen = format!("127.0.0.1:{port}");
    let args = ["serve", "--data", "copy", "--listen", &listen];
    let copy = Program::start(&demo.at, "copy.log", &args, "vestnik ready");
    let found = trace(port, "vst_demo", &number, "ru");
    assert_eq!(found["state"], "delivered");
    assert_eq!(found["links"][0]["text"], "Есть и в копии");
    assert_eq!(copy.terminate().code(), Some(0));
    let second = run(&demo.at, &["serve", "--data", "data", "--listen", &listen]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another hub runs on the data folder"), "{said}");
}

#[test]
fn tools_say_what_is_wrong_by_words_and_exit_code() {
    let at = folder("tools");
    let code = |args: &[&str]| run(&at, args).status.code();
    let config = run_well(&at, &["config"]);
    std::fs::write(at.join("good.toml"), config).unwrap();
    std::fs::write(at.join("bad.toml"), "[server]\nlistn = \"127.0.0.1:1\"\n").unwrap();
    let bad = run(&at, &["check", "--config", "bad.toml"]);
    assert_eq!(bad.status.code(), Some(1));
    let said = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert!(said.contains("server.listn") && said.contains("did you mean listen?"), "{said}");
    assert_eq!(code(&["check", "--config", "good.toml", "--data", "none"]), Some(1));
    assert_eq!(code(&["check", "--config", "missing.toml"]), Some(1));
    assert_eq!(code(&["serve", "--nonsense"]), Some(2));
    assert_eq!(code(&["fly"]), Some(2));
    assert_eq!(code(&["--version"]), Some(0));
    let add = ["partner", "add", "--data", "data", "--login", "shop", "--sender", "SHOP"];
    assert!(run_well(&at, &add).contains("password "), "one is drawn");
    assert_eq!(code(&add), Some(1), "a login is taken once");
    assert_eq!(code(&["account", "add", "carrier_pigeon", "--data", "data"]), Some(1));
    assert_eq!(code(&["account", "resume", "--data", "data", "1"]), Some(1));
    assert_eq!(code(&["check", "--data", "data"]), Some(0));
}

#[test]
fn a_message_can_be_sent_from_the_command_line() {
    let demo = Demo::start("send");
    let hub = format!("http://127.0.0.1:{}", demo.hub);
    let to = "79161230060";
    let args = ["send", "--hub", &hub, "--to", to, "--text", "Из строки", "--id", "one"];
    let printed: Value = serde_json::from_str(&run_well(&demo.at, &args)).unwrap();
    assert_eq!(printed["id"], "one");
    let bubble = &crate::program::shown(demo.twin, to, 1)[0];
    assert_eq!(bubble["text"], "Из строки");
    let bad = ["send", "--hub", &hub, "--to", "123", "--text", "Никому"];
    assert_eq!(run(&demo.at, &bad).status.code(), Some(1));
}

#[test]
fn the_page_about_providers_is_what_the_program_prints() {
    let at = std::env::temp_dir();
    let printed = run_well(&at, &["providers"]);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/providers.md");
    let written = std::fs::read_to_string(path).unwrap();
    assert!(printed == written, "run `vestnik providers > docs/providers.md`");
    let views = run_well(&at, &["providers", "--json"]);
    let views: Value = serde_json::from_str(&views).unwrap();
    assert_eq!(views[0]["code"], "green_api");
}
