//! Where the bytes of files lie, and what they are.
//!
//! **Is:** the [`FileStore`] with its two places, a [`folder`] beside the database (the default)
//! and [`s3`]-compatible storage; what a file is by its bytes ([`kind`]); small pictures of
//! pictures ([`thumbnail`]).
//!
//! **Is not:** what is known of a file (that is a row of the store), who may have it (the doors),
//! or where it came from. A file's name here is the hash of its bytes: the same file is kept once.
//!
//! Start with [`FileStore`].

pub mod folder;
pub mod kind;
pub mod s3;
pub mod thumbnail;

use sha2::{Digest, Sha256};
use std::{future::Future, pin::Pin};
use vestnik_model::file::FileHash;

/// Why a file could not be put or had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is no such file.
    #[error("there is no such file")]
    Missing,
    /// The place can't be used just now; may be tried again.
    #[error("file storage: {0}")]
    Unavailable(String),
    /// What lies there is not what was put: its bytes have another hash.
    #[error("a stored file is damaged")]
    Damaged,
}

/// The answer of a store.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, FileError>> + Send + 'a>>;

/// Keeps files by the hash of their bytes.
pub trait FileStore: Send + Sync {
    /// Keeps the bytes durably before it answers. Keeping the same bytes again costs little.
    fn put(&self, bytes: Vec<u8>) -> Answer<'_, FileHash>;

    /// The bytes of a file, checked against its hash.
    fn get(&self, hash: FileHash) -> Answer<'_, Vec<u8>>;
}

/// The hash of bytes.
#[must_use]
pub fn hash(bytes: &[u8]) -> FileHash {
    FileHash(Sha256::digest(bytes).into())
}

/// The bytes, if they are the ones that were put.
fn checked(wanted: FileHash, bytes: Vec<u8>) -> Result<Vec<u8>, FileError> {
    if hash(&bytes) == wanted { Ok(bytes) } else { Err(FileError::Damaged) }
}
