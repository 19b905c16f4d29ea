//! Dividing what is too long for one bubble into several, without losing a word.

use std::ops::Range;
use vestnik_model::{
    content::{Content, Marked},
    file::File,
    limits::PARTS_MAX,
};

/// How much fits into a bubble of a channel.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Longest text.
    pub text: usize,
    /// Longest text under a file; 0 = none.
    pub caption: usize,
    /// Lengths are in UTF-16 units, not in characters.
    pub is_utf16: bool,
}

/// It does not fit even into the most bubbles that are allowed ([`PARTS_MAX`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// The bubbles for a content, in order: one, if it fits. Joined, the texts of the bubbles are the
/// original but for the white space at which it was cut.
///
/// # Errors
/// [`TooLong`].
pub fn divide(content: Content, room: Room) -> Result<Vec<Content>, TooLong> {
    let parts = match content {
        Content::Text(text) if length(&text, room) <= room.text => vec![Content::Text(text)],
        Content::Text(text) => texts(&text, room)?.into_iter().map(Content::Text).collect(),
        Content::Marked(marked) => pieces_of(&marked, room)?,
        Content::Choice { text, buttons } => {
            let mut pieces = texts(&text, room)?;
            let last = pieces.pop().unwrap_or_default();
            let mut parts: Vec<_> = pieces.into_iter().map(Content::Text).collect();
            // The buttons stand below the last words.
            parts.push(Content::Choice { text: last, buttons });
            parts
        }
        Content::File(file) if length(&file.caption, room) > room.caption => {
            let words = texts(&file.caption, room)?;
            let bare = File { caption: String::new(), ..file };
            let words = words.into_iter().map(Content::Text);
            std::iter::once(Content::File(bare)).chain(words).collect()
        }
        content @ (Content::File(_) | Content::Template(_)) => vec![content],
    };
    if parts.len() > PARTS_MAX { Err(TooLong) } else { Ok(parts) }
}

/// What is bold stays bold where it comes to stand.
fn pieces_of(marked: &Marked, room: Room) -> Result<Vec<Content>, TooLong> {
    let text = marked.plain();
    // Borders rise, so that each character is counted once.
    let (mut byte, mut count) = (0, 0);
    let mut chars_before = |at: usize| {
        count += text[byte..at].chars().count();
        byte = at;
        count
    };
    let piece = |span: Range<usize>| {
        let (start, end) = (chars_before(span.start), chars_before(span.end));
        Content::Marked(marked.slice(start, end))
    };
    Ok(spans(text, room)?.into_iter().map(piece).collect())
}

fn texts(text: &str, room: Room) -> Result<Vec<String>, TooLong> {
    Ok(spans(text, room)?.into_iter().map(|span| text[span].to_owned()).collect())
}

/// Where the pieces of a text stand in it.
fn spans(text: &str, room: Room) -> Result<Vec<Range<usize>>, TooLong> {
    let mut out = Vec::new();
    let mut start = 0;
    while length(&text[start..], room) > room.text {
        if out.len() >= PARTS_MAX || room.text == 0 {
            return Err(TooLong);
        }
        let border = start + cut(&text[start..], room);
        out.push(start..start + text[start..border].trim_end().len());
        start = text.len() - text[border..].trim_start().len();
    }
    if start < text.len() || out.is_empty() {
        out.push(start..text.len());
    }
    out.retain(|span| !span.is_empty() || text.is_empty());
    Ok(out)
}

fn length(text: &str, room: Room) -> usize {
    if room.is_utf16 { text.encode_utf16().count() } else { text.chars().count() }
}

/// Where the first bubble ends: after a paragraph, a line, a sentence or a word, if one ends in
/// the second half of what fits; else wherever it must, but not inside of a character.
fn cut(text: &str, room: Room) -> usize {
    let mut taken = 0;
    let mut end = text.len();
    for (at, c) in text.char_indices() {
        taken += if room.is_utf16 { c.len_utf16() } else { 1 };
        if taken > room.text {
            end = at;
            break;
        }
    }
    let head = &text[..end];
    let half = head.len() / 2;
    let best = ["\n\n", "\n", ". ", "! ", "? ", " "]
        .iter()
        .find_map(|border| head.rfind(border).map(|at| at + border.len()).filter(|at| *at > half));
    // An emoji of several characters stays whole.
    best.unwrap_or_else(|| back_to_cluster(text, end))
}

/// Goes back over joiners and modifiers, so that a compound sign is not cut (bounded: such signs
/// are short).
fn back_to_cluster(text: &str, end: usize) -> usize {
    let is_joined = |at: usize| {
        let next = text[at..].chars().next();
        let before = text[..at].chars().next_back();
        next.is_some_and(is_modifier) || before == Some('\u{200d}')
    };
    let mut at = end;
    for _ in 0..16 {
        if at == 0 || !is_joined(at) {
            break;
        }
        at -= text[..at].chars().next_back().map_or(1, char::len_utf8);
    }
    if at == 0 { end } else { at }
}

fn is_modifier(c: char) -> bool {
    matches!(c,
        '\u{200d}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{0300}'..='\u{036f}'
        | '\u{1f3fb}'..='\u{1f3ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vestnik_model::{
        content::{Bold, Button, ButtonAction},
        file::FileKind,
    };

    const fn room(text: usize) -> Room {
        Room { text, caption: 5, is_utf16: false }
    }

    fn texts_of(parts: &[Content]) -> Vec<&str> {
        parts
            .iter()
            .map(|part| match part {
                Content::Text(text) | Content::Choice { text, .. } => text.as_str(),
                Content::Marked(marked) => marked.plain(),
                Content::File(file) => file.caption.as_str(),
                Content::Template(template) => template.text.as_str(),
            })
            .collect()
    }

    fn divided(text: &str, max: usize) -> Vec<String> {
        let parts = divide(Content::Text(text.to_owned()), room(max)).unwrap();
        texts_of(&parts).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        assert_eq!(divided("  Добрый день \n", 20), ["  Добрый день \n"]);
        assert_eq!(divided("", 20), [""]);
    }

    #[test]
    fn it_is_cut_where_something_ends() {
        assert_eq!(divided("Раз два. Три четыре пять", 14), ["Раз два.", "Три четыре", "пять"]);
        assert_eq!(divided("Первый абзац\n\nВторой", 15), ["Первый абзац", "Второй"]);
        assert_eq!(divided("абвгдежзик", 4), ["абвг", "дежз", "ик"]);
    }

    #[test]
    fn a_sign_of_several_characters_stays_whole() {
        let family = "\u{1f469}\u{200d}\u{1f467}";
        assert_eq!(divided(&format!("аб{family}"), 4), ["аб", family]);
    }

    #[test]
    fn lengths_may_be_counted_in_utf16() {
        let keys = "\u{1F511}".repeat(4);
        let room = Room { text: 4, caption: 4, is_utf16: true };
        let parts = divide(Content::Text(keys), room).unwrap();
        assert_eq!(texts_of(&parts), ["\u{1F511}\u{1F511}", "\u{1F511}\u{1F511}"]);
    }

    #[test]
    fn long_words_under_a_file_follow_it() {
        let file = File {
            caption: "длинная подпись".to_owned(), ..File::at(FileKind::Image, "u")
        };
        let parts = divide(Content::File(file), room(100)).unwrap();
        assert_eq!(texts_of(&parts), ["", "длинная подпись"]);
    }

    #[test]
    fn buttons_stand_below_the_last_words() {
        let action = ButtonAction::Reply("y".to_owned());
        let buttons = vec![Button { title: "Да".to_owned(), action }];
        let choice = Content::Choice { text: "один два три".to_owned(), buttons };
        let parts = divide(choice, room(8)).unwrap();
        assert!(matches!(parts[..], [Content::Text(_), Content::Choice { .. }]), "{parts:?}");
    }

    #[test]
    fn what_is_bold_stays_bold() {
        let bold = vec![Bold { start: 4, len: 9 }, Bold { start: 18, len: 4 }];
        let text = "Раз два. Три четыре пять".to_owned();
        let parts = divide(Content::Marked(Marked { text, bold }), room(14)).unwrap();
        let marked = |part: &Content| {
            let Content::Marked(marked) = part else { panic!("marked text stays marked") };
            marked.with_marks("<", ">")
        };
        let parts: Vec<_> = parts.iter().map(marked).collect();
        assert_eq!(parts, ["Раз <два.>", "<Три >четыр<е>", "<пя>ть"]);
    }

    #[test]
    fn endless_words_are_refused() {
        assert_eq!(divide(Content::Text("а".repeat(1000)), room(10)), Err(TooLong));
    }

    proptest! {
        #[test]
        fn no_word_is_lost(text in "[а-яё .!\n\u{1F511}\u{200d}]{0,200}", max in 20usize..60) {
            let parts = divide(Content::Text(text.clone()), room(max)).unwrap();
            let texts = texts_of(&parts);
            prop_assert!(texts.iter().all(|t| t.chars().count() <= max));
            let squeeze = |t: &str| t.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(squeeze(&texts.concat()), squeeze(&text));
        }

        #[test]
        fn no_mark_is_lost(
            text in "[а-яё .!\n\u{1F511}\u{200d}]{0,200}",
            max in 20usize..60,
            gaps in proptest::collection::vec((0usize..20, 1usize..20), 0..8),
        ) {
            let count = text.chars().count();
            let mut bold = Vec::new();
            let mut at = 0;
            for (gap, len) in gaps {
                let start = at + gap;
                if start < count {
                    bold.push(Bold { start, len: len.min(count - start) });
                }
                at = start + len;
            }
            let whole = Marked { text, bold };
            // What is bold, character by character, without white space.
            let letters = |marked: &Marked| -> Vec<(char, bool)> {
                let is_bold = |at: usize| {
                    marked.bold.iter().any(|b| (b.start..b.start + b.len).contains(&at))
                };
                let all = marked.text.chars().enumerate().map(|(at, c)| (c, is_bold(at)));
                all.filter(|(c, _)| !c.is_whitespace()).collect()
            };
            let mut divided = Vec::new();
            for part in divide(Content::Marked(whole.clone()), room(max)).unwrap() {
                let Content::Marked(part) = part else { panic!("marked text stays marked") };
                prop_assert!(part.text.chars().count() <= max);
                prop_assert!(part.bold.iter().all(|b| b.len > 0));
                divided.extend(letters(&part));
            }
            prop_assert_eq!(divided, letters(&whole));
        }
    }
}
