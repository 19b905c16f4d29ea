//! Rust text with parts of it blanked, so that what is searched for is not found in a comment or a
//! string. Lines and columns stay where they are.

/// What is left to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Code without the insides of literals.
    Code,
    /// Code with its literals.
    Literals,
}

/// Blanks comments and, unless they are kept, the insides of literals.
pub(crate) fn blank(text: &str, keep: Keep) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (end, is_comment) = match token(bytes, at) {
            Some(found) => found,
            None => {
                at += 1;
                continue;
            }
        };
        if is_comment || keep == Keep::Code {
            let inside =
                if is_comment { at..end } else { at + 1..end.saturating_sub(1).max(at + 1) };
            out[inside].iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
        }
        at = end;
    }
    // Every blanked range begins and ends at an ASCII byte: what is left is whole characters.
    String::from_utf8(out).unwrap_or_default()
}

/// The end of the comment or literal that begins at `at`, and whether it is a comment.
fn token(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let rest = &bytes[at..];
    let is_word_before = at > 0 && is_word(bytes[at - 1]);
    match rest {
        [b'/', b'/', ..] => Some((at + find(rest, b"\n").unwrap_or(rest.len()), true)),
        [b'/', b'*', ..] => Some((at + block(rest), true)),
        [b'"', ..] => Some((at + string(rest), false)),
        [b'r', b'"' | b'#', ..] if !is_word_before => raw(rest).map(|n| (at + n, false)),
        [b'b' | b'c', b'r', b'"' | b'#', ..] if !is_word_before => {
            raw(&rest[1..]).map(|n| (at + 1 + n, false))
        }
        [b'\'', ..] => character(rest).map(|n| (at + n, false)),
        _ => None,
    }
}

pub(crate) fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_' || !b.is_ascii()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// Block comments nest.
fn block(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// None for a raw identifier, `r#type`.
fn raw(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let mut end = vec![b'"'];
    end.resize(1 + hashes, b'#');
    let inside = 2 + hashes;
    Some(find(&rest[inside..], &end).map_or(rest.len(), |n| inside + n + end.len()))
}

/// None for a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    match rest {
        [_, b'\\', _, tail @ ..] => Some(3 + find(tail, b"'")? + 1),
        [_, first, ..] => {
            let width = match first {
                0..0x80 => 1,
                0x80..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0.. => 4,
            };
            (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
        }
        _ => None,
    }
}

/// The number of the line that `at` lies in, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

/// Where each whole word `wanted` begins. It may hold `::`.
pub(crate) fn word_positions<'a>(
    code: &'a str,
    wanted: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    let bytes = code.as_bytes();
    code.match_indices(wanted).map(|(at, _)| at).filter(move |at| {
        let after = bytes.get(at + wanted.len());
        (*at == 0 || !is_word(bytes[at - 1])) && after.is_none_or(|b| !is_word(*b))
    })
}

/// The end of what the bracket at `open` opens, behind its closing one.
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_i32;
    for (at, b) in code.bytes().enumerate().skip(open) {
        match b {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The first of `wanted` behind `from` that no bracket encloses.
pub(crate) fn find_outside(code: &str, from: usize, wanted: &[u8]) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, b) in code.bytes().enumerate().skip(from) {
        if depth == 0 && wanted.contains(&b) {
            return Some(at);
        }
        match b {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: &str, literals: &str) {
        assert_eq!(blank(text, Keep::Code), code);
        assert_eq!(blank(text, Keep::Literals), literals);
    }

    #[test]
    fn comments_and_literals_are_blanked() {
        check("a // b \"c\"\nd", "a         \nd", "a         \nd");
        check("a /* b /* c */ d */ e", "a                   e", "a                   e");
        check(r#"f("a\"//b", 'x')"#, r#"f("      ", ' ')"#, r#"f("a\"//b", 'x')"#);
        check("f('\\'', '\"', 'я')", "f('  ', ' ', '  ')", "f('\\'', '\"', 'я')");
        check("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)");
        check("r#type = br\"x\"", "r#type = b   \"", "r#type = br\"x\"");
    }

    #[test]
    fn raw_strings_end_at_their_own_hashes() {
        let code = blank("a(r#\"x\" {\"#) }", Keep::Code);
        assert!(code.starts_with("a(r") && code.ends_with(") }") && !code.contains('{'), "{code}");
    }

    #[test]
    fn words_are_whole() {
        let positions = |wanted| word_positions("fn f() { fnord; x.fn }", wanted).count();
        assert_eq!(positions("fn"), 2);
        assert_eq!(line_of("a\nb\nc", 2), 2);
    }

    #[test]
    fn brackets_match() {
        let code = "fn f(x: [u8; 4]) { { } } z";
        let open = find_outside(code, 0, b"{;").unwrap();
        assert_eq!(&code[open..closing(code, open)], "{ { } }");
    }
}
