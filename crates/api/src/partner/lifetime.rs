//! `ttl` and `ttlUnit`.

use super::{
    content::{DraftLink, Kind},
    error::Refusal,
};
use vestnik_model::{
    limits::{TTL_MAX, TTL_MIN},
    time::Millis,
};
use vestnik_store::partner::PartnerSettings;

/// The lifetimes of a single (or last) WhatsApp message: whole days, in minutes.
const WHOLE_DAYS: [i64; 7] = [1440, 2880, 4320, 5760, 7200, 8640, 10_080];

/// A link's lifetime: the partner's default if the call gives none (or zero), else as given, within
/// what its type and place allow.
pub(super) fn of(
    link: &DraftLink,
    is_last: bool,
    settings: &PartnerSettings,
) -> Result<Millis, Refusal> {
    let given = link.ttl.unwrap_or(0);
    if given == 0 {
        return Ok(settings.ttl);
    }
    let unit = match link.unit.as_deref() {
        Some("SECONDS") => 1_000,
        Some("HOURS") => 3_600_000,
        Some(_) | None => 60_000,
    };
    let name = link.kind.name();
    let wrong = |range: &str| Refusal::Ttl(format!("ttl of {name} must be {range}."));
    let ttl = Millis(given.checked_mul(unit).ok_or_else(|| wrong("smaller"))?);
    let within = |min: Millis, max: Millis| (min..=max).contains(&ttl);
    match (link.kind, is_last) {
        (Kind::Whatsapp, true) if !settings.any_ttl => {
            let is_whole = ttl.0 % 60_000 == 0 && WHOLE_DAYS.contains(&(ttl.0 / 60_000));
            if !is_whole {
                let days = "1440, 2880, 4320, 5760, 7200, 8640 or 10080 minutes";
                return Err(wrong(days).passing());
            }
        }
        (Kind::Telegram | Kind::Viber | Kind::Push | Kind::CardsMobile, true)
            if !within(Millis::seconds(30), Millis::seconds(86_400)) =>
        {
            return Err(wrong("30 to 86400 seconds"));
        }
        (Kind::Vk, true) if !within(Millis::seconds(60), Millis::seconds(86_400)) => {
            return Err(wrong("60 to 86400 seconds"));
        }
        (Kind::Sms, true) if !within(Millis::minutes(1), Millis::minutes(2880)) => {
            return Err(wrong("1 to 2880 minutes"));
        }
        (Kind::FlashingCall, _) if !within(Millis::minutes(1), Millis::minutes(5)) => {
            return Err(wrong("1 to 5 minutes"));
        }
        _ if !within(TTL_MIN, TTL_MAX) => return Err(wrong("1 second to 10080 minutes")),
        _ => {}
    }
    Ok(ttl)
}
