//! The request of a send.

use super::call;
use serde_json::{Value, json};
use vestnik_model::{
    account::Account,
    content::{Button, ButtonAction, Content},
    outcome::Reason,
};
use vestnik_provider::{
    port::{Submission, To},
    wire::Request,
};

/// Most buttons inside of a message.
pub(super) const BUTTONS_MAX: usize = 10;
/// Most rows of them.
const ROWS_MAX: usize = 6;
const LABEL_CHARS_MAX: usize = 40;
const PAYLOAD_CHARS_MAX: usize = 255;
/// The member that carries what we put behind a button: payloads have to be JSON.
pub(super) const PAYLOAD_MEMBER: &str = "p";

/// What can't be sent, and why.
pub(super) type Trouble = (Reason, &'static str);

/// The recipient's peer.
pub(super) fn peer<'a>(submission: &Submission<'a>) -> Result<&'a str, Trouble> {
    match submission.to {
        To::Phone(_) => Err((Reason::NoAddress, "a community can't write to a number")),
        To::Person(id) | To::Group(id) => Ok(id),
    }
}

/// A number that is the same for every attempt of a part: positive, 31 bits, never 0, which
/// would switch off the dropping of repeats.
pub(super) fn random_id(key: u64) -> u64 {
    // Keys that lie close together must not end up the same.
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33).max(1)
}

/// The request; `attachment` is what was saved, or empty. The error says what can't be sent.
pub(super) fn request(
    account: &Account,
    submission: &Submission<'_>,
    attachment: &str,
) -> Result<Request, Trouble> {
    let peer = peer(submission)?;
    let random_id = random_id(submission.key).to_string();
    // Only this way the answer has the number within the peer.
    let mut fields = vec![("peer_ids", peer), ("random_id", random_id.as_str())];
    let forward = submission.quote.and_then(|quote| forward(peer, quote));
    if let Some(forward) = &forward {
        fields.push(("forward", forward));
    }
    let keyboard;
    match submission.content {
        // Communities have no marks.
        content @ (Content::Text(_) | Content::Marked(_)) => {
            fields.push(("message", content.as_text()));
        }
        Content::Choice { text, buttons } => {
            keyboard = of_buttons(buttons)?.to_string();
            fields.push(("message", text));
            fields.push(("keyboard", &keyboard));
        }
        Content::File(file) => {
            if !file.caption.is_empty() {
                fields.push(("message", &file.caption));
            }
            fields.push(("attachment", attachment));
        }
        Content::Template(_) => return Err((Reason::Malformed, "VK has no templates")),
    }
    Ok(call(account, "vk.messages_send", "messages.send", &fields))
}

/// A quote is a forward within the same peer.
fn forward(peer: &str, quote: &str) -> Option<String> {
    let id = match quote.rsplit_once(':') {
        Some((of, id)) if of == peer => id,
        Some(_) => return None,
        None => quote,
    };
    let id: i64 = id.parse().ok()?;
    let peer: i64 = peer.parse().ok()?;
    let forward = json!({ "peer_id": peer, "conversation_message_ids": [id], "is_reply": 1 });
    Some(forward.to_string())
}

/// Buttons inside of the message: one in a row, two if there are many.
fn of_buttons(buttons: &[Button]) -> Result<Value, Trouble> {
    let malformed = |detail| Err((Reason::Malformed, detail));
    if buttons.is_empty() || buttons.len() > BUTTONS_MAX {
        return malformed("there are no buttons, or more than ten");
    }
    let mut keys = Vec::with_capacity(buttons.len());
    for Button { title, action } in buttons {
        if title.trim().is_empty() {
            return malformed("a button is empty");
        }
        let label = cut(title);
        keys.push(match action {
            ButtonAction::Reply(data) => {
                let payload = json!({ PAYLOAD_MEMBER: data }).to_string();
                if data.is_empty() || payload.chars().count() > PAYLOAD_CHARS_MAX {
                    return malformed("what a button carries is empty or too long");
                }
                json!({ "action": { "type": "text", "label": label, "payload": payload } })
            }
            ButtonAction::Open(url) => {
                json!({ "action": { "type": "open_link", "label": label, "link": url } })
            }
            ButtonAction::ShareContact => return malformed("VK can't ask for contacts"),
        });
    }
    let columns = keys.len().div_ceil(ROWS_MAX);
    let rows: Vec<&[Value]> = keys.chunks(columns).collect();
    Ok(json!({ "inline": true, "buttons": rows }))
}

fn cut(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARS_MAX {
        return label.to_owned();
    }
    let mut short: String = label.chars().take(LABEL_CHARS_MAX - 1).collect();
    short.push('…');
    short
}
