//! Drawing a script from a seed. Each seed draws its own mix first (which faults there are at all,
//! and how many), so that worlds differ more than by luck.

use super::{
    AccountScript, Address, CallScript, End, EventScript, LinkScript, PhoneScript, RECOVERY_MS,
    Script, Weather, WritingScript, WrittenFile,
};
use crate::dice::Dice;
use vestnik_engine::plan::{Until, Wanted};
use vestnik_model::{account::Pacing, time::Millis};

/// Each purpose draws from its own stream.
const SCRIPT: u64 = 1;
const WRITINGS: u64 = 2;
const EVENTS: u64 = 3;
const DEAF: u64 = 4;

impl Script {
    /// The script of a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let dice = &mut Dice::new(seed, SCRIPT);
        let storm_ms = dice.ms(10_000, 100_000);
        let doze_ms = *dice.pick(&[0, 500, 1_000, 1_000, 3_000]);
        let accounts: Vec<_> = (0..dice.between(2, 3)).map(|_| account(dice, storm_ms)).collect();
        let phones: Vec<_> = (0..dice.between(3, 8)).map(|i| phone(dice, i, storm_ms)).collect();
        let mut calls: Vec<_> = (0..dice.between(4, 16))
            .map(|_| call(dice, storm_ms, accounts.len(), phones.len()))
            .collect();
        for phone in 0..2 {
            calls.push(probe(dice, storm_ms, accounts.len(), phone));
        }
        let ends = match dice.between(0, 5) {
            0 => Vec::new(),
            1..=3 => vec![end(dice, storm_ms)],
            _ => (0..dice.between(2, 5)).map(|_| end(dice, storm_ms / 3)).collect(),
        };
        let sink_down = dice.chance(250).then(|| span(dice, storm_ms, 240_000));
        let down_ms = (10, *dice.pick(&[100, 5_000, 5_000, 60_000]));
        let mut weather = weather(dice);
        let dice = &mut Dice::new(seed, WRITINGS);
        let writings = writings(dice, storm_ms, accounts.len(), &phones);
        weather.hook_anew = *dice.pick(&[0, 0, 100, 400]);
        let events = events(&mut Dice::new(seed, EVENTS), storm_ms, phones.len());
        let dice = &mut Dice::new(seed, DEAF);
        let deaf = dice.chance(250).then(|| span(dice, storm_ms, 120_000));
        Self {
            seed,
            storm_ms,
            doze_ms,
            accounts,
            phones,
            calls,
            writings,
            events,
            ends,
            down_ms,
            weather,
            sink_down,
            deaf,
        }
    }
}

/// A span that begins during the storm.
fn span(dice: &mut Dice, storm_ms: i64, longest_ms: i64) -> (i64, i64) {
    let from = dice.ms(0, storm_ms);
    (from, from + dice.ms(1_000, longest_ms))
}

fn account(dice: &mut Dice, storm_ms: i64) -> AccountScript {
    let faulty = dice.chance(400);
    let pacing = match dice.between(0, 4) {
        0 => Pacing::default(),
        4 => Pacing { gap: Some(Millis(dice.ms(2_000, 8_000))), burst: 1, ..Pacing::default() },
        1 => Pacing { gap: Some(Millis(dice.ms(20, 500))), burst: 1, ..Pacing::default() },
        2 => Pacing {
            burst: 1,
            recipient_gap: Some(Millis(dice.ms(100, 3_000))),
            ..Pacing::default()
        },
        _ => Pacing { gap: Some(Millis(20)), burst: 50, ..Pacing::default() },
    };
    AccountScript {
        statuses: !dice.chance(80),
        send_gap_ms: *dice.pick(&[0, 0, 500, 500, 3_000]),
        journal_delay_ms: *dice.pick(&[0, 0, 1_000, 20_000, 60_000]),
        lose: if faulty { *dice.pick(&[0, 0, 200, 1_000]) } else { 0 },
        double: if faulty { *dice.pick(&[0, 300]) } else { 0 },
        late_ms: if faulty { *dice.pick(&[0, 2_000, 30_000]) } else { 0 },
        shuffle: faulty && dice.chance(500),
        lanes: *dice.pick(&[1, 1, 4]),
        pacing,
        out: dice.chance(100).then(|| span(dice, storm_ms, 90_000)),
    }
}

fn phone(dice: &mut Dice, number: u64, storm_ms: i64) -> PhoneScript {
    PhoneScript {
        number: 79_210_000_001 + number,
        has_messenger: !dice.chance(80),
        reads: dice.chance(400),
        off: dice.chance(300).then(|| span(dice, storm_ms, 300_000)),
    }
}

/// What customers write in the storm, and one thing when it is over.
fn writings(
    dice: &mut Dice,
    storm_ms: i64,
    accounts: usize,
    phones: &[PhoneScript],
) -> Vec<WritingScript> {
    let able: Vec<usize> = (0..phones.len()).filter(|i| phones[*i].has_messenger).collect();
    if able.is_empty() {
        return Vec::new();
    }
    let mut writings: Vec<_> = (0..dice.between(0, 10))
        .map(|_| {
            let mut writing = writing(dice, accounts, &able);
            writing.at_ms = dice.ms(0, storm_ms);
            writing
        })
        .collect();
    let at_ms = storm_ms + RECOVERY_MS + dice.ms(0, 5_000);
    writings.push(WritingScript { at_ms, ..writing(dice, accounts, &able) });
    writings
}

/// What the booking system tells in the storm; a few, because each owner gets ten mails an hour.
fn events(dice: &mut Dice, storm_ms: i64, phones: usize) -> Vec<EventScript> {
    (0..dice.between(0, 4))
        .map(|_| {
            let at_ms = dice.ms(0, storm_ms);
            EventScript {
                at_ms,
                phone: dice.below(phones),
                is_bad: dice.chance(250),
                posts: if dice.chance(300) { 2 } else { 1 },
                starts_ms: dice.chance(400).then(|| at_ms + dice.ms(30_000, 400_000)),
            }
        })
        .collect()
}

fn writing(dice: &mut Dice, accounts: usize, able: &[usize]) -> WritingScript {
    let file = *dice.pick(&[None, None, Some(WrittenFile::Picture), Some(WrittenFile::Document)]);
    let edited_after_ms = (file.is_none() && dice.chance(300)).then(|| dice.ms(1, 60_000));
    let (phone, account) = (*dice.pick(able), dice.below(accounts));
    WritingScript { at_ms: 0, phone, account, file, edited_after_ms }
}

fn call(dice: &mut Dice, storm_ms: i64, accounts: usize, phones: usize) -> CallScript {
    let at_ms = dice.ms(0, storm_ms);
    let chain = if dice.chance(500) { 1 } else { dice.between(2, 3) };
    let count = usize::try_from(chain).unwrap_or(1).min(accounts.max(1));
    let links = (0..count).map(|_| link(dice)).collect();
    let deadline_ms = dice.chance(150).then(|| at_ms + dice.ms(500, 300_000));
    let window_s = dice.chance(150).then(|| {
        let opens = at_ms / 1_000 + dice.ms(-60, 120);
        // One that closes soon puts off to the next day what did not leave: only with a deadline.
        let closes = if deadline_ms.is_some() { opens + dice.ms(1, 120) } else { opens + 40_000 };
        (opens, closes)
    });
    CallScript {
        at_ms,
        phone: dice.below(phones),
        links,
        reports: *dice.pick(&[
            Wanted::Everything,
            Wanted::Everything,
            Wanted::Everything,
            Wanted::Failure,
            Wanted::Nothing,
        ]),
        address: *dice.pick(&[Address::Own, Address::Own, Address::Call, Address::Unusable]),
        deadline_ms,
        window_s,
        at_once: if dice.chance(200) { 3 } else { 1 },
        again_after_ms: dice.chance(250).then(|| dice.ms(1, 90_000)),
        again_differs: dice.chance(400),
    }
}

/// A call in calm weather: it must be served as if nothing had happened.
fn probe(dice: &mut Dice, storm_ms: i64, accounts: usize, phone: usize) -> CallScript {
    let at_ms = storm_ms + RECOVERY_MS + dice.ms(0, 5_000);
    let count = dice.between(1, u64::try_from(accounts).unwrap_or(1));
    let link = LinkScript { ttl_ms: 180_000, until: Until::Delivered, is_picture: false };
    let opens = at_ms / 1_000 + 20;
    CallScript {
        at_ms,
        phone,
        links: (0..count).map(|_| link.clone()).collect(),
        reports: Wanted::Everything,
        address: Address::Own,
        deadline_ms: None,
        window_s: dice.chance(300).then_some((opens, opens + 40_000)),
        at_once: 1,
        again_after_ms: None,
        again_differs: false,
    }
}

fn link(dice: &mut Dice) -> LinkScript {
    let ttl_ms = match dice.between(0, 3) {
        0 => dice.ms(1_000, 10_000),
        1 => dice.ms(10_000, 60_000),
        _ => dice.ms(60_000, 600_000),
    };
    let until = if dice.chance(250) { Until::Read } else { Until::Delivered };
    LinkScript { ttl_ms, until, is_picture: dice.chance(150) }
}

fn end(dice: &mut Dice, storm_ms: i64) -> End {
    match dice.between(0, 7) {
        0 => End::After(dice.ms(1, storm_ms)),
        1 => End::Statement(few(dice, 2_000)),
        2 => End::BeforeCommit(few(dice, 60)),
        3 => End::AfterCommit(few(dice, 60)),
        4 => End::BeforeRequest(few(dice, 15)),
        5 => End::AfterRequest(few(dice, 15)),
        6 => End::BeforeAnswer(few(dice, 15)),
        _ => End::Stop { after_ms: dice.ms(1, storm_ms), patience_ms: dice.ms(1, 20_000) },
    }
}

fn few(dice: &mut Dice, most: u64) -> u32 {
    u32::try_from(dice.between(1, most)).unwrap_or(1)
}

/// Some of the faults there could be, each with its own rate.
fn weather(dice: &mut Dice) -> Weather {
    let scale = *dice.pick(&[0, 50, 150, 400]);
    let mut rate = |divisor: u32| {
        let is_there = dice.chance(400);
        if is_there { (scale / divisor).max(u32::from(scale > 0)) } else { 0 }
    };
    Weather {
        refused: rate(1),
        cut_before: rate(1),
        cut_after: rate(1),
        hang: rate(2),
        error_500: rate(1),
        error_502: rate(1),
        too_fast: rate(1),
        quota: rate(10),
        ponder: rate(1),
        slow: rate(1),
        hook_lost: rate(1),
        hook_answer_lost: rate(1),
        hook_double: rate(1),
        hook_anew: 0,
        hook_late: rate(1),
        hook_forged: rate(1),
        hook_garbage: rate(2),
        sink_refused: rate(1),
        sink_500: rate(1),
        sink_cut: rate(1),
        sink_hang: rate(2),
        store_fails: rate(20),
        caller_gone: rate(1),
        answer_lost: rate(1),
        gather_ms_max: *dice.pick(&[0, 0, 1, 5, 50]),
    }
}
