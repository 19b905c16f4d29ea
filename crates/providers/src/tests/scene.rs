//! What the tests of all adapters have in common: an account, a submission, an answer.

use std::collections::BTreeMap;
use vestnik_model::{
    account::{Account, Pacing},
    content::Content,
    id::{AccountId, MessageId, WorkspaceId},
    messenger::Messenger,
    outcome::{Guarantee, Outcome},
    phone::Phone,
    secret::Secret,
    time::Timestamp,
};
use vestnik_provider::{
    Provider,
    chore::{Chore, Finding, Progress},
    port::{Attempt, Call, Next, Payload, Reception, Step, Submission, To, Word},
    wire::{Inbound, Reply},
};

/// An account with these settings.
pub(super) fn account(provider: &str, messenger: Messenger, settings: &[(&str, &str)]) -> Account {
    let settings = settings.iter().map(|(n, v)| ((*n).to_owned(), Secret::new(*v)));
    Account {
        id: AccountId(1),
        workspace: WorkspaceId(1),
        provider: provider.to_owned(),
        name: "sample".to_owned(),
        messenger,
        webhook_key: "key".to_owned(),
        settings: BTreeMap::from_iter(settings),
        pacing: Pacing::default(),
        lanes: 1,
        in_flight_max: 1,
        unknown: Guarantee::NeverTwice,
        active: true,
    }
}

/// +7 900 123-45-67.
pub(super) fn phone() -> Phone {
    Phone::from_digits(79_001_234_567).unwrap()
}

/// A part to that phone.
pub(super) fn submission(content: &Content) -> Submission<'_> {
    let file = content.file().map(|file| Payload {
        name: file.file_name(),
        mime: &file.mime,
        bytes: b"",
        url: file.address_or_name(),
    });
    let to = To::Phone(phone());
    Submission { message: MessageId(1), key: 1, to, content, file, quote: None }
}

/// An answer without headers.
pub(super) fn reply(status: u16, body: impl AsRef<[u8]>) -> Reply {
    Reply { status, headers: Vec::new(), body: body.as_ref().to_vec() }
}

/// The call it is.
pub(super) fn call(next: Next) -> Call {
    match next {
        Next::Call(call) => call,
        Next::Done(outcome) => panic!("a call is expected, not {outcome:?}"),
    }
}

/// The outcome it is.
pub(super) fn done(next: Next) -> Outcome {
    match next {
        Next::Done(outcome) => outcome,
        Next::Call(call) => panic!("the end is expected, not {:?}", call.request),
    }
}

/// A request's body as JSON.
pub(super) fn json(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).unwrap()
}

/// A webhook at `https://hub.example.ru/in/key`.
pub(super) fn receive(
    provider: &dyn Provider,
    account: &Account,
    headers: &[(&str, &str)],
    body: impl AsRef<[u8]>,
) -> Reception {
    let url = "https://hub.example.ru/in/key";
    let body = body.as_ref();
    provider.receive(account, &Inbound { method: "POST", url, query: "", headers, body })
}

/// What an understood webhook says.
pub(super) fn words(reception: Reception) -> Vec<Word> {
    let told = format!("{reception:?}");
    let Reception::Understood(words) = reception else { panic!("it is to be understood: {told}") };
    words
}

/// What a chore comes to when its first call is answered so.
pub(super) fn finding(
    provider: &dyn Provider,
    account: &Account,
    chore: &Chore<'_>,
    reply: &Reply,
) -> Finding {
    match provider.begin(account, chore) {
        Progress::Done(finding) => finding,
        Progress::Call { step, .. } => match provider.proceed(account, chore, &step, reply) {
            Progress::Done(finding) => finding,
            Progress::Call { request, .. } => panic!("the end is expected, not {request:?}"),
        },
    }
}

/// No bytes, whatever the status, make an adapter panic: for the property tests.
pub(super) fn survive(provider: &dyn Provider, account: &Account, status: u16, body: &[u8]) {
    let content = Content::Text("x".to_owned());
    let answer = reply(status, body);
    let part = submission(&content);
    let now = Timestamp(1_790_000_000_000);
    for number in 0..4 {
        let step = Step::new(number).with("note");
        let _ = provider.resume(account, &part, &step, &answer);
        let attempt = Attempt { submission: part, started_at: now, now };
        let _ = provider.inquired(account, &attempt, &step, &answer);
        for chore in [
            Chore::Check,
            Chore::Subscription,
            Chore::Subscribe { url: "https://hub.example.ru/in/key" },
            Chore::Fetch { locator: "https://example.ru/1" },
            Chore::Qr,
            Chore::Settings,
            Chore::Queue,
            Chore::Exists { phone: phone() },
            Chore::Templates,
        ] {
            let _ = provider.proceed(account, &chore, &step, &answer);
        }
    }
    let text = String::from_utf8_lossy(body);
    let _ = receive(provider, account, &[("authorization", &text)], body);
    let _ = receive(provider, account, &[], body);
}
