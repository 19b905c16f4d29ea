//! A copy of the whole installation, made while it runs.

use super::{DataFolder, create, create_file};
use anyhow::{Context, Result, bail};
use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

/// A copy that is under way has its name with this behind it: what bears the name alone is whole.
const PART: &str = ".part";

impl DataFolder {
    /// Copies the installation to another folder while it runs.
    ///
    /// # Errors
    /// If the other folder lies inside this one, holds anything already, or can't be written.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let part = part_of(to)?;
        let is_empty =
            |folder: &Path| fs::read_dir(folder).is_ok_and(|mut all| all.next().is_none());
        if Self(to.to_owned()).is_installation() {
            bail!("{} holds an installation already", to.display());
        }
        if to.exists() && !is_empty(to) {
            bail!("{} is not empty: give a folder that is not there yet", to.display());
        }
        if part.exists() {
            bail!(
                "{} is there: another copy is under way, or one broke off; then remove it",
                part.display()
            );
        }
        if self.holds(to)? {
            bail!("{} lies inside the installation that is to be copied", to.display());
        }
        create(&part).with_context(|| format!("can't create {}", part.display()))?;
        let copied = self.copy_to(&Self(part.clone()));
        let moved = copied.and_then(|()| {
            fs::rename(&part, to)
                .with_context(|| format!(
                    "can't move the copy to {}: if something is mounted there, give a folder inside it",
                    to.display()
                ))
        });
        if moved.is_err() {
            // What went wrong is said already; what is left behind bears the name of a part.
            let _left_behind = fs::remove_dir_all(&part);
        }
        moved
    }

    /// The key first: a copy without it is worth nothing.
    fn copy_to(&self, target: &Self) -> Result<()> {
        let copy_key = || -> Result<bool> {
            let is_there = self.master_key().exists();
            if is_there {
                let key = fs::read(self.master_key()).context("can't read the key")?;
                drop(create_file(&target.master_key())?);
                fs::write(target.master_key(), key).context("can't copy the key")?;
                File::open(target.master_key())?.sync_all()?;
            }
            Ok(is_there)
        };
        let has_key = copy_key()?;
        let engine =
            vestnik_db_sqlite::open(&self.database()).context("can't open the database")?;
        drop(create_file(&target.database())?);
        engine.backup(&target.database()).context("can't copy the database")?;
        File::open(target.database())?.sync_all().context("can't sync the copy")?;
        if !has_key {
            // It may have been drawn meanwhile, and the copied database hold secrets under it.
            copy_key()?;
        }
        // After the database: whatever it names is there by now.
        copy_files(&self.files(), &target.files()).context("can't copy the files")?;
        File::open(&target.0)?.sync_all().context("can't sync the copy")
    }

    /// Whether a folder that may not be there yet would lie inside this one.
    fn holds(&self, folder: &Path) -> Result<bool> {
        let own = fs::canonicalize(&self.0)?;
        let folder = std::path::absolute(folder)?;
        let there = folder.ancestors().find(|above| above.exists());
        let there = there.context("the folder to copy to has no root")?;
        Ok(fs::canonicalize(there)?.starts_with(own))
    }
}

fn part_of(to: &Path) -> Result<PathBuf> {
    let mut name: OsString =
        to.file_name().with_context(|| format!("{} is no name", to.display()))?.to_owned();
    name.push(PART);
    Ok(to.with_file_name(name))
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
