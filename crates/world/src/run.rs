//! A world from its beginning to its end: the storm, the calm, the checks.

use crate::{
    caller, check,
    clock::{BEGIN, pause, span},
    customer,
    dice::digest,
    hub,
    life::lock,
    panics, provider,
    script::{AccountScript, Script},
    sink::{Arrival, Telling},
    source::{self, Mailed},
    witness::messages,
    world::World,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, sync::Arc};
use vestnik_app::incoming::WithFiles;
use vestnik_engine::cause::{Cause, WaitedFor};
use vestnik_model::id::IncomingId;
use vestnik_store::{
    incoming::Search, journal, journal::Line, message::Message, report, report::Owed,
};

/// After the storm a world must come to rest within this.
const CALM_MS_MAX: i64 = 6 * 3_600_000;
/// While nothing is under way, the calm is lived through in steps of this.
const DOZE_MS: i64 = 10_000;

/// What became of a world.
#[derive(Debug)]
pub struct History {
    /// The seed.
    pub seed: u64,
    /// What is not as it must be: empty if all is well.
    pub violations: Vec<String>,
    /// One number for everything that can be seen: the same seed gives the same.
    pub hash: u64,
    /// The messages with their journals, oldest first.
    pub messages: Vec<Told>,
    /// The bubbles as the provider keeps them, shown or not.
    pub bubbles: Vec<Value>,
    /// The reports as they arrived.
    pub arrivals: Vec<Arrival>,
    /// What customers wrote, as it was kept, oldest first.
    pub incoming: Vec<WithFiles>,
    /// What customers wrote, as the partner was told.
    pub tellings: Vec<Telling>,
    /// Mails to the owner of the hook, as the server took them.
    pub mails: Vec<Mailed>,
    /// How often what happened.
    pub tally: BTreeMap<&'static str, u64>,
    /// How long it took, in simulated milliseconds.
    pub passed_ms: i64,
}

/// A message with all that was written down about it.
#[derive(Debug)]
pub struct Told {
    /// The message.
    pub message: Message,
    /// Its journal.
    pub lines: Vec<Line>,
    /// Its reports.
    pub reports: Vec<Owed>,
}

/// Lives through the world of a seed.
#[must_use]
pub fn run(seed: u64) -> History {
    run_script(Script::draw(seed))
}

/// Lives through a script.
///
/// # Panics
/// If there is no runtime to be had.
#[must_use]
pub fn run_script(script: Script) -> History {
    panics::watch();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime of one thread");
    runtime.block_on(live(script))
}

async fn live(script: Script) -> History {
    let world = World::new(script);
    hub::set_up(&world.disk, &world.script);
    tokio::spawn(provider::drive(Arc::clone(&world)));
    tokio::spawn(provider::switch(Arc::clone(&world)));
    tokio::spawn(hub::live(Arc::clone(&world)));
    tokio::spawn(hub::deafen(Arc::clone(&world)));
    for call in 0..world.script.calls.len() {
        tokio::spawn(caller::ask(Arc::clone(&world), call));
    }
    for writing in 0..world.script.writings.len() {
        tokio::spawn(customer::write(Arc::clone(&world), writing));
    }
    for event in 0..world.script.events.len() {
        tokio::spawn(source::post(Arc::clone(&world), event));
    }
    weather(&world).await;
    calm_down(&world);
    if !rest(&world).await {
        world.blame("it does not come to rest");
    }
    tell(&world)
}

/// Waits for the end of the storm.
async fn weather(world: &Arc<World>) {
    loop {
        let left = world.script.storm_ms - world.clock.passed_ms();
        if left <= 0 {
            return;
        }
        pause(left.min(100)).await;
        doze(world, world.script.doze_ms.min(left)).await;
    }
}

/// Nobody is on the way: whoever sleeps may as well sleep a little longer. This is what makes a
/// world quick: what looks around every fifth of a second does so a few times less.
async fn doze(world: &Arc<World>, at_most_ms: i64) {
    let due = lock(&world.twin).due().map_or(at_most_ms, |at| at - world.clock.now().0 - 1);
    let span_ms = due.min(at_most_ms);
    if span_ms > 0 && !world.is_busy() {
        tokio::time::advance(span(span_ms)).await;
    }
}

/// Nothing goes wrong any more: phones are on, accounts are in, whatever comes arrives.
fn calm_down(world: &World) {
    world.calm_down();
    world.ask_twin("DELETE", "/twin/faults", &Value::Null);
    for phone in &world.script.phones {
        world.ask_twin("PUT", &format!("/twin/phones/{}", phone.number), &json!({ "on": true }));
    }
    for i in 0..world.script.accounts.len() {
        let path = format!("/twin/instances/{}", AccountScript::number(i));
        world.ask_twin("PUT", &path, &json!({ "state": "authorized" }));
    }
}

/// Waits until nothing is left to be done. Whether that came about.
async fn rest(world: &Arc<World>) -> bool {
    let limit = world.clock.passed_ms() + CALM_MS_MAX;
    while world.clock.passed_ms() < limit {
        pause(20).await;
        if !world.is_busy() && world.is_at_rest() {
            return true;
        }
        doze(world, DOZE_MS).await;
    }
    false
}

/// All that customers wrote in a world, oldest first.
const EVERYTHING: Search = Search {
    workspace: None,
    phones: Vec::new(),
    chat: None,
    before: None,
    after: Some(IncomingId(0)),
    limit: 1_000,
};

const OPEN: &str = "SELECT \
    (SELECT count(*) FROM outbox WHERE state IN ('wait', 'submit', 'inquire', 'unknown')) \
    + (SELECT count(*) FROM message WHERE wake_at IS NOT NULL) \
    + (SELECT count(*) FROM report WHERE state = 'due') \
    + (SELECT count(*) FROM attachment WHERE state = 'waiting') \
    + (SELECT count(*) FROM mo WHERE state = 'due') \
    + (SELECT count(*) FROM hook_call WHERE state = 'new') \
    + (SELECT count(*) FROM notice WHERE state = 'open') \
    + (SELECT count(*) FROM reminder WHERE state = 'wait') \
    + (SELECT count(*) FROM mail WHERE state = 'due')";

impl World {
    fn is_at_rest(&self) -> bool {
        let witness = lock(&self.witness);
        let is_said = witness.answered == self.script.calls.len()
            && witness.writers_done == self.script.writings.len()
            && witness.sources_done == self.script.events.len();
        drop(witness);
        if !is_said || self.process().is_none() {
            return false;
        }
        let open = self.disk.look(|tx| {
            let rows = tx.query(OPEN, &[]).ok()?;
            rows.first()?.int(0).ok()
        });
        open == Some(0) && self.ask_twin("GET", "/twin", &Value::Null)["webhooks_waiting"] == 0
    }
}

/// Gathers everything, and checks it.
fn tell(world: &World) -> History {
    let told = world.disk.look(|tx| {
        let mut out = Vec::new();
        for message in messages(tx)? {
            let lines = journal::of_message(tx, message.id)?;
            let reports = report::of_message(tx, message.id)?;
            out.push(Told { message, lines, reports });
        }
        Ok::<_, vestnik_store::StoreError>(out)
    });
    let told = told.unwrap_or_else(|error| {
        world.blame(&format!("what is on disk can't be read: {error}"));
        Vec::new()
    });
    for line in told.iter().flat_map(|told| &told.lines) {
        world.count(name_of(&line.cause));
    }
    let incoming = world.disk.look(|tx| vestnik_app::incoming::find(tx, &EVERYTHING));
    let incoming = incoming.unwrap_or_else(|error| {
        world.blame(&format!("what customers wrote can't be read: {error}"));
        Vec::new()
    });
    let bubbles = world.ask_twin("GET", "/twin/bubbles?all=1&direction=in", &Value::Null);
    let (arrivals, tellings) = {
        let sink = lock(&world.sink);
        (sink.arrivals.clone(), sink.tellings.clone())
    };
    let mut history = History {
        seed: world.script.seed,
        violations: Vec::new(),
        hash: 0,
        messages: told,
        bubbles: bubbles.as_array().cloned().unwrap_or_default(),
        arrivals,
        incoming,
        tellings,
        mails: lock(&world.witness).mails.clone(),
        tally: world.tally(),
        passed_ms: world.clock.passed_ms(),
    };
    history.violations = lock(&world.witness).violations.clone();
    history.violations.extend(panics::seen());
    history.violations.extend(check::all(world, &history));
    history.hash = history.digest();
    history
}

/// What a journal line tells, for the tally.
fn name_of(cause: &Cause) -> &'static str {
    match cause {
        Cause::Accepted { .. } => "step: accepted",
        Cause::RepeatedDifferently => "step: asked again differently",
        Cause::Submitted { .. } => "step: submitted",
        Cause::Deferred { .. } => "step: deferred",
        Cause::GaveUp { .. } => "step: gave up",
        Cause::Refused { .. } => "step: refused",
        Cause::AnswerLost { .. } => "step: answer lost",
        Cause::Orphaned { .. } => "step: orphaned",
        Cause::FoundInJournal { .. } => "step: found in the journal",
        Cause::AbsentInJournal { .. } => "step: absent in the journal",
        Cause::JournalUnsure { .. } => "step: journal unsure",
        Cause::Receipt { called_off: true, .. } => "step: a late receipt calls off a link",
        Cause::Receipt { .. } => "step: receipt",
        Cause::LinkExpired { waited_for: WaitedFor::Certainty, .. } => "step: never found out",
        Cause::LinkExpired { .. } => "step: link expired",
        Cause::OutOfReach { .. } => "step: out of reach",
        Cause::Cancelled => "step: called off",
        Cause::NothingNew => "step: nothing new",
    }
}

impl History {
    fn digest(&self) -> u64 {
        let mut hash = 0;
        for told in &self.messages {
            hash = digest(&format!("{:?}", told.message), hash);
            hash = digest(&format!("{:?}{:?}", told.lines, told.reports), hash);
        }
        for bubble in &self.bubbles {
            hash = digest(&bubble.to_string(), hash);
        }
        hash = digest(&format!("{:?}{:?}", self.incoming, self.tellings), hash);
        hash = digest(&format!("{:?}", self.mails), hash);
        digest(&format!("{:?}{:?}", self.arrivals, self.passed_ms), hash)
    }

    /// Everything that happened to every message, for people.
    #[must_use]
    pub fn tell(&self) -> String {
        let mut out = String::new();
        for told in &self.messages {
            let Message { id, plan, cascade, .. } = &told.message;
            let name = plan.partner_ref.as_deref().unwrap_or_default();
            out += &format!("{id} {name} {:?}\n", cascade.status);
            for line in &told.lines {
                let at = line.at.0 - BEGIN.0;
                out += &format!("    {at:8} {:3} {:?}\n", line.n, line.cause);
            }
            for owed in &told.reports {
                let (report, at) = (&owed.report, owed.created_at.0 - BEGIN.0);
                let what = (report.n, report.link, report.kind, owed.state, owed.attempts);
                out += &format!("    {at:8} owes {what:?} {:?}\n", owed.answer);
            }
            for arrival in self.arrivals.iter().filter(|a| a.message == *id) {
                let Arrival { at_ms, status, text, is_taken, .. } = arrival;
                out += &format!("    {at_ms:8} reported {status} {text:?} taken: {is_taken}\n");
            }
        }
        out + &self.tell_incoming()
    }

    fn tell_incoming(&self) -> String {
        let mut out = String::new();
        for WithFiles { stored, files } in &self.incoming {
            let (id, account) = (stored.id, stored.account.0);
            out += &format!("{id} came to account {account}: {:?}\n", stored.record);
            for file in files {
                out += &format!("    file {} {:?} {:?}\n", file.name, file.state, file.detail);
            }
            for telling in self.tellings.iter().filter(|telling| telling.incoming == id) {
                let Telling { at_ms, text, is_taken, .. } = telling;
                out += &format!("    {at_ms:8} told {text:?} taken: {is_taken}\n");
            }
        }
        out
    }

    /// Panics with everything that is wrong, and how to see it again.
    ///
    /// # Panics
    /// If anything is wrong.
    pub fn expect_sound(&self) {
        assert!(self.violations.is_empty(), "{self}");
    }
}

impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world {} after {} simulated ms:", self.seed, self.passed_ms)?;
        for violation in &self.violations {
            writeln!(f, "  {violation}")?;
        }
        write!(f, "again: WORLD_SEED={} cargo test -p vestnik-world one_seed", self.seed)
    }
}
