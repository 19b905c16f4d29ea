//! Chats as the provider names them: by number in WhatsApp, by ids of its own in MAX ("v3").

use serde_json::Value;

use super::{refusal::Refusal, send::required};
use crate::{
    bubble::{Bubble, Status},
    identity::Realm,
    stage::Stage,
};

/// The messenger of WhatsApp instances.
pub const WHATSAPP: &str = "whatsapp";
/// The messenger of MAX instances.
pub const MAX: &str = "max";

/// Whom a message is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chat {
    /// A phone's number, or a group's id at the control door.
    pub(super) number: String,
    pub(super) is_group: bool,
}

impl Chat {
    /// Reads `chatId`: `…@c.us`, `…@g.us` or `…@lid`; in MAX a number `…@c.us` or an id, which is
    /// negative for a group.
    pub(super) fn parse(stage: &mut Stage, messenger: &str, body: &Value) -> Result<Self, Refusal> {
        let text = required(body, "chatId")?;
        if messenger == MAX {
            return Self::parse_max(stage, text);
        }
        let (number, kind) = text.split_once('@').unwrap_or((text, ""));
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        let is_group = kind == "g.us";
        let is_number = digits == number.len() || (is_group && digits + 1 == number.len());
        if !is_number || !(5..=40).contains(&digits) || !["c.us", "g.us", "lid"].contains(&kind) {
            return Err(Refusal::invalid(
                "'chatId' must be one of the next formats: phone_number@c.us or group_id@g.us",
            ));
        }
        Ok(Self { number: number.to_owned(), is_group })
    }

    fn parse_max(stage: &mut Stage, text: &str) -> Result<Self, Refusal> {
        let refusal = || {
            Refusal::invalid(
                "'chatId' must be one of the next formats: 'phone_number@c.us' or 'chatId'",
            )
        };
        if let Some(number) = text.strip_suffix("@c.us") {
            let is_number = number.bytes().all(|b| b.is_ascii_digit());
            if !is_number || !(5..=20).contains(&number.len()) {
                return Err(refusal());
            }
            // From now on the person is known by the id, too.
            stage.identities.id(Realm::MaxUser, number);
            return Ok(Self { number: number.to_owned(), is_group: false });
        }
        let id: i64 = text.parse().map_err(|_| refusal())?;
        let found = if id < 0 {
            stage.identities.find(Realm::MaxChat, -id).map(|name| (name.to_owned(), true))
        } else {
            stage.identities.find(Realm::MaxUser, id).map(|name| (name.to_owned(), false))
        };
        // Nobody has that id: the message is taken and fails later.
        let (number, is_group) = found.unwrap_or_else(|| (text.to_owned(), id < 0));
        Ok(Self { number, is_group })
    }
}

/// The id of a person with that number.
pub(super) fn person_id(stage: &Stage, messenger: &str, number: &str) -> String {
    if messenger == MAX {
        stage.identities.peek(Realm::MaxUser, number).to_string()
    } else {
        format!("{number}@c.us")
    }
}

/// The chat's id of a bubble.
pub(super) fn chat_id(stage: &Stage, bubble: &Bubble) -> String {
    let is_group = bubble.group.is_some() || bubble.status == Status::NotInGroup;
    match (bubble.messenger, is_group) {
        (MAX, true) => format!("-{}", stage.identities.peek(Realm::MaxChat, &bubble.phone)),
        (_, true) => format!("{}@g.us", bubble.phone),
        (messenger, false) => person_id(stage, messenger, &bubble.phone),
    }
}

/// Who wrote a bubble.
pub(super) fn writer_id(stage: &Stage, bubble: &Bubble) -> String {
    person_id(stage, bubble.messenger, &bubble.from)
}
