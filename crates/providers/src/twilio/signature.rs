//! `X-Twilio-Signature`: HMAC-SHA1 with the auth token over the address and the sorted parameters,
//! in Base64. What is no form is signed by its address, which then holds the body's SHA-256.

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use vestnik_provider::wire::{Inbound, decode_form};

/// Whether a webhook is Twilio's. Without a token nothing is authentic: Twilio always signs.
pub(super) fn is_authentic(token: &str, inbound: &Inbound<'_>) -> bool {
    let Some(given) = inbound.header("x-twilio-signature") else { return false };
    let Ok(given) = BASE64.decode(given.trim().as_bytes()) else { return false };
    if token.is_empty() {
        return false;
    }
    let kind = inbound.header("content-type").unwrap_or_default();
    let is_form = kind.is_empty() || kind.starts_with("application/x-www-form-urlencoded");
    let pairs = if is_form { sorted(inbound.body) } else { Vec::new() };
    let is_body_fine = is_form || is_body(inbound);
    // The port may be left out or added on the way: the official validators allow both.
    let is_signed = spellings(inbound.url).iter().fold(false, |found, url| {
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.as_bytes()) else { return false };
        mac.update(url.as_bytes());
        if !inbound.query.is_empty() {
            mac.update(b"?");
            mac.update(inbound.query.as_bytes());
        }
        for (name, value) in &pairs {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
        // Compared in constant time; each spelling is, so that the time does not tell which.
        found | mac.verify_slice(&given).is_ok()
    });
    is_signed && is_body_fine
}

/// The parameters by name and value, each pair once.
fn sorted(body: &[u8]) -> Vec<(String, String)> {
    let mut pairs = decode_form(body);
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Whether the query's hash is that of the body.
fn is_body(inbound: &Inbound<'_>) -> bool {
    let pairs = decode_form(inbound.query.as_bytes());
    let told = pairs.iter().find(|(name, _)| name == "bodySHA256");
    let told = told.map_or("", |(_, value)| value.as_str());
    let own = HEXLOWER.encode(&Sha256::digest(inbound.body));
    bool::from(own.as_bytes().ct_eq(told.to_ascii_lowercase().as_bytes()))
}

/// The address as it is, without its standard port, and with it.
fn spellings(url: &str) -> Vec<String> {
    let mut found = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return found };
    let port = if scheme == "https" { ":443" } else { ":80" };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if let Some(bare) = host.strip_suffix(port) {
        found.push(format!("{scheme}://{bare}{path}"));
    } else if !host.contains(':') {
        found.push(format!("{scheme}://{host}{port}{path}"));
    }
    found
}
