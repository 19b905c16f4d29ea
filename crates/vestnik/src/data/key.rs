//! The master key: drawn once, and never again while anything lies sealed under it.

use super::{DataFolder, MASTER_KEY, create_file};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};
use vestnik_app::{
    chance::secret_bytes,
    seal::{KEY_BYTES, Sealer},
};
use vestnik_store::{Tx, sealed};

impl DataFolder {
    /// Where the master key lies.
    pub(super) fn master_key(&self) -> PathBuf {
        self.0.join(MASTER_KEY)
    }

    /// What seals the secrets: from the master key, which is drawn while nothing is sealed yet.
    ///
    /// # Errors
    /// If the key is there but unreadable, or gone while secrets are sealed under it: another one
    /// would make every secret unreadable.
    pub fn sealer(&self, tx: &mut dyn Tx) -> Result<Sealer> {
        let path = self.master_key();
        if !path.exists() {
            if sealed::any(tx)? {
                bail!("{}", self.is_lost());
            }
            self.draw_key(&path)?;
        }
        self.read_key(&path)
    }

    /// The same without writing anything: `None` while there is neither a key nor a secret.
    ///
    /// # Errors
    /// See [`Self::sealer`].
    pub fn sealer_if_any(&self, tx: &mut dyn Tx) -> Result<Option<Sealer>> {
        let path = self.master_key();
        if path.exists() {
            return self.read_key(&path).map(Some);
        }
        if sealed::any(tx)? {
            bail!("{}", self.is_lost());
        }
        Ok(None)
    }

    fn is_lost(&self) -> String {
        format!(
            "{} is gone, and the secrets of the accounts are sealed under it: put it back from your \
             copy or a backup of this folder",
            self.master_key().display()
        )
    }

    fn read_key(&self, path: &Path) -> Result<Sealer> {
        let bytes = fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        let key: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| {
            anyhow::anyhow!(
                "{} is damaged: it must have {KEY_BYTES} bytes; put it back from your copy",
                path.display()
            )
        })?;
        Ok(Sealer::new(&key))
    }

    /// Written whole beside its place and moved there: no half key is ever seen.
    fn draw_key(&self, path: &Path) -> Result<()> {
        let key: [u8; KEY_BYTES] =
            secret_bytes().map_err(|e| anyhow::anyhow!("no randomness for a key: {e}"))?;
        let fresh = self.0.join(format!("{MASTER_KEY}.{}", std::process::id()));
        let mut file =
            create_file(&fresh).with_context(|| format!("can't write {}", fresh.display()))?;
        file.write_all(&key)?;
        file.sync_all()?;
        // Of two processes that draw at once the first one's key stays.
        if fs::hard_link(&fresh, path).is_err() && !path.exists() {
            bail!("can't write {}", path.display());
        }
        fs::remove_file(&fresh).with_context(|| format!("can't remove {}", fresh.display()))?;
        File::open(&self.0)?.sync_all().context("can't sync the data folder")
    }
}
