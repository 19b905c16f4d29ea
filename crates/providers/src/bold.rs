//! Bold passages as messengers write them.
//!
//! WhatsApp has no way to write an asterisk that is none of its marks, and looks for pairs within a
//! line. So a line that has asterisks of its own gets no marks: better plain than bold in the wrong
//! place. The same goes for a passage inside of a word, where the marks would be shown as they are.

use serde_json::{Value, json};
use std::borrow::Cow;
use vestnik_model::content::{Bold, Content, Marked};

/// The words of a content as WhatsApp takes them: `*bold*`. Without marks if these would make it
/// longer than `chars_max`.
pub(crate) fn asterisks(content: &Content, chars_max: usize) -> Cow<'_, str> {
    match content {
        Content::Marked(marked) if !marked.bold.is_empty() => {
            let lines: Vec<_> = marked.lines().map(|line| line_with_asterisks(&line)).collect();
            let text = lines.join("\n");
            if text.chars().count() > chars_max {
                return Cow::Borrowed(marked.plain());
            }
            Cow::Owned(text)
        }
        Content::Marked(_)
        | Content::Text(_)
        | Content::Choice { .. }
        | Content::File(_)
        | Content::Template(_) => Cow::Borrowed(content.as_text()),
    }
}

fn line_with_asterisks(line: &Marked) -> String {
    let chars: Vec<char> = line.text.chars().collect();
    if chars.contains(&'*') {
        return line.text.clone();
    }
    let mut marked = Marked { text: line.text.clone(), bold: Vec::new() };
    for bold in &line.bold {
        let (mut start, mut end) = (bold.start, bold.start + bold.len);
        // A mark touches the words it stands at.
        while start < end && chars[start].is_whitespace() {
            start += 1;
        }
        while start < end && chars[end - 1].is_whitespace() {
            end -= 1;
        }
        let is_border = |c: Option<&char>| c.is_none_or(|c| !c.is_alphanumeric());
        let before = start.checked_sub(1).and_then(|at| chars.get(at));
        if start < end && is_border(before) && is_border(chars.get(end)) {
            marked.bold.push(Bold { start, len: end - start });
        }
    }
    marked.with_marks("*", "*")
}

/// Telegram's entities: offsets and lengths in UTF-16 units. The text needs no escapes then.
pub(crate) fn entities(marked: &Marked) -> Value {
    let units: Vec<usize> = marked.text.chars().map(char::len_utf16).collect();
    let entity = |bold: &Bold| {
        let offset: usize = units.iter().take(bold.start).sum();
        let length: usize = units.iter().skip(bold.start).take(bold.len).sum();
        json!({ "type": "bold", "offset": offset, "length": length })
    };
    marked.bold.iter().map(entity).collect()
}

/// HTML with `<b>` alone: what else could be a tag is escaped. `None` if it would be longer than
/// `chars_max`.
pub(crate) fn html(marked: &Marked, chars_max: usize) -> Option<String> {
    let mut out = String::with_capacity(marked.text.len() + marked.bold.len() * 7);
    let mut passages = marked.bold.iter().peekable();
    let mut end = None;
    for (at, c) in marked.text.chars().enumerate() {
        if end.is_some_and(|end| end == at) {
            out.push_str("</b>");
            end = None;
        }
        if let Some(bold) = passages.next_if(|bold| bold.start == at) {
            out.push_str("<b>");
            end = Some(at + bold.len);
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    if end.is_some() {
        out.push_str("</b>");
    }
    (out.chars().count() <= chars_max).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, bold: &[&str]) -> Marked {
        let passage = |words: &&str| {
            let at = text.find(words).unwrap();
            Bold { start: text[..at].chars().count(), len: words.chars().count() }
        };
        Marked { text: text.to_owned(), bold: bold.iter().map(passage).collect() }
    }

    fn stars(text: &str, bold: &[&str]) -> String {
        asterisks(&Content::Marked(marked(text, bold)), 1_000).into_owned()
    }

    #[test]
    fn whatsapp_has_asterisks() {
        assert_eq!(
            stars("Ваша запись №7\nв 10:30", &["Ваша запись №7"]),
            "*Ваша запись №7*\nв 10:30"
        );
        assert_eq!(stars("в 10:30, зал 2", &["10:30", "зал 2"]), "в *10:30*, *зал 2*");
        assert_eq!(stars("один\nдва", &["один\nдва"]), "*один*\n*два*", "each line by itself");
        assert_eq!(stars("а  б  в", &["  б  "]), "а  *б*  в");
        assert_eq!(stars("а    в", &["  "]), "а    в");
    }

    #[test]
    fn no_asterisk_of_others_becomes_a_mark() {
        assert_eq!(stars("5*3 = 15 руб.", &["15 руб."]), "5*3 = 15 руб.");
        assert_eq!(stars("Зал **А**", &["Зал **А**"]), "Зал **А**");
        assert_eq!(stars("5*3\nИтого 15", &["Итого 15"]), "5*3\n*Итого 15*", "another line");
        assert_eq!(stars("замок", &["мо"]), "замок", "inside of a word");
    }

    #[test]
    fn marks_that_do_not_fit_are_left_out() {
        let content = Content::Marked(marked("абвг", &["абвг"]));
        assert_eq!(asterisks(&content, 6), "*абвг*");
        assert_eq!(asterisks(&content, 5), "абвг");
        assert_eq!(html(&marked("абвг", &["абвг"]), 10), None);
    }

    #[test]
    fn plain_text_is_as_it_was_written() {
        assert_eq!(asterisks(&Content::Text("*а* 5*3".to_owned()), 2), "*а* 5*3");
    }

    #[test]
    fn telegram_counts_in_utf16() {
        let text = marked("\u{1F511} Ключ: \u{1F511}12 да", &["Ключ", "\u{1F511}12"]);
        let mut text = text;
        text.bold[1] = Bold { start: 8, len: 3 };
        assert_eq!(
            entities(&text),
            json!([
                { "type": "bold", "offset": 3, "length": 4 },
                { "type": "bold", "offset": 9, "length": 4 },
            ])
        );
    }

    #[test]
    fn html_is_escaped() {
        let text = marked("a < b & <b>c</b>", &["b & <b>"]);
        assert_eq!(html(&text, 100).unwrap(), "a &lt; <b>b &amp; &lt;b&gt;</b>c&lt;/b&gt;");
    }
}
