//! The executable under test: started in a folder of its own, killed when dropped.

use crate::http;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// How long anything may take. A slow machine must not fail; a hanging program must.
const PATIENCE: Duration = Duration::from_secs(100);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Looks until something is there.
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(LOOK_AGAIN);
    }
}

/// An empty folder; the name tells the test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("black_box_{name}"));
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

/// Ports that nobody has. They lie below those that systems give to outgoing connections: one of
/// those may be taken again before the program listens there.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    const PORTS: std::ops::Range<u32> = 20_000..32_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Tests run side by side, each in a process of its own: they begin far from one another.
    let first = std::process::id().wrapping_mul(32);
    [(); N].map(|()| {
        (0..PORTS.end - PORTS.start)
            .map(|_| first.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)))
            .map(|n| PORTS.start + n % (PORTS.end - PORTS.start))
            .filter_map(|port| u16::try_from(port).ok())
            .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
            .unwrap()
    })
}

pub(crate) fn command(args: &[&str], at: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik"));
    command.args(args).current_dir(at).stdin(Stdio::null()).env("RUST_LOG", "info");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("VESTNIK_")) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(at: &Path, args: &[&str]) -> Output {
    command(args, at).output().unwrap()
}

/// Runs it to its end, with a text on its standard input.
pub(crate) fn run_fed(at: &Path, args: &[&str], text: &str) -> Output {
    let (input, output, errors) = (Stdio::piped(), Stdio::piped(), Stdio::piped());
    let mut command = command(args, at);
    let mut child = command.stdin(input).stdout(output).stderr(errors).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs it to its bad end; what it printed and said.
pub(crate) fn run_badly(at: &Path, args: &[&str]) -> String {
    let output = run(at, args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned() + &said
}

/// Runs it to its good end; what it printed.
pub(crate) fn run_well(at: &Path, args: &[&str]) -> String {
    let output = run(at, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// A running program.
pub(crate) struct Program {
    child: Child,
    /// Its standard error.
    pub(crate) log: PathBuf,
    /// The line by which it said that it is ready.
    pub(crate) said: String,
}

impl Program {
    /// Starts it and waits for the line that says it is ready.
    pub(crate) fn start(at: &Path, log: &str, args: &[&str], ready: &str) -> Self {
        Self::start_logging(at, log, "info", args, ready)
    }

    /// The same with a filter for its log.
    pub(crate) fn start_logging(
        at: &Path,
        log: &str,
        filter: &str,
        args: &[&str],
        ready: &str,
    ) -> Self {
        let log = at.join(log);
        let mut child = command(args, at)
            .env("RUST_LOG", filter)
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let mut program = Self { child, log, said: String::new() };
        let (lines, heard) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // The rest is read so that the program never waits for us; nobody needs it.
                let _nobody_listens = lines.send(line);
            }
        });
        let first = heard.recv_timeout(PATIENCE).unwrap_or_default();
        assert!(first.starts_with(ready), "{args:?} said {first:?}: {}", program.log_text());
        program.said = first;
        program
    }

    /// What it wrote to standard error.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `kill` with a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// `kill -TERM`, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        self.signal("-TERM");
        until("the end of the program", || self.child.try_wait().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A running `vestnik demo`.
pub(crate) struct Demo {
    pub(crate) program: Program,
    pub(crate) at: PathBuf,
    pub(crate) hub: u16,
    pub(crate) twin: u16,
}

impl Demo {
    /// Starts it in a folder of its own.
    pub(crate) fn start(name: &str) -> Self {
        let at = folder(name);
        let [hub, twin] = free_ports();
        let (listen, twin_listen) = (format!("127.0.0.1:{hub}"), format!("127.0.0.1:{twin}"));
        let args = ["demo", "--data", "data", "--listen", &listen, "--twin-listen", &twin_listen];
        let program = Program::start(&at, "log", &args, "vestnik ready");
        Self { program, at, hub, twin }
    }

    /// Sends a call that must be accepted; its number.
    pub(crate) fn send(&self, call: &Value) -> String {
        accepted(self.hub, call)
    }

    /// What the partner was told about a message, oldest first.
    pub(crate) fn reports(&self, number: &str) -> Vec<Value> {
        reports(self.twin, "demo", number)
    }
}

/// A good call of the demo's partner.
pub(crate) fn call(to: &str, text: &str) -> Value {
    json!({
        "login": "demo",
        "password": "demo",
        "destAddr": to,
        "message": {
            "type": "WHATSAPP",
            "data": {
                "instantContent": {"type": "TEXT", "data": {"text": text}},
                "serviceNumber": "VESTNIK",
            },
        },
    })
}

/// Posts a call that must be accepted; its number.
pub(crate) fn accepted(hub: u16, call: &Value) -> String {
    let answer = http::json(hub, "POST", "/partner/v6/message", call);
    answer["mtNum"].as_str().unwrap().to_owned()
}

/// The bubbles that a phone shows.
pub(crate) fn bubbles(twin: u16, to: &str) -> Vec<Value> {
    let path = format!("/twin/bubbles?messenger=whatsapp&to={to}");
    http::get(twin, &path).as_array().unwrap().clone()
}

/// Waits until a phone shows so many.
pub(crate) fn shown(twin: u16, to: &str, count: usize) -> Vec<Value> {
    until(&format!("{count} bubbles on {to}"), || {
        let found = bubbles(twin, to);
        (found.len() >= count).then_some(found)
    })
}

/// What a sink was told about a message, oldest first.
pub(crate) fn reports(twin: u16, sink: &str, number: &str) -> Vec<Value> {
    let entries = http::get(twin, &format!("/twin/sink/{sink}"));
    let bodies = entries.as_array().unwrap().iter().map(|entry| entry["body"].clone());
    bodies.filter(|body| body["mtNum"] == number).collect()
}

/// The statuses of reports.
pub(crate) fn statuses(reports: &[Value]) -> Vec<i64> {
    reports.iter().map(|report| report["status"].as_i64().unwrap()).collect()
}

/// Everything about a message, in a language.
pub(crate) fn trace(hub: u16, key: &str, number: &str, language: &str) -> Value {
    let path = format!("/v1/messages/{number}?lang={language}");
    let bearer = format!("Bearer {key}");
    let headers = [("Authorization", bearer.as_str())];
    let answer = http::try_request(hub, "GET", &path, &headers, b"").unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}
