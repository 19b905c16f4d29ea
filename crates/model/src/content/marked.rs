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
}
