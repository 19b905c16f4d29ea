//! What a number is, and the steps by which it is registered.

use serde_json::json;

use super::{Answer, Desk, number::Life, refusal::Refusal};
use crate::wire::WireResponse;

/// The code that every number is sent.
const CODE: &str = "123456";

fn view(desk: &Desk<'_>) -> serde_json::Value {
    let number = &desk.number;
    let status = match number.life {
        Life::Connected | Life::Maintenance => "CONNECTED",
        Life::Pending => "PENDING",
        Life::Banned => "BANNED",
    };
    json!({
        "id": &*number.key.account, "display_phone_number": format!("+{}", number.phone),
        "verified_name": "Twin", "quality_rating": "GREEN", "code_verification_status": "VERIFIED",
        "platform_type": "CLOUD_API", "throughput": { "level": "STANDARD" },
        "name_status": "APPROVED", "status": status,
        "webhook_configuration": {
            "phone_number": number.callback, "whatsapp_business_account": desk.waba.callback,
            "application": desk.waba.app_callback,
        },
    })
}

/// `GET /{phone}?fields=`: what is asked for, or the first few fields.
pub(super) fn number(desk: &mut Desk<'_>) -> Answer {
    let all = view(desk);
    let fields = desk.target.get("fields");
    let fields = fields.unwrap_or("verified_name,display_phone_number,quality_rating");
    let mut shown = json!({ "id": all["id"] });
    for field in fields.split(',').map(str::trim) {
        let value = all.get(field);
        let value = value.ok_or_else(|| {
            Refusal::parameter(format!("Tried accessing nonexisting field ({field})"))
        })?;
        shown[field] = value.clone();
        // Callbacks that are not set are left out.
        if let Some(members) = shown[field].as_object_mut() {
            members.retain(|_, member| !member.is_null());
        }
    }
    Ok(WireResponse::json(200, &shown))
}

/// `GET /{waba}/phone_numbers`: the one that was found by it.
pub(super) fn numbers(desk: &mut Desk<'_>) -> Answer {
    let cursors = json!({ "cursors": { "before": "a", "after": "b" } });
    Ok(WireResponse::json(200, &json!({ "data": [view(desk)], "paging": cursors })))
}

/// `request_code`, `verify_code`, `register`, `deregister`.
pub(super) fn step(desk: &mut Desk<'_>, step: &str) -> Answer {
    let body = desk.body()?;
    match step {
        "request_code" if matches!(body["code_method"].as_str(), Some("SMS" | "VOICE")) => {}
        "request_code" => return Err(Refusal::parameter("The parameter code_method is required.")),
        "verify_code" if body["code"] == CODE => {}
        "verify_code" => return Err(Refusal::new(136_025, "")),
        "register" => {
            let pin = body["pin"].as_str().unwrap_or_default();
            if pin.len() != 6 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Refusal::parameter("The parameter pin is required."));
            }
            desk.number.life = Life::Connected;
        }
        "deregister" => desk.number.life = Life::Pending,
        _ => return Err(Refusal::no_object(step)),
    }
    Ok(WireResponse::json(200, &json!({ "success": true })))
}
