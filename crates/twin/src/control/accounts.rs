//! `/twin/accounts/{provider}/{id}`; `/twin/instances/{id}` is the same for Green-API alone.

use serde_json::{Value, json};

use super::{Answer, bad, body};
use crate::{
    Twin, green_api,
    wire::{WireRequest, WireResponse},
};

/// All accounts of all providers.
pub(super) fn all(twin: &Twin) -> Vec<Value> {
    twin.personas().flat_map(|persona| persona.accounts(&twin.stage)).collect()
}

/// Answers a request to either path.
pub(super) fn answer(twin: &mut Twin, request: &WireRequest, parts: &[&str]) -> Answer {
    match (request.method.as_str(), parts) {
        ("GET", ["accounts"]) => Ok(WireResponse::json(200, &json!(all(twin)))),
        ("GET", ["accounts", provider]) => list(twin, provider),
        ("GET", ["instances"]) => list(twin, green_api::NAME),
        ("GET", ["accounts", provider, id]) => view(twin, provider, id),
        ("GET", ["instances", id]) => view(twin, green_api::NAME, id),
        ("PUT", ["accounts", provider, id]) => change(twin, provider, id, request),
        ("PUT", ["instances", id]) => change(twin, green_api::NAME, id, request),
        _ => Err((404, "no such control call".to_owned())),
    }
}

fn list(twin: &Twin, provider: &str) -> Answer {
    let Some(persona) = twin.personas().find(|persona| persona.name() == provider) else {
        return Err((404, format!("unknown provider '{provider}'")));
    };
    Ok(WireResponse::json(200, &json!(persona.accounts(&twin.stage))))
}

fn view(twin: &Twin, provider: &str, id: &str) -> Answer {
    let is_wanted = |account: &Value| account["id"] == id && account["provider"] == provider;
    match all(twin).into_iter().find(is_wanted) {
        Some(account) => Ok(WireResponse::json(200, &account)),
        None => Err((404, format!("no {provider} account '{id}'"))),
    }
}

fn change(twin: &mut Twin, provider: &str, id: &str, request: &WireRequest) -> Answer {
    let change: Value = body(request)?;
    if !change.is_object() {
        return Err((400, "expected a JSON object".to_owned()));
    }
    twin.change_account(provider, id, &change).map_err(bad)?;
    view(twin, provider, id)
}
