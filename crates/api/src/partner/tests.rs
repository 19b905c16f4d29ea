//! Reading a call: what is refused with which code, in which order, and what may be answered as
//! before.

use super::{call::Call, content::Draft, error::Refusal};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vestnik_app::setup::{PartnerSetup, SenderAccount};
use vestnik_model::{
    id::{AccountId, PartnerId, WorkspaceId},
    messenger::Messenger,
    time::Timestamp,
};
use vestnik_store::partner::{Partner, PartnerSettings};

/// 2027-01-15 08:00:00 UTC.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn partner() -> PartnerSetup {
    let account = SenderAccount { account: AccountId(1), traffic: 1 };
    PartnerSetup {
        partner: Partner {
            id: PartnerId(1),
            workspace: WorkspaceId(1),
            login: "shop".to_owned(),
            password_hash: String::new(),
            settings: PartnerSettings { cascades: true, ..PartnerSettings::default() },
        },
        subnets: Vec::new(),
        senders: BTreeMap::from([((Messenger::Whatsapp, "SHOP".to_owned()), vec![account])]),
        defaults: BTreeMap::new(),
        calls: std::sync::Arc::default(),
    }
}

fn good() -> Value {
    json!({
        "login": "shop",
        "password": "…",
        "destAddr": "79161234567",
        "message": {"type": "WHATSAPP", "data": {
            "instantContent": {"type": "TEXT", "data": {"text": "Текст"}},
        }},
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut call = good();
    call[member] = value;
    call
}

fn read(call: &Value) -> Result<Draft, Refusal> {
    let body = call.to_string();
    let call = Call::parse(body.as_bytes())?;
    Draft::read(&call, &partner(), NOW)
}

#[track_caller]
fn refused(call: &Value) -> Refusal {
    match read(call) {
        Ok(draft) => draft.recipient.expect_err("something is wrong with it"),
        Err(refusal) => refusal,
    }
}

fn is_passing(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Passing(_))
}

#[test]
fn only_an_object_is_a_call() {
    let list = json!(["shop", "…", false, null, null, "79161234567", good()["message"]]);
    for bad in [list, json!([]), json!(null), json!("text"), json!(7), json!(true)] {
        let refusal = Call::parse(bad.to_string().as_bytes()).unwrap_err();
        assert_eq!(refusal, Refusal::invalid("The request must be a JSON object."), "{bad}");
    }
    assert!(read(&good()).is_ok());
}

#[test]
fn only_a_truth_value_says_whose_clock_counts() {
    for (value, good) in [
        (json!(true), true),
        (json!(false), true),
        (json!(null), true),
        (json!("true"), false),
        (json!("false"), false),
        (json!(1), false),
    ] {
        let read = read(&with("useTimeDiff", value.clone()));
        assert_eq!(read.map_err(|refusal| refusal.code()).err(), (!good).then_some(4), "{value}");
    }
}

#[test]
fn a_number_below_zero_is_no_phone() {
    for bad in [json!(-79_161_234_567_i64), json!(-1), json!("123"), Value::Null] {
        assert_eq!(refused(&with("destAddr", bad.clone())).code(), 8, "{bad}");
    }
    for good in [json!(79_161_234_567_i64), json!("8-916-123-45-67"), json!("+79161234567")] {
        assert!(read(&with("destAddr", good)).is_ok_and(|draft| draft.recipient.is_ok()));
    }
}

#[test]
fn a_wrong_number_is_shown_by_its_begin() {
    let long = format!("\u{7}{}", "9".repeat(100_000));
    let refusal = refused(&with("destAddr", json!(long)));
    assert_eq!(refusal, Refusal::Recipient("9".repeat(40)));
}

/// What is wrong with a schedule, whatever its clock.
fn bad_schedules() -> Vec<Value> {
    vec![
        json!({"timeBegin": "25:00"}),
        json!({"timeBegin": "24:00"}),
        json!({"timeEnd": "00:00"}),
        json!({"timeBegin": "10:00", "timeEnd": "10:00"}),
        json!({"weekdaysSchedule": "8"}),
        json!({"deadline": "tomorrow"}),
        json!({"deadline": "2019-05-10T16:29:30+0300"}),
    ]
}

#[test]
fn a_wrong_schedule_is_said_before_everything_that_is_not_form() {
    for schedule in bad_schedules() {
        let mut call = with("scheduleInfo", schedule.clone());
        call["destAddr"] = json!("123");
        call["message"]["type"] = json!("PIGEON");
        assert_eq!(refused(&call).code(), 4, "{schedule}");
        let mut call = with("scheduleInfo", schedule.clone());
        call["cascadeChainLink"] = json!({"state": "READ", "message": {"type": "SMS", "data": {}}});
        assert_eq!(refused(&call).code(), 4, "{schedule}");
    }
}

#[test]
fn a_deadline_may_be_far_away() {
    let read = |text: &str| {
        read(&with("scheduleInfo", json!({"deadline": text}))).ok().and_then(|d| d.deadline)
    };
    let end = Timestamp(jiff::Timestamp::MAX.as_millisecond());
    for far in [
        "9999-12-31T23:59:59+0000",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999+0300",
    ] {
        assert_eq!(read(far), Some(end), "{far}");
    }
    let soon = Some(Timestamp(1_800_003_600_000));
    for near in [
        "2027-01-15T12:00:00+0300",
        "2027-01-15T12:00:00+03:00",
        "2027-01-15T09:00:00Z",
        "2027-01-15T09:00:00.000+0000",
    ] {
        assert_eq!(read(near), soon, "{near}");
    }
    for bad in ["9999-13-31T23:59:59+0000", "2027-01-15T12:00:00", "2027-01-15", "never"] {
        assert_eq!(read(bad), None, "{bad}");
    }
}

#[test]
fn what_the_hour_or_the_setup_refuses_may_have_been_good_before() {
    let next = |kind: &str| json!({"state": "DELIVERED", "message": {"type": kind, "data": {}}});
    let mut telegram = good();
    telegram["message"] = json!({"type": "TELEGRAM", "data": {"text": "Текст"}});
    let mut cut = with("scheduleInfo", json!({"deadline": "2019-05-10T16:29:30+0300"}));
    for passing in [telegram, cut.clone()] {
        assert!(is_passing(&refused(&passing)), "{passing}");
    }
    cut["registeredDelivery"] = json!(3);
    for lasting in [
        cut,
        with("id", json!("")),
        with("destAddr", json!("123")),
        with("scheduleInfo", json!({"timeBegin": "25:00"})),
        with("cascadeChainLink", next("PIGEON")),
    ] {
        assert!(!is_passing(&refused(&lasting)), "{lasting}");
    }
}
