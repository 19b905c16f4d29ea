//! What a command can answer instead of its result.

use vestnik_db::DbError;

/// Why a command was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database's fault. Nothing was written.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Too much is waiting already. Nothing was written; try again later.
    #[error("too many commands are waiting")]
    Busy,
    /// The writer has stopped. Nothing was written.
    #[error("the store is closed")]
    Closed,
    /// The partition belongs to a newer owner: this one must not write.
    #[error("the partition has a newer owner")]
    Fenced,
}

impl StoreError {
    /// Whether the same command may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Db(DbError::Unavailable(_)) | Self::Busy | Self::Closed => true,
            Self::Db(DbError::Constraint(_) | DbError::Statement(_) | DbError::Unreadable(_))
            | Self::Fenced => false,
        }
    }
}
