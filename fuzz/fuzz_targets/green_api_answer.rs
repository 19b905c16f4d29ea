//! A provider's answer: two bytes of status, one of the step, the rest is the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_fuzz::green_api;
use vestnik_model::{content::Content, id::MessageId, phone::Phone, time::Timestamp};
use vestnik_provider::{
    port::{Attempt, Step, Submission},
    wire::Reply,
};

fuzz_target!(|data: &[u8]| {
    let [high, low, step, body @ ..] = data else { return };
    let provider = vestnik_providers::find("green_api").expect("it is built in");
    let account = green_api("");
    let status = 100 + u16::from_be_bytes([*high, *low]) % 500;
    let reply = Reply { status, headers: Vec::new(), body: body.to_vec() };
    let contents = [
        Content::Text("Здравствуйте".to_owned()),
        Content::Image { url: "https://shop.example/a.png".to_owned() },
    ];
    for content in &contents {
        let submission = Submission {
            message: MessageId(1),
            key: 1,
            recipient: Phone::parse("79161234567").expect("a phone number"),
            content,
        };
        let step = Step(*step % 3);
        provider.resume(&account, &submission, step, &reply);
        let now = Timestamp(1_760_000_000_000);
        let attempt = Attempt { submission, started_at: now, now };
        provider.inquired(&account, &attempt, step, &reply);
    }
    provider.checked(&account, &reply);
});
