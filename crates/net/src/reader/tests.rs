//! Answers, whole and in pieces.

use std::time::Duration;

use vestnik_model::limits::REPLY_BODY_BYTES_MAX;

use super::*;

/// Feeds pieces of `size`; the reply, for how long to keep the connection, and what is left over.
fn read(bytes: &[u8], size: usize) -> Result<(Reply, Option<Duration>, usize), Malformed> {
    let mut reader = Reader::new(REPLY_BODY_BYTES_MAX);
    let mut input = Vec::new();
    let mut rest = 0;
    for piece in bytes.chunks(size) {
        if rest > 0 {
            rest += piece.len();
            continue;
        }
        input.extend_from_slice(piece);
        if reader.feed(&mut input)? == Step::Done {
            rest = input.len() + 1;
        }
    }
    assert!(rest > 0 || reader.ends_here(), "the answer has no end");
    let (reply, keep) = reader.finish();
    Ok((reply, keep, rest.saturating_sub(1)))
}

/// Reads an answer in every cut; all must agree.
fn check(answer: &str, status: u16, body: &str, keep: Option<u64>) {
    for size in 1..=answer.len() {
        let (reply, kept, rest) = read(answer.as_bytes(), size).expect("well-formed");
        assert_eq!(reply.status, status, "{answer:?} by {size}");
        assert_eq!(reply.text(), body, "{answer:?} by {size}");
        assert_eq!(kept.map(|k| k.as_secs()), keep, "{answer:?} by {size}");
        assert_eq!(rest, 0, "{answer:?} by {size}");
    }
}

#[test]
fn bodies_end_where_the_head_says() {
    let keep = Some(IDLE_MAX.as_secs());
    check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, "hi", keep);
    check("HTTP/1.1 200\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", 200, "hi", keep);
    check("HTTP/1.1 204 No Content\r\n\r\n", 204, "", keep);
    check("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", 304, "", keep);
    check("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: Close\r\n\r\n", 200, "", None);
    check("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", 200, "hi", None);
    check(
        "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nhi",
        200,
        "hi",
        keep,
    );
    check("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end", None);
    check("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nraw", 200, "raw", None);
    check(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length: 1\r\n\r\nx",
        201,
        "x",
        keep,
    );
}

#[test]
fn chunks_are_joined() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
    let chunks = "3\r\none\r\nA;x=y\r\n-two-three\r\n0\r\n";
    let keep = Some(IDLE_MAX.as_secs());
    check(&format!("{head}\r\n{chunks}\r\n"), 200, "one-two-three", keep);
    check(&format!("{head}\r\n{chunks}x-sum: 1\r\n\r\n"), 200, "one-two-three", keep);
    check(&format!("{head}content-length: 3\r\n\r\n{chunks}\r\n"), 200, "one-two-three", None);
}

#[test]
fn a_promise_to_stay_open_is_believed_with_care() {
    let with = |value: &str| {
        format!("HTTP/1.1 200 OK\r\nkeep-alive: {value}\r\ncontent-length: 1\r\n\r\nx")
    };
    check(&with("timeout=5, max=100"), 200, "x", Some(4));
    check(&with("timeout=1"), 200, "x", None);
    check(&with("timeout=9999"), 200, "x", Some(IDLE_MAX.as_secs()));
    check(&with("nonsense"), 200, "x", Some(IDLE_MAX.as_secs()));
}

#[test]
fn only_telling_headers_are_kept() {
    let answer = "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nSet-Cookie: a=b\r\nContent-Type: text/plain\r\n\
                  Location: /x\r\nContent-Disposition: inline; filename=\"a.pdf\"\r\n\
                  content-length: 0\r\n\r\n";
    let (reply, _, _) = read(answer.as_bytes(), 1000).expect("well-formed");
    assert_eq!(reply.retry_after().map(|m| m.0), Some(7000));
    assert_eq!(reply.header("content-type"), Some("text/plain"));
    assert_eq!(reply.header("location"), Some("/x"));
    assert_eq!(reply.header("content-disposition"), Some("inline; filename=\"a.pdf\""));
    assert_eq!(reply.headers.len(), 4);
}

#[test]
fn bytes_after_the_end_are_left() {
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhiHTTP/1.1 500 No\r\n\r\n";
    assert_eq!(read(two.as_bytes(), two.len()).expect("well-formed").2, 19);
}

#[test]
fn long_bodies_are_cut_at_the_limit() {
    let length = REPLY_BODY_BYTES_MAX + 10;
    let body = "x".repeat(length);
    for head in [
        format!("content-length: {length}\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n"),
        "\r\n".to_owned(),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\n{head}{body}");
        let (reply, keep, _) = read(answer.as_bytes(), 10_000).expect("well-formed");
        assert_eq!(reply.body.len(), REPLY_BODY_BYTES_MAX);
        assert_eq!(keep, None);
    }
}

#[test]
fn nonsense_is_refused() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(HEAD_BYTES_MAX + 10));
    for answer in [
        "\u{16}\u{3}\u{1} not http at all\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        endless.as_str(),
    ] {
        let mut input = answer.as_bytes().to_vec();
        assert!(Reader::new(REPLY_BODY_BYTES_MAX).feed(&mut input).is_err(), "{answer:.60}");
    }
}

#[test]
fn damaged_answers_never_panic() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nkeep-alive: timeout=5\r\n\r\nabcdefghijkl",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n4\r\n-two\r\n0\r\n\r\n",
        "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.0 301 Moved\r\nlocation: /\r\n\r\nrest",
    ] {
        for at in 0..answer.len() {
            for byte in [0, b'\r', b'\n', b' ', b'0', b'9', b'f', b':', b',', 0x80, 0xff] {
                let mut damaged = answer.as_bytes().to_vec();
                damaged[at] = byte;
                let mut reader = Reader::new(REPLY_BODY_BYTES_MAX);
                let mut input = Vec::new();
                for piece in damaged.chunks(7) {
                    input.extend_from_slice(piece);
                    if reader.feed(&mut input) != Ok(Step::More) {
                        break;
                    }
                }
                let (reply, _) = reader.finish();
                assert!(reply.body.len() <= answer.len());
            }
        }
    }
}
