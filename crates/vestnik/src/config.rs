//! Configuration: one file, environment over it, everything checked before anything starts.

mod check;
mod load;
mod network;
#[cfg(test)]
mod tests;

pub use load::load;

use anyhow::{Result, anyhow};
use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use vestnik_app::hook::HookSettings;
use vestnik_hooks::layout::Links;
use vestnik_model::secret::Secret;
use vestnik_net::smtp::{Protection, SmtpSettings};

/// The commented default configuration: the reference of every setting.
pub const DEFAULT: &str = include_str!("config.default.toml");
/// Nobody waits longer than this for a stop: a day.
const STOP_PATIENCE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Everything that can be configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The process.
    pub server: Server,
    /// The partner API.
    pub partner: Partner,
    /// The way out.
    pub outgoing: Outgoing,
    /// Where files lie.
    pub storage: Storage,
    /// Event sources.
    pub hooks: Hooks,
    /// The mail server.
    pub mail: Mail,
    /// The log.
    pub log: Log,
}

/// Event sources.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hooks {
    /// Whether addresses that hold everything are served.
    pub url_hooks: bool,
    /// Hosts they may name.
    pub hosts: Vec<String>,
    /// The page of a service.
    pub service_link: String,
    /// The page of an order.
    pub order_link: String,
    /// Whether mails hide the middle of a number.
    pub mask_recipients: bool,
    /// Where owners get help.
    pub support: String,
}

impl Hooks {
    /// What hooks may do here.
    #[must_use]
    pub fn settings(&self) -> HookSettings {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let official = vestnik_providers::all().iter().flat_map(|p| p.descriptor().hosts.iter());
        HookSettings {
            url_workspace: self.url_hooks.then_some(vestnik_app::admin::WORKSPACE),
            hosts: match self.hosts.is_empty() {
                true => official.map(|host| (*host).to_owned()).collect(),
                false => self.hosts.clone(),
            },
            links: Links { service: given(&self.service_link), order: given(&self.order_link) },
            masks_recipients: self.mask_recipients,
            support: given(&self.support),
        }
    }
}

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name; empty = none.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub protection: MailProtection,
    /// The login.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The sender.
    pub from: String,
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailProtection {
    /// Not at all.
    None,
    /// By a command.
    StartTls,
    /// From the first byte.
    Tls,
}

impl Mail {
    /// The settings of the mail server, if one is configured.
    #[must_use]
    pub fn smtp(&self) -> Option<SmtpSettings> {
        (!self.host.is_empty()).then(|| SmtpSettings {
            host: self.host.clone(),
            port: self.port,
            protection: match self.protection {
                MailProtection::None => Protection::None,
                MailProtection::StartTls => Protection::StartTls,
                MailProtection::Tls => Protection::Tls,
            },
            user: self.user.clone(),
            password: self.password.clone(),
            from: self.from.clone(),
        })
    }
}

/// Where files lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// The address of S3-compatible storage; empty = the data folder.
    pub s3_endpoint: String,
    /// Its region.
    pub s3_region: String,
    /// The bucket.
    pub s3_bucket: String,
    /// What object names begin with.
    pub s3_prefix: String,
    /// The public part of the credentials.
    pub s3_access_key: String,
    /// The secret part.
    pub s3_secret_key: Secret,
}

impl Storage {
    /// The settings of S3-compatible storage, if it is configured.
    #[must_use]
    pub fn s3(&self) -> Option<vestnik_files::s3::Settings> {
        (!self.s3_endpoint.is_empty()).then(|| vestnik_files::s3::Settings {
            endpoint: self.s3_endpoint.clone(),
            region: self.s3_region.clone(),
            bucket: self.s3_bucket.clone(),
            prefix: self.s3_prefix.clone(),
            access_key: self.s3_access_key.clone(),
            secret_key: self.s3_secret_key.clone(),
        })
    }
}

/// The process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the world reaches it.
    pub public_url: Option<String>,
    /// The data folder.
    pub data: PathBuf,
    /// Proxies that are believed.
    #[serde(deserialize_with = "network::list")]
    pub trusted_proxies: Vec<IpNet>,
    /// How long a stop may take.
    #[serde(deserialize_with = "duration")]
    pub stop_patience: Duration,
}

/// The partner API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Where it lies.
    pub path: String,
    /// Who may call.
    #[serde(deserialize_with = "network::list")]
    pub networks: Vec<IpNet>,
    /// How many at once.
    pub concurrency_max: u32,
}

/// The way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outgoing {
    /// Where providers may lie.
    #[serde(deserialize_with = "network::list")]
    pub provider_networks: Vec<IpNet>,
    /// Where given addresses may lie.
    #[serde(deserialize_with = "network::list")]
    pub untrusted_networks: Vec<IpNet>,
    /// How many exchanges with one host at once.
    pub in_flight_per_host: usize,
}

/// The log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Its form.
    pub format: LogFormat,
    /// What is logged.
    pub filter: String,
}

/// The log's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// Lines for programs.
    Json,
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let time = parse_duration(&text).map_err(serde::de::Error::custom)?;
    if time > STOP_PATIENCE_MAX {
        return Err(serde::de::Error::custom(format!("{text}: at most 24h are possible")));
    }
    Ok(time)
}

/// `30s`, `500ms`, `5m`, `2h`.
///
/// # Errors
/// A sentence that says what is expected.
pub(crate) fn parse_duration(text: &str) -> Result<Duration> {
    let wrong = || anyhow!("{text}: a time like 30s, 500ms, 5m or 2h is expected");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let n: u64 = text[..digits].parse().map_err(|_| wrong())?;
    let millis = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(wrong()),
    };
    n.checked_mul(millis).map(Duration::from_millis).ok_or_else(wrong)
}
