//! What is left of a text in HTML.

/// Tags whose text is shown; others stay as they were written. That unknown tags stay is not
/// confirmed by documents.
const TAGS: [&str; 12] =
    ["b", "strong", "i", "em", "u", "ins", "s", "del", "code", "pre", "mark", "h1"];
const ENTITIES: [(&str, &str); 4] =
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];

/// The words that the phone shows.
pub(super) fn shown(html: &str) -> String {
    let mut plain = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(length) = tag(rest) {
            rest = &rest[length..];
        } else if let Some((entity, sign)) = ENTITIES.iter().find(|(e, _)| rest.starts_with(e)) {
            plain.push_str(sign);
            rest = &rest[entity.len()..];
        } else {
            plain.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    plain + rest
}

/// The length of a known tag, if the text begins with one.
fn tag(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('<')?;
    let end = inside.find('>')?;
    let name = inside[..end].trim_start_matches('/');
    TAGS.contains(&name).then_some(end + 2)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn tags_go_and_escapes_are_read() {
        assert_eq!(shown("a &lt; <b>b &amp; c</b>"), "a < b & c");
        assert_eq!(shown("&amp;lt; 1 < 2 & <x>"), "&lt; 1 < 2 & <x>");
    }
}
