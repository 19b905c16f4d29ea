//! The data folder: one folder is the whole installation.
//!
//! `vestnik.db` (with its `-wal` and `-shm`) is the database, `master.key` seals the secrets in it
//! (keep a copy apart from the backups), `files` holds files by their hashes, `lock` is held by the
//! running hub.

use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};
use vestnik_app::{
    chance::secret_bytes,
    seal::{KEY_BYTES, Sealer},
};
use vestnik_db::migration::migrate;
use vestnik_db_sqlite::Lite;
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
    /// Opens the folder, creating it if need be.
    ///
    /// # Errors
    /// If it can't be created.
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("can't create the data folder {}", path.display()))?;
        restrict(path, 0o700)?;
        Ok(Self(path.to_owned()))
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
        let path = self.0.join(LOCK);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("can't open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => {
                bail!("another hub runs on the data folder {}", self.0.display())
            }
            Err(TryLockError::Error(error)) => Err(error).context("can't lock the data folder"),
        }
    }

    /// Opens the database for writing, at the newest schema.
    ///
    /// # Errors
    /// If it can't be opened, or was written by a newer version.
    pub fn writer(&self) -> Result<Lite> {
        let path = self.database();
        let mut engine = vestnik_db_sqlite::open(&path)
            .with_context(|| format!("can't open the database {}", path.display()))?;
        restrict(&path, 0o600)?;
        migrate(&mut engine, MIGRATIONS).context("can't bring the database up to date")?;
        Ok(engine)
    }

    /// What seals the secrets: from the master key, which is drawn at the first start.
    ///
    /// # Errors
    /// If the key is there but unreadable: drawing another would make every secret unreadable.
    pub fn sealer(&self) -> Result<Sealer> {
        let path = self.0.join(MASTER_KEY);
        if !path.exists() {
            self.draw_key(&path)?;
        }
        let bytes = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
        let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| {
            anyhow::anyhow!("{} is damaged: it must have {KEY_BYTES} bytes", path.display())
        })?;
        Ok(Sealer::new(&key))
    }

    /// Written whole beside its place and moved there: no half key is ever seen.
    fn draw_key(&self, path: &Path) -> Result<()> {
        let key: [u8; KEY_BYTES] =
            secret_bytes().map_err(|e| anyhow::anyhow!("no randomness for a key: {e}"))?;
        let fresh = self.0.join(format!("{MASTER_KEY}.{}", std::process::id()));
        let mut file =
            File::create(&fresh).with_context(|| format!("can't write {}", fresh.display()))?;
        restrict(&fresh, 0o600)?;
        file.write_all(&key)?;
        file.sync_all()?;
        // Of two processes that draw at once the first one's key stays.
        if fs::hard_link(&fresh, path).is_err() && !path.exists() {
            bail!("can't write {}", path.display());
        }
        fs::remove_file(&fresh).with_context(|| format!("can't remove {}", fresh.display()))?;
        File::open(&self.0)?.sync_all().context("can't sync the data folder")
    }

    /// Copies the installation to another folder while it runs.
    ///
    /// # Errors
    /// If the other folder holds an installation already, or can't be written.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let target = Self::open(to)?;
        if target.database().exists() || to.join(MASTER_KEY).exists() {
            bail!("{} holds an installation already", to.display());
        }
        if !self.database().exists() {
            bail!("{} holds no installation", self.0.display());
        }
        let engine =
            vestnik_db_sqlite::open(&self.database()).context("can't open the database")?;
        engine.backup(&target.database()).context("can't copy the database")?;
        restrict(&target.database(), 0o600)?;
        fs::copy(self.0.join(MASTER_KEY), to.join(MASTER_KEY)).context("can't copy the key")?;
        restrict(&to.join(MASTER_KEY), 0o600)?;
        File::open(target.database())?.sync_all().context("can't sync the copy")?;
        // After the database: whatever it names is there by now.
        copy_files(&self.files(), &target.files()).context("can't copy the files")
    }
}

/// Copies a tree of files that never change once they are there.
fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.exists() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let name = entry.file_name();
        let is_part = Path::new(&name).extension().is_some_and(|ending| ending == "part");
        if entry.file_type()?.is_dir() {
            copy_files(&entry.path(), &target)?;
        } else if !is_part {
            fs::copy(entry.path(), &target)?;
        }
    }
    File::open(to)?.sync_all()
}

/// Only the owner may look in.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("can't set the permissions of {}", path.display()))
}

#[cfg(not(unix))]
fn restrict(_: &Path, _: u32) -> Result<()> {
    Ok(())
}
