//! Bodies of the form `multipart/form-data`: files and fields in one request.

use crate::wire::{Method, Request};
use std::borrow::Cow;
use vestnik_model::time::Millis;

/// A form in the making.
#[derive(Debug, Clone)]
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Form {
    /// An empty form. The same key gives the same bytes; it must differ between two forms that
    /// could meet inside one another, which a submission's key does.
    #[must_use]
    pub fn new(key: u64) -> Self {
        Self { boundary: format!("vestnik-{key:016x}-{:016x}", !key), body: Vec::new() }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.begin(name, None);
        self.body.extend_from_slice(b"\r\n");
        self.body.extend_from_slice(value.as_bytes());
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, name: &str, file_name: &str, mime: &str, bytes: &[u8]) -> Self {
        self.begin(name, Some(file_name));
        let mime = if is_mime(mime) { mime } else { "application/octet-stream" };
        self.body.extend_from_slice(format!("content-type: {mime}\r\n\r\n").as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// The whole as a POST.
    #[must_use]
    pub fn post(mut self, label: &'static str, url: String, timeout: Millis) -> Request {
        self.body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let kind = format!("multipart/form-data; boundary={}", self.boundary);
        let headers = vec![(Cow::Borrowed("content-type"), Cow::Owned(kind))];
        Request::new(Method::Post, label, url, headers, self.body, timeout)
    }

    fn begin(&mut self, name: &str, file_name: Option<&str>) {
        let mut head = format!("--{}\r\ncontent-disposition: form-data; ", self.boundary);
        head.push_str("name=\"");
        push_quoted(&mut head, name);
        head.push('"');
        if let Some(file_name) = file_name {
            head.push_str("; filename=\"");
            push_quoted(&mut head, file_name);
            head.push('"');
        }
        head.push_str("\r\n");
        self.body.extend_from_slice(head.as_bytes());
    }
}

/// As browsers write it (WHATWG HTML, multipart form data): quotes and line ends percent-encoded,
/// everything else as it is.
fn push_quoted(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("%22"),
            '\r' => out.push_str("%0D"),
            '\n' => out.push_str("%0A"),
            c if c.is_control() => out.push('_'),
            c => out.push(c),
        }
    }
}

fn is_mime(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.;= ".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_holds_its_fields_and_files() {
        let form = Form::new(7)
            .field("chat_id", "42")
            .file("photo", "a\"b\r\n.png", "image/png", b"\x89PNG\r\n")
            .post("test.upload", "https://e.ru/".to_owned(), Millis::seconds(1));
        let text = String::from_utf8_lossy(&form.body);
        let (_, boundary) = form.headers[0].1.split_once("boundary=").unwrap();
        assert!(text.starts_with(&format!("--{boundary}\r\n")));
        assert!(text.ends_with(&format!("\r\n--{boundary}--\r\n")));
        assert!(text.contains("name=\"chat_id\"\r\n\r\n42\r\n"));
        assert!(text.contains("filename=\"a%22b%0D%0A.png\"\r\ncontent-type: image/png\r\n\r\n"));
    }
}
