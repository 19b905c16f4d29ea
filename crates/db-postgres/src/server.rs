//! A PostgreSQL of one's own, for tests: on a private port, in a directory of its own, gone with
//! its owner. Its commits are not durable: it is fast instead.

mod program;

use std::{
    fs, io,
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, id},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use program::{Programs, User};
use vestnik_db::DbError;

use crate::{
    Address,
    session::{Access, Session},
};

/// How long a server may take to start, on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);
/// Between two looks whether it has.
const START_PAUSE: Duration = Duration::from_millis(20);
/// Ports tried: another program may take a free one before the server does.
const PORTS_MAX: u32 = 4;
/// The longest directory of a socket that the system takes.
const SOCKET_DIRECTORY_MAX: usize = 80;
/// Makes the server and holds it. Its input ends with its owner, however that went: then it stops
/// all of its group and removes the directory. Arguments: the directory, that of the programs, and
/// what to run them with.
const WATCH: &str = r#"
dir=$1 bin=$2; shift 2
(
    trap : QUIT
    "$@" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C -N &&
    cat "$dir/settings" >>"$dir/data/postgresql.conf" &&
    "$@" "$bin/postgres" -D "$dir/data"
    : >"$dir/ended"
) >"$dir/log" 2>&1 </dev/null &
cat >/dev/null
trap '' QUIT
kill -QUIT 0
wait
rm -rf "$dir"
"#;
/// What the server logs when its port is taken.
const PORT_TAKEN: &str = "could not create any TCP/IP sockets";

static SERVERS: AtomicU32 = AtomicU32::new(0);
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A running server. It stops when this is dropped, or when the process ends.
#[derive(Debug)]
pub struct TestServer {
    port: u16,
    watch: Child,
}

impl TestServer {
    /// Starts a server; prints "skipped: no PostgreSQL" and gives none where its programs are not
    /// installed. May be called on any thread.
    ///
    /// # Panics
    /// If the programs are there and don't work: a test that can run must not pass unrun.
    #[must_use]
    pub fn start() -> Option<Self> {
        match Programs::find() {
            Ok(programs) => Some(off_async(move || {
                (0..PORTS_MAX)
                    .find_map(|_| launch(&programs).expect("PostgreSQL starts"))
                    .expect("a free port is found")
            })),
            Err(reason) => {
                println!("skipped: no PostgreSQL ({reason})");
                None
            }
        }
    }

    /// The address of a fresh, empty database. May be called on any thread.
    ///
    /// # Panics
    /// If it can't be created.
    #[must_use]
    pub fn database(&self) -> String {
        let name = format!("t{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let (port, create) = (self.port, format!("CREATE DATABASE {name}"));
        off_async(move || admin(port).and_then(|mut admin| admin.script(&create)))
            .expect("a database is created");
        url(self.port, &name)
    }

    /// Cuts every connection of every client, as a restart of the server does.
    ///
    /// # Panics
    /// If the server does not answer.
    pub fn cut_connections(&self) {
        let port = self.port;
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        off_async(move || admin(port).and_then(|mut admin| admin.script(cut)))
            .expect("connections are cut");
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

fn admin(port: u16) -> Result<Session, DbError> {
    Session::open(&Address::parse(&url(port, "postgres"))?, Access::Write)
}

/// Runs blocking work where it is allowed: the caller may be an async test.
fn off_async<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    thread::spawn(work).join().expect("the work does not panic")
}

/// A server that answers, or none if its port was taken from it.
fn launch(programs: &Programs) -> io::Result<Option<TestServer>> {
    let directory = directory(programs.user.as_ref())?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    fs::write(directory.join("settings"), settings(&directory, port))?;
    // A group of its own: an interrupt from the keyboard reaches its owner, and it by its owner.
    let watch = Command::new("sh")
        .args(["-c", WATCH, "watch"])
        .arg(&directory)
        .arg(&programs.directory)
        .args(programs.runner())
        .current_dir(&directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let server = TestServer { port, watch };
    let log = || fs::read_to_string(directory.join("log")).unwrap_or_default();
    let begun = Instant::now();
    while begun.elapsed() < START_MAX {
        if admin(port).is_ok() {
            return Ok(Some(server));
        }
        if directory.join("ended").exists() {
            let log = log();
            return if log.contains(PORT_TAKEN) { Ok(None) } else { Err(io::Error::other(log)) };
        }
        thread::sleep(START_PAUSE);
    }
    Err(io::Error::other(log()))
}

fn directory(user: Option<&User>) -> io::Result<PathBuf> {
    let number = SERVERS.fetch_add(1, Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("vestnik-pg-{}-{number}", id()));
    fs::create_dir(&directory)?;
    if let Some(user) = user {
        std::os::unix::fs::chown(&directory, Some(user.uid), Some(user.gid))?;
    }
    Ok(directory)
}

fn settings(directory: &Path, port: u16) -> String {
    let socket = directory.to_string_lossy();
    let socket = if socket.len() <= SOCKET_DIRECTORY_MAX { &*socket } else { "" };
    format!(
        "port = {port}\n\
         listen_addresses = '127.0.0.1'\n\
         unix_socket_directories = '{socket}'\n\
         fsync = off\n\
         full_page_writes = off\n\
         max_connections = 100\n\
         shared_buffers = 32MB\n"
    )
}
