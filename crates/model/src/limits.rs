//! Every bound of the product that more than one crate must know, in one place.

use crate::time::Millis;

/// Longest body of a partner's call, bytes. A thousand characters of text with all members fit
/// many times over.
pub const PARTNER_BODY_BYTES_MAX: usize = 256 * 1024;
/// Longest body of a provider's webhook, bytes: Wappi's hold a file of 16 MiB in Base64.
pub const WEBHOOK_BODY_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Longest answer of a provider or a report's receiver that we read, bytes.
pub const REPLY_BODY_BYTES_MAX: usize = 1024 * 1024;
/// Largest file we carry either way, bytes. What a messenger takes may be less.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Parts that one content may be divided into: a text longer than that is refused.
pub const PARTS_MAX: usize = 16;
/// Longest partner's own id, characters.
pub const PARTNER_ID_CHARS_MAX: usize = 50;
/// Longest `notifyUrl`, characters.
pub const NOTIFY_URL_CHARS_MAX: usize = 2048;
/// Longest address of a picture, characters.
pub const IMAGE_URL_CHARS_MAX: usize = 2048;
/// Longest `extraParam`, characters.
pub const EXTRA_PARAM_CHARS_MAX: usize = 4096;
/// Longest sender name, characters.
pub const SENDER_CHARS_MAX: usize = 64;
/// Default for the most links of a cascade (configurable).
pub const CASCADE_LINKS_MAX: usize = 10;
/// Longest lifetime of a link: seven days.
pub const TTL_MAX: Millis = Millis::minutes(10_080);
/// Shortest lifetime of a link that another follows.
pub const TTL_MIN: Millis = Millis::seconds(1);
/// Lifetime of a link if neither the call nor the account gives one: one day.
pub const TTL_DEFAULT: Millis = Millis::minutes(1440);
/// Default for a partner's calls under way at once.
pub const PARTNER_CONCURRENCY_DEFAULT: u32 = 2048;
/// How long content duplicates are remembered, if their control is on.
pub const DUPLICATE_WINDOW: Millis = Millis::hours(24);

/// Default for an account's attempts under way at once.
pub const IN_FLIGHT_DEFAULT: u16 = 256;
/// Tries to submit one part before its link fails, whatever its lifetime.
pub const ATTEMPTS_MAX: u32 = 50;
/// First pause after a deferred attempt.
pub const BACKOFF_FIRST: Millis = Millis::seconds(1);
/// Longest pause after a deferred attempt.
pub const BACKOFF_MAX: Millis = Millis::minutes(5);
/// A provider's `Retry-After` is believed up to this.
pub const RETRY_AFTER_MAX: Millis = Millis::hours(6);
/// How long a provider call may take as a whole.
pub const SUBMIT_TIMEOUT: Millis = Millis::seconds(30);
/// Pauses before the journal is asked what became of an unknown attempt.
pub const RECONCILE_PAUSES: [Millis; 5] = [
    Millis::seconds(5),
    Millis::seconds(30),
    Millis::minutes(2),
    Millis::minutes(10),
    Millis::minutes(60),
];

/// How long the receiver of a report may take.
pub const REPORT_TIMEOUT: Millis = Millis::seconds(10);
/// The first tries of a report are this far apart …
pub const REPORT_RETRY_FIRST: Millis = Millis::seconds(60);
/// … for so many tries; then the pause doubles …
pub const REPORT_RETRIES_FIRST: u32 = 5;
/// … until the report is this old, when it is exhausted.
pub const REPORT_AGE_MAX: Millis = Millis::hours(24);
/// Longest pause between two tries of a report.
pub const REPORT_PAUSE_MAX: Millis = Millis::hours(4);

/// How long an early receipt waits for our own write.
pub const PARKED_AGE_MAX: Millis = Millis::hours(1);
/// How many early receipts are parked per account.
pub const PARKED_PER_ACCOUNT_MAX: i64 = 100_000;
/// How long a bubble stays known by its provider's id after its link's end.
pub const MATCH_AFTER_FINAL: Millis = Millis::hours(72);
/// Longest provider's words kept with a failure, bytes.
pub const DETAIL_BYTES_MAX: usize = 300;
/// Longest redacted exchange kept in the journal, bytes.
pub const EXCHANGE_BYTES_MAX: usize = 8 * 1024;

/// Cuts a text to at most `max` bytes on a character border.
#[must_use]
pub fn clip(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
