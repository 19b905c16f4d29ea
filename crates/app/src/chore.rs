//! Chores: dialogues with a provider beside sending, driven to their end.

use vestnik_model::account::Account;
use vestnik_provider::{
    Provider, Transport,
    chore::{Chore, Finding, Progress},
    port::AccountState,
    wire::{Trouble, bad_server},
};

/// Calls of one chore at most: a provider that never comes to an end is cut off.
const STEPS_MAX: usize = 16;

/// What a finding says, for people (in English, as logs and tools are).
#[must_use]
pub fn words(finding: &Finding) -> String {
    match finding {
        Finding::State(AccountState::Ready) | Finding::Done => "fine".to_owned(),
        Finding::State(AccountState::Waiting { detail } | AccountState::Broken { detail })
        | Finding::Later { detail, .. } => detail.clone(),
        Finding::Failed(failure) => format!("{:?}: {}", failure.reason, failure.detail),
        Finding::Unsupported => "the provider has no such thing".to_owned(),
        Finding::Subscription(_)
        | Finding::File { .. }
        | Finding::Qr(_)
        | Finding::Settings(_)
        | Finding::Count(_)
        | Finding::Exists(_)
        | Finding::Templates(_)
        | Finding::Delivery(_) => "an answer to another question".to_owned(),
    }
}

/// Does a chore. What goes wrong on the wire is [`Finding::Later`], unless no repeat can mend it.
pub async fn run(
    transport: &dyn Transport,
    provider: &dyn Provider,
    account: &Account,
    chore: &Chore<'_>,
) -> Finding {
    let mut progress = provider.begin(account, chore);
    for _ in 0..STEPS_MAX {
        let (step, request) = match progress {
            Progress::Done(finding) => return finding,
            Progress::Call { step, request } => (step, request),
        };
        progress = match transport.call(request).await {
            Ok(reply) => provider.proceed(account, chore, &step, &reply),
            Err(Trouble::Unusable(detail)) => return Finding::Failed(bad_server(&detail)),
            Err(trouble) => {
                let detail = trouble.detail().to_owned();
                return Finding::Later { retry_after: None, detail };
            }
        };
    }
    let detail = "the provider's answers came to no end".to_owned();
    Finding::Later { retry_after: None, detail }
}
