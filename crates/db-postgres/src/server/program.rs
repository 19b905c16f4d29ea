//! Where PostgreSQL's programs are, and who may run them: they refuse to be root.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where distributions keep the programs, by version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// Whom root becomes, the first of them that exists.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// The programs, and the user to run them as.
pub(super) struct Programs {
    pub(super) directory: PathBuf,
    /// None: as we are.
    pub(super) user: Option<User>,
}

/// A user that is not root.
pub(super) struct User {
    name: &'static str,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Programs {
    /// Finds them, or says why not.
    pub(super) fn find() -> Result<Self, String> {
        let paths = env::var_os("PATH").unwrap_or_default();
        let directory = env::split_paths(&paths)
            .chain(versions())
            .find(|at| at.join("initdb").is_file() && at.join("postgres").is_file())
            .ok_or("initdb and postgres are not installed")?;
        let user = if number(&["-u"])? == 0 {
            let user = USERS.iter().find_map(|name| User::find(name));
            Some(user.ok_or("root has no other user to run it as")?)
        } else {
            None
        };
        Ok(Self { directory, user })
    }

    /// The words before a program's own, by which the right user runs it.
    pub(super) fn runner(&self) -> Vec<String> {
        let Some(user) = &self.user else { return Vec::new() };
        if is_installed("setpriv") {
            let (uid, gid) = (format!("--reuid={}", user.uid), format!("--regid={}", user.gid));
            vec!["setpriv".to_owned(), uid, gid, "--init-groups".to_owned(), "--".to_owned()]
        } else {
            ["runuser", "-u", user.name, "--"].map(str::to_owned).to_vec()
        }
    }
}

impl User {
    fn find(name: &'static str) -> Option<Self> {
        Some(Self { name, uid: number(&["-u", name]).ok()?, gid: number(&["-g", name]).ok()? })
    }
}

/// The directories of installed versions, newest first.
fn versions() -> Vec<PathBuf> {
    let entries = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let number = |path: &Path| -> Option<u32> { path.file_name()?.to_str()?.parse().ok() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    found.sort_by_key(|path| std::cmp::Reverse(number(path)));
    found.into_iter().map(|path| path.join("bin")).collect()
}

fn is_installed(program: &str) -> bool {
    let paths = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&paths).any(|at| at.join(program).is_file())
}

/// What `id` answers.
fn number(args: &[&str]) -> Result<u32, String> {
    let output = Command::new("id").args(args).output().map_err(|e| format!("id: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| format!("id {} tells no number", args.join(" ")))
}
