//! Mails that the twin received. There is no door for them yet but [`Mails::add`].

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::limits;

/// One mail.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Mail {
    /// When it came, in the caller's milliseconds.
    pub at: i64,
    /// Sender of the envelope.
    pub from: String,
    /// Recipients of the envelope.
    pub to: Vec<String>,
    /// Subject, decoded.
    pub subject: String,
    /// Readable text.
    pub text: String,
    /// The whole mail as it came.
    pub raw: String,
}

/// A bounded box of mails.
#[derive(Debug, Default)]
pub struct Mails {
    kept: VecDeque<Mail>,
}

impl Mails {
    /// Adds one at the end.
    pub fn add(&mut self, mail: Mail) {
        self.kept.push_back(mail);
        if self.kept.len() > limits::MAILS_MAX {
            self.kept.pop_front();
        }
    }

    /// Those to a recipient, or all, oldest first.
    pub fn list(&self, to: Option<&str>) -> Vec<&Mail> {
        let is_to =
            |mail: &&Mail| to.is_none_or(|to| mail.to.iter().any(|t| t.eq_ignore_ascii_case(to)));
        self.kept.iter().filter(is_to).collect()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}
