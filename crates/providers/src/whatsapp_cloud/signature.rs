//! `X-Hub-Signature-256`: HMAC-SHA256 with the app secret over the very bytes of the body.

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether the header signs the body. Without a secret nothing is authentic: Meta always signs.
pub(super) fn is_authentic(secret: &str, header: Option<&str>, body: &[u8]) -> bool {
    if secret.is_empty() {
        return false;
    }
    let given = header.and_then(|header| header.trim().strip_prefix("sha256="));
    let given = given.and_then(|hex| HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok());
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(body);
    // Compared in constant time.
    given.is_some_and(|given| mac.verify_slice(&given).is_ok())
}
