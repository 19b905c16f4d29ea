//! What happened to a message, line by line.

use crate::{StoreError, message};
use vestnik_db::Tx;
use vestnik_engine::cause::Cause;
use vestnik_model::{id::MessageId, time::Timestamp};

/// One line: one transition.
#[derive(Debug, Clone)]
pub struct Line {
    /// Its number: the message's transition count.
    pub n: u32,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// The redacted exchange with the provider, where it was kept.
    pub exchange: Option<String>,
    /// The webhook's bytes that brought it.
    pub raw: Option<Vec<u8>>,
}

const LINES: &str = "SELECT n, at, cause, exchange, raw FROM journal WHERE message_id = $1 \
    ORDER BY n LIMIT $2";

/// Most lines shown of one message.
const LINES_MAX: i64 = 1_000;

/// The journal of a message, oldest first.
///
/// # Errors
/// See [`StoreError`].
pub fn of_message(tx: &mut dyn Tx, id: MessageId) -> Result<Vec<Line>, StoreError> {
    tx.query(LINES, &[id.0.into(), LINES_MAX.into()])?
        .iter()
        .map(|row| {
            Ok(Line {
                n: u32::try_from(row.int(0)?).unwrap_or(u32::MAX),
                at: Timestamp(row.int(1)?),
                cause: message::parse(row.text(2)?)?,
                exchange: row.text_opt(3)?.map(str::to_owned),
                raw: row.bytes_opt(4)?.map(<[u8]>::to_vec),
            })
        })
        .collect()
}
