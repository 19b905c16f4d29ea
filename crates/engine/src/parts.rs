//! Dividing what is too long for one bubble into several, without losing a word.

use vestnik_model::{content::Content, file::File, limits::PARTS_MAX};

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
        Content::Text(text) => texts(&text, room)?.into_iter().map(Content::Text).collect(),
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

fn texts(text: &str, room: Room) -> Result<Vec<String>, TooLong> {
    let mut out = Vec::new();
    let mut rest = text;
    while length(rest, room) > room.text {
        if out.len() >= PARTS_MAX || room.text == 0 {
            return Err(TooLong);
        }
        let at = cut(rest, room);
        let (head, tail) = rest.split_at(at);
        out.push(head.trim_end().to_owned());
        rest = tail.trim_start();
    }
    if !rest.is_empty() || out.is_empty() {
        out.push(rest.to_owned());
    }
    out.retain(|piece| !piece.is_empty() || text.is_empty());
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
    use vestnik_model::{content::Button, content::ButtonAction, file::FileKind};

    const fn room(text: usize) -> Room {
        Room { text, caption: 5, is_utf16: false }
    }

    fn texts_of(parts: &[Content]) -> Vec<&str> {
        parts
            .iter()
            .map(|part| match part {
                Content::Text(text) | Content::Choice { text, .. } => text.as_str(),
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
    }
}
