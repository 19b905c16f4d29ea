//! A webhook's bytes: never a panic, whatever the provider. The first byte picks it; the first line
//! of the rest is also tried as the secret or signature in a header.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_fuzz::account;
use vestnik_provider::wire::Inbound;

/// Headers that carry a secret or signature somewhere.
const HEADERS: [&str; 5] = [
    "authorization",
    "x-hub-signature-256",
    "x-twilio-signature",
    "x-telegram-bot-api-secret-token",
    "x-max-bot-api-secret",
];

fuzz_target!(|data: &[u8]| {
    let [which, body @ ..] = data else { return };
    let all = vestnik_providers::all();
    let provider = all[usize::from(*which) % all.len()];
    let account = account(provider);
    let url = "https://hub.example.org/in/key";
    let open = Inbound { method: "POST", url, query: "", headers: &[], body };
    provider.receive(&account, &open);
    provider.is_for(&account, &open);
    let line = body.split(|b| *b == b'\n').next().unwrap_or_default();
    if let Ok(value) = std::str::from_utf8(line) {
        let headers = HEADERS.map(|name| (name, value));
        provider.receive(&account, &Inbound { headers: &headers, ..open });
        provider.receive(&account, &Inbound { method: "GET", query: value, ..open });
    }
});
