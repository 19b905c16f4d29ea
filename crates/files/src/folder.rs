//! Files in a folder: `ab/cd/abcd…`, written beside, synced, and renamed into place.

use crate::{Answer, FileError, FileStore, checked, hash};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use vestnik_model::file::FileHash;

/// A folder of files.
#[derive(Debug)]
pub struct Folder(Arc<Place>);

#[derive(Debug)]
struct Place {
    root: PathBuf,
    /// Numbers the files being written, so that two never share a name.
    writing: AtomicU64,
}

impl Folder {
    /// A folder; it is made when something is put.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self(Arc::new(Place { root, writing: AtomicU64::new(0) }))
    }

    /// Runs work that waits for the disk where it holds nobody up.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let place = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&place)).await;
        done.unwrap_or_else(|error| Err(FileError::Unavailable(error.to_string())))
    }
}

impl Place {
    fn path(&self, hash: FileHash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..2]).join(&name[2..4]).join(&name)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<FileHash> {
        let hash = hash(bytes);
        let path = self.path(hash);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if fs::metadata(&path).is_ok_and(|known| known.len() == length) {
            return Ok(hash);
        }
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        let n = self.writing.fetch_add(1, Ordering::Relaxed);
        let beside = folder.join(format!("{hash}.{}.{n}.part", std::process::id()));
        let written = write_synced(&beside, bytes).and_then(|()| fs::rename(&beside, &path));
        if let Err(error) = written {
            drop(fs::remove_file(&beside));
            return Err(error);
        }
        // The names must last as well as the bytes: this folder's and those made above it.
        for folder in folder.ancestors().take(3) {
            File::open(folder)?.sync_all()?;
        }
        Ok(hash)
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn unavailable(error: &io::Error) -> FileError {
    FileError::Unavailable(error.to_string())
}

impl FileStore for Folder {
    fn put(&self, bytes: Vec<u8>) -> Answer<'_, FileHash> {
        Box::pin(self.work(move |place| place.write(&bytes).map_err(|error| unavailable(&error))))
    }

    fn get(&self, hash: FileHash) -> Answer<'_, Vec<u8>> {
        Box::pin(self.work(move |place| match fs::read(place.path(hash)) {
            Ok(bytes) => checked(hash, bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FileError::Missing),
            Err(error) => Err(unavailable(&error)),
        }))
    }
}
