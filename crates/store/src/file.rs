//! Files in our storage: what is known of their bytes. The bytes themselves lie in the file store.

use crate::StoreError;
use vestnik_db::{Row, Tx};
use vestnik_model::{file::FileHash, id::WorkspaceId, time::Timestamp};

/// A stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// The hash of its bytes: its name.
    pub hash: FileHash,
    /// The tenant who may use it. The same bytes are kept once for all.
    pub workspace: WorkspaceId,
    /// Its media type, by its bytes.
    pub mime: String,
    /// Its size in bytes.
    pub size: u64,
    /// A small picture of it, if one could be made.
    pub thumbnail: Option<FileHash>,
    /// Since when it is here.
    pub created_at: Timestamp,
}

const PUT: &str = "INSERT INTO file(hash, workspace, mime, size, thumbnail, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (workspace, hash) DO NOTHING";
const GET: &str = "SELECT hash, workspace, mime, size, thumbnail, created_at FROM file \
    WHERE workspace = $1 AND hash = $2";

/// Notes a file. One that is known stays as it is.
///
/// # Errors
/// See [`StoreError`].
pub fn put(tx: &mut dyn Tx, file: &StoredFile) -> Result<(), StoreError> {
    let (hash, thumbnail) = (file.hash.to_string(), file.thumbnail.map(|t| t.to_string()));
    let row = [
        hash.as_str().into(),
        file.workspace.0.into(),
        file.mime.as_str().into(),
        i64::try_from(file.size).unwrap_or(i64::MAX).into(),
        thumbnail.as_deref().into(),
        file.created_at.0.into(),
    ];
    tx.execute(PUT, &row)?;
    Ok(())
}

/// A tenant's file by its hash.
///
/// # Errors
/// See [`StoreError`].
pub fn get(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    hash: FileHash,
) -> Result<Option<StoredFile>, StoreError> {
    let hash = hash.to_string();
    tx.query(GET, &[workspace.0.into(), hash.as_str().into()])?.first().map(read).transpose()
}

const KNOWN: &str = "SELECT mime FROM file WHERE workspace = $1 AND hash = $2 \
    UNION ALL SELECT 'image/jpeg' FROM file WHERE workspace = $1 AND thumbnail = $2 AND thumbnail IS NOT NULL LIMIT 1";
const MIME: &str = "SELECT mime FROM file WHERE hash = $1 LIMIT 1";

/// The media type of a tenant's file, or of a small picture of one.
///
/// # Errors
/// See [`StoreError`].
pub fn known(
    tx: &mut dyn Tx,
    workspace: WorkspaceId,
    hash: FileHash,
) -> Result<Option<String>, StoreError> {
    let hash = hash.to_string();
    let rows = tx.query(KNOWN, &[workspace.0.into(), hash.as_str().into()])?;
    Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
}

/// The media type of a file, whoever's it is: for addresses that we signed ourselves.
///
/// # Errors
/// See [`StoreError`].
pub fn mime(tx: &mut dyn Tx, hash: FileHash) -> Result<Option<String>, StoreError> {
    let hash = hash.to_string();
    let rows = tx.query(MIME, &[hash.as_str().into()])?;
    Ok(rows.first().map(|row| row.text(0).map(str::to_owned)).transpose()?)
}

fn read(row: &Row) -> Result<StoredFile, StoreError> {
    let hash = FileHash::parse(row.text(0)?);
    let unreadable = || vestnik_db::DbError::Unreadable("the hash of a file".to_owned());
    Ok(StoredFile {
        hash: hash.ok_or_else(unreadable)?,
        workspace: WorkspaceId(row.int(1)?),
        mime: row.text(2)?.to_owned(),
        size: u64::try_from(row.int(3)?).unwrap_or(0),
        thumbnail: row.text_opt(4)?.and_then(FileHash::parse),
        created_at: Timestamp(row.int(5)?),
    })
}
