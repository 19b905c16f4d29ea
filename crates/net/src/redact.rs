//! Addresses for logs.

use url::Url;

/// Longer first segments look like a token.
const SEGMENT_BYTES_MAX: usize = 24;

/// What may be shown of an address: the scheme, the host and the first segment of the path, and not
/// even that if it looks like a token (`/bot123:AAF…/`). The rest, where tokens live, is `…`.
#[must_use]
pub fn redact_url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return "(not an address)".to_owned() };
    let mut out = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
    if let Some(port) = url.port() {
        out.push_str(&format!(":{port}"));
    }
    let mut segments = url.path_segments().into_iter().flatten();
    let first = segments.next().unwrap_or_default();
    let secret = first.len() > SEGMENT_BYTES_MAX || first.contains([':', '%', '=']);
    out.push('/');
    out.push_str(if secret { "***" } else { first });
    if segments.next().is_some() {
        out.push_str("/…");
    } else if url.query().is_some() {
        out.push_str("?…");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_shown() {
        for (url, shown) in [
            (
                "https://1103.api.green-api.com/waInstance1103000001/sendMessage/94108301",
                "https://1103.api.green-api.com/waInstance1103000001/…",
            ),
            (
                "https://api.telegram.org/bot110201543:AAHdq/sendMessage",
                "https://api.telegram.org/***/…",
            ),
            ("https://u:p@example.com/hook?key=secret", "https://example.com/hook?…"),
            ("http://example.com:8080", "http://example.com:8080/"),
            ("https://example.com/3f1c0a9be7d24c5f8a6b1e2d3c4f5a6b", "https://example.com/***"),
            ("secret", "(not an address)"),
        ] {
            assert_eq!(redact_url(url), shown);
        }
    }
}
