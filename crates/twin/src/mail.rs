//! Mails that the twin received by [`crate::smtp`], and the page that shows them.

use std::{collections::VecDeque, fmt::Write as _};

use html_escape::encode_double_quoted_attribute as escape;
use mail_parser::MessageParser;
use serde::{Deserialize, Serialize};

use crate::{date, limits, wire::WireResponse};

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

impl Mail {
    /// A mail as it came; what can't be read stays empty.
    #[must_use]
    pub fn read(at: i64, from: String, to: Vec<String>, raw: &[u8]) -> Self {
        let parsed = MessageParser::default().parse(raw);
        let subject = parsed.as_ref().and_then(|mail| mail.subject()).unwrap_or_default();
        let text = parsed.as_ref().and_then(|mail| mail.body_text(0)).unwrap_or_default();
        Self {
            at,
            from,
            to,
            subject: subject.to_owned(),
            text: text.replace("\r\n", "\n"),
            raw: String::from_utf8_lossy(raw).into_owned(),
        }
    }
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

const HEAD: &str = "<!doctype html><html lang=\"ru\"><head><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><meta http-equiv=\"refresh\" content=\"5\">\
    <title>Почта · Mails</title><link rel=\"stylesheet\" href=\"/mails/page.css\"></head><body>";
const STYLE: &str = include_str!("../page/mails.css");

/// The page `/mails`, newest first; or its style.
pub(crate) fn page(mails: &Mails, segments: &[&str]) -> WireResponse {
    if segments == ["page.css"] {
        return WireResponse::bytes(200, "text/css; charset=utf-8", STYLE.as_bytes());
    }
    let mut html = HEAD.to_owned();
    let all = mails.list(None);
    let _ = write!(html, "<h1>Почта <small>Mails · {}</small></h1>", all.len());
    if all.is_empty() {
        html.push_str("<p class=\"none\">Писем ещё нет. · No mails yet.</p>");
    }
    for mail in all.iter().rev().take(limits::MAILS_SHOWN_MAX) {
        let _ = write!(
            html,
            "<article><header><h2>{}</h2><p>{} → {}<time>{}</time></p></header><pre>{}</pre>\
             </article>",
            escape(&mail.subject),
            escape(&mail.from),
            escape(&mail.to.join(", ")),
            escape(&date::moscow(mail.at).replace('T', " ")),
            escape(&mail.text),
        );
    }
    html.push_str("</body></html>");
    WireResponse::bytes(200, "text/html; charset=utf-8", html.as_bytes())
        .with_header("cache-control", "no-cache")
        .with_header("x-content-type-options", "nosniff")
        .with_header("content-security-policy", "default-src 'self'; base-uri 'none'")
}
