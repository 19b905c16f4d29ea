//! What the parts of a run share. All of it lives on one thread.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet, VecDeque},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{Notify, Semaphore},
    task::spawn_local,
    time::Instant,
};

use crate::{
    ledger::Ledger,
    provider::{self, Receipt},
    sink,
    wire::serve,
};

/// How the world around the hub behaves.
#[derive(Debug, Clone)]
pub struct Manner {
    /// Between the provider's answer and its receipt.
    pub receipt_delay: Duration,
    /// Before the provider answers.
    pub latency: Duration,
    /// Connections that carry receipts.
    pub receipt_connections: usize,
    /// The secret of the receipts, if there is one.
    pub webhook_token: Option<String>,
    /// Messages between their call and their last report.
    pub window: usize,
}

/// The shared state.
pub struct Stage {
    /// How the world behaves.
    pub manner: Manner,
    /// What happened to every message.
    pub ledger: RefCell<Ledger>,
    /// Who may begin a message.
    pub window: Semaphore,
    /// Receipts to be posted, in order.
    pub receipts: RefCell<VecDeque<Receipt>>,
    /// There is a receipt.
    pub receipt_added: Notify,
    /// Where the hub is.
    pub hub: Cell<SocketAddr>,
    /// Where an instance's receipts go.
    pub webhooks: RefCell<HashMap<u64, String>>,
    /// Instances that put everybody off.
    pub deferring: RefCell<HashSet<u64>>,
    /// Receipts that had to be posted again.
    pub receipts_repeated: Cell<u64>,
    /// Submissions that were put off.
    pub deferred: Cell<u64>,
    /// Questions for the journal.
    pub inquiries: Cell<u64>,
    /// The mock provider.
    pub provider: SocketAddr,
    /// The report sink.
    pub sink: SocketAddr,
}

/// Connections that may wait to be taken: whoever is dropped comes again a second later, and the bench
/// would measure that second.
const BACKLOG: u32 = 4_096;

/// Listens at a free port.
fn listen() -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    socket.listen(BACKLOG)
}

impl Stage {
    /// Starts the mock provider and the report sink on free ports.
    pub async fn set(manner: Manner) -> anyhow::Result<Rc<Self>> {
        let (provider, sink) = (listen()?, listen()?);
        let stage = Rc::new(Self {
            window: Semaphore::new(manner.window),
            ledger: RefCell::new(Ledger::new()),
            receipts: RefCell::default(),
            receipt_added: Notify::new(),
            hub: Cell::new(SocketAddr::from(([127, 0, 0, 1], 0))),
            webhooks: RefCell::default(),
            deferring: RefCell::default(),
            receipts_repeated: Cell::new(0),
            deferred: Cell::new(0),
            inquiries: Cell::new(0),
            provider: provider.local_addr()?,
            sink: sink.local_addr()?,
            manner,
        });
        let shared = Rc::clone(&stage);
        spawn_local(serve(provider, stage.manner.latency, move |message, out| {
            provider::answer(&shared, message, out);
        }));
        let shared = Rc::clone(&stage);
        spawn_local(serve(sink, Duration::ZERO, move |message, out| {
            sink::answer(&shared, message, out);
        }));
        for _ in 0..stage.manner.receipt_connections {
            spawn_local(provider::post_receipts(Rc::clone(&stage)));
        }
        Ok(stage)
    }

    /// Waits until every accepted message of a range is reported in full, at most so long; whether
    /// they all were.
    pub async fn settle(&self, range: std::ops::Range<u64>, grace: Duration) -> bool {
        let deadline = Instant::now() + grace;
        loop {
            if self.ledger.borrow().is_settled(range.clone()) {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
