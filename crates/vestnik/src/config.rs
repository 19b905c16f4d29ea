//! Configuration: one file, environment over it, everything checked before anything starts.

use anyhow::{Context, Result, anyhow, bail};
use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, path::Path, path::PathBuf, time::Duration};
use vestnik_app::hook::HookSettings;
use vestnik_hooks::layout::Links;
use vestnik_model::secret::Secret;
use vestnik_net::smtp::{Protection, Smtp, SmtpSettings};

/// The commented default configuration: the reference of every setting.
pub const DEFAULT: &str = include_str!("config.default.toml");
/// Environment variables that begin so are settings, if they hold `__`.
const PREFIX: &str = "VESTNIK_";

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
    pub networks: Vec<IpNet>,
    /// How many at once.
    pub concurrency_max: u32,
}

/// The way out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outgoing {
    /// Where providers may lie.
    pub provider_networks: Vec<IpNet>,
    /// Where given addresses may lie.
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

/// Reads the configuration: defaults, then the file, then the environment.
///
/// # Errors
/// A sentence that names the setting, and a similar one if the name is unknown.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config> {
    let mut table: toml::Table = DEFAULT.parse().context("the built-in configuration")?;
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("can't read the configuration {}", path.display()))?;
        let own: toml::Table =
            text.parse().with_context(|| format!("{} is not valid TOML", path.display()))?;
        for (section, values) in own {
            overlay(&mut table, &section, values)?;
        }
    }
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let Some((section, key)) = rest.split_once("__") else { continue };
        let (section, key) = (section.to_lowercase(), key.to_lowercase());
        let values = toml::Table::from_iter([(key.clone(), environment_value(&value))]);
        overlay(&mut table, &section, toml::Value::Table(values))
            .with_context(|| format!("environment variable {name}"))?;
    }
    let config: Config = table.try_into().context("the configuration")?;
    check(&config)?;
    Ok(config)
}

fn check(config: &Config) -> Result<()> {
    if !config.partner.path.starts_with('/') || config.partner.path.contains(['{', '*', '?']) {
        bail!("partner.path: it must be a plain path that begins with /");
    }
    if let Some(url) = config.server.public_url.as_deref().filter(|url| !url.is_empty()) {
        let parsed = url::Url::parse(url).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
        if parsed.is_none_or(|u| u.query().is_some() || u.fragment().is_some()) {
            bail!("server.public_url: it must be an http or https address");
        }
    }
    if let Some(smtp) = config.mail.smtp() {
        Smtp::new(&smtp).map_err(|reason| anyhow!("mail.{reason}"))?;
    }
    for taken in ["/in", "/hook", "/webhook", "/files", "/providers", "/v1", "/health", "/metrics"]
    {
        if config.partner.path == taken || config.partner.path.starts_with(&format!("{taken}/")) {
            bail!("partner.path: {taken} is taken by another door");
        }
    }
    if !config.storage.s3_endpoint.is_empty() && config.storage.s3_bucket.is_empty() {
        bail!("storage.s3_bucket: it is needed with storage.s3_endpoint");
    }
    if config.partner.concurrency_max == 0 || config.outgoing.in_flight_per_host == 0 {
        bail!("partner.concurrency_max and outgoing.in_flight_per_host must not be 0");
    }
    Ok(())
}

/// A list is written with commas in a variable.
fn environment_value(text: &str) -> toml::Value {
    if text.starts_with('[')
        && let Ok(table) = format!("v = {text}").parse::<toml::Table>()
        && let Some(value) = table.get("v")
    {
        return value.clone();
    }
    match text.parse::<i64>() {
        Ok(n) => toml::Value::Integer(n),
        Err(_) => toml::Value::String(text.to_owned()),
    }
}

fn overlay(base: &mut toml::Table, section: &str, values: toml::Value) -> Result<()> {
    let known: Vec<String> = base.keys().cloned().collect();
    let Some(toml::Value::Table(target)) = base.get_mut(section) else {
        bail!("unknown section [{section}]{}", suggestion(section, &known));
    };
    let toml::Value::Table(values) = values else {
        bail!("{section}: a section [{section}] is expected");
    };
    for (key, value) in values {
        if !target.contains_key(&key) {
            let known: Vec<String> = target.keys().cloned().collect();
            bail!("unknown setting {section}.{key}{}", suggestion(&key, &known));
        }
        target.insert(key, value);
    }
    Ok(())
}

fn suggestion(word: &str, known: &[String]) -> String {
    let best = known.iter().min_by_key(|k| distance(word, k));
    match best {
        Some(best) if distance(word, best) <= word.len().div_ceil(2) => {
            format!(": did you mean {best}?")
        }
        Some(_) | None => format!(": known are {}", known.join(", ")),
    }
}

/// Edit distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

fn duration<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_duration(&text).map_err(serde::de::Error::custom)
}

/// `30s`, `500ms`, `5m`, `2h`.
fn parse_duration(text: &str) -> Result<Duration> {
    let wrong = || anyhow!("{text}: a time like 30s, 500ms, 5m or 2h is expected");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let n: u64 = text[..digits].parse().map_err(|_| wrong())?;
    match &text[digits..] {
        "ms" => Ok(Duration::from_millis(n)),
        "s" => Ok(Duration::from_secs(n)),
        "m" => Ok(Duration::from_secs(n * 60)),
        "h" => Ok(Duration::from_secs(n * 3600)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config> {
        load(None, variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_default_is_valid_and_the_environment_goes_over_it() {
        let config = with(&[]).unwrap();
        assert_eq!(config.server.stop_patience, Duration::from_secs(35));
        let config = with(&[
            ("VESTNIK_SERVER__LISTEN", "0.0.0.0:9"),
            ("VESTNIK_PARTNER__NETWORKS", "[\"10.0.0.0/8\"]"),
            ("VESTNIK_PASSWORD", "not a setting"),
        ])
        .unwrap();
        assert_eq!(config.server.listen.port(), 9);
        assert_eq!(config.partner.networks.len(), 1);
    }

    #[test]
    fn unknown_names_are_refused_with_a_suggestion() {
        let error = with(&[("VESTNIK_SERVER__LISTN", "x")]).unwrap_err();
        assert!(format!("{error:#}").contains("did you mean listen?"), "{error:#}");
        let error = with(&[("VESTNIK_SERVR__LISTEN", "x")]).unwrap_err();
        assert!(format!("{error:#}").contains("did you mean server?"), "{error:#}");
    }

    #[test]
    fn bad_values_are_refused() {
        assert!(with(&[("VESTNIK_SERVER__LISTEN", "nowhere")]).is_err());
        assert!(with(&[("VESTNIK_SERVER__STOP_PATIENCE", "soon")]).is_err());
        assert!(with(&[("VESTNIK_PARTNER__PATH", "/in/x")]).is_err());
        assert!(with(&[("VESTNIK_PARTNER__CONCURRENCY_MAX", "0")]).is_err());
    }
}
