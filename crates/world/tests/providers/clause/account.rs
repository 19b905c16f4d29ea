//! P20 to P22: the account, and its secrets.

use super::{Case, channel, content::sample};
use crate::play::{URL, text};
use serde_json::json;
use vestnik_provider::{
    chore::{Chore, Finding, Subscription},
    port::AccountState,
};

/// P20: an account that works is ready.
pub(super) fn checked(case: &Case) {
    let found = (case.bare)().chore(&Chore::Check);
    assert_eq!(found, Finding::State(AccountState::Ready));
}

/// P21: webhooks go nowhere, are ordered, and go to us with all that is needed.
pub(super) fn subscribed(case: &Case) {
    let mut play = (case.bare)();
    let none = Finding::Subscription(Subscription::None);
    assert_eq!(play.chore(&Chore::Subscription), none);
    play.pass(1_000);
    assert_eq!(play.chore(&Chore::Subscribe { url: URL }), Finding::Done);
    play.pass(1_000);
    let to = Finding::Subscription(Subscription::To(vec![URL.to_owned()]));
    assert_eq!(play.chore(&Chore::Subscription), to);
}

/// P22: no secret of the account is in anything that is written down, whatever happens.
pub(super) fn secrets(case: &Case) {
    let mut play = case.play();
    let content = text("x");
    for fault in [json!({ "error": 401 }), json!({ "error": 429 }), json!({ "error": 500 })] {
        case.strike(&mut play, &fault, &content);
    }
    play.accepted(&content);
    play.words(2_000);
    for (kind, name, mime, bytes) in channel(&play).files.iter().map(sample) {
        let url = play.file(name, mime, bytes);
        let file = json!({ "url": url, "name": name, "mime": mime, "kind": kind.code() });
        let got = case.writes(&mut play, &json!({ "text": "", "file": file }));
        for file in &got.files {
            play.chore(&Chore::Fetch { locator: &file.locator });
        }
    }
    for chore in [Chore::Check, Chore::Subscription, Chore::Settings, Chore::Templates] {
        play.chore(&chore);
        play.pass(1_000);
    }
    let code = play.provider.descriptor().code;
    play.fault(&json!({ "provider": code, "error": 401 }));
    play.chore(&Chore::Check);
    let settings = play.provider.descriptor().settings.iter().filter(|setting| setting.secret);
    for setting in settings {
        let secret = play.account.setting(setting.name);
        let is_told = !secret.is_empty() && play.told.contains(secret);
        assert!(!is_told, "{} is told", setting.name);
    }
    assert!(play.told.lines().count() > 10, "there was something to look at");
}
