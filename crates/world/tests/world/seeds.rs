//! Worlds drawn from seeds.

use std::collections::BTreeMap;
use vestnik_world::run::{History, run};

/// What must happen now and then, or the worlds prove nothing about it.
const HAPPENS: &[&str] = &[
    "429",
    "466",
    "answer to partner lost",
    "cut after",
    "cut before",
    "customer changed the words",
    "customer wrote",
    "done late",
    "end of a life",
    "goes deaf",
    "hears again",
    "error with effect",
    "error without effect",
    "message anew",
    "no answer",
    "partner hung up",
    "provider refused",
    "sink 500",
    "sink cut",
    "sink down",
    "sink hangs",
    "sink refused",
    "slow exchange",
    "statement failed",
    "step: a late receipt calls off a link",
    "step: absent in the journal",
    "step: answer lost",
    "step: asked again differently",
    "step: called off",
    "step: deferred",
    "step: found in the journal",
    "step: gave up",
    "step: journal unsure",
    "step: link expired",
    "step: never found out",
    "step: orphaned",
    "step: refused",
    "webhook answer lost",
    "webhook doubled",
    "webhook forged",
    "webhook garbage",
    "webhook late",
    "webhook lost",
];

/// The seed given for one world.
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn two_hundred_seeds() {
    let count = given("WORLD_SEEDS").unwrap_or(200);
    let first = given("WORLD_FIRST").unwrap_or(1);
    let began = std::time::Instant::now();
    let mut broken = Vec::new();
    let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in first..first + count {
        let history = run(seed);
        for (name, n) in &history.tally {
            *tally.entry(name).or_default() += n;
        }
        if !history.violations.is_empty() {
            println!("{history}\n");
            broken.push(seed);
        }
    }
    println!("{count} worlds in {:?}: {tally:#?}", began.elapsed());
    let missing: Vec<_> = HAPPENS.iter().filter(|name| !tally.contains_key(*name)).collect();
    assert!(count < 200 || missing.is_empty(), "never happened: {missing:?}");
    assert!(broken.is_empty(), "{} of {count} seeds broken: {broken:?}", broken.len());
}

#[test]
fn same_seed_same_history() {
    for seed in 1..=12 {
        let (one, two): (History, History) = (run(seed), run(seed));
        assert_eq!(one.hash, two.hash, "seed {seed} has two histories");
    }
}

/// `WORLD_SEED=17 cargo test -p vestnik-world one_seed -- --nocapture`
#[test]
fn one_seed() {
    let history = run(given("WORLD_SEED").unwrap_or(1));
    if given("WORLD_SEED").is_some() {
        print!("{}", history.tell());
        println!("hash {:016x}", history.hash);
    }
    history.expect_sound();
}
