//! What one message costs in the store alone: the writer's commands, one batch after the other,
//! on a real file.
//!
//! Messages go through the batches side by side as they do in a loaded hub: while some are
//! accepted, those before them are taken by the provider, those before these are delivered, and
//! so on.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use serde::Serialize;
use vestnik_db::{DbError, Engine, Row, Rows, Tx, Value, dialect::Dialect, migration::migrate};
use vestnik_db_sqlite::{Checkpointer, Lite};
use vestnik_engine::{
    cascade::{self, Cascade, Event, step},
    plan::{PLAN_VERSION, Plan, PlannedLink, Until, Wanted},
};
use vestnik_model::{
    account::Class,
    content::Content,
    id::{AccountId, Epoch, IdSource, LaneId, MessageId, PartnerId, WebhookId, WorkspaceId},
    messenger::Messenger,
    outcome::{Guarantee, Outcome, ReceiptKind},
    phone::Phone,
    time::{Millis, Timestamp},
};
use vestnik_store::{
    StoreError,
    accept::Accept,
    advance::Advance,
    batch::{Batcher, Command, Reply},
    ingest::{Ingest, Keep, Receipt},
    ownership,
    report::{ReportState, Reported},
    schema::MIGRATIONS,
};

use crate::{
    call::{recipient, text},
    figures::share,
    usage::{cpu, written},
};

/// What a message costs.
#[derive(Debug, Serialize)]
pub struct Cost {
    /// CPU time per message, µs.
    pub cpu_us: f64,
    /// Rows inserted, updated and deleted per message, without the janitor's one.
    pub row_writes: f64,
    /// Bytes handed to the system per message: log and checkpoints.
    pub bytes: f64,
}

/// The row writes of a message in the hub's lifetime, less the janitor's.
const ROW_WRITES_MAX: u64 = 11;
/// Messages whose awaited ids share a row.
const SHARE_A_ROW: u64 = 100;

/// Measures it in an empty folder.
pub fn measure(folder: &Path, messages: u64, per_batch: u64) -> anyhow::Result<Cost> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = folder.join("store.db");
    let mut engine = Counted { lite: vestnik_db_sqlite::open(&path)?, changed: 0 };
    migrate(&mut engine, MIGRATIONS)?;
    engine.begin()?;
    let epoch = ownership::take_all(&mut engine, "bench")?;
    engine.commit()?;
    engine.changed = 0;
    let _checkpointer = Checkpointer::start(&path)?;
    let mut line = Line::new(epoch, per_batch.max(1));
    let rounds = messages.div_ceil(line.per_batch) + Line::STAGES;
    let (cpu_before, bytes_before) = (cpu(std::process::id())?, written()?);
    let mut batcher = Batcher::alone();
    for round in 0..rounds {
        let batch = line.batch(round, rounds - Line::STAGES);
        batcher.run(&mut engine, line.now, batch);
    }
    let (cpu_after, bytes_after) = (cpu(std::process::id())?, written()?);
    let done = line.messages.len() as u64;
    let replies = line.good.load(std::sync::atomic::Ordering::Relaxed);
    ensure!(replies == done * Line::COMMANDS, "{replies} good answers for {done} messages");
    let row_writes_max = done * ROW_WRITES_MAX + done / SHARE_A_ROW;
    ensure!(engine.changed <= row_writes_max, "{} row writes", engine.changed);
    Ok(Cost {
        cpu_us: share(cpu_after - cpu_before, done),
        row_writes: per(engine.changed, done),
        bytes: per(bytes_after - bytes_before, done),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per(count: u64, messages: u64) -> f64 {
    count as f64 / messages.max(1) as f64
}

/// Messages on their way through the batches.
struct Line {
    epoch: Epoch,
    per_batch: u64,
    ids: IdSource,
    now: Timestamp,
    messages: Vec<MessageId>,
    good: Arc<std::sync::atomic::AtomicU64>,
}

impl Line {
    /// Batches a message passes after its accept.
    const STAGES: u64 = 4;
    /// Commands of a message: accept, advance, ingest, and two reports.
    const COMMANDS: u64 = 5;

    fn new(epoch: Epoch, per_batch: u64) -> Self {
        let now = Timestamp(1_800_000_000_000);
        Self {
            epoch,
            per_batch,
            ids: IdSource::new(0),
            now,
            messages: Vec::new(),
            good: Arc::default(),
        }
    }

    /// The commands of one round; messages are begun in the first `last` rounds.
    fn batch(&mut self, round: u64, last: u64) -> Vec<Command> {
        self.now = self.now + Millis(10);
        let mut out = Vec::new();
        for i in 0..self.per_batch {
            let n = |behind: u64| {
                let of_round = round.checked_sub(behind).filter(|of_round| *of_round < last)?;
                Some(of_round * self.per_batch + i)
            };
            let (taken, delivered, sent, told) = (n(1), n(2), n(3), n(4));
            if let Some(n) = n(0) {
                out.push(self.accept(n));
            }
            out.extend(taken.map(|n| self.taken(n)));
            out.extend(delivered.map(|n| self.delivered(n)));
            out.extend(sent.map(|n| self.reported(n, 0)));
            out.extend(told.map(|n| self.reported(n, 1)));
        }
        out
    }

    fn reply<T: 'static>(&self) -> Reply<T> {
        let good = Arc::clone(&self.good);
        Box::new(move |result: Result<T, StoreError>| {
            if result.is_ok() {
                good.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        })
    }

    fn id_of(&self, n: u64) -> MessageId {
        let i = usize::try_from(n).unwrap_or(usize::MAX);
        self.messages.get(i).copied().unwrap_or(MessageId(0))
    }

    fn accept(&mut self, n: u64) -> Command {
        let id = MessageId(self.ids.next(self.now));
        self.messages.push(id);
        let plan = plan(n);
        let mut cascade = Cascade::new(&plan);
        let context = cascade::Context { now: self.now, in_flight: false, jitter: 0 };
        step(&plan, &mut cascade, &Event::Begin, context, &mut Vec::new());
        let accept = Accept {
            id,
            workspace: WorkspaceId(1),
            partner: PartnerId(11),
            is_ref_unique: true,
            body_hash: n,
            content_hash: None,
            plan: plan.into(),
            cascade,
            submitting: Some(self.epoch),
        };
        Command::Accept(Box::new(accept), self.reply())
    }

    fn taken(&self, n: u64) -> Command {
        let outcome = Outcome::Accepted { remote_id: remote_id(n) };
        let advance = Advance {
            message: self.id_of(n),
            event: Event::Submitted { link: 0, part: 0, outcome },
            fence: Some(self.epoch),
            exchange: None,
            raw: None,
            jitter: 0,
        };
        Command::Advance(Box::new(advance), self.reply())
    }

    fn delivered(&mut self, n: u64) -> Command {
        let remote_id = remote_id(n);
        let raw = format!(
            "{{\"typeWebhook\":\"outgoingMessageStatus\",\"chatId\":\"{}@c.us\",\"instanceData\":\
             {{\"idInstance\":1101000001,\"wid\":\"79990000001@c.us\",\"typeInstance\":\"whatsapp\"}},\
             \"timestamp\":1800000000,\"idMessage\":\"{remote_id}\",\"status\":\"delivered\",\
             \"description\":\"\",\"sendByApi\":true}}",
            recipient(n)
        );
        let ingest = Ingest {
            id: WebhookId(self.ids.next(self.now)),
            account: AccountId(21),
            raw: raw.into_bytes().into(),
            receipts: vec![Receipt { remote_id, kind: ReceiptKind::Delivered, at: Some(self.now) }],
            read_up_to: Vec::new(),
            heard: Vec::new(),
            keep: Keep::No,
        };
        Command::Ingest(Box::new(ingest), self.reply())
    }

    fn reported(&self, n: u64, number: u16) -> Command {
        let reported = Reported {
            message: self.id_of(n),
            n: number,
            state: ReportState::Done,
            due_at: self.now,
            attempts: 1,
            answer: "HTTP 200".to_owned(),
        };
        Command::Reported(reported, self.reply())
    }
}

fn remote_id(n: u64) -> String {
    format!("3EB0{n:012X}0001")
}

fn plan(n: u64) -> Plan {
    Plan {
        v: PLAN_VERSION,
        recipient: Phone::from_digits(recipient(n)).expect("a phone").into(),
        class: Class::Transactional,
        links: vec![PlannedLink {
            account: AccountId(21),
            lane: LaneId(0x5eed_0001),
            messenger: Messenger::Whatsapp,
            sender: "BENCH".to_owned(),
            traffic: 1,
            parts: vec![Content::Text(text(n))],
            quote: None,
            ttl: Millis::hours(168),
            until: Until::Delivered,
            guarantee: Guarantee::NeverTwice,
            unknown: Guarantee::NeverTwice,
        }],
        window: None,
        zone_by: None,
        deadline: None,
        reports: Wanted::Everything,
        partner_ref: Some(format!("b-{n}")),
        notify_url: None,
        report_lane: Some(LaneId(0x5eed_1001)),
        extra: Vec::new(),
    }
}

/// An engine whose changes are counted.
struct Counted {
    lite: Lite,
    changed: u64,
}

impl Tx for Counted {
    fn query(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<Vec<Row>, DbError> {
        self.lite.query(sql, params)
    }

    fn query_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<Vec<Row>, DbError> {
        self.lite.query_rows(sql, rows)
    }

    fn execute_rows(&mut self, sql: &'static str, rows: &Rows<'_>) -> Result<u64, DbError> {
        let changed = self.lite.execute_rows(sql, rows)?;
        self.changed += changed;
        Ok(changed)
    }

    fn execute(&mut self, sql: &'static str, params: &[Value<'_>]) -> Result<u64, DbError> {
        let changed = self.lite.execute(sql, params)?;
        self.changed += changed;
        Ok(changed)
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.lite.script(sql)
    }

    fn dialect(&self) -> Dialect {
        self.lite.dialect()
    }
}

impl Engine for Counted {
    fn begin(&mut self) -> Result<(), DbError> {
        self.lite.begin()
    }

    fn commit(&mut self) -> Result<(), DbError> {
        self.lite.commit()
    }

    fn rollback(&mut self) {
        self.lite.rollback();
    }
}
