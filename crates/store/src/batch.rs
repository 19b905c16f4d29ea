//! The batcher: everything that waits, in one transaction; answers after the commit.
//!
//! It is a pure machine over an [`Engine`]: the writer thread drives it in the product, the
//! deterministic world drives it inline. A batch is what had gathered while the one before it was
//! written; what can wait does not begin one by itself ([`Command::can_wait`]).

use crate::{
    StoreError,
    accept::{Accept, Accepted, accept},
    advance::{Advance, Advanced, advance_known},
    claim::{Claim, Claimed, claim_known},
    config,
    ingest::{Ingest, ingest_known},
    known::Known,
    report::{Reported, reported},
};
use vestnik_db::{Engine, Tx};
use vestnik_engine::cascade::Event;
use vestnik_model::time::Timestamp;

/// Commands in one transaction at most.
pub const COMMANDS_MAX: usize = 512;

/// Takes a command's result, once, after the commit.
pub type Reply<T> = Box<dyn FnOnce(Result<T, StoreError>) + Send>;

/// Other work inside a transaction. May be run again if its batch fails for another's fault.
pub type Work = Box<dyn FnMut(&mut dyn Tx, Timestamp) -> Result<(), StoreError> + Send>;

/// A command and where its answer goes.
pub enum Command {
    /// Accept a message.
    Accept(Box<Accept>, Reply<Accepted>),
    /// Take a message further.
    Advance(Box<Advance>, Reply<Option<Advanced>>),
    /// Take in a webhook.
    Ingest(Box<Ingest>, Reply<Vec<Advanced>>),
    /// Write down how a try of a report ended.
    Reported(Reported, Reply<()>),
    /// Take work from a lane.
    Claim(Claim, Reply<Claimed>),
    /// Anything else.
    Work(Work, Reply<()>),
}

impl Command {
    /// Whether it loses nothing by waiting a few milliseconds for others that are written in the
    /// same transaction. What was done outside is written down a little later then, and nobody is
    /// kept waiting who could tell: an attempt took longer than that, and was as unknown all along.
    #[must_use]
    pub fn can_wait(&self) -> bool {
        match self {
            Self::Reported(..) => true,
            Self::Advance(advance, _) => matches!(advance.event, Event::Submitted { .. }),
            Self::Accept(..) | Self::Ingest(..) | Self::Claim(..) | Self::Work(..) => false,
        }
    }
}

/// Runs batches for one process, which is the only one that changes messages.
#[derive(Debug, Default)]
pub struct Batcher {
    known: Known,
    /// Why nothing can be written down, if so: see [`Batcher::trouble`].
    trouble: Option<StoreError>,
}

impl Batcher {
    /// A batcher in a process that has the database for itself, as the embedded one has by the lock of
    /// its folder. [`Batcher::default`] looks at each attempt's row before it believes its end.
    #[must_use]
    pub fn alone() -> Self {
        Self { known: Known::alone(), trouble: None }
    }

    /// The same, that writes awaited ids down when so many have gathered: for tests and small worlds.
    #[must_use]
    pub fn gathering(max: usize) -> Self {
        Self { known: Known::gathering(max), trouble: None }
    }

    /// Runs one batch: all of it in one transaction if all goes well. If it fails, it is split in
    /// halves, down to the command whose fault it is; only that one gets the error.
    pub fn run(&mut self, engine: &mut dyn Engine, now: Timestamp, mut batch: Vec<Command>) {
        match apply_and_commit(engine, now, &mut self.known, &mut batch) {
            Ok(results) => {
                self.known.awaited.committed(now);
                answer(batch, results);
                self.settle(engine, now);
            }
            Err(error) => {
                self.known.clear();
                engine.rollback();
                if error.is_temporary() {
                    self.trouble = Some(error.clone());
                }
                if batch.len() > 1 {
                    let rest = batch.split_off(batch.len() / 2);
                    self.run(engine, now, batch);
                    self.run(engine, now, rest);
                } else {
                    for command in batch {
                        refuse(command, &error);
                    }
                }
            }
        }
    }

    /// Writes on at what was gathered, in a transaction of its own: nobody waits for it, and nobody's
    /// command is to fail for it.
    fn settle(&mut self, engine: &mut dyn Engine, now: Timestamp) {
        let awaited = &mut self.known.awaited;
        if !awaited.is_unsettled(now) {
            return;
        }
        let mut settled = || {
            engine.begin()?;
            awaited.settle(engine, now)?;
            Ok::<_, StoreError>(engine.commit()?)
        };
        match settled() {
            Ok(()) => awaited.committed(now),
            Err(error) => {
                tracing::error!(%error, "awaited ids could not be written down together: tried again");
                awaited.taken_back();
                awaited.rest(now);
                engine.rollback();
            }
        }
    }

    /// Why nothing can be written down: a transaction failed for the database's own fault (the disk
    /// is full), and no [`Batcher::probe`] has succeeded since. A batch that succeeds proves nothing:
    /// it may have changed nothing.
    #[must_use]
    pub fn trouble(&self) -> Option<&StoreError> {
        self.trouble.as_ref()
    }

    /// Tries to write, to find out whether the trouble is over.
    pub fn probe(&mut self, engine: &mut dyn Engine, now: Timestamp) {
        let mut written = || {
            engine.begin()?;
            config::written(engine, now)?;
            Ok::<_, StoreError>(engine.commit()?)
        };
        self.trouble = written().err();
        if self.trouble.is_some() {
            engine.rollback();
        }
    }
}

/// Answers a command with an error, without running it.
pub fn refuse(command: Command, error: &StoreError) {
    let error = error.clone();
    match command {
        Command::Accept(_, reply) => reply(Err(error)),
        Command::Advance(_, reply) => reply(Err(error)),
        Command::Ingest(_, reply) => reply(Err(error)),
        Command::Reported(_, reply) | Command::Work(_, reply) => reply(Err(error)),
        Command::Claim(_, reply) => reply(Err(error)),
    }
}

/// Gives an answer. What it begins is its own business: a fault in it must not end the writer, on
/// which everybody else waits. The panic itself has been told by the hook of panics.
fn give(answer: impl FnOnce()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(answer)).is_err() {
        eprintln!("an answer broke off by a fault of ours; what it was about is written down");
    }
}

/// Results by kind, each in the order its commands stand in the batch.
struct Results {
    accepted: Vec<Accepted>,
    advanced: Vec<Option<Advanced>>,
    ingested: Vec<Vec<Advanced>>,
    claimed: Vec<Claimed>,
}

fn apply_and_commit(
    engine: &mut dyn Engine,
    now: Timestamp,
    known: &mut Known,
    batch: &mut [Command],
) -> Result<Results, StoreError> {
    engine.begin()?;
    let results = apply(engine, now, known, batch)?;
    engine.commit()?;
    Ok(results)
}

/// Accepts go first: somebody waits for them. Ends of attempts go before webhooks, so that a
/// receipt in the same batch finds the id it speaks of.
fn apply(
    tx: &mut dyn Tx,
    now: Timestamp,
    known: &mut Known,
    batch: &mut [Command],
) -> Result<Results, StoreError> {
    let (mut accepts, mut advances, mut ingests) = (Vec::new(), Vec::new(), Vec::new());
    let (mut reports, mut claims, mut works) = (Vec::new(), Vec::new(), Vec::new());
    for command in batch {
        match command {
            Command::Accept(accept, _) => accepts.push(&**accept),
            Command::Advance(advance, _) => advances.push(&**advance),
            Command::Ingest(ingest, _) => ingests.push(&**ingest),
            Command::Reported(reported, _) => reports.push(&*reported),
            Command::Claim(claim, _) => claims.push(&*claim),
            Command::Work(work, _) => works.push(work),
        }
    }
    let accepted = if accepts.is_empty() { Vec::new() } else { accept(tx, now, &accepts)? };
    known.awaited.accepted(accepted.len());
    for (accept, answer) in accepts.iter().zip(&accepted) {
        // What waits for long would only push others out.
        if *answer == Accepted::New && accept.submitting.is_some() {
            known.keep(accept.message(now));
        }
    }
    let advanced =
        if advances.is_empty() { Vec::new() } else { advance_known(tx, now, known, &advances)? };
    let ingested =
        if ingests.is_empty() { Vec::new() } else { ingest_known(tx, now, known, &ingests)? };
    reported(tx, &reports)?;
    for work in works {
        work(tx, now)?;
    }
    let claimed = claim_known(tx, now, known, &claims)?;
    Ok(Results { accepted, advanced, ingested, claimed })
}

fn answer(mut batch: Vec<Command>, results: Results) {
    let mut accepted = results.accepted.into_iter();
    let mut advanced = results.advanced.into_iter();
    let mut ingested = results.ingested.into_iter();
    let mut claimed = results.claimed.into_iter();
    // In the order they were applied: who hears of a message's steps hears of them in order.
    batch.sort_by_key(|command| match command {
        Command::Accept(..) => 0,
        Command::Advance(..) => 1,
        Command::Ingest(..) => 2,
        Command::Reported(..) => 3,
        Command::Work(..) => 4,
        Command::Claim(..) => 5,
    });
    for command in batch {
        give(|| match command {
            Command::Accept(_, reply) => reply(accepted.next().ok_or(StoreError::Closed)),
            Command::Advance(_, reply) => reply(advanced.next().ok_or(StoreError::Closed)),
            Command::Ingest(_, reply) => reply(ingested.next().ok_or(StoreError::Closed)),
            Command::Reported(_, reply) | Command::Work(_, reply) => reply(Ok(())),
            Command::Claim(_, reply) => reply(claimed.next().ok_or(StoreError::Closed)),
        });
    }
}
