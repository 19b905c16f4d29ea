//! Taking secrets out of what we write down.

use vestnik_model::{
    account::Account,
    limits::{EXCHANGE_BYTES_MAX, clip},
};

use crate::descriptor::Descriptor;

/// Shortest secret that is looked for: shorter ones would redact ordinary words.
const SECRET_BYTES_MIN: usize = 4;

/// The text with every secret setting of the account replaced by `***`, cut to what the journal
/// keeps.
#[must_use]
pub fn redact(text: &str, descriptor: &Descriptor, account: &Account) -> String {
    let mut out = clip(text, EXCHANGE_BYTES_MAX).to_owned();
    for setting in descriptor.settings.iter().filter(|s| s.secret) {
        let secret = account.setting(setting.name);
        if secret.len() >= SECRET_BYTES_MIN && out.contains(secret) {
            out = out.replace(secret, "***");
        }
    }
    out
}
