//! The partner's call, and what identifies a message in everything that follows from it.

use std::io::Write;

use memchr::{memchr, memmem};

use crate::wire::{number, write_post};

/// Where partners call.
pub const PATH: &str = "/partner/v6/message";
/// The partner's login and password.
pub const PARTNER: &str = "bench";

/// Whether a message may go at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Hold {
    /// It may.
    None,
    /// Its schedule opens on another day.
    Schedule,
}

/// The recipient of a message: everybody has their own.
pub fn recipient(n: u64) -> u64 {
    79_000_000_000 + n % 1_000_000_000
}

/// The text of a message: about 120 characters with its number.
pub fn text(n: u64) -> String {
    format!(
        "Здравствуйте! Ваша запись подтверждена: 21 ноября, 14:30, кабинет 12. Если планы \
         изменятся, ответьте на это сообщение. #{n:07}#"
    )
}

/// The number in a text, wherever the text is.
pub fn number_in_text(body: &[u8]) -> Option<u64> {
    let at = memchr(b'#', body)?;
    Some(number(&body[at + 1..]))
}

/// The number in the partner's own id, wherever that is.
pub fn number_in_id(body: &[u8]) -> Option<u64> {
    let at = memmem::find(body, b"\"b-")?;
    Some(number(&body[at + 3..]))
}

/// Writes the whole request.
pub fn write(out: &mut Vec<u8>, body: &mut Vec<u8>, sender: &str, n: u64, hold: Hold) {
    body.clear();
    write!(
        body,
        "{{\"login\":\"{PARTNER}\",\"password\":\"{PARTNER}\",\"id\":\"b-{n}\",\
         \"destAddr\":\"{}\",\"registeredDelivery\":1,",
        recipient(n),
    )
    .expect("writing to memory does not fail");
    match hold {
        Hold::None => {}
        Hold::Schedule => body.extend_from_slice(closed_schedule().as_bytes()),
    }
    write!(
        body,
        "\"message\":{{\"type\":\"WHATSAPP\",\"data\":{{\"instantContent\":{{\"type\":\"TEXT\",\
         \"data\":{{\"text\":\"{}\"}}}},\"serviceNumber\":\"{sender}\",\"ttl\":10080}}}}}}",
        text(n),
    )
    .expect("writing to memory does not fail");
    out.clear();
    write_post(out, PATH, "", body);
}

/// A schedule of the one weekday that was the day before yesterday at UTC+3: shut for days.
fn closed_schedule() -> String {
    let now = std::time::SystemTime::now();
    let seconds = now.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // The first of January 1970 was the fourth day of a week.
    let today = ((seconds + 3 * 3600) / 86_400 + 3) % 7;
    format!("\"scheduleInfo\":{{\"weekdaysSchedule\":\"{}\"}},", (today + 5) % 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_its_number() {
        let (mut out, mut body) = (Vec::new(), Vec::new());
        write(&mut out, &mut body, "BENCH", 12_345, Hold::Schedule);
        assert_eq!(number_in_text(&body), Some(12_345));
        assert_eq!(number_in_id(&body), Some(12_345));
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(json["destAddr"], "79000012345");
        let text = &json["message"]["data"]["instantContent"]["data"]["text"];
        let length = text.as_str().unwrap().chars().count();
        assert!((110..=150).contains(&length), "{length}");
    }
}
