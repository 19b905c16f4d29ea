//! One life of the hub: a process from its start to its end.
//!
//! A killed process is only memory that is gone. Its tasks are dropped; until they are, every door
//! out of it (disk, wire) does nothing: what a dead process still computes has no effect.

use crate::script::End;
use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;
use vestnik_store::batch::Command;

/// A place where a process may be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A statement is to be run.
    Statement,
    /// A commit is to be made.
    BeforeCommit,
    /// A commit was made, and nobody was told.
    AfterCommit,
    /// A request is to be written.
    BeforeRequest,
    /// A request was written.
    AfterRequest,
    /// An answer has come and was not looked at.
    BeforeAnswer,
}

/// One life.
pub struct Life {
    /// Which one, from nought.
    pub number: usize,
    is_dead: AtomicBool,
    died: Notify,
    /// Where it is killed, and after how many more times of passing there.
    end: Mutex<Option<(Point, u32)>>,
    /// Commands that wait for the writer.
    waiting: Mutex<Vec<Command>>,
    /// Rings when there are some.
    pub bell: Notify,
}

impl Life {
    /// A life that ends at a place, if its end is one.
    #[must_use]
    pub fn new(number: usize, end: Option<End>) -> Self {
        let end = end.and_then(|end| match end {
            End::Statement(n) => Some((Point::Statement, n)),
            End::BeforeCommit(n) => Some((Point::BeforeCommit, n)),
            End::AfterCommit(n) => Some((Point::AfterCommit, n)),
            End::BeforeRequest(n) => Some((Point::BeforeRequest, n)),
            End::AfterRequest(n) => Some((Point::AfterRequest, n)),
            End::BeforeAnswer(n) => Some((Point::BeforeAnswer, n)),
            End::After(_) | End::Stop { .. } => None,
        });
        Self {
            number,
            is_dead: AtomicBool::new(false),
            died: Notify::new(),
            end: Mutex::new(end),
            waiting: Mutex::default(),
            bell: Notify::new(),
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    /// Ends it.
    pub fn kill(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
        drop(std::mem::take(&mut *lock(&self.waiting)));
        self.died.notify_one();
    }

    /// Waits for its end.
    pub async fn ended(&self) {
        while !self.is_dead() {
            self.died.notified().await;
        }
    }

    /// Lets it live on whatever its script says.
    pub fn spare(&self) {
        *lock(&self.end) = None;
    }

    /// It passes a place where it may be killed. Whether it is dead now (or was).
    pub fn pass(&self, point: Point) -> bool {
        if self.is_dead() {
            return true;
        }
        let mut end = lock(&self.end);
        let is_hit = match &mut *end {
            Some((at, left)) if *at == point => {
                *left = left.saturating_sub(1);
                *left == 0
            }
            Some(_) | None => false,
        };
        drop(end);
        if is_hit {
            self.kill();
        }
        is_hit
    }

    /// Puts a command before the writer; that of a dead process is forgotten.
    pub fn put(&self, command: Command) {
        if !self.is_dead() {
            lock(&self.waiting).push(command);
            self.bell.notify_one();
        }
    }

    /// Whether any command waits.
    pub fn has_commands(&self) -> bool {
        !lock(&self.waiting).is_empty()
    }

    /// Takes everything that waits, up to a limit.
    pub fn take(&self, limit: usize) -> Vec<Command> {
        let mut waiting = lock(&self.waiting);
        let count = waiting.len().min(limit);
        waiting.drain(..count).collect()
    }
}

/// Locks what is ours. One thread: it is never poisoned unless a check failed already.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
