//! The data folder: what tools may do to it, and what they must leave alone.

use crate::program::{Demo, Program, folder, free_ports, run, run_badly, run_well};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

const PARTNER: [&str; 8] =
    ["partner", "add", "--data", "data", "--login", "shop", "--password", "geheim"];

fn account(at: &Path, data: &str) -> std::process::Output {
    let settings = ["--api-url", "1103.api.green-api.com", "--id-instance", "1101000001"];
    let head = ["account", "add", "green_api", "--data", data, "--name", "Shop's own"];
    run(at, &[&head[..], &settings[..], &["--token", "t0ken", "--webhook-token", "w0rd"]].concat())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// All that lies in a folder; SQLite's own files beside the database come and go with every look.
fn content(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        path.is_file() && !name.ends_with("-wal") && !name.ends_with("-shm")
    };
    all.filter(is_ours).map(|path| (path.clone(), (mode(&path), fs::read(path).unwrap()))).collect()
}

#[test]
fn the_demo_spoils_no_installation() {
    let at = folder("demo_elsewhere");
    run_well(&at, &PARTNER);
    let [hub, twin, port] = free_ports();
    let (listen, twin) = (format!("127.0.0.1:{hub}"), format!("127.0.0.1:{twin}"));
    let demo = ["demo", "--data", "data", "--listen", &listen, "--twin-listen", &twin];
    let said = run_badly(&at, &demo);
    assert!(said.contains("the demo has not made"), "{said}");
    let own = format!("127.0.0.1:{port}");
    let args = ["serve", "--data", "data", "--listen", &own];
    let hub = Program::start(&at, "hub.log", &args, "vestnik ready");
    let said = run_badly(&at, &demo);
    assert!(said.contains("another hub runs on the data folder"), "{said}");
    assert!(!run_well(&at, &["partner", "list", "--data", "data"]).contains("demo"));
    assert_eq!(run_well(&at, &["key", "list", "--data", "data"]), "");
    assert_eq!(hub.terminate().code(), Some(0));
}

#[test]
fn a_demo_on_other_ports_reports_there() {
    let Demo { program, at, twin: before, .. } = Demo::start("demo_moved");
    assert_eq!(program.terminate().code(), Some(0));
    let [hub, twin] = free_ports();
    let (listen, twin) = (format!("127.0.0.1:{hub}"), format!("127.0.0.1:{twin}"));
    let args = ["demo", "--data", "data", "--listen", &listen, "--twin-listen", &twin];
    let _demo = Program::start(&at, "again.log", &args, "vestnik ready");
    let listed = run_well(&at, &["partner", "list", "--data", "data"]);
    assert!(listed.contains(&twin) && !listed.contains(&format!(":{before}")), "{listed}");
}

#[test]
fn a_lost_key_is_never_replaced() {
    let at = folder("lost_key");
    run_well(&at, &PARTNER);
    let key = at.join("data/master.key");
    assert!(!key.exists(), "a password is hashed: no key is needed yet");
    assert!(account(&at, "data").status.success());
    let kept = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let [port] = free_ports();
    let listen = format!("127.0.0.1:{port}");
    let serve = ["serve", "--data", "data", "--listen", &listen];
    for args in [&serve[..], &["check", "--data", "data"]] {
        let said = run_badly(&at, args);
        assert!(said.contains("master.key is gone") && said.contains("put it back"), "{said}");
    }
    assert_eq!(account(&at, "data").status.code(), Some(1));
    assert!(!key.exists(), "none is drawn in its place");
    fs::write(&key, [7; 32]).unwrap();
    let said = run_badly(&at, &["check", "--data", "data"]);
    assert!(said.contains("Shop's own") && said.contains("master key is another one"), "{said}");
    assert!(said.contains("1 thing is wrong"), "{said}");
    fs::write(&key, kept).unwrap();
    run_well(&at, &["check", "--data", "data"]);
}

#[test]
fn a_look_changes_nothing() {
    let at = folder("looks");
    run_well(&at, &PARTNER);
    let data = at.join("data");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o750)).unwrap();
    let before = content(&data);
    let looks: [&[&str]; 4] =
        [&["check"], &["partner", "list"], &["account", "list"], &["key", "list"]];
    for look in looks {
        run_well(&at, &[look, &["--data", "data"]].concat());
    }
    assert_eq!(content(&data), before);
    assert_eq!(mode(&data), 0o750);
}

#[test]
fn a_wrong_folder_stays_as_it_is() {
    let at = folder("wrong_folder");
    let home = at.join("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
    let looks: [&[&str]; 8] = [
        &["partner", "list"],
        &["account", "list"],
        &["key", "list"],
        &["account", "resume", "1"],
        &["partner", "off", "shop"],
        &["key", "revoke", "api"],
        &["backup", "--to", "copy"],
        &["check"],
    ];
    for asked in looks {
        for data in ["home", "typo"] {
            let said = run_badly(&at, &[asked, &["--data", data]].concat());
            assert!(said.contains(&format!("{data} holds no installation")), "{said}");
        }
    }
    assert_eq!((mode(&home), fs::read_dir(&home).unwrap().count()), (0o755, 0));
    assert!(!at.join("typo").exists() && !at.join("copy").exists());
    let added = run(&at, &["partner", "add", "--data", "home", "--login", "shop"]);
    let said = String::from_utf8_lossy(&added.stderr).into_owned();
    assert!(added.status.success() && said.contains("others may look into"), "{said}");
    assert_eq!((mode(&home), mode(&home.join("vestnik.db"))), (0o755, 0o600));
    run_well(&at, &PARTNER);
    assert_eq!(mode(&at.join("data")), 0o700, "what is made here is closed");
}

#[test]
fn a_copy_is_whole_or_not_there() {
    let at = folder("copies");
    run_well(&at, &PARTNER);
    assert!(account(&at, "data").status.success());
    let said = run_badly(&at, &["backup", "--data", "data", "--to", "data/copy"]);
    assert!(said.contains("lies inside the installation"), "{said}");
    assert!(!at.join("data/copy").exists() && !at.join("data/copy.part").exists());
    // Where files should lie is something that can't be copied as they are.
    fs::write(at.join("data/files"), b"").unwrap();
    run_badly(&at, &["backup", "--data", "data", "--to", "copy"]);
    assert!(!at.join("copy").exists() && !at.join("copy.part").exists());
    fs::remove_file(at.join("data/files")).unwrap();
    run_well(&at, &["backup", "--data", "data", "--to", "copy"]);
    assert!(run_well(&at, &["check", "--data", "copy"]).contains("readable 1"));
    assert_eq!(mode(&at.join("copy")), 0o700);
    fs::create_dir(at.join("other.part")).unwrap();
    let said = run_badly(&at, &["backup", "--data", "data", "--to", "other"]);
    assert!(said.contains("another copy is under way"), "{said}");
}
