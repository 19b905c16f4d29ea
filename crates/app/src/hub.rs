//! The hub: the one thing that doors and workers hold.

use crate::{
    bell::{Bell, Deafness},
    chance::Chance,
    clock::Clock,
    desk::Desk,
    file::Files,
    hook::{HookSettings, account::Silent},
    mail::Post,
    notice,
    password::Passwords,
    reach,
    report_desk::ReportDesk,
    seal::Sealer,
    send,
    setup::{Providers, Setup},
};
use arc_swap::ArcSwap;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::oneshot;
use vestnik_db::{Pool, Tx};
use vestnik_engine::{cascade::Report, plan::Plan};
use vestnik_files::FileStore;
use vestnik_model::{
    id::{AccountId, Epoch, IdSource, MessageId, PartnerId},
    messenger::Messenger,
    time::Timestamp,
};
use vestnik_provider::Transport;
use vestnik_store::{
    StoreError,
    advance::{Advance, Advanced},
    batch::{Command, Reply},
    config,
    incoming::Stored,
    writer::Writer,
};

/// Everything a use case needs.
pub struct Hub {
    /// Where commands are written.
    pub writer: Arc<dyn Writer>,
    /// Where queries are read.
    pub pool: Arc<dyn Pool>,
    /// The wire.
    pub transport: Arc<dyn Transport>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Bits for spreading retries.
    pub chance: Chance,
    /// Parts that wait to be submitted.
    pub desk: Desk,
    /// Reports that wait to be delivered.
    pub reports: ReportDesk,
    /// Files.
    pub files: Files,
    /// Where the world reaches us, without a slash at the end.
    pub public_url: Option<String>,
    /// Rings when something has come in that files or partners wait for.
    pub arrivals: Arrivals,
    /// Whether all these bells are heard.
    pub deafness: Deafness,
    /// What hooks may do here.
    pub hooks: HookSettings,
    /// Instances of hooks' addresses whose provider did not answer a moment ago.
    pub(crate) silent: Silent,
    /// What carries mails, if a mail server is configured.
    pub post: Option<Arc<dyn Post>>,
    /// Verified passwords.
    pub passwords: Passwords,
    /// What turns a report into a partner's bytes.
    pub renderer: &'static dyn ReportRenderer,
    /// The epoch of this process.
    pub epoch: Epoch,
    reads_inline: bool,
    setup: ArcSwap<Setup>,
    providers: Providers,
    sealer: Sealer,
    ids: Mutex<IdSource>,
    /// Where work goes on that a reply begins: replies run on the writer's thread.
    runtime: Option<tokio::runtime::Handle>,
    /// States of accounts that could not be written down: tried again with the next refresh, or the
    /// account would stay blocked in memory with nobody to ask whether it works again.
    unwritten: Arc<Mutex<BTreeMap<AccountId, Option<String>>>>,
}

/// What a hub is made of.
pub struct Parts {
    /// See [`Hub::writer`].
    pub writer: Arc<dyn Writer>,
    /// See [`Hub::pool`].
    pub pool: Arc<dyn Pool>,
    /// See [`Hub::transport`].
    pub transport: Arc<dyn Transport>,
    /// See [`Hub::clock`].
    pub clock: Arc<dyn Clock>,
    /// The seed of [`Hub::chance`].
    pub seed: u64,
    /// The adapters.
    pub providers: Providers,
    /// The master key.
    pub sealer: Sealer,
    /// Where files lie.
    pub files: Arc<dyn FileStore>,
    /// See [`Hub::public_url`].
    pub public_url: Option<String>,
    /// See [`Hub::hooks`].
    pub hooks: HookSettings,
    /// See [`Hub::post`].
    pub post: Option<Arc<dyn Post>>,
    /// See [`Hub::renderer`].
    pub renderer: &'static dyn ReportRenderer,
    /// Which node this is: 0 to 1023.
    pub node: u16,
    /// The epoch under which this process owns its partitions.
    pub epoch: Epoch,
    /// What is set up.
    pub config: config::Config,
    /// See [`Hub::passwords`].
    pub passwords: Passwords,
    /// Whether queries run where they are asked: for the deterministic world, which has one
    /// thread.
    pub reads_inline: bool,
}

/// Bells for what follows a webhook: each loop has its own.
pub struct Arrivals {
    /// Files wait to be fetched.
    pub files: Bell,
    /// Partners wait to be told.
    pub tellings: Bell,
    /// An event source has called.
    pub calls: Bell,
    /// A notice has come to an end.
    pub notices: Bell,
    /// A reminder was set.
    pub reminders: Bell,
    /// A mail was written.
    pub mails: Bell,
}

impl Arrivals {
    fn of(deafness: &Deafness) -> Self {
        let bell = || Bell::of(deafness);
        Self {
            files: bell(),
            tellings: bell(),
            calls: bell(),
            notices: bell(),
            reminders: bell(),
            mails: bell(),
        }
    }
}

/// Turns a report into the bytes of a partner's dialect.
pub trait ReportRenderer: Send + Sync {
    /// The body to be posted.
    fn render(&self, message: MessageId, plan: &Plan, facts: &ReportFacts<'_>) -> Vec<u8>;

    /// The body that tells a partner what a customer wrote.
    fn render_mo(&self, mo: &MoFacts<'_>) -> Vec<u8>;
}

/// What a report tells.
pub struct ReportFacts<'a> {
    /// What happened.
    pub report: &'a Report,
    /// When the link was taken by the provider, if it was; else when the message was accepted.
    pub submitted_at: Timestamp,
    /// Whom it is told to.
    pub partner: PartnerId,
}

/// What a customer wrote, as a partner is told.
pub struct MoFacts<'a> {
    /// The message.
    pub stored: &'a Stored,
    /// Its messenger.
    pub messenger: Messenger,
    /// The sender name that the partner has there.
    pub sender: &'a str,
    /// Where its first picture can be had.
    pub media_url: Option<String>,
}

impl Hub {
    /// Puts a hub together.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let setup = Setup::new(&parts.config, parts.providers, &parts.sealer, None);
        let deafness = Deafness::default();
        Arc::new(Self {
            writer: parts.writer,
            pool: parts.pool,
            transport: parts.transport,
            clock: parts.clock,
            chance: Chance::new(parts.seed),
            desk: Desk::new(&deafness),
            reports: ReportDesk::new(&deafness),
            files: Files::new(parts.files, parts.sealer.derive("files")),
            public_url: parts.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            arrivals: Arrivals::of(&deafness),
            deafness,
            hooks: parts.hooks,
            silent: Silent::default(),
            post: parts.post,
            passwords: parts.passwords,
            renderer: parts.renderer,
            epoch: parts.epoch,
            reads_inline: parts.reads_inline,
            setup: ArcSwap::from_pointee(setup),
            providers: parts.providers,
            sealer: parts.sealer,
            ids: Mutex::new(IdSource::new(parts.node)),
            runtime: tokio::runtime::Handle::try_current().ok(),
            unwritten: Arc::default(),
        })
    }

    /// What is set up at this moment.
    #[must_use]
    pub fn setup(&self) -> Arc<Setup> {
        self.setup.load_full()
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id.
    #[must_use]
    pub fn id(&self) -> i64 {
        let now = self.now();
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).next(now)
    }

    /// Reads what is set up again, if it changed. Returns whether it did. Also writes down what could
    /// not be written before.
    ///
    /// # Errors
    /// If the store can't be read.
    pub async fn refresh(self: &Arc<Self>) -> Result<bool, StoreError> {
        let unwritten =
            std::mem::take(&mut *self.unwritten.lock().unwrap_or_else(PoisonError::into_inner));
        for (account, trouble) in unwritten {
            self.write_trouble(account, trouble);
        }
        let known = self.setup().version;
        let config =
            self.read(move |tx| {
                if config::version(tx)? == known { Ok(None) } else { config::load(tx).map(Some) }
            })
            .await?;
        let Some(config) = config else { return Ok(false) };
        let before = self.setup();
        let setup = Setup::new(&config, self.providers, &self.sealer, Some(&before));
        self.setup.store(Arc::new(setup));
        self.desk.configure(&self.setup());
        Ok(true)
    }

    /// Runs a command and waits for its answer.
    ///
    /// # Errors
    /// The command's own.
    pub async fn command<T: Send + 'static>(
        &self,
        make: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        self.writer.submit(make(Box::new(move |result| {
            // Nobody waits any more: the command is done all the same.
            drop(sender.send(result));
        })));
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs a query on a read-only view, off the async threads.
    ///
    /// # Errors
    /// The query's own.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.reads_inline {
            return read_now(&*self.pool, query);
        }
        let pool = Arc::clone(&self.pool);
        let run = move || read_now(&*pool, query);
        tokio::task::spawn_blocking(run).await.unwrap_or(Err(StoreError::Closed))
    }

    /// Takes a message further and passes on what follows from it.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub async fn advance(
        self: &Arc<Self>,
        advance: Advance,
    ) -> Result<Option<Advanced>, StoreError> {
        let hub = Arc::clone(self);
        let (sender, receiver) = oneshot::channel();
        // What follows happens in the answer itself: it does not depend on who waits for it.
        let reply: Reply<Option<Advanced>> = Box::new(move |result| {
            if let Ok(Some(advanced)) = &result {
                hub.pass_on(advanced);
            }
            drop(sender.send(result));
        });
        self.writer.submit(Command::Advance(Box::new(advance), reply));
        receiver.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Passes on what follows from a step: reports and parts to their desks, account trouble to
    /// the log and the store.
    pub fn pass_on(self: &Arc<Self>, advanced: &Advanced) {
        let now = self.now();
        for (slot, due) in &advanced.submits {
            if let Some(planned) = advanced.plan.links.get(usize::from(slot.link)) {
                self.desk.waiting(&self.setup(), planned.lane, planned.account, *due);
                reach::look(self, advanced.message, &advanced.plan, *slot, *due);
            }
        }
        if let Some(lane) = advanced.plan.report_lane
            && !advanced.reports.is_empty()
        {
            self.reports.offer(lane, advanced, now);
        }
        if advanced.partner == send::hooks_partner(advanced.workspace) {
            notice::ring(self, advanced);
        }
        for (account, failure) in &advanced.paused {
            self.stop_account(*account, &format!("{:?}: {}", failure.reason, failure.detail));
        }
    }

    /// Stops using an account until somebody acts (or it says that it works again).
    pub fn stop_account(&self, account: AccountId, detail: &str) {
        let known = self.setup().account(account).is_some_and(|a| a.trouble.is_some());
        self.desk.block(account);
        if !known {
            tracing::error!(account.id = account.0, detail, "an account was stopped");
            metrics::counter!("vestnik_accounts_stopped_total").increment(1);
            self.write_trouble(account, Some(detail.to_owned()));
        }
    }

    /// Uses an account again that was stopped.
    pub fn resume_account(&self, account: AccountId) {
        if self.setup().account(account).is_some_and(|a| a.trouble.is_some()) {
            tracing::info!(account.id = account.0, "an account works again");
            self.write_trouble(account, None);
        }
    }

    fn write_trouble(&self, account: AccountId, trouble: Option<String>) {
        let (again, unwritten) = (trouble.clone(), Arc::clone(&self.unwritten));
        let work = move |tx: &mut dyn Tx, _: Timestamp| {
            vestnik_store::account::set_trouble(tx, account, trouble.as_deref())
        };
        let reply = move |result: Result<(), StoreError>| {
            if let Err(error) = result {
                tracing::error!(account.id = account.0, %error, "account state was not written");
                if error.is_temporary() {
                    let mut unwritten = unwritten.lock().unwrap_or_else(PoisonError::into_inner);
                    unwritten.entry(account).or_insert(again);
                }
            }
        };
        self.writer.submit(Command::Work(Box::new(work), Box::new(reply)));
    }

    /// Runs other work inside a transaction.
    ///
    /// # Errors
    /// The work's own.
    pub async fn work(
        &self,
        work: impl FnMut(&mut dyn Tx, Timestamp) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.command(move |reply| Command::Work(Box::new(work), reply)).await
    }

    /// Runs work inside a transaction and waits for what it found.
    ///
    /// # Errors
    /// The work's own.
    pub async fn perform<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Tx, Timestamp) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let found = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&found);
        self.work(move |tx, now| {
            let value = work(tx, now)?;
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            Ok(())
        })
        .await?;
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.take().ok_or(StoreError::Closed)
    }

    /// Goes on with something beside the caller, who may be on the writer's thread, which belongs to
    /// no runtime. A hub that was made outside of a runtime does nothing of it.
    pub(crate) fn beside(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(work);
        }
    }

    /// Whether work that waits or computes is to be done where it is asked for.
    #[must_use]
    pub fn reads_inline(&self) -> bool {
        self.reads_inline
    }

    /// What seals and opens secrets.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The adapters this program was built with.
    #[must_use]
    pub fn providers(&self) -> Providers {
        self.providers
    }
}

/// Runs a query here and now.
///
/// # Errors
/// The query's own.
pub fn read_now<T>(
    pool: &dyn Pool,
    query: impl FnOnce(&mut dyn Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut query = Some(query);
    let mut out = Err(StoreError::Closed);
    pool.read(&mut |tx| {
        if let Some(query) = query.take() {
            out = query(tx);
        }
        Ok(())
    })?;
    out
}
