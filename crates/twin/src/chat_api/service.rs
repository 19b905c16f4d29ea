//! Calls about the instance itself.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::{
    Answer, Desk,
    instance::{Instance, State},
    refusal::Refusal,
};
use crate::wire::WireResponse;

/// A picture of one dot: nobody scans a twin's code, the control door does
/// (`PUT /twin/accounts/chat_api/{id}` with `{"state":"authenticated"}`).
const QR_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAA\
                      AgABSK+kcQAAAABJRU5ErkJggg==";

/// `status`: wakes the instance unless `no_wakeup`.
pub(super) fn status(desk: &mut Desk<'_>) -> Answer {
    let is_quiet = desk.address.target.get("no_wakeup") == Some("true");
    let mut answer = json!({ "accountStatus": desk.instance.state });
    if desk.instance.state == State::GotQrCode {
        answer["qrCode"] = json!(format!("data:image/png;base64,{QR_PNG}"));
    }
    if desk.address.target.get("full") == Some("true") {
        answer["statusData"] = status_data(desk.instance);
    }
    if desk.instance.state == State::Init && !is_quiet {
        desk.instance.restart(desk.stage);
    }
    Ok(WireResponse::json(200, &answer))
}

fn status_data(instance: &Instance) -> Value {
    let reason = if instance.state == State::Loading { instance.reason.as_str() } else { "" };
    let substatus = match instance.state {
        State::Authenticated => "normal",
        State::GotQrCode => "pairing",
        State::Init | State::Loading | State::NotPaid => "loading",
    };
    json!({
        "substatus": substatus, "title": "", "msg": "", "submsg": "", "reason": reason,
        "actions": { "logout": { "act": "logout", "label": "Log out" } },
    })
}

/// `qr_code`.
pub(super) fn qr_code(desk: &mut Desk<'_>) -> Answer {
    if desk.instance.state != State::GotQrCode {
        return Err(Refusal::Error("QR code is not available".to_owned()));
    }
    let png = BASE64.decode(QR_PNG.as_bytes()).unwrap_or_default();
    Ok(WireResponse::bytes(200, "image/png", &png))
}

/// `me`.
pub(super) fn me(desk: &mut Desk<'_>) -> Answer {
    let id = format!("{}@c.us", desk.instance.phone);
    let answer = json!({
        "id": id, "battery": "100", "locale": "ru", "name": "Company", "wa_version": "2.22.1",
        "device": { "os_version": "11", "manufacturer": "Twin", "model": "One" },
    });
    Ok(WireResponse::json(200, &answer))
}

/// `outputIP`.
pub(super) fn output_ip(_: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(200, &json!({ "address": "192.0.2.7" })))
}

/// `reboot`.
pub(super) fn reboot(desk: &mut Desk<'_>) -> Answer {
    desk.instance.restart(desk.stage);
    Ok(WireResponse::json(200, &json!({ "success": true, "result": "Reboot was requested" })))
}

/// `logout`.
pub(super) fn logout(desk: &mut Desk<'_>) -> Answer {
    desk.instance.enter(desk.stage, State::GotQrCode);
    said("Logout request sent to WhatsApp")
}

/// `expiry`: a new code.
pub(super) fn expiry(desk: &mut Desk<'_>) -> Answer {
    if desk.instance.state == State::GotQrCode {
        return said("Expiry request sent to WhatsApp");
    }
    said("Expiry request was not sent, because the substatus is not expired")
}

/// `retry`.
pub(super) fn retry(desk: &mut Desk<'_>) -> Answer {
    unless_it_loads(desk, "syncing", "Retry")
}

/// `takeover`.
pub(super) fn takeover(desk: &mut Desk<'_>) -> Answer {
    unless_it_loads(desk, "conflict", "Takeover")
}

fn unless_it_loads(desk: &mut Desk<'_>, reason: &str, name: &str) -> Answer {
    if desk.instance.state == State::Loading && desk.instance.reason == reason {
        desk.instance.restart(desk.stage);
        return said(&format!("{name} request sent to WhatsApp"));
    }
    said(&format!("{name} request was not sent, because the reason is not {reason}"))
}

fn said(sentence: &str) -> Answer {
    Ok(WireResponse::json(200, &json!({ "accountStatus": sentence })))
}
