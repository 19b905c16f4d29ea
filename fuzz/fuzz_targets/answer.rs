//! A provider's answer: a byte that picks the provider, two of status, one of the step; the rest is
//! the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vestnik_fuzz::account;
use vestnik_model::{content::Content, id::MessageId, phone::Phone, time::Timestamp};
use vestnik_provider::{
    chore::Chore,
    port::{Attempt, Payload, Step, Submission, To},
    wire::Reply,
};

fuzz_target!(|data: &[u8]| {
    let [which, high, low, number, body @ ..] = data else { return };
    let all = vestnik_providers::all();
    let provider = all[usize::from(*which) % all.len()];
    let account = account(provider);
    let status = 100 + u16::from_be_bytes([*high, *low]) % 500;
    let reply = Reply { status, headers: Vec::new(), body: body.to_vec() };
    let step = Step::new(*number % 6).with("note");
    let phone = Phone::parse("79161234567").expect("a phone number");
    let url = "https://shop.example/a.png";
    let contents = [Content::Text("Здравствуйте".to_owned()), Content::image(url)];
    for content in &contents {
        let file = content.file().map(|file| Payload {
            name: file.file_name(),
            mime: "image/png",
            bytes: b"bytes",
            url,
        });
        let to = To::Phone(phone);
        let submission =
            Submission { message: MessageId(1), key: 1, to, content, file, quote: None };
        provider.resume(&account, &submission, &step, &reply);
        let now = Timestamp(1_760_000_000_000);
        let attempt = Attempt { submission, started_at: now, now };
        provider.inquired(&account, &attempt, &step, &reply);
    }
    for chore in [
        Chore::Check,
        Chore::Subscription,
        Chore::Subscribe { url },
        Chore::Fetch { locator: url },
        Chore::Qr,
        Chore::Settings,
        Chore::Queue,
        Chore::Exists { phone },
        Chore::Templates,
    ] {
        provider.proceed(&account, &chore, &step, &reply);
    }
});
