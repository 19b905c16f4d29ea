//! The way of mails: one SMTP server, which the operator of the installation has configured.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use std::time::Duration;
use vestnik_model::secret::Secret;

/// How long the server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all: for a server on the same machine.
    None,
    /// TLS is begun by a command (usually port 587); without it no mail is sent.
    StartTls,
    /// TLS from the first byte (usually port 465).
    Tls,
}

/// The mail server and how we speak to it.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: Protection,
    /// The login; empty = none is needed.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The sender: `Vestnik <vestnik@example.org>`.
    pub from: String,
}

/// Hands mails to the server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    domain: String,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpError {
    /// Never, as it is.
    #[error("{0}")]
    Refused(String),
    /// Perhaps later.
    #[error("{0}")]
    Later(String),
}

impl Smtp {
    /// A client of a server. Nothing is called yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: &SmtpSettings) -> Result<Self, String> {
        let from: Mailbox = settings.from.parse().map_err(|e| format!("from: {e}"))?;
        let tls = || {
            let made = TlsParameters::new(settings.host.clone());
            made.map_err(|e| format!("TLS can't be used: {e}"))
        };
        let tls = match settings.protection {
            Protection::None => Tls::None,
            Protection::StartTls => Tls::Required(tls()?),
            Protection::Tls => Tls::Wrapper(tls()?),
        };
        let domain = from.email.domain().to_owned();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain.clone()))
            .timeout(Some(PATIENCE));
        if !settings.user.is_empty() {
            let password = settings.password.reveal().to_owned();
            builder = builder.credentials(Credentials::new(settings.user.clone(), password));
        }
        Ok(Self { transport: builder.build(), from, domain })
    }

    /// Sends a plain text to one recipient; gives back what the server said. The same `id` makes the
    /// same `Message-ID`, so that a mail tried twice is one in the mailbox.
    ///
    /// # Errors
    /// See [`SmtpError`].
    pub async fn send(
        &self,
        recipient: &str,
        subject: &str,
        text: &str,
        id: &str,
    ) -> Result<String, SmtpError> {
        let to: Mailbox =
            recipient.parse().map_err(|e| SmtpError::Refused(format!("the recipient: {e}")))?;
        let mail = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(subject)
            .message_id(Some(format!("<{id}@{}>", self.domain)))
            .header(ContentType::TEXT_PLAIN)
            .body(text.to_owned())
            .map_err(|e| SmtpError::Refused(e.to_string()))?;
        let sent = tokio::time::timeout(PATIENCE, self.transport.send(mail)).await;
        match sent {
            Ok(Ok(response)) => {
                let words: Vec<&str> = response.message().collect();
                Ok(format!("{} {}", response.code(), words.join(" ")))
            }
            Ok(Err(error)) if error.is_permanent() => Err(SmtpError::Refused(error.to_string())),
            Ok(Err(error)) => Err(SmtpError::Later(error.to_string())),
            Err(_) => Err(SmtpError::Later("the mail server does not answer".to_owned())),
        }
    }
}
