//! What no type says: whether `serve` could start with these settings.

use super::Config;
use crate::{post, serve};
use std::sync::Arc;
use vestnik_files::s3::S3;
use vestnik_net::{Client, Settings};

/// A setting that can't be used.
pub(super) struct Wrong {
    /// Its name.
    pub(super) setting: &'static str,
    /// Why not.
    pub(super) reason: String,
}

/// Paths that other doors lie at, or under.
const TAKEN: [&str; 10] = [
    "/in",
    "/hook",
    "/hook-samples",
    "/webhook",
    vestnik_api::webhook::SHARED_PATH,
    "/files",
    "/providers",
    "/v1",
    "/health",
    "/metrics",
];

fn wrong(setting: &'static str, reason: impl Into<String>) -> Result<(), Wrong> {
    Err(Wrong { setting, reason: reason.into() })
}

/// The first setting that can't be used.
pub(super) fn run(config: &Config) -> Result<(), Wrong> {
    path(&config.partner.path)?;
    if let Some(url) = config.server.public_url.as_deref().filter(|url| !url.is_empty()) {
        let parsed = url::Url::parse(url).ok().filter(|_| is_web(url));
        if parsed.is_none_or(|u| u.query().is_some() || u.fragment().is_some()) {
            wrong("server.public_url", "it must be an http or https address")?;
        }
    }
    if config.partner.concurrency_max == 0 {
        wrong("partner.concurrency_max", "with 0 every call would be refused")?;
    }
    if config.outgoing.in_flight_per_host == 0 {
        wrong("outgoing.in_flight_per_host", "with 0 nothing could be sent")?;
    }
    storage(config)?;
    hooks(config)?;
    mail(config)?;
    if let Err(error) = serve::log_filter(&config.log.filter) {
        wrong("log.filter", format!("{error:#}"))?;
    }
    Ok(())
}

fn path(path: &str) -> Result<(), Wrong> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    let is_segment =
        |part: &str| !part.is_empty() && part.chars().all(is_plain) && !matches!(part, "." | "..");
    let rest = path.strip_prefix('/');
    let rest = rest.map(|rest| rest.strip_suffix('/').unwrap_or(rest));
    if !rest.is_some_and(|rest| path == "/" || rest.split('/').all(is_segment)) {
        let reason = "it must begin with / and hold only Latin letters, digits and - _ . ~ between";
        return wrong("partner.path", reason);
    }
    for taken in TAKEN {
        if path.strip_prefix(taken).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return wrong("partner.path", format!("{taken} is taken by another door"));
        }
    }
    Ok(())
}

fn storage(config: &Config) -> Result<(), Wrong> {
    let Some(s3) = config.storage.s3() else { return Ok(()) };
    if !is_web(&s3.endpoint) {
        return wrong("storage.s3_endpoint", "it must be an http or https address");
    }
    if s3.bucket.is_empty() {
        return wrong("storage.s3_bucket", "it is needed with storage.s3_endpoint");
    }
    match S3::new(&s3, Arc::new(Client::new(Settings::default()))) {
        Ok(_) => Ok(()),
        Err(reason) => wrong("storage.s3_bucket", reason),
    }
}

fn hooks(config: &Config) -> Result<(), Wrong> {
    for host in &config.hooks.hosts {
        let name = host.strip_prefix("*.").unwrap_or(host);
        if !is_host(name) {
            let reason = format!("{host}: not a host's name like *.api.green-api.com");
            return wrong("hooks.hosts", reason);
        }
    }
    let links = [
        ("hooks.service_link", &config.hooks.service_link),
        ("hooks.order_link", &config.hooks.order_link),
    ];
    for (setting, link) in links {
        if !link.is_empty() && !is_web(&link.replace("{id}", "1")) {
            return wrong(setting, "it must be an http or https address");
        }
    }
    Ok(())
}

fn mail(config: &Config) -> Result<(), Wrong> {
    let mail = &config.mail;
    if mail.host.is_empty() {
        return Ok(());
    }
    let is_address = mail.host.parse::<std::net::IpAddr>().is_ok();
    if !is_address && !is_host(&mail.host) {
        return wrong("mail.host", "it must be the name or the address of a server");
    }
    if mail.port == 0 {
        return wrong("mail.port", "no server listens at port 0");
    }
    match post::connect(mail) {
        Ok(_) => Ok(()),
        Err(error) => wrong("mail.from", format!("{error:#}")),
    }
}

fn is_web(url: &str) -> bool {
    let parsed = url::Url::parse(url).ok();
    parsed.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether it is the name of a host, or its address.
fn is_host(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_label = |part: &str| !part.is_empty() && part.chars().all(is_plain);
    !name.is_empty() && name.split('.').all(is_label)
}
