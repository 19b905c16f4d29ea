//! The key by which the same event, posted twice, is known: sources give no event id.

use crate::event::{Event, Participant};
use vestnik_model::id::hash64;

/// A stable hash of what makes a message the same: hook, case, version, participant, start and
/// occasion (a rule's name; empty for hooks whose address holds everything). Without a case id or a
/// version what was posted stands for them: a system that knows no versions may have changed
/// anything. Without an id of their own a participant is who can be called under their number.
#[must_use]
pub fn key(hook: u64, event: &Event, participant: Option<&Participant>, occasion: &str) -> u64 {
    let mut fields = Fields::default();
    fields.push(&hook.to_le_bytes());
    if event.case.id.is_empty() || event.case.version == 0 {
        fields.push(event.payload.to_string().as_bytes());
    }
    if !event.case.id.is_empty() {
        fields.push(event.case.id.as_bytes());
        fields.push(&event.case.version.to_le_bytes());
        fields.push(&event.case.starts_at.map_or(0, |at| at.0).to_le_bytes());
    }
    fields.push(participant.map_or("", who).as_bytes());
    fields.push(occasion.as_bytes());
    hash64(&fields.bytes)
}

fn who(participant: &Participant) -> &str {
    match participant.id.is_empty() {
        true => participant.phones().next().unwrap_or_default(),
        false => &participant.id,
    }
}

/// Fields with their lengths in front, so that borders count.
#[derive(Default)]
struct Fields {
    bytes: Vec<u8>,
}

impl Fields {
    fn push(&mut self, field: &[u8]) {
        self.bytes.extend_from_slice(&(field.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{self, Mapping};
    use vestnik_model::time::Millis;

    fn sample() -> Event {
        let source = source::find("torrow").unwrap();
        source.translate(&Mapping::default(), source.sample().as_bytes()).unwrap()
    }

    #[test]
    fn the_same_is_the_same() {
        let event = sample();
        let someone = event.participants.first();
        assert_eq!(key(1, &event, someone, ""), key(1, &sample(), someone, ""));
        assert_eq!(key(1, &event, someone, ""), 6_674_606_684_034_244_177, "it is written to disk");
    }

    #[test]
    fn whatever_makes_another_message_makes_another_key() {
        let event = sample();
        let someone = event.participants.first();
        let first = key(1, &event, someone, "");
        let changed = |change: fn(&mut Event)| {
            let mut event = sample();
            change(&mut event);
            key(1, &event, event.participants.first(), "")
        };
        let moved = |event: &mut Event| {
            event.case.starts_at = event.case.starts_at.map(|at| at + Millis::hours(1));
        };
        for other in [
            key(2, &event, someone, ""),
            key(1, &event, None, ""),
            key(1, &event, someone, "reminder"),
            changed(|event| event.case.id = "x".to_owned()),
            changed(|event| event.case.version += 1),
            changed(|event| event.participants[0].id = "x".to_owned()),
            changed(moved),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(first, changed(|event| event.payload = serde_json::Value::Null));
    }

    #[test]
    fn without_an_id_the_body_counts() {
        let with = |without: fn(&mut Event), payload: &str| {
            let mut event = sample();
            without(&mut event);
            event.payload = payload.into();
            key(1, &event, None, "")
        };
        let without: [fn(&mut Event); 2] =
            [|event| event.case.id.clear(), |event| event.case.version = 0];
        for without in without {
            assert_eq!(with(without, "a"), with(without, "a"));
            assert_ne!(with(without, "a"), with(without, "b"));
        }
    }

    #[test]
    fn without_an_id_of_theirs_people_are_told_apart_by_their_numbers() {
        let event = sample();
        let with = |phone: &str| {
            let mut someone = event.participants[0].clone();
            someone.id.clear();
            for field in &mut someone.fields {
                field.value = phone.to_owned();
            }
            key(1, &event, Some(&someone), "")
        };
        assert_eq!(with("79001234567"), with("79001234567"));
        assert_ne!(with("79001234567"), with("79001234568"));
    }
}
