//! Forms as clients send them.

use vestnik_twin::{WireRequest, form};

/// A form with one file.
pub fn with_file(path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> WireRequest {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let (field, name, bytes) = file;
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--x--\r\n");
    request(path, "multipart/form-data; boundary=x", body)
}

/// A form in a line.
pub fn in_a_line(path: &str, fields: &[(&str, &str)]) -> WireRequest {
    let body = form::encode(fields).into_bytes();
    request(path, "application/x-www-form-urlencoded", body)
}

fn request(path: &str, kind: &str, body: Vec<u8>) -> WireRequest {
    let mut request = WireRequest::new("POST", path);
    request.headers.push(("content-type".to_owned(), kind.to_owned()));
    request.body = body;
    request
}
