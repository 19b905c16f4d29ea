//! Puts a hub together from its parts.

use crate::{
    config,
    data::{DataFolder, Lock},
    post,
};
use anyhow::{Context, Result};
use std::{sync::Arc, thread::JoinHandle};
use vestnik_api::partner::report::PartnerReports;
use vestnik_app::{
    Hub,
    chance::secret_bytes,
    clock::{SystemClock, system_now},
    hub::Parts,
    password::Passwords,
};
use vestnik_db::Engine;
use vestnik_db_sqlite::{Checkpointer, Lite, Readers};
use vestnik_files::{FileStore, folder::Folder, s3::S3};
use vestnik_net::{Client, Settings};
use vestnik_store::{ownership, writer::WriterThread};

/// The node number of the embedded hub.
const NODE: u16 = 0;
/// The node number of tools that write beside a running hub.
pub const TOOL_NODE: u16 = 1023;

static REPORTS: PartnerReports = PartnerReports;

/// A hub, and what must outlive it.
pub struct Wired {
    /// The hub.
    pub hub: Arc<Hub>,
    /// Ends when the last handle of the hub is gone and everything is written.
    pub writer: JoinHandle<()>,
    /// Copies the log back; stops when dropped.
    pub checkpointer: Checkpointer,
}

/// Opens the data folder and puts the hub together under a fresh epoch.
///
/// # Errors
/// If the folder can't be used.
pub fn wire(
    data: &DataFolder,
    lock: &Lock,
    outgoing: Settings,
    config: &config::Config,
    public_url: Option<String>,
) -> Result<Wired> {
    let mut engine = data.writer(lock)?;
    engine.begin()?;
    let sealer = data.sealer(&mut engine)?;
    let owner = format!("process {}", std::process::id());
    let epoch = ownership::take_all(&mut engine, &owner)?;
    let set_up = vestnik_store::config::load(&mut engine)?;
    engine.commit()?;
    let checkpointer = Checkpointer::start(&data.database())?;
    let (writer, thread) = WriterThread::start(Box::new(engine), system_now)?;
    let seed = secret_bytes::<8>().map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    let client = Arc::new(Client::new(outgoing));
    let files = file_store(data, &config.storage, Arc::clone(&client))?;
    if let Err(reason) = client.check_trust() {
        tracing::warn!(reason, "calls over https will fail");
    }
    let hub = Hub::new(Parts {
        writer: Arc::new(writer),
        pool: Arc::new(Readers::new(&data.database())),
        transport: client,
        clock: Arc::new(SystemClock),
        seed: u64::from_le_bytes(seed),
        providers: vestnik_providers::all(),
        sealer,
        files,
        public_url,
        hooks: config.hooks.settings(),
        post: post::connect(&config.mail)?,
        renderer: &REPORTS,
        node: NODE,
        epoch,
        config: set_up,
        passwords: Passwords::new().map_err(|e| anyhow::anyhow!("no randomness: {e}"))?,
        reads_inline: false,
    });
    Ok(Wired { hub, writer: thread, checkpointer })
}

/// Where files lie: in the data folder, unless storage elsewhere is configured.
fn file_store(
    data: &DataFolder,
    storage: &config::Storage,
    client: Arc<Client>,
) -> Result<Arc<dyn FileStore>> {
    let Some(s3) = storage.s3() else { return Ok(Arc::new(Folder::new(data.files()))) };
    let store = S3::new(&s3, client).map_err(|reason| anyhow::anyhow!("storage: {reason}"))?;
    Ok(Arc::new(store))
}

/// Runs a piece of work on the data folder in one transaction, as the tools do beside a running hub.
///
/// # Errors
/// The work's own.
pub fn tool<T>(
    data: &DataFolder,
    work: impl FnOnce(&mut dyn vestnik_db::Tx) -> Result<T>,
) -> Result<T> {
    in_one(data.writer_beside_hub()?, work)
}

/// The same for whoever holds the folder's lock.
///
/// # Errors
/// The work's own.
pub fn alone<T>(
    data: &DataFolder,
    lock: &Lock,
    work: impl FnOnce(&mut dyn vestnik_db::Tx) -> Result<T>,
) -> Result<T> {
    in_one(data.writer(lock)?, work)
}

fn in_one<T>(
    mut engine: Lite,
    work: impl FnOnce(&mut dyn vestnik_db::Tx) -> Result<T>,
) -> Result<T> {
    engine.begin().context("the database is in use")?;
    match work(&mut engine) {
        Ok(value) => {
            engine.commit()?;
            Ok(value)
        }
        Err(error) => {
            engine.rollback();
            Err(error)
        }
    }
}
