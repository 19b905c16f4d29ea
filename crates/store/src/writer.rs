//! The writer: whoever has commands hands them to it.

use crate::{
    StoreError,
    batch::{Batcher, COMMANDS_MAX, Command, refuse},
};
use std::{
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    thread,
};
use vestnik_db::Engine;
use vestnik_model::time::Timestamp;

/// Commands that may wait; more are refused as [`StoreError::Busy`].
pub const WAITING_MAX: usize = 32_768;

/// Takes commands.
pub trait Writer: Send + Sync {
    /// Hands over a command. Its reply is called once, whatever happens.
    fn submit(&self, command: Command);
}

/// A thread that owns the writing connection.
pub struct WriterThread {
    commands: SyncSender<Command>,
}

impl WriterThread {
    /// Starts the thread. It ends when every handle is gone and everything waiting is written.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn start(
        engine: Box<dyn Engine>,
        clock: fn() -> Timestamp,
    ) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (commands, waiting) = sync_channel(WAITING_MAX);
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let guard = Last;
            write(engine, &waiting, clock);
            std::mem::forget(guard);
        })?;
        Ok((Self { commands }, thread))
    }
}

impl Writer for WriterThread {
    fn submit(&self, command: Command) {
        match self.commands.try_send(command) {
            Ok(()) => {}
            Err(TrySendError::Full(command)) => refuse(command, &StoreError::Busy),
            Err(TrySendError::Disconnected(command)) => refuse(command, &StoreError::Closed),
        }
    }
}

/// Ends the process if the writer breaks off: a hub that takes calls and can write none of them down
/// is worse than none. What is on disk is whole; the next start goes on from there.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        eprintln!("the store's writer broke off by a fault of ours: the process ends");
        std::process::abort();
    }
}

fn write(mut engine: Box<dyn Engine>, waiting: &Receiver<Command>, clock: fn() -> Timestamp) {
    let mut pause = engine.idle();
    let mut batcher = Batcher::default();
    loop {
        let first = match waiting.recv_timeout(pause) {
            Ok(command) => command,
            Err(RecvTimeoutError::Timeout) => {
                pause = engine.idle();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut batch = vec![first];
        while batch.len() < COMMANDS_MAX {
            match waiting.try_recv() {
                Ok(command) => batch.push(command),
                Err(_) => break,
            }
        }
        batcher.run(&mut *engine, clock(), batch);
        pause = IDLE_AFTER;
    }
}

/// After this long without a command the engine may do its upkeep.
const IDLE_AFTER: std::time::Duration = std::time::Duration::from_millis(50);
