//! Mails on their way to the configured server.

use crate::config;
use anyhow::{Result, anyhow};
use std::sync::Arc;
use vestnik_app::mail::{Letter, Post, PostError, Posting};
use vestnik_net::smtp::{Smtp, SmtpError};

struct ByMail(Smtp);

impl Post for ByMail {
    fn post<'a>(&'a self, letter: &'a Letter) -> Posting<'a> {
        Box::pin(async move {
            let Letter { recipient, subject, text, message_id } = letter;
            self.0.send(recipient, subject, text, message_id).await.map_err(|error| match error {
                SmtpError::Refused(detail) => PostError::Refused(detail),
                SmtpError::Later(detail) => PostError::Later(detail),
            })
        })
    }
}

/// What carries mails, if a mail server is configured.
///
/// # Errors
/// If its settings can't be used.
pub fn connect(mail: &config::Mail) -> Result<Option<Arc<dyn Post>>> {
    let Some(settings) = mail.smtp() else { return Ok(None) };
    let smtp = Smtp::new(&settings).map_err(|reason| anyhow!("mail: {reason}"))?;
    Ok(Some(Arc::new(ByMail(smtp))))
}
