//! A webhook's bytes: never a panic, and never a word without the token.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_fuzz::green_api;
use vestnik_provider::{port::Reception, wire::Inbound};

fuzz_target!(|data: &[u8]| {
    let provider = vestnik_providers::find("green_api").expect("it is built in");
    let open = Inbound { method: "POST", query: "", headers: &[], body: data };
    assert!(!matches!(provider.receive(&green_api(""), &open), Reception::Forged));
    let account = green_api("token-of-webhooks");
    assert!(matches!(provider.receive(&account, &open), Reception::Forged));
    // The first line as the header: only the token itself opens the door.
    let line = data.split(|b| *b == b'\n').next().unwrap_or_default();
    if let Ok(header) = std::str::from_utf8(line) {
        let headers = [("authorization", header)];
        let inbound = Inbound { headers: &headers, ..open };
        provider.receive(&account, &inbound);
    }
});
