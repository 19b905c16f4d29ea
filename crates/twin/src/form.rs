//! Bodies of HTML forms: fields in a line, and parts with files.

use crate::{limits, wire};

/// One part of a form with files.
#[derive(Debug)]
pub struct Part<'a> {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is a file.
    pub file_name: Option<String>,
    /// Its media type, if it says one.
    pub mime: Option<String>,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// The pairs of an `application/x-www-form-urlencoded` body or of a query, decoded.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(limits::FORM_PARTS_MAX);
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (wire::decode(key, true), wire::decode(value, true)))
        .collect()
}

/// The pairs as a body.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    let pairs = pairs.iter().map(|(key, value)| format!("{}={}", escape(key), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

/// The line between parts, from the content type; `None` when it is no such form.
pub fn boundary_of(kind: &str) -> Option<String> {
    let rest = kind.strip_prefix("multipart/form-data")?;
    let value = rest.split(';').find_map(|pair| pair.trim().strip_prefix("boundary="))?;
    let value = value.trim_matches('"');
    (!value.is_empty()).then(|| format!("--{value}"))
}

/// The parts of a body; a malformed one is left out.
pub fn parts_of<'a>(body: &'a [u8], boundary: &str) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut rest = body;
    while parts.len() < limits::FORM_PARTS_MAX
        && let Some(start) = find(rest, boundary.as_bytes())
    {
        rest = &rest[start + boundary.len()..];
        let end = find(rest, boundary.as_bytes()).unwrap_or(rest.len());
        parts.extend(part_of(&rest[..end]));
    }
    parts
}

fn part_of(piece: &[u8]) -> Option<Part<'_>> {
    let split = find(piece, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&piece[..split]).into_owned();
    let bytes = &piece[split + 4..];
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    let line = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let disposition = line("content-disposition")?;
    let field = |name: &str| {
        let mut same = fields_of(&disposition).filter(|(key, _)| key.eq_ignore_ascii_case(name));
        same.next().map(|(_, value)| value)
    };
    Some(Part {
        name: field("name")?,
        file_name: field("filename"),
        mime: line("content-type"),
        bytes,
    })
}

/// `name="value"` pairs of a header; a semicolon within quotes does not part them.
fn fields_of(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut is_quoted = false;
    let pieces = text.split(move |c: char| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    });
    pieces.filter_map(|piece| {
        let (key, value) = piece.trim().split_once('=')?;
        Some((key, value.trim_matches('"').replace("%22", "\"")))
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_apart() {
        let body =
            b"--b\r\nContent-Disposition: form-data; name=\"chatId\"\r\n\r\n1@c.us\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
            Content-Type: image/png\r\n\r\n\x00\r\n\x01\r\n--b--\r\n";
        let parts = parts_of(body, "--b");
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].bytes), ("chatId", &b"1@c.us"[..]));
        assert_eq!(parts[1].file_name.as_deref(), Some("a.png"));
        assert_eq!(parts[1].mime.as_deref(), Some("image/png"));
        assert_eq!(parts[1].bytes, b"\x00\r\n\x01");
        assert_eq!(boundary_of("multipart/form-data; boundary=\"b\"").as_deref(), Some("--b"));
        assert_eq!(boundary_of("multipart/form-data; boundary="), None);
    }

    #[test]
    fn a_file_may_have_a_semicolon_in_its_name() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a;b=1.txt\"\
            \r\n\r\nx\r\n--b--\r\n";
        let parts = parts_of(body, "--b");
        assert_eq!(parts[0].file_name.as_deref(), Some("a;b=1.txt"));
    }

    #[test]
    fn pairs_come_back_as_they_went() {
        let written = encode(&[("a b", "1&2=3"), ("ю", "%")]);
        let read = pairs(&written);
        assert_eq!(read[0], ("a b".to_owned(), "1&2=3".to_owned()));
        assert_eq!(read[1], ("ю".to_owned(), "%".to_owned()));
    }
}
