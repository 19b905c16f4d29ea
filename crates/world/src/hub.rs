//! The hub's lives: started, killed or stopped, started again.

use crate::{
    caller::{LOGIN, SENDER},
    clock::pause,
    disk::{Disk, Pen, View, write},
    life::{Life, lock},
    provider::WEBHOOK_TOKEN,
    script::{AccountScript, End, Script},
    sink::{MO, OWN},
    source::{self, Postman},
    wire::Line,
    world::{Process, Purpose, World},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;
use vestnik_api::partner::report::PartnerReports;
use vestnik_app::{
    Hub,
    admin::{self, NewAccount, WORKSPACE},
    hub::Parts,
    password::Passwords,
    seal::{KEY_BYTES, Sealer},
};
use vestnik_db::Tx;
use vestnik_files::FileStore;
use vestnik_model::{
    id::{AccountId, Epoch, PartnerId},
    language::Language,
    messenger::Messenger,
    outcome::Guarantee,
    secret::Secret,
};
use vestnik_store::{
    StoreError, config, ownership,
    partner::{self, Partner, PartnerSettings},
};
use vestnik_twin::config::TOKEN;
use vestnik_worker::Workers;

/// Writes down the partner, the accounts and the sender name.
///
/// # Panics
/// If the store refuses: the settings are ours.
pub fn set_up(disk: &Disk, script: &Script) {
    disk.look(|tx| {
        let partner = Partner {
            id: PartnerId(1),
            workspace: WORKSPACE,
            login: LOGIN.to_owned(),
            password_hash: "nobody logs in".to_owned(),
            settings: PartnerSettings {
                cascades: true,
                notify_url: Some(OWN.to_owned()),
                mo_url: Some(MO.to_owned()),
                ..PartnerSettings::default()
            },
        };
        config::put_workspace(tx, WORKSPACE, "default").expect("an empty store takes it");
        partner::add(tx, &partner).expect("an empty store takes it");
        for i in 0..script.accounts.len() {
            add_account(tx, script, i);
        }
        if !script.events.is_empty() {
            source::set_up(tx);
        }
    });
}

fn add_account(tx: &mut dyn Tx, script: &Script, i: usize) {
    let account = &script.accounts[i];
    let text = |name: &str, value: &str| (name.to_owned(), Secret::new(value));
    let new = NewAccount {
        name: format!("account {i}"),
        messenger: Messenger::Whatsapp,
        settings: BTreeMap::from([
            text("api_url", "1103.api.green-api.com"),
            text("id_instance", &AccountScript::number(i)),
            text("token", TOKEN),
            text("webhook_token", WEBHOOK_TOKEN),
        ]),
        pacing: Some(account.pacing),
        lanes: account.lanes,
        unknown: Guarantee::NeverTwice,
        language: Language::Ru,
        queue: String::new(),
        webhook_key: Some(format!("key-{i}")),
        is_implicit: false,
    };
    let id = AccountId(1 + i64::try_from(i).unwrap_or(0));
    let provider = vestnik_providers::find("green_api").expect("the adapter is built in");
    admin::add_account(tx, &sealer(), id, provider, &new).expect("the settings are good");
    admin::add_sender(tx, PartnerId(1), Messenger::Whatsapp, SENDER, id).expect("it is new");
}

fn sealer() -> Sealer {
    Sealer::new(&[7; KEY_BYTES])
}

/// Lets the hub live, die and live again, for ever.
pub async fn live(world: Arc<World>) {
    let mut number = 0;
    loop {
        let end = world.script.ends.get(number).copied().filter(|_| !world.is_calm());
        let life = Arc::new(Life::new(number, end));
        let mut tasks = JoinSet::new();
        tasks.spawn(write(Arc::clone(&world), Arc::clone(&life)));
        if let Ok((process, workers)) = start(&world, &life).await {
            *lock(&world.door) = Some(process);
            until(&world, &life, end, workers).await;
            *lock(&world.door) = None;
        }
        life.kill();
        drop(tasks);
        world.count("end of a life");
        number += 1;
        let (least, most) = world.script.down_ms;
        let most = if world.is_calm() { least } else { most };
        pause(world.roll(Purpose::Wire, |dice| dice.ms(least, most))).await;
    }
}

fn is_deaf(world: &World) -> bool {
    let at_ms = world.clock.passed_ms();
    world.script.deaf.is_some_and(|(from, to)| (from..to).contains(&at_ms))
}

/// Lets the hub go deaf, and hear again.
pub async fn deafen(world: Arc<World>) {
    let Some((from, to)) = world.script.deaf else { return };
    for at_ms in [from, to] {
        pause(at_ms - world.clock.passed_ms()).await;
        world.count(if at_ms == to { "hears again" } else { "goes deaf" });
        if let Some(process) = world.process() {
            process.hub.deafness.set(is_deaf(&world));
        }
    }
}

/// Waits for the end of a life, and brings it about.
async fn until(world: &Arc<World>, life: &Arc<Life>, end: Option<End>, workers: Workers) {
    match end {
        Some(End::After(ms)) => {
            tokio::select! {
                biased;
                () = life.ended() => {}
                () = pause(ms) => {}
            }
            if world.is_calm() {
                life.ended().await;
            }
        }
        Some(End::Stop { after_ms, patience_ms }) => {
            pause(after_ms).await;
            if world.is_calm() {
                life.ended().await;
            }
            *lock(&world.door) = None;
            workers.stop(crate::clock::span(patience_ms)).await;
        }
        Some(
            End::Statement(_)
            | End::BeforeCommit(_)
            | End::AfterCommit(_)
            | End::BeforeRequest(_)
            | End::AfterRequest(_)
            | End::BeforeAnswer(_),
        )
        | None => life.ended().await,
    }
}

/// Starts a hub as the program does: takes everything under a new epoch, reads what is set up,
/// puts the hub together, starts its loops.
async fn start(world: &Arc<World>, life: &Arc<Life>) -> Result<(Process, Workers), StoreError> {
    let epoch: Epoch = world
        .disk
        .work(world, life, |tx| ownership::take_all(tx, &format!("life {}", life.number)))?;
    lock(&world.witness).epoch = Some(epoch);
    let config = world.disk.work(world, life, |tx| config::load(tx))?;
    let hub = Hub::new(Parts {
        writer: Arc::new(Pen(Arc::clone(life))),
        pool: Arc::new(View { world: Arc::clone(world), life: Arc::clone(life) }),
        transport: Arc::new(Line { world: Arc::clone(world), life: Arc::clone(life) }),
        clock: Arc::new(world.clock),
        seed: world.roll(Purpose::Wire, crate::dice::Dice::draw),
        providers: vestnik_providers::all(),
        sealer: sealer(),
        files: Arc::clone(&world.shelf) as Arc<dyn FileStore>,
        public_url: Some("http://hub.example".to_owned()),
        hooks: vestnik_app::hook::HookSettings::default(),
        post: Some(Arc::new(Postman { world: Arc::clone(world), life: Arc::clone(life) })),
        renderer: &PartnerReports,
        node: 0,
        epoch,
        config,
        passwords: Passwords::new().expect("the system gives randomness"),
        reads_inline: true,
    });
    hub.deafness.set(is_deaf(world));
    let workers = vestnik_worker::start(&hub).await?;
    Ok((Process { life: Arc::clone(life), hub }, workers))
}
