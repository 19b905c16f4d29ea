//! Text with bold passages, before any messenger's way of writing them.

use serde::{Deserialize, Serialize};

/// Text and the passages of it that are bold. Each messenger writes bold in its own way, so the
/// marks are kept beside the text, not in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Marked {
    /// The words, without any marks.
    pub text: String,
    /// What is bold: in order, not empty, not overlapping, inside of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bold: Vec<Bold>,
}

/// A bold passage, counted in characters (Unicode scalar values).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bold {
    /// Characters before it.
    pub start: usize,
    /// Characters in it.
    pub len: usize,
}

impl Marked {
    /// The words alone.
    #[must_use]
    pub fn plain(&self) -> &str {
        &self.text
    }

    /// The words with a mark before and after each bold passage.
    #[must_use]
    pub fn with_marks(&self, open: &str, close: &str) -> String {
        let mut out = String::with_capacity(self.text.len() + self.bold.len() * 4);
        let mut passages = self.bold.iter().copied().peekable();
        let mut end = None;
        for (at, c) in self.text.chars().enumerate() {
            if end == Some(at) {
                out.push_str(close);
                end = None;
            }
            if let Some(bold) = passages.next_if(|bold| bold.start == at) {
                out.push_str(open);
                end = Some(at + bold.len);
            }
            out.push(c);
        }
        if end.is_some() {
            out.push_str(close);
        }
        out
    }

    /// A piece of it: `start` and `end` count characters. What is bold stays bold.
    #[must_use]
    pub fn slice(&self, start: usize, end: usize) -> Self {
        let text = self.text.chars().skip(start).take(end.saturating_sub(start)).collect();
        let clip = |bold: &Bold| {
            let from = bold.start.max(start);
            let to = (bold.start + bold.len).min(end);
            (from < to).then(|| Bold { start: from - start, len: to - from })
        };
        Self { text, bold: self.bold.iter().filter_map(clip).collect() }
    }

    /// Each line with what is bold in it: no messenger's mark goes on over the end of a line.
    pub fn lines(&self) -> impl Iterator<Item = Self> + '_ {
        let mut start = 0;
        self.text.split('\n').map(move |line| {
            let end = start + line.chars().count();
            let piece = self.slice(start, end);
            start = end + 1;
            piece
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, bold: &[(usize, usize)]) -> Marked {
        let bold = bold.iter().map(|(start, len)| Bold { start: *start, len: *len }).collect();
        Marked { text: text.to_owned(), bold }
    }

    #[test]
    fn marks_stand_around_what_is_bold() {
        let text = marked("Ваша запись №7 в 10:30", &[(0, 4), (12, 2), (17, 5)]);
        assert_eq!(text.with_marks("<b>", "</b>"), "<b>Ваша</b> запись <b>№7</b> в <b>10:30</b>");
        assert_eq!(text.plain(), "Ваша запись №7 в 10:30");
        assert_eq!(marked("аб", &[(0, 1), (1, 1)]).with_marks("<", ">"), "<а><б>");
        assert_eq!(marked("", &[]).with_marks("<", ">"), "");
    }

    #[test]
    fn a_piece_keeps_its_marks() {
        let text = marked("0123456789", &[(1, 3), (5, 4)]);
        assert_eq!(text.slice(2, 7), marked("23456", &[(0, 2), (3, 2)]));
        assert_eq!(text.slice(4, 5), marked("4", &[]));
        assert_eq!(text.slice(0, 10), text);
        assert_eq!(text.slice(8, 100), marked("89", &[(0, 1)]));
    }

    #[test]
    fn lines_have_their_own() {
        let text = marked("ab\n\ncd", &[(1, 4)]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines, [marked("ab", &[(1, 1)]), marked("", &[]), marked("cd", &[(0, 1)])]);
    }

    #[test]
    fn its_stored_form_stays_readable() {
        let kept = r#"{"text":"a b","bold":[{"start":0,"len":1}]}"#;
        let text: Marked = serde_json::from_str(kept).unwrap();
        assert_eq!(text, marked("a b", &[(0, 1)]));
        assert_eq!(serde_json::to_string(&text).unwrap(), kept);
        let bare: Marked = serde_json::from_str(r#"{"text":"a"}"#).unwrap();
        assert_eq!(bare, marked("a", &[]));
    }
}
