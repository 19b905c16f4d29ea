//! Calls about the account and about numbers.

use serde_json::{Value, json};

use super::{
    Answer, Desk,
    chat::{Chat, MAX, person_id},
    instance::{Instance, State},
    magic::Fate,
    receive,
    refusal::Refusal,
    send::optional,
};
use crate::{identity::Realm, wire::WireResponse};

/// A picture of one dot: nobody scans a twin's code, the control door does
/// (`PUT /twin/instances/{id}` with `{"state":"authorized"}`).
const QR_PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAA\
                      AgABSK+kcQAAAABJRU5ErkJggg==";

/// `checkWhatsapp`, in its classic and its newer form.
pub(super) fn check_whatsapp(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    if !matches!(desk.instance.state, State::Authorized | State::YellowCard) {
        return Err(not_ready());
    }
    let number = number_to_check(&body)?;
    desk.instance.checks += 1;
    if let Some(total) = desk.instance.checks_max
        && desk.instance.checks > total
    {
        return Err(Refusal::Quota { used: total, total });
    }
    let is_there = desk.stage.phones.has(&number, desk.instance.messenger)
        && Fate::of(&number) != Fate::NoAccount;
    if desk.instance.messenger == MAX {
        // `checkAccount`: the id by which the person is known from now on.
        let id = desk.stage.identities.id(Realm::MaxUser, &number).to_string();
        let id = if is_there { json!(id) } else { Value::Null };
        let answer = json!({ "exist": is_there, "chatId": id, "fromCache": false });
        return Ok(WireResponse::json(200, &answer));
    }
    let mut answer = json!({ "existsWhatsapp": is_there });
    if is_there && body.get("chatId").is_some() {
        answer["chatId"] = json!(format!("{number}@c.us"));
    }
    Ok(WireResponse::json(200, &answer))
}

fn number_to_check(body: &Value) -> Result<String, Refusal> {
    let digits = match (body.get("phoneNumber"), optional(body, "chatId")?) {
        (Some(_), Some(_)) => {
            return Err(Refusal::invalid("exactly one of 'chatId', 'phoneNumber' is needed"));
        }
        (Some(Value::Number(number)), None) => number.to_string(),
        (None, Some(chat)) => chat.split('@').next().unwrap_or("").to_owned(),
        (Some(_), None) => {
            return Err(Refusal::invalid("'phoneNumber' must contain only digits"));
        }
        (None, None) => return Err(Refusal::invalid("'phoneNumber' is required")),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::invalid("'phoneNumber' must contain only digits"));
    }
    if !(11..=16).contains(&digits.len()) {
        return Err(Refusal::Bad("bad phone number, valid from 11 to 16 digits".to_owned()));
    }
    Ok(digits)
}

/// `getAvatar`.
pub(super) fn avatar(desk: &mut Desk<'_>) -> Answer {
    {
        let body = desk.body()?;
        Chat::parse(desk.stage, desk.instance.messenger, &body)?
    };
    Ok(WireResponse::json(200, &json!({ "urlAvatar": "", "available": false })))
}

/// `getContactInfo`.
pub(super) fn contact_info(desk: &mut Desk<'_>) -> Answer {
    let chat = {
        let body = desk.body()?;
        Chat::parse(desk.stage, desk.instance.messenger, &body)?
    };
    let name = desk.stage.phones.get(&chat.number).name;
    Ok(WireResponse::json(
        200,
        &json!({
            "avatar": "", "name": name, "contactName": "", "email": "", "category": "",
            "description": "", "chatId": person_id(desk.stage, desk.instance.messenger, &chat.number),
        }),
    ))
}

/// `readChat`.
pub(super) fn read_chat(desk: &mut Desk<'_>) -> Answer {
    let body = desk.body()?;
    let chat = Chat::parse(desk.stage, desk.instance.messenger, &body)?;
    let id = optional(&body, "idMessage")?;
    receive::read_chat(desk.stage, desk.instance, &chat.number, id);
    Ok(WireResponse::json(200, &json!({ "setRead": true })))
}

/// `getStateInstance`.
pub(super) fn state(desk: &mut Desk<'_>) -> Answer {
    Ok(WireResponse::json(200, &json!({ "stateInstance": desk.instance.state })))
}

/// `getWaSettings`.
pub(super) fn wa_settings(desk: &mut Desk<'_>) -> Answer {
    let instance = &desk.instance;
    let is_in = instance.state != State::NotAuthorized;
    Ok(WireResponse::json(
        200,
        &json!({
            "avatar": "", "phone": if is_in { instance.phone.as_str() } else { "" },
            "stateInstance": instance.state, "deviceId": device_id(instance),
        }),
    ))
}

fn device_id(instance: &Instance) -> String {
    if instance.state == State::NotAuthorized {
        return String::new();
    }
    format!("{}:1@s.whatsapp.net", instance.phone)
}

/// `reboot`.
pub(super) fn reboot(desk: &mut Desk<'_>) -> Answer {
    desk.instance.restart(desk.stage);
    Ok(WireResponse::json(200, &json!({ "isReboot": true })))
}

/// `logout`.
pub(super) fn logout(desk: &mut Desk<'_>) -> Answer {
    desk.instance.check_started()?;
    desk.instance.enter(desk.stage, State::NotAuthorized);
    Ok(WireResponse::json(200, &json!({ "isLogout": true })))
}

/// `qr`.
pub(super) fn qr(desk: &mut Desk<'_>) -> Answer {
    let (kind, message) = match desk.instance.state {
        State::NotAuthorized => ("qrCode", QR_PNG),
        State::Starting => ("error", "instance is starting or not authorized"),
        State::Authorized
        | State::Blocked
        | State::YellowCard
        | State::Expired
        | State::Deleted => ("alreadyLogged", "instance account already authorized"),
    };
    Ok(WireResponse::json(200, &json!({ "type": kind, "message": message })))
}

/// `getAuthorizationCode`.
pub(super) fn authorization_code(desk: &mut Desk<'_>) -> Answer {
    number_to_check(&desk.body()?)?;
    let is_open = desk.instance.state == State::NotAuthorized;
    let code = if is_open { desk.stage.random.hex(8) } else { String::new() };
    Ok(WireResponse::json(200, &json!({ "status": is_open, "code": code })))
}

fn not_ready() -> Refusal {
    Refusal::Bad("instance is starting or not authorized".to_owned())
}
