//! Reading a request's body whole: bounded in bytes and in time.

use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use std::time::Duration;

/// How long a caller may take to send a body.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Longer than allowed.
    TooLong,
    /// It did not come in time, or broke off.
    Broken,
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// [`BodyError`].
pub async fn read<B>(body: B, max: usize) -> Result<Bytes, BodyError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let collected = tokio::time::timeout(BODY_TIMEOUT, collect(body, max)).await;
    collected.unwrap_or(Err(BodyError::Broken))
}

/// Most bodies come in one piece, and are handed on as they came.
async fn collect<B>(mut body: B, max: usize) -> Result<Bytes, BodyError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // What is no data is a trailer: nothing of it is used.
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
        if first.len() + whole.len() + data.len() > max {
            return Err(BodyError::TooLong);
        }
        if first.is_empty() && whole.is_empty() {
            first = data;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&data);
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    fn pieces(pieces: &[&'static str]) -> impl HttpBody<Data = Bytes> + Unpin {
        let frames = pieces.iter().map(|p| Ok::<_, hyper::Error>(Frame::data(Bytes::from(*p))));
        StreamBody::new(futures_util::stream::iter(frames.collect::<Vec<_>>()))
    }

    #[tokio::test]
    async fn a_body_is_whole_in_however_many_pieces_it_comes() {
        for (sent, whole) in
            [(&[][..], ""), (&["abc"], "abc"), (&["a", "", "bc", "d"], "abcd"), (&["", "a"], "a")]
        {
            assert_eq!(read(pieces(sent), 4).await.as_deref(), Ok(whole.as_bytes()), "{sent:?}");
        }
    }

    #[tokio::test]
    async fn a_body_is_bounded() {
        assert_eq!(read(pieces(&["abc", "de"]), 4).await, Err(BodyError::TooLong));
        assert_eq!(read(Body::from("abcde"), 4).await, Err(BodyError::TooLong));
        assert_eq!(read(Body::from("abcd"), 4).await, Ok(Bytes::from("abcd")));
    }
}
