//! What every adapter must keep, checked without a network. Each adapter's tests call
//! [`exercise`]; a clause that is broken panics with its name.
//!
//! 1. A request lies on one of the descriptor's hosts, or on the host of the account's settings.
//! 2. A label holds no secret, and no secret is left in a redacted exchange.
//! 3. No answer, whatever its status and bytes, makes the adapter panic, and none but a 2xx is
//!    taken as acceptance.
//! 4. An answer that may come after the message was taken (5xx) is never "surely refused for the
//!    recipient's sake".
//! 5. A webhook with a wrong secret is forged; bytes that are no webhook are unreadable, not fatal.
//! 6. Send for send the same arguments give the same bytes.
//! 7. An account can be checked.

use crate::{
    chore::{Chore, Finding, Progress},
    descriptor::{Channel, FileBy},
    port::{
        AccountState, Attempt, Next, Payload, Provider, Reception, Step, Submission, To, Verdict,
    },
    redact::redact,
    wire::{Inbound, Reply, Request},
};
use vestnik_model::{
    account::Account,
    content::{Bold, Content, Marked},
    file::File,
    id::MessageId,
    outcome::{Blame, Outcome},
    phone::Phone,
    time::{Millis, Timestamp},
};

/// Bodies no provider should send, and some do.
const STRANGE_BODIES: [&[u8]; 10] = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b"\"text\"",
    b"<html><body>502</body></html>",
    b"{\"idMessage\":7}",
    b"{\"status\":false,\"reason\":\"no\"}",
    b"\xff\xfe\x00",
    b"{\"a\":{\"a\":{\"a\":[[[[]]]]}}}",
];

/// The address at which a webhook comes in.
const URL: &str = "https://hub.example.ru/in/KEY";

/// Statuses that are looked at.
const STATUSES: [u16; 16] =
    [200, 201, 204, 301, 400, 401, 403, 404, 408, 413, 429, 466, 499, 500, 502, 503];

/// Checks every clause for one account of an adapter. `wrong_secret` is a header that makes a
/// webhook authentic, with a wrong value.
///
/// # Panics
/// With the clause's words, if one is broken.
pub fn exercise(provider: &dyn Provider, account: &Account, wrong_secret: Option<(&str, &str)>) {
    let channel = provider.descriptor().channel(account.messenger).expect("a messenger it carries");
    let phone = Phone::from_digits(79_161_234_567).expect("a constant number");
    let to = if channel.reach.phone { To::Phone(phone) } else { To::Person("100200300") };
    let text = "Здравствуйте! *Заказ* готов: \"№ 7\" \\ 50 % \u{1F511}";
    let bold = vec![Bold { start: 14, len: 5 }];
    let marked = Marked { text: text.to_owned(), bold };
    let mut contents = vec![Content::Text(text.to_owned()), Content::Marked(marked)];
    for rule in channel.files {
        let url = "https://example.ru/files/card.png?size=400";
        let caption = if channel.caption_chars_max > 0 { text } else { "" };
        contents.push(Content::File(File {
            caption: caption.to_owned(),
            name: "card \"7\".png".to_owned(),
            ..File::at(rule.kind, url)
        }));
    }
    for content in &contents {
        let file = content.file().map(|file| payload(provider, account, channel, file));
        let quote = channel.quote.then_some("417");
        let submission = Submission { message: MessageId(7), key: 42, to, content, file, quote };
        let request = first_request(provider, account, &submission);
        check_request(provider, account, &request);
        let again = first_request(provider, account, &submission);
        assert!(request == again, "clause 6: the same arguments give the same bytes");
        check_answers(provider, account, &submission);
        check_journal(provider, account, submission);
    }
    check_chores(provider, account, phone);
    check_webhooks(provider, account, wrong_secret);
}

fn payload<'a>(
    provider: &dyn Provider,
    account: &Account,
    channel: &Channel,
    file: &'a File,
) -> Payload<'a> {
    let (bytes, url): (&[u8], _) = match provider.file_by(account, channel, file) {
        FileBy::Address | FileBy::Either => (b"", file.address_or_name()),
        FileBy::Bytes => (b"\x89PNG\r\n\x1a\nbytes", ""),
    };
    Payload { name: file.file_name(), mime: "image/png", bytes, url }
}

fn first_request(
    provider: &dyn Provider,
    account: &Account,
    submission: &Submission<'_>,
) -> Request {
    match provider.submit(account, submission) {
        Next::Call(call) => call.request,
        Next::Done(outcome) => panic!("a plain send needs a call, not {outcome:?}"),
    }
}

/// Every chore, and every answer to its first two calls.
fn check_chores(provider: &dyn Provider, account: &Account, phone: Phone) {
    let values = [("a".to_owned(), "b".to_owned())];
    let chores = [
        Chore::Check,
        Chore::Subscription,
        Chore::Subscribe { url: "https://hub.example.ru/in/KEY" },
        Chore::Fetch { locator: "https://example.ru/files/1" },
        Chore::Fetch { locator: "no address: \u{1F511}" },
        Chore::Qr,
        Chore::Settings,
        Chore::Change { values: &values },
        Chore::Queue,
        Chore::ClearQueue,
        Chore::Restart,
        Chore::Logout,
        Chore::Exists { phone },
        Chore::Templates,
        Chore::MarkRead { chat: "100200300", remote_id: "417" },
        Chore::Delivery { to: To::Person("100200300"), remote_id: "417" },
    ];
    let check = provider.begin(account, &Chore::Check);
    assert!(
        !matches!(check, Progress::Done(Finding::Unsupported)),
        "clause 7: an account can be checked"
    );
    for chore in &chores {
        let Progress::Call { request, step } = provider.begin(account, chore) else { continue };
        // A file lies where the provider says.
        if !matches!(chore, Chore::Fetch { .. }) {
            check_request(provider, account, &request);
        }
        for status in STATUSES {
            for body in STRANGE_BODIES {
                let reply = Reply { status, headers: Vec::new(), body: body.to_vec() };
                for step in [&step, &step.next()] {
                    let progress = provider.proceed(account, chore, step, &reply);
                    let is_ready = progress == Progress::Done(Finding::State(AccountState::Ready));
                    let is_good = (200..300).contains(&status);
                    assert!(is_good || !is_ready, "clause 3: {status} does not mean ready");
                }
            }
        }
    }
}

fn check_request(provider: &dyn Provider, account: &Account, request: &Request) {
    let descriptor = provider.descriptor();
    let host = host(&request.url);
    let fits = |pattern: &str| match pattern.strip_prefix('*') {
        Some(end) => host.ends_with(end),
        None => host == pattern,
    };
    let own = descriptor.settings.iter().any(|s| self::host(account.setting(s.name)) == host);
    assert!(descriptor.hosts.iter().any(|h| fits(h)) || own, "clause 1: {host} is no host of ours");
    let body = String::from_utf8_lossy(&request.body);
    let told = redact(&format!("{} {body}", request.url), descriptor, account);
    for setting in descriptor.settings.iter().filter(|s| s.secret) {
        let secret = account.setting(setting.name);
        if !secret.is_empty() {
            assert!(!request.label.contains(secret), "clause 2: the label holds {}", setting.name);
            assert!(!told.contains(secret), "clause 2: {} is left in the exchange", setting.name);
        }
    }
    let debug = format!("{request:?}");
    assert!(!debug.contains(&request.url), "clause 2: a request's Debug shows its address");
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

fn check_answers(provider: &dyn Provider, account: &Account, submission: &Submission<'_>) {
    for status in STATUSES {
        for body in STRANGE_BODIES {
            let reply = Reply { status, headers: Vec::new(), body: body.to_vec() };
            let next = provider.resume(account, submission, &Step::FIRST, &reply);
            let Next::Done(outcome) = next else { continue };
            if !(200..300).contains(&status) {
                let is_accepted = matches!(outcome, Outcome::Accepted { .. });
                assert!(!is_accepted, "clause 3: {status} is no acceptance");
            }
            if let Outcome::Refused(failure) = &outcome
                && status >= 500
            {
                assert!(failure.blame != Blame::Recipient, "clause 4: {status} blames nobody");
            }
        }
    }
}

fn check_journal(provider: &dyn Provider, account: &Account, submission: Submission<'_>) {
    let started_at = Timestamp(1_790_000_000_000);
    let attempt = Attempt { submission, started_at, now: started_at + Millis::minutes(3) };
    let Some(request) = provider.inquire(account, &attempt, &Step::FIRST) else { return };
    check_request(provider, account, &request);
    for status in STATUSES {
        for body in STRANGE_BODIES {
            let reply = Reply { status, headers: Vec::new(), body: body.to_vec() };
            for step in [Step::FIRST, Step::FIRST.next()] {
                let verdict = provider.inquired(account, &attempt, &step, &reply);
                let is_found = matches!(verdict, Verdict::Found { .. });
                assert!(!is_found, "clause 3: {status} with strange bytes finds nothing");
                let page = provider.read_journal(account, &step, &reply);
                assert_eq!(page(&attempt), verdict, "clause 3: one reading, one meaning");
            }
        }
    }
}

fn check_webhooks(provider: &dyn Provider, account: &Account, wrong_secret: Option<(&str, &str)>) {
    for body in STRANGE_BODIES {
        let inbound = Inbound { method: "POST", url: URL, query: "", headers: &[], body };
        let reception = provider.receive(account, &inbound);
        let is_fine = matches!(reception, Reception::Forged | Reception::Unreadable { .. })
            || matches!(&reception, Reception::Understood(words) if words.len() <= 1);
        assert!(is_fine, "clause 5: strange bytes mean nothing");
        if let Some(header) = wrong_secret {
            let headers = [header];
            let inbound = Inbound { method: "POST", url: URL, query: "", headers: &headers, body };
            let reception = provider.receive(account, &inbound);
            assert!(reception == Reception::Forged, "clause 5: a wrong secret is a forgery");
        }
    }
}
