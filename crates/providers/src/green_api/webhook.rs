//! What the provider tells us by itself.

use super::{answer::state_of, message};
use data_encoding::BASE64;
use serde::Deserialize;
use subtle::ConstantTimeEq;
use vestnik_model::{
    account::Account,
    limits::{DETAIL_BYTES_MAX, clip},
    outcome::{Blame, Failure, Reason, ReceiptKind},
    time::Timestamp,
};
use vestnik_provider::{
    port::{Reception, Word},
    wire::Inbound,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    type_webhook: String,
    #[serde(default)]
    timestamp: i64,
    id_message: Option<String>,
    status: Option<String>,
    description: Option<String>,
    state_instance: Option<String>,
    sender_data: Option<message::Sender>,
    message_data: Option<message::Data>,
    instance_data: Option<InstanceData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InstanceData {
    id_instance: Option<u64>,
}

pub(super) fn receive(account: &Account, inbound: &Inbound<'_>) -> Reception {
    if !is_authentic(account.setting("webhook_token"), inbound.header("authorization")) {
        return Reception::Forged;
    }
    let webhook: Webhook = match serde_json::from_slice(inbound.body) {
        Ok(webhook) => webhook,
        Err(error) => return Reception::Unreadable { detail: error.to_string() },
    };
    let instance = webhook.instance_data.as_ref().and_then(|i| i.id_instance);
    if instance.is_some_and(|id| id.to_string() != account.setting("id_instance")) {
        return Reception::Unreadable { detail: "it speaks of another instance".to_owned() };
    }
    let at = (webhook.timestamp > 0).then(|| Timestamp(webhook.timestamp.saturating_mul(1000)));
    let word = match webhook.type_webhook.as_str() {
        "outgoingMessageStatus" => match status(webhook) {
            Ok((remote_id, Some(kind))) => Word::Receipt { remote_id, kind, at },
            Ok((_, None)) => Word::Nothing,
            Err(detail) => return Reception::Unreadable { detail },
        },
        kind @ ("incomingMessageReceived" | "outgoingMessageReceived") => {
            let is_own = kind == "outgoingMessageReceived";
            let (sender, data) = (webhook.sender_data, webhook.message_data);
            match message::word(webhook.id_message, is_own, at, sender, data) {
                Ok(word) => word,
                Err(detail) => return Reception::Unreadable { detail },
            }
        }
        "stateInstanceChanged" => match webhook.state_instance {
            Some(state) => Word::Account(state_of(&state)),
            None => return Reception::Unreadable { detail: "stateInstance is missing".to_owned() },
        },
        // Types we don't know are to be answered 200 and ignored.
        _ => Word::Nothing,
    };
    Reception::Understood(vec![word])
}

fn status(webhook: Webhook) -> Result<(String, Option<ReceiptKind>), String> {
    let id = webhook.id_message.filter(|id| !id.is_empty());
    let remote_id = id.ok_or_else(|| "idMessage is missing".to_owned())?;
    let status = webhook.status.ok_or_else(|| "status is missing".to_owned())?;
    Ok((remote_id, receipt_kind(&status, webhook.description.as_deref())))
}

/// What a status means, in webhooks and in the journal.
pub(super) fn receipt_kind(status: &str, description: Option<&str>) -> Option<ReceiptKind> {
    let failed = |blame, reason| {
        let words = description.filter(|d| !d.is_empty()).unwrap_or(status);
        let detail = clip(words, DETAIL_BYTES_MAX).to_owned();
        Some(ReceiptKind::Failed(Failure { blame, reason, detail }))
    };
    match status {
        "sent" => Some(ReceiptKind::Sent),
        "delivered" => Some(ReceiptKind::Delivered),
        "read" => Some(ReceiptKind::Read),
        "failed" | "fail" => failed(Blame::Provider, Reason::ProviderError),
        "noAccount" => failed(Blame::Recipient, Reason::NoAccount),
        "notInGroup" => failed(Blame::Sender, Reason::Barred),
        "yellowCard" => failed(Blame::Account, Reason::AccountBlocked),
        // "pending" and whatever may come: nothing new.
        _ => None,
    }
}

/// Whether the `Authorization` header carries the token, in any of the forms it may come in: bare,
/// after a scheme, or after a scheme in Base64. Without a token the address itself is the secret.
fn is_authentic(token: &str, header: Option<&str>) -> bool {
    if token.is_empty() {
        return true;
    }
    let Some(header) = header else { return false };
    let bare = header.trim();
    let after = bare.split_once(' ').map_or("", |(_, rest)| rest.trim());
    let decoded = BASE64.decode(after.as_bytes()).unwrap_or_default();
    let decoded_pair =
        decoded.iter().position(|b| *b == b':').map_or(&[][..], |i| &decoded[i + 1..]);
    let candidates = [bare.as_bytes(), after.as_bytes(), &decoded, decoded_pair];
    // Every candidate is compared, so that the time does not tell which form was close.
    candidates.iter().fold(false, |found, c| found | bool::from(c.ct_eq(token.as_bytes())))
}
