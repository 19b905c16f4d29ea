//! Secrets are nowhere to be found: not in the data folder, not in the log, not in what is shown.

use crate::{
    install::{Install, PASSWORD, TOKEN, WEBHOOK_TOKEN},
    program::{shown, trace, until},
};
use serde_json::json;
use std::{fs, path::Path};

const TEXT: &str = "Nothing to hide";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

fn search(bytes: &[u8], place: &str, secrets: &[&str]) {
    for secret in secrets {
        let start = &secret[..4];
        assert!(!holds(bytes, secret), "{place} holds a secret that begins with {start}");
    }
}

fn search_folder(folder: &Path, secrets: &[&str]) {
    let mut is_text_seen = false;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        is_text_seen |= holds(&bytes, TEXT);
        search(&bytes, &path.display().to_string(), secrets);
    }
    assert!(is_text_seen, "the search finds what is there");
}

#[test]
fn no_secret_is_written_in_clear() {
    let install = Install::new("secrets");
    let secrets = [TOKEN, WEBHOOK_TOKEN, PASSWORD, install.api_key.as_str()];
    let hub = install.serve("hub.log", "debug");
    // Exchanges that go wrong are kept: with the tokens in their addresses cut out.
    let lost = json!({"provider": "green_api", "error": 429, "retry_after_s": 1});
    install.fault(&lost);
    let to = "79161260000";
    let number = install.send(to, TEXT);
    until("a failed attempt", || {
        let found = trace(install.hub, &install.api_key, &number, "en");
        let lines = found["timeline"].as_array().unwrap().clone();
        lines.iter().any(|line| line["exchange"].is_string()).then_some(())
    });
    install.heal();
    shown(install.twin, to, 1);
    until("both reports", || Some(()).filter(|()| install.reports(&number).len() >= 2));
    let found = trace(install.hub, &install.api_key, &number, "en").to_string();
    search(found.as_bytes(), "the message as it is shown", &secrets);
    let data = install.at.join("data");
    search_folder(&data, &secrets);
    let log = hub.log.clone();
    assert_eq!(hub.terminate().code(), Some(0));
    search_folder(&data, &secrets);
    search(&fs::read(log).unwrap(), "the log", &secrets);
}
