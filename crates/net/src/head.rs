//! The bytes of a request.

use std::io::Write;

use vestnik_provider::wire::{Method, Request};

/// How we present ourselves.
const USER_AGENT: &str = concat!("vestnik/", env!("CARGO_PKG_VERSION"));
/// Headers that only this crate may set.
const OURS: [&str; 5] = ["host", "content-length", "connection", "transfer-encoding", "expect"];

/// Checks what would let a value break out of its header. The error is a sentence.
pub(crate) fn check(request: &Request) -> Result<(), String> {
    for (name, value) in &request.headers {
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("{}: a header's name is malformed", request.label));
        }
        if OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours)) {
            return Err(format!("{}: the header {name} is not the caller's", request.label));
        }
        if value.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
            return Err(format!("{}: the value of the header {name} is malformed", request.label));
        }
    }
    Ok(())
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Writes the head of a request, the empty line included.
pub(crate) fn write(out: &mut Vec<u8>, request: &Request, authority: &str, path: &str) {
    out.extend_from_slice(request.method.as_str().as_bytes());
    out.extend_from_slice(b" ");
    if !path.starts_with('/') {
        out.extend_from_slice(b"/");
    }
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nhost: ");
    out.extend_from_slice(authority.as_bytes());
    let mut has_agent = false;
    for (name, value) in &request.headers {
        has_agent |= name.eq_ignore_ascii_case("user-agent");
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
    }
    if !has_agent {
        out.extend_from_slice(b"\r\nuser-agent: ");
        out.extend_from_slice(USER_AGENT.as_bytes());
    }
    let expects_body = match request.method {
        Method::Post | Method::Put | Method::Patch => true,
        Method::Get | Method::Delete => false,
    };
    if expects_body || !request.body.is_empty() {
        write!(out, "\r\ncontent-length: {}", request.body.len())
            .expect("writing to memory does not fail");
    }
    out.extend_from_slice(b"\r\n\r\n");
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use vestnik_model::time::Millis;

    use super::*;

    fn bytes(request: &Request) -> String {
        let mut out = Vec::new();
        write(&mut out, request, "example.com", "?a=1");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_request_has_the_usual_form() {
        let url = "http://example.com?a=1".to_owned();
        let post = Request::post_json("test", url.clone(), b"{}".to_vec(), Millis::seconds(1));
        let version = env!("CARGO_PKG_VERSION");
        let expected = format!(
            "POST /?a=1 HTTP/1.1\r\nhost: example.com\r\ncontent-type: application/json\r\n\
             user-agent: vestnik/{version}\r\ncontent-length: 2\r\n\r\n"
        );
        assert_eq!(bytes(&post), expected);
        let get = Request::get("test", url, Millis::seconds(1));
        assert!(!bytes(&get).contains("content-length"));
    }

    #[test]
    fn headers_cannot_break_out() {
        let get = Request::get("test", String::new(), Millis::seconds(1));
        for (name, value) in [
            ("x", "a\r\nb: c"),
            ("x", "a\0"),
            ("x y", "a"),
            ("", "a"),
            ("x:", "a"),
            ("Host", "b"),
            ("content-length", "0"),
            ("transfer-encoding", "chunked"),
        ] {
            let headers = vec![(Cow::Borrowed(name), Cow::Borrowed(value))];
            assert!(check(&Request { headers, ..get.clone() }).is_err(), "{name}: {value}");
        }
        let headers = vec![(Cow::Borrowed("authorization"), Cow::Borrowed("Bearer ключ\t"))];
        assert!(check(&Request { headers, ..get }).is_ok());
    }
}
