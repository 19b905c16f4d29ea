//! Wappi: documented requests, answers and webhooks.

use super::scene::{self, reply, submission};
use crate::find;
use proptest::prelude::*;
use serde_json::{Value, json as value};
use vestnik_model::{
    account::Account,
    content::Content,
    messenger::Messenger,
    time::{Millis, Timestamp},
};
use vestnik_provider::{
    Provider, contract,
    port::{Attempt, Step, Verdict},
};

const TOKEN: &str = "0123456789abcdef-token";
const PROFILE: &str = "0a1b2c3d-4e5f";
const CASCADE: &str = "e9f1c45c0bd7a3e8e8ba";

fn provider() -> &'static dyn Provider {
    find("wappi").unwrap()
}

fn account(messenger: Messenger) -> Account {
    let settings = [("token", TOKEN), ("profile_id", PROFILE), ("webhook_auth", "a phrase")];
    scene::account("wappi", messenger, &settings)
}

/// With both ids: the cascade wins.
fn cascade() -> Account {
    let settings = [("token", TOKEN), ("profile_id", PROFILE), ("cascade_id", CASCADE)];
    scene::account("wappi", Messenger::Whatsapp, &settings)
}

#[test]
fn it_keeps_the_contract() {
    for messenger in Messenger::ALL {
        contract::exercise(provider(), &account(messenger), Some(("authorization", "wrong")));
    }
    contract::exercise(provider(), &cascade(), None);
}

#[test]
fn the_history_is_read() {
    let content = Content::Text("Hello".to_owned());
    let started_at = Timestamp(1_767_323_045_000);
    let verdict = |account: &Account, age: Millis, lines: Value| {
        let now = started_at + age;
        let attempt = Attempt { submission: submission(&content), started_at, now };
        let body = value!({ "status": "done", "detail": lines }).to_string();
        provider().inquired(account, &attempt, &Step::FIRST, &reply(200, body))
    };
    let whatsapp = account(Messenger::Whatsapp);
    let line = |id: &str, to: &str, at: &str| value!({ "id": id, "task_id": "t", "recipient": to, "message": "Hello", "created_at": at });
    let ours = line("3EB0", "79001234567@c.us", "2026-01-02T06:04:10+03:00");
    let late = Millis::minutes(3);
    let found = Verdict::Found { remote_id: "3EB0".to_owned() };
    assert_eq!(verdict(&whatsapp, Millis(0), value!([ours])), found);
    assert_eq!(verdict(&whatsapp, late, value!([ours, ours])), Verdict::Unsure);
    assert_eq!(verdict(&whatsapp, late, value!([])), Verdict::Absent);
    assert_eq!(verdict(&whatsapp, Millis(0), value!([])), Verdict::Unsure);
    let old = line("3EB0", "79001234567", "2026-01-02T06:00:00+03:00");
    assert_eq!(verdict(&whatsapp, late, value!([old])), Verdict::Absent);
    let other = line("77", "100200", "2026-01-02T06:04:10+03:00");
    assert_eq!(verdict(&whatsapp, late, value!([other])), Verdict::Absent);
    assert_eq!(verdict(&account(Messenger::Telegram), late, value!([other])), Verdict::Unsure);
    let undated = line("3EB0", "79001234567", "yesterday");
    assert_eq!(verdict(&whatsapp, late, value!([undated])), Verdict::Unsure);
    let full: Vec<Value> = (0..200).map(|_| line("1", "79000000000", "1767323050")).collect();
    assert_eq!(verdict(&whatsapp, late, value!(full)), Verdict::Unsure);
    let attempt = Attempt { submission: submission(&content), started_at, now: started_at };
    assert!(provider().inquire(&cascade(), &attempt, &Step::FIRST).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_bytes_make_it_panic(status in 100_u16..600, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        scene::survive(provider(), &account(Messenger::Whatsapp), status, &body);
        scene::survive(provider(), &cascade(), status, &body);
    }

    #[test]
    fn no_json_makes_it_panic(id in ".{0,20}", kind in "[a-z_]{0,12}", date in ".{0,30}") {
        for wh_type in ["incoming_message", "delivery_status", "application_status"] {
            let item = value!({ "wh_type": wh_type, "id": id, "type": kind, "chatId": id, "time": date,
                "timestamp": date, "created_at": date, "recipient": id, "file_link": id,
                "status": kind, "qrCode": id, "file_b64": id, "app_status": id });
            let body = value!({ "messages": [item, id], "detail": [item], "cascade": { "order": [item] },
                "status": "done", "task": item });
            scene::survive(provider(), &cascade(), 200, body.to_string().as_bytes());
            let settings = [("token", TOKEN), ("profile_id", PROFILE)];
            let open = scene::account("wappi", Messenger::Max, &settings);
            scene::survive(provider(), &open, 200, body.to_string().as_bytes());
        }
    }
}
