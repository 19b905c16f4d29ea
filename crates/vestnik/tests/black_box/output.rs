//! What is printed, where it can't be, and where the program is called from.

use crate::{
    http,
    program::{Program, command, folder, free_ports, run_fed, run_well, until},
};
use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    os::unix::ffi::OsStrExt,
    path::Path,
    process::{Output, Stdio},
};

/// Standard output of a full disk.
fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

fn run_full(at: &Path, args: &[&str]) -> String {
    let output = command(args, at).stdout(full()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    said
}

#[test]
fn a_reader_who_has_seen_enough_is_no_failure() {
    let at = folder("closed_output");
    for args in [&["config"][..], &["providers", "--json"], &["hook", "sample"]] {
        let mut child =
            command(args, &at).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_takes_no_secret_with_it() {
    let at = folder("full_output");
    let said = run_full(&at, &["config"]);
    assert!(said.contains("standard output can't be written"), "{said}");
    run_well(&at, &["partner", "add", "--data", "data", "--login", "shop"]);
    let said = run_full(&at, &["key", "add", "--data", "data"]);
    assert!(said.contains("no key was added"), "{said}");
    let said = run_full(&at, &["partner", "add", "--data", "data", "--login", "other"]);
    assert!(said.contains("no partner was added"), "{said}");
    assert_eq!(run_well(&at, &["key", "list", "--data", "data"]), "");
    assert!(!run_well(&at, &["partner", "list", "--data", "data"]).contains("other"));
    hub_that_can_not_say_that_it_is_ready(&at);
}

/// It works all the same, and its log is no terminal's.
#[cfg(target_os = "linux")]
fn hub_that_can_not_say_that_it_is_ready(at: &Path) {
    let [port] = free_ports();
    let listen = format!("127.0.0.1:{port}");
    let log = at.join("log");
    let mut serve = command(&["serve", "--data", "data", "--listen", &listen], at);
    let mut hub = serve.stdout(full()).stderr(File::create(&log).unwrap()).spawn().unwrap();
    let text = until("the line in its log", || {
        let text = fs::read_to_string(&log).unwrap();
        text.contains("nobody was told").then_some(text)
    });
    let answer = http::try_request(port, "GET", "/health/ready", &[], b"");
    let has_ended = hub.try_wait().unwrap();
    hub.kill().unwrap();
    hub.wait().unwrap();
    assert_eq!((answer.unwrap().status, has_ended), (200, None));
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal: {text}");
}

#[test]
fn any_free_port_is_told() {
    let at = folder("any_port");
    let args = ["serve", "--data", "data", "--listen", "127.0.0.1:0"];
    let hub = Program::start(&at, "log", &args, "vestnik ready http://127.0.0.1:");
    let port = hub.said.rsplit(':').next().unwrap().parse().unwrap();
    assert_eq!(http::request(port, "GET", "/health/live", b"").status, 200);
    let args = ["twin", "--listen", "127.0.0.1:0"];
    let twin = Program::start(&at, "twin.log", &args, "twin ready http://127.0.0.1:");
    let port = twin.said.rsplit(':').next().unwrap().parse().unwrap();
    until("the twin", || http::try_request(port, "GET", "/health/live", &[], b""));
}

#[test]
fn the_environment_of_others_is_no_matter() {
    let at = folder("environment");
    let foreign = OsStr::from_bytes(b"X\xff");
    run_well(&at, &["partner", "add", "--data", "data", "--login", "shop"]);
    let check = |name: &OsStr, value: &OsStr| -> Output {
        command(&["check", "--data", "data"], &at).env(name, value).output().unwrap()
    };
    assert!(check(foreign, foreign).status.success());
    let wrong = check(OsStr::new("VESTNIK_MAIL__PASSWORT"), OsStr::new("geheim"));
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert_eq!(wrong.status.code(), Some(1));
    assert!(said.contains("did you mean password?") && !said.contains("geheim"), "{said}");
}

#[test]
fn secrets_may_come_by_standard_input() {
    let at = folder("input");
    let feed = |args: &[&str], text: &str| run_fed(&at, args, text);
    let partner = ["partner", "add", "--data", "data", "--login", "shop", "--password", "-"];
    let added = feed(&partner, "geheim\n");
    assert!(added.status.success());
    assert_eq!(String::from_utf8_lossy(&added.stdout), "partner shop added\n");
    let head = ["account", "add", "green_api", "--data", "data", "--id-instance", "1101000001"];
    let rest = ["--api-url", "1103.api.green-api.com", "--token", "-", "--webhook-token", "-"];
    let account = [&head[..], &rest[..]].concat();
    assert!(feed(&account, "t0ken\nw0rd\n").status.success());
    let short = feed(&account, "t0ken\n");
    let said = String::from_utf8_lossy(&short.stderr).into_owned();
    assert_eq!(short.status.code(), Some(1));
    assert!(said.contains("standard input ends where a secret is expected"), "{said}");
}
