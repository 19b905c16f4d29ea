//! Files: kept by their bytes, fetched from where they lie, and shown to providers that want an
//! address.

use crate::hub::Hub;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::sync::Arc;
use tokio::sync::Semaphore;
use vestnik_files::{FileError, FileStore, kind, thumbnail};
use vestnik_model::{
    file::FileHash,
    id::WorkspaceId,
    limits::FILE_BYTES_MAX,
    time::{Millis, Timestamp},
};
use vestnik_provider::wire::{Request, Trouble};
use vestnik_store::file::StoredFile;

/// Files being fetched or kept at once: each may be as large as a file may be.
const AT_ONCE: usize = 4;
/// How long a fetch may take.
const FETCH_TIMEOUT: Millis = Millis::seconds(60);
/// How long an address given to a provider is good: it may fetch the file some time after it took
/// the message.
const SHOWN_FOR: Millis = Millis::hours(48);

/// What keeps files.
pub struct Files {
    /// Where their bytes lie.
    pub store: Arc<dyn FileStore>,
    permits: Semaphore,
    /// Signs addresses.
    key: [u8; 32],
}

/// Why a file could not be had or kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileTrouble {
    /// Not now; it may be tried again.
    #[error("{0}")]
    Later(String),
    /// It can't be had from there.
    #[error("{0}")]
    Gone(String),
    /// It is larger than any file we carry.
    #[error("the file is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024)]
    TooLarge,
}

impl From<FileError> for FileTrouble {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Unavailable(_) => Self::Later(error.to_string()),
            FileError::Missing | FileError::Damaged => Self::Gone(error.to_string()),
        }
    }
}

impl Files {
    /// Keeps files in a store; `key` signs the addresses under which they are shown.
    #[must_use]
    pub fn new(store: Arc<dyn FileStore>, key: [u8; 32]) -> Self {
        Self { store, permits: Semaphore::new(AT_ONCE), key }
    }

    /// The path under which a file is shown, with its signature: `/files/HASH/UNTIL/SIGNATURE/NAME`.
    #[must_use]
    pub fn path(&self, hash: FileHash, name: &str, now: Timestamp) -> String {
        // Rounded up, so that the same file keeps its address for a while.
        const ROUND: i64 = 3_600_000;
        let until = ((now + SHOWN_FOR).0 / ROUND + 1) * ROUND;
        let signature = self.sign(hash, until);
        let name = vestnik_provider::wire::encode_segment(name);
        format!("/files/{hash}/{until}/{signature}/{name}")
    }

    /// Whether a signature of a path is ours and still good.
    #[must_use]
    pub fn is_shown(&self, hash: FileHash, until: i64, signature: &str, now: Timestamp) -> bool {
        let own = self.sign(hash, until);
        let is_ours: bool =
            subtle::ConstantTimeEq::ct_eq(own.as_bytes(), signature.as_bytes()).into();
        is_ours && now.0 < until
    }

    fn sign(&self, hash: FileHash, until: i64) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(&hash.0);
        mac.update(&until.to_be_bytes());
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }
}

/// Keeps bytes as a file of a tenant: what they are is found in them, a small picture is made.
///
/// # Errors
/// See [`FileTrouble`].
pub async fn keep(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    bytes: Vec<u8>,
) -> Result<StoredFile, FileTrouble> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileTrouble::TooLarge);
    }
    let hash = vestnik_files::hash(&bytes);
    let known = hub.read(move |tx| vestnik_store::file::get(tx, workspace, hash)).await;
    if let Ok(Some(known)) = known {
        return Ok(known);
    }
    let kind = kind::of(&bytes);
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let (small, bytes) = small(hub, bytes, kind.mime).await?;
    let hash = hub.files.store.put(bytes).await?;
    let thumbnail = match small {
        Some(small) => Some(hub.files.store.put(small).await?),
        None => None,
    };
    let (mime, created_at) = (kind.mime.to_owned(), hub.now());
    let file = StoredFile { hash, workspace, mime, size, thumbnail, created_at };
    let row = file.clone();
    hub.work(move |tx, _| vestnik_store::file::put(tx, &row))
        .await
        .map_err(|error| FileTrouble::Later(error.to_string()))?;
    Ok(file)
}

/// Makes the small picture where it holds nobody up.
async fn small(
    hub: &Hub,
    bytes: Vec<u8>,
    mime: &'static str,
) -> Result<(Option<Vec<u8>>, Vec<u8>), FileTrouble> {
    if !mime.starts_with("image/") {
        return Ok((None, bytes));
    }
    let work = move || (thumbnail::of(&bytes, mime), bytes);
    if hub.reads_inline() {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| FileTrouble::Later(error.to_string()))
}

/// A file's bytes.
///
/// # Errors
/// See [`FileTrouble`].
pub async fn read(hub: &Hub, hash: FileHash) -> Result<Vec<u8>, FileTrouble> {
    Ok(hub.files.store.get(hash).await?)
}

/// Fetches a file from an address somebody gave us and keeps it. Also gives its bytes.
///
/// # Errors
/// See [`FileTrouble`].
pub async fn fetch(
    hub: &Arc<Hub>,
    workspace: WorkspaceId,
    url: &str,
) -> Result<(StoredFile, Vec<u8>), FileTrouble> {
    let _permit = hub.files.permits.acquire().await;
    let request = Request::get("file.fetch", url.to_owned(), FETCH_TIMEOUT).for_file();
    let reply = match hub.transport.call_untrusted(request).await {
        Ok(reply) => reply,
        Err(Trouble::Unreachable(detail) | Trouble::Unusable(detail)) => {
            return Err(FileTrouble::Gone(detail));
        }
        Err(Trouble::NotConnected(detail) | Trouble::Cut(detail)) => {
            return Err(FileTrouble::Later(detail));
        }
    };
    match reply.status {
        200 if reply.body.len() >= FILE_BYTES_MAX => Err(FileTrouble::TooLarge),
        200 => {
            let file = keep(hub, workspace, reply.body.clone()).await?;
            Ok((file, reply.body))
        }
        408 | 429 | 500..=599 => Err(FileTrouble::Later(format!("HTTP {}", reply.status))),
        status => Err(FileTrouble::Gone(format!("HTTP {status}"))),
    }
}
