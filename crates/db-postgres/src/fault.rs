//! Errors of PostgreSQL in our words.

use std::error::Error as _;

use tokio_postgres::error::SqlState;
use vestnik_db::DbError;

/// An error of a statement.
///
/// The server's *detail* is left out: it quotes the values of the row.
pub(crate) fn fault(error: &tokio_postgres::Error) -> DbError {
    let Some(db) = error.as_db_error() else { return of_client(error) };
    let code = db.code().code();
    let text = format!("{} ({code})", db.message());
    match code.get(..2) {
        Some("23") => DbError::Constraint(text),
        // Connection, resources, operator, system: none of them ours.
        Some("08" | "53" | "57" | "58") => DbError::Unavailable(text),
        _ if is_of_the_moment(db.code()) => DbError::Unavailable(text),
        _ => DbError::Statement(text),
    }
}

/// An error of a connection being made. Whatever it is, it may pass: a server that starts, a
/// password or a database that its administrator is about to set.
pub(crate) fn of_connect(error: &tokio_postgres::Error) -> DbError {
    let (DbError::Unavailable(text)
    | DbError::Statement(text)
    | DbError::Constraint(text)
    | DbError::Unreadable(text)) = fault(error);
    DbError::Unavailable(text)
}

fn is_of_the_moment(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(code)
}

/// Trouble on our side of the wire: the connection's, or a value that doesn't fit its parameter.
fn of_client(error: &tokio_postgres::Error) -> DbError {
    let text = match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };
    let is_of_wire = error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
        .is_some_and(|e| e.kind() != std::io::ErrorKind::InvalidInput);
    if error.is_closed() || is_of_wire {
        DbError::Unavailable(text)
    } else {
        DbError::Statement(text)
    }
}
