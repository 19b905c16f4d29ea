//! What is set up: workspaces, partners, senders, accounts, keys, the numbering plan.

use super::{
    Case,
    scene::{ACCOUNT, PARTNER, Scene, WORKSPACE},
};
use crate::{
    StoreError,
    account::{self, Properties, StoredAccount},
    checklist, config,
    key::{self, ApiKey},
    ownership,
    partner::{self, Partner, PartnerSettings, Sender},
    sealed, setting,
};
use vestnik_db::DbError;
use vestnik_model::{
    account::Pacing,
    id::{Epoch, KeyId, PartnerId},
    messenger::Messenger,
    outcome::Guarantee,
    time::Millis,
};

pub(super) const CASES: &[Case] = &[
    ("config: everything comes back as it was put", round_trip),
    ("config: every change raises the version", version),
    ("config: a login belongs to one partner", login),
    ("config: senders keep the order of their accounts", senders),
    ("config: a partner is changed, and loses a sender name", changed_partner),
    ("config: a key is taken back", taken_back),
    ("config: what is sealed is known, and named values are kept", sealed_and_settings),
    ("config: an account is stopped and started", trouble),
    ("config: a fresh owner has a fresh epoch", epochs),
];

fn partner_of(id: i64, login: &str) -> Partner {
    Partner {
        id: PartnerId(id),
        workspace: WORKSPACE,
        login: login.to_owned(),
        password_hash: "$argon2id$…".to_owned(),
        settings: PartnerSettings {
            cascades: true,
            senders: vec!["Вестник".to_owned()],
            ..PartnerSettings::default()
        },
    }
}

fn account_of(id: i64) -> StoredAccount {
    StoredAccount {
        id: vestnik_model::id::AccountId(id),
        workspace: WORKSPACE,
        provider: "green_api".to_owned(),
        name: "Первый".to_owned(),
        webhook_key: format!("key-{id}"),
        properties: Properties {
            messenger: Messenger::Whatsapp,
            is_implicit: false,
            pacing: Pacing { gap: Some(Millis(500)), burst: 2, ..Pacing::default() },
            lanes: 4,
            in_flight_max: 8,
            unknown: Guarantee::AtLeastOnce,
            active: true,
            language: vestnik_model::language::Language::En,
            queue: "Первая".to_owned(),
        },
        sealed: vec![0, 1, 0xff],
        trouble: None,
    }
}

fn sender_of(name: &str, account: i64) -> Sender {
    Sender {
        partner: PARTNER,
        messenger: Messenger::Whatsapp,
        name: name.to_owned(),
        position: 0,
        account: vestnik_model::id::AccountId(account),
        traffic: 2,
    }
}

fn key_of(id: i64) -> ApiKey {
    ApiKey {
        id: KeyId(id),
        workspace: WORKSPACE,
        name: "bot".to_owned(),
        secret_hash: format!("hash-{id}"),
        scopes: "send read".to_owned(),
    }
}

fn round_trip(scene: &mut Scene) {
    let (partner, account) = (partner_of(PARTNER.0, "demo"), account_of(ACCOUNT.0));
    let (sender, key) = (sender_of("VESTNIK", ACCOUNT.0), key_of(1));
    let empty = scene.tx(config::load);
    assert_eq!((empty.version, empty.numbering), (0, None), "nothing is set up");
    scene.tx(|tx| config::put_workspace(tx, WORKSPACE, "one"));
    scene.tx(|tx| config::put_workspace(tx, WORKSPACE, "renamed"));
    scene.tx(|tx| partner::add(tx, &partner));
    scene.tx(|tx| account::add(tx, &account));
    scene.tx(|tx| partner::add_sender(tx, &sender));
    scene.tx(|tx| key::add(tx, &key));
    scene.tx(|tx| config::put_numbering(tx, b"first"));
    scene.tx(|tx| config::put_numbering(tx, b"\x00second"));
    let all = scene.tx(config::load);
    assert_eq!(all.partners, [partner]);
    assert_eq!(all.accounts, [account]);
    assert_eq!(all.senders, [sender]);
    assert_eq!(all.keys, [key]);
    assert_eq!(all.numbering.as_deref(), Some(&b"\x00second"[..]), "the newer plan counts");
}

fn version(scene: &mut Scene) {
    let mut last = scene.tx(config::version);
    let mut grows = |scene: &mut Scene, what: &str| {
        let now = scene.tx(config::version);
        assert!(now > last, "{what} raises the version");
        last = now;
    };
    scene.tx(|tx| partner::add(tx, &partner_of(1, "a")));
    grows(scene, "a partner");
    scene.tx(|tx| account::add(tx, &account_of(1)));
    grows(scene, "an account");
    scene.tx(|tx| partner::add_sender(tx, &sender_of("A", 1)));
    grows(scene, "a sender");
    scene.tx(|tx| key::add(tx, &key_of(1)));
    grows(scene, "a key");
    let condition = account::Condition {
        state: account::ConditionState::Broken,
        detail: "notAuthorized".to_owned(),
        webhooks: account::Webhooks::Elsewhere("https://other.example/in".to_owned()),
        checked_at: scene.now,
    };
    let version = scene.tx(config::version);
    let id = account_of(1).id;
    for is_done in [true, true] {
        scene.tx(|tx| checklist::tick(tx, id, "register", is_done));
    }
    assert_eq!(scene.tx(|tx| checklist::done(tx, id)), ["register".to_owned()].into());
    scene.tx(|tx| checklist::tick(tx, id, "register", false));
    assert!(scene.tx(|tx| checklist::done(tx, id)).is_empty());
    scene.tx(|tx| account::set_condition(tx, account_of(1).id, &condition));
    assert_eq!(scene.tx(account::conditions).get(&account_of(1).id), Some(&condition));
    assert_eq!(scene.tx(config::version), version, "a finding is no change of what is set up");
    let renamed =
        StoredAccount { name: "Второй".to_owned(), sealed: vec![7], ..account_of(1) };
    scene.tx(|tx| account::update(tx, &renamed));
    assert_eq!(scene.tx(account::all)[0], renamed);
    assert!(scene.tx(config::version) > version);
    scene.tx(|tx| account::set_trouble(tx, account_of(1).id, Some("401")));
    grows(scene, "an account's trouble");
    scene.tx(|tx| config::put_numbering(tx, b"x"));
    grows(scene, "a numbering plan");
}

fn login(scene: &mut Scene) {
    scene.tx(|tx| partner::add(tx, &partner_of(1, "demo")));
    let before = scene.tx(config::version);
    let again = scene.try_tx(|tx| partner::add(tx, &partner_of(2, "demo")));
    assert!(matches!(again, Err(StoreError::Db(DbError::Constraint(_)))), "taken: {again:?}");
    assert_eq!(scene.tx(config::version), before, "nothing was written");
    scene.tx(|tx| partner::add(tx, &partner_of(2, "other")));
}

fn senders(scene: &mut Scene) {
    for account in [5, 3, 4] {
        scene.tx(|tx| partner::add_sender(tx, &sender_of("A", account)));
    }
    scene.tx(|tx| partner::add_sender(tx, &sender_of("B", 9)));
    let all: Vec<(String, i64, i64)> =
        scene.tx(partner::senders).into_iter().map(|s| (s.name, s.position, s.account.0)).collect();
    let wanted = [("A", 0, 5), ("A", 1, 3), ("A", 2, 4), ("B", 0, 9)];
    assert_eq!(all, wanted.map(|(name, at, account)| (name.to_owned(), at, account)));
}

fn changed_partner(scene: &mut Scene) {
    scene.tx(|tx| partner::add(tx, &partner_of(PARTNER.0, "a")));
    scene.tx(|tx| partner::add(tx, &partner_of(2, "b")));
    for name in ["A", "B"] {
        scene.tx(|tx| partner::add_sender(tx, &sender_of(name, 1)));
    }
    let before = scene.tx(config::version);
    let settings = PartnerSettings { active: false, ttl: Millis::minutes(5), ..Default::default() };
    let changed = Partner {
        password_hash: "$argon2id$other".to_owned(),
        settings,
        ..partner_of(PARTNER.0, "a")
    };
    scene.tx(|tx| partner::update(tx, &changed));
    assert!(scene.tx(config::version) > before, "a running hub sees it");
    let all = scene.tx(partner::all);
    assert!(all.contains(&changed) && all.contains(&partner_of(2, "b")), "{all:?}");
    scene.tx(|tx| partner::forget_sender(tx, PARTNER, "A"));
    assert_eq!(scene.tx(|tx| partner::set_traffic(tx, PARTNER, "B", 6)), 1);
    assert_eq!(scene.tx(|tx| partner::set_traffic(tx, PARTNER, "A", 6)), 0);
    let left = scene.tx(partner::senders);
    assert_eq!(left, [Sender { traffic: 6, ..sender_of("B", 1) }]);
}

fn taken_back(scene: &mut Scene) {
    for id in [1, 2] {
        scene.tx(|tx| key::add(tx, &key_of(id)));
    }
    let before = scene.tx(config::version);
    assert!(scene.tx(|tx| key::remove(tx, KeyId(1))));
    assert!(!scene.tx(|tx| key::remove(tx, KeyId(1))), "it is gone already");
    assert_eq!(scene.tx(key::all), [key_of(2)]);
    assert!(scene.tx(config::version) > before, "a running hub sees it");
}

fn sealed_and_settings(scene: &mut Scene) {
    assert!(!scene.tx(sealed::any), "nothing is set up");
    scene.tx(|tx| partner::add(tx, &partner_of(1, "a")));
    assert!(!scene.tx(sealed::any), "a password is hashed, not sealed");
    scene.tx(|tx| account::add(tx, &account_of(1)));
    assert!(scene.tx(sealed::any));
    assert_eq!(scene.tx(|tx| setting::get(tx, setting::MADE_BY)), None);
    for value in ["one", "two"] {
        scene.tx(|tx| setting::put(tx, setting::MADE_BY, value));
    }
    assert_eq!(scene.tx(|tx| setting::get(tx, setting::MADE_BY)).as_deref(), Some("two"));
}

fn trouble(scene: &mut Scene) {
    scene.tx(|tx| account::add(tx, &account_of(1)));
    for trouble in [Some("401"), None] {
        scene.tx(|tx| account::set_trouble(tx, account_of(1).id, trouble));
        assert_eq!(scene.tx(account::all)[0].trouble.as_deref(), trouble);
    }
}

fn epochs(scene: &mut Scene) {
    let first = scene.epoch;
    let second = scene.tx(|tx| ownership::take_all(tx, "two"));
    assert!(second > first, "a newer owner has a higher epoch");
    let checked = scene.try_tx(|tx| ownership::check(tx, 0, first));
    assert_eq!(checked, Err(StoreError::Fenced), "the older one is fenced");
    scene.tx(|tx| ownership::check(tx, 255, second));
    let unknown = scene.try_tx(|tx| ownership::check(tx, 0, Epoch(99)));
    assert_eq!(unknown, Err(StoreError::Fenced), "an epoch nobody took owns nothing");
}
