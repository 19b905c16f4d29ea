//! The data folder: one folder is the whole installation.
//!
//! `vestnik.db` (with its `-wal` and `-shm`) is the database, `master.key` seals the secrets in it
//! (keep a copy apart from the backups), `files` holds files by their hashes, `lock` is held by the
//! running hub.

mod backup;
mod key;
#[cfg(test)]
pub(crate) mod tests;

use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};
use vestnik_db::{
    Pool, Tx,
    migration::{migrate, pending},
};
use vestnik_db_sqlite::{Lite, Readers};
use vestnik_store::schema::MIGRATIONS;

const DATABASE: &str = "vestnik.db";
const MASTER_KEY: &str = "master.key";
const LOCK: &str = "lock";
const FILES: &str = "files";

/// An installation's folder.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

/// Held while a hub runs on the folder.
pub struct Lock {
    _file: File,
}

impl DataFolder {
    /// Opens the folder for what may begin an installation: it is created if need be, and then only
    /// its owner may look in. A folder that is there stays as it is: it may be somebody's home, or
    /// belong to somebody else.
    ///
    /// # Errors
    /// If it can't be created.
    pub fn open_or_create(path: &Path) -> Result<Self> {
        if !path.is_dir() {
            create(path)
                .with_context(|| format!("can't create the data folder {}", path.display()))?;
        }
        Ok(Self(path.to_owned()))
    }

    /// Opens the folder of an installation that is there.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(path: &Path) -> Result<Self> {
        let data = Self(path.to_owned());
        if !data.is_installation() {
            bail!("{} holds no installation", path.display());
        }
        Ok(data)
    }

    /// Whether there is an installation in it.
    #[must_use]
    pub fn is_installation(&self) -> bool {
        // An empty file is what a start that broke off at once has left.
        fs::metadata(self.database()).is_ok_and(|file| file.len() > 0)
    }

    /// What to say if others may look into the folder.
    #[must_use]
    pub fn risk(&self) -> Option<String> {
        let path = &self.0;
        is_open_to_others(path).then(|| {
            format!(
                "others may look into the data folder {0}: `chmod 700 {0}` closes it",
                path.display()
            )
        })
    }

    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// Where files lie, unless storage elsewhere is configured.
    #[must_use]
    pub fn files(&self) -> PathBuf {
        self.0.join(FILES)
    }

    /// Takes the folder for one running hub.
    ///
    /// # Errors
    /// If another hub has it.
    pub fn lock(&self) -> Result<Lock> {
        self.try_lock()?
            .with_context(|| format!("another hub runs on the data folder {}", self.0.display()))
    }

    /// Takes the folder, unless a running hub has it.
    fn try_lock(&self) -> Result<Option<Lock>> {
        let path = self.0.join(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("can't open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context("can't lock the data folder"),
        }
    }

    /// Opens the database for writing, at the newest schema, for whoever holds the folder's lock.
    ///
    /// # Errors
    /// If it can't be opened, or was written by a newer version.
    pub fn writer(&self, _lock: &Lock) -> Result<Lite> {
        self.migrated()
    }

    /// The same for a tool, beside which a hub may run: under that the schema must not change.
    ///
    /// # Errors
    /// If it can't be opened, or a hub of another version runs.
    pub fn writer_beside_hub(&self) -> Result<Lite> {
        let is_new = !self.is_installation();
        if !is_new && self.pending_steps()? == 0 {
            return self.migrated();
        }
        let path = self.0.display();
        match (self.try_lock()?, is_new) {
            (Some(_held_while_it_changes), _) => self.migrated(),
            (None, true) => bail!("another program is setting up {path} just now: try again"),
            (None, false) => bail!(
                "an older version of the hub runs on {path}: stop it and start this version's first"
            ),
        }
    }

    fn migrated(&self) -> Result<Lite> {
        let path = self.database();
        if !path.exists() {
            create_file(&path).with_context(|| format!("can't create {}", path.display()))?;
        }
        let mut engine = vestnik_db_sqlite::open(&path)
            .with_context(|| format!("can't open the database {}", path.display()))?;
        migrate(&mut engine, MIGRATIONS).context("can't bring the database up to date")?;
        Ok(engine)
    }

    /// How many steps of the schema its database lacks.
    fn pending_steps(&self) -> Result<usize> {
        let mut count = 0;
        let looked = Readers::new(&self.database()).read(&mut |tx| {
            count = pending(tx, MIGRATIONS)?;
            Ok(())
        });
        looked
            .with_context(|| format!("the database {} can't be used", self.database().display()))?;
        Ok(count)
    }

    /// Looks into the installation without changing anything.
    ///
    /// # Errors
    /// If it can't be read, or its schema is an older one; else the look's own.
    pub fn look<T>(&self, look: impl Fn(&mut dyn Tx) -> Result<T>) -> Result<T> {
        let steps = self.pending_steps()?;
        if steps > 0 {
            bail!(
                "the database {} is of an older version: the next `vestnik serve` brings it up to \
                 date",
                self.database().display()
            );
        }
        self.look_at_any_version(look)
    }

    /// The same whatever the schema: for what has been there from the beginning.
    ///
    /// # Errors
    /// If it can't be read; else the look's own.
    pub fn look_at_any_version<T>(&self, look: impl Fn(&mut dyn Tx) -> Result<T>) -> Result<T> {
        let mut found = None;
        Readers::new(&self.database()).read(&mut |tx| {
            found = Some(look(tx));
            Ok(())
        })?;
        found.context("the database was not read")?
    }
}

/// Creates a folder that only its owner may look into. Those above it are ordinary ones.
fn create(path: &Path) -> Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    match builder.create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        other => Ok(other?),
    }
}

/// Creates a file that only its owner may read; one that is there stays as it is.
fn create_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(unix)]
fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_: &Path) -> bool {
    false
}
