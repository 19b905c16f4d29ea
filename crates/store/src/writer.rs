//! The writer: whoever has commands hands them to it.

use crate::{
    StoreError,
    batch::{Batcher, COMMANDS_MAX, Command, refuse},
};
use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};
use vestnik_db::Engine;
use vestnik_model::time::Timestamp;

/// Commands that may wait; more are refused as [`StoreError::Busy`].
pub const WAITING_MAX: usize = 32_768;
/// How long commands that can wait do so for one that can't: see [`Command::can_wait`].
const COMPANY_AFTER: Duration = Duration::from_millis(5);
/// So many of them are company enough.
const COMPANY: usize = 64;
/// After this long without a command the engine may do its upkeep.
const IDLE_AFTER: Duration = Duration::from_millis(50);
/// While nothing can be written, it is tried again this often.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Takes commands.
pub trait Writer: Send + Sync {
    /// Hands over a command. Its reply is called once, whatever happens.
    fn submit(&self, command: Command);

    /// Why nothing can be written down at present, if so.
    fn trouble(&self) -> Option<StoreError>;
}

/// A thread that owns the writing connection, in a process that has the database for itself.
pub struct WriterThread {
    inbox: Arc<Inbox>,
}

impl WriterThread {
    /// Starts the thread. It ends when this handle is gone and everything waiting is written.
    ///
    /// # Errors
    /// If the thread can't be started.
    pub fn start(
        engine: Box<dyn Engine>,
        clock: fn() -> Timestamp,
    ) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let inbox = Arc::new(Inbox::default());
        let end = Arc::clone(&inbox);
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let guard = Last;
            write(engine, &end, clock);
            std::mem::forget(guard);
        })?;
        Ok((Self { inbox }, thread))
    }
}

impl Writer for WriterThread {
    fn submit(&self, command: Command) {
        self.inbox.put(command);
    }

    fn trouble(&self) -> Option<StoreError> {
        self.inbox.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.inbox.lock().is_closed = true;
        self.inbox.bell.notify_one();
    }
}

/// Commands on their way to the thread.
#[derive(Default)]
struct Inbox {
    waiting: Mutex<Waiting>,
    bell: Condvar,
    /// What hinders the thread from writing; touched only when that changes.
    trouble: Mutex<Option<StoreError>>,
}

#[derive(Default)]
struct Waiting {
    commands: VecDeque<Command>,
    /// How many of them can't wait.
    urgent: usize,
    /// Whether the thread sleeps: else it need not be woken, which would ask the system.
    is_asleep: bool,
    /// Nobody hands over any more.
    is_closed: bool,
}

/// What a look into the inbox comes to.
enum Taken {
    Batch(Vec<Command>),
    Nothing,
    Closed,
}

impl Waiting {
    /// Whether a batch may begin.
    fn is_ready(&self) -> bool {
        self.urgent > 0 || self.is_closed || self.commands.len() >= COMPANY
    }

    /// Adds a command. Whether the thread has to be woken for it: for the first, and for the one
    /// that ends the waiting of those before it.
    fn put(&mut self, command: Command) -> bool {
        let was_ready = self.is_ready();
        self.urgent += usize::from(!command.can_wait());
        self.commands.push_back(command);
        let is_news = self.commands.len() == 1 || (!was_ready && self.is_ready());
        is_news && std::mem::take(&mut self.is_asleep)
    }

    fn take(&mut self) -> Vec<Command> {
        let count = self.commands.len().min(COMMANDS_MAX);
        let batch: Vec<Command> = self.commands.drain(..count).collect();
        self.urgent -= batch.iter().filter(|command| !command.can_wait()).count();
        batch
    }
}

impl Inbox {
    fn put(&self, command: Command) {
        let mut waiting = self.lock();
        if waiting.commands.len() >= WAITING_MAX {
            drop(waiting);
            return refuse(command, &StoreError::Busy);
        }
        let is_to_wake = waiting.put(command);
        drop(waiting);
        if is_to_wake {
            self.bell.notify_one();
        }
    }

    /// Says that nothing can be written any more, or that it can again. Once for each change: those
    /// who are refused are told themselves.
    fn tell(&self, trouble: Option<&StoreError>) {
        match trouble {
            Some(error) => tracing::error!(
                %error,
                "nothing can be written down: calls are refused until it can; see to the disk"
            ),
            None => tracing::info!("what comes in is written down again"),
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble.cloned();
    }

    /// What has gathered; waits for it for so long.
    fn take(&self, pause: Duration) -> Taken {
        let is_empty = |w: &Waiting| w.commands.is_empty() && !w.is_closed;
        let waiting = self.sleep_while(self.lock(), pause, is_empty);
        if waiting.commands.is_empty() {
            return if waiting.is_closed { Taken::Closed } else { Taken::Nothing };
        }
        let mut waiting = self.sleep_while(waiting, COMPANY_AFTER, |w| !w.is_ready());
        Taken::Batch(waiting.take())
    }

    /// Sleeps at most so long, while a condition holds.
    fn sleep_while<'a>(
        &self,
        mut waiting: MutexGuard<'a, Waiting>,
        at_most: Duration,
        condition: impl Fn(&Waiting) -> bool,
    ) -> MutexGuard<'a, Waiting> {
        let slept = self.bell.wait_timeout_while(waiting, at_most, |w| {
            w.is_asleep = condition(w);
            w.is_asleep
        });
        waiting = slept.unwrap_or_else(PoisonError::into_inner).0;
        waiting.is_asleep = false;
        waiting
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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

fn write(mut engine: Box<dyn Engine>, inbox: &Inbox, clock: fn() -> Timestamp) {
    let mut pause = engine.idle();
    let mut batcher = Batcher::alone();
    let (mut is_in_trouble, mut probe_at) = (false, None::<Instant>);
    loop {
        match inbox.take(pause) {
            Taken::Batch(batch) => {
                batcher.run(&mut *engine, clock(), batch);
                pause = IDLE_AFTER;
            }
            Taken::Nothing => pause = engine.idle(),
            Taken::Closed => return,
        }
        if probe_at.is_some_and(|at| at <= Instant::now()) {
            batcher.probe(&mut *engine, clock());
            probe_at = None;
        }
        if batcher.trouble().is_some() {
            probe_at.get_or_insert_with(|| Instant::now() + PROBE_EVERY);
            pause = pause.min(PROBE_EVERY);
        }
        if batcher.trouble().is_some() != is_in_trouble {
            is_in_trouble = !is_in_trouble;
            inbox.tell(batcher.trouble());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{ReportState, Reported};
    use std::sync::mpsc::channel;
    use vestnik_model::id::MessageId;

    fn patient() -> Command {
        let reported = Reported {
            message: MessageId(1),
            n: 0,
            state: ReportState::Done,
            due_at: Timestamp(0),
            attempts: 1,
            answer: String::new(),
        };
        Command::Reported(reported, Box::new(|_| {}))
    }

    fn urgent() -> Command {
        Command::Work(Box::new(|_, _| Ok(())), Box::new(|_| {}))
    }

    #[test]
    fn what_can_wait_goes_with_what_can_not() {
        let mut waiting = Waiting { is_asleep: true, ..Waiting::default() };
        assert!(waiting.put(patient()), "the first wakes the thread: its time begins");
        waiting.is_asleep = true;
        assert!(!waiting.put(patient()) && !waiting.is_ready(), "the second need not");
        assert!(waiting.put(urgent()) && waiting.is_ready(), "what can't wait does");
        assert!(!waiting.put(urgent()), "it is awake");
        assert_eq!(waiting.take().len(), 4, "one batch for all");
        assert!(!waiting.is_ready());
    }

    #[test]
    fn enough_of_what_can_wait_is_company_too() {
        let mut waiting = Waiting::default();
        for _ in 1..COMPANY {
            waiting.put(patient());
        }
        assert!(!waiting.is_ready());
        waiting.is_asleep = true;
        assert!(waiting.put(patient()) && waiting.is_ready());
    }

    #[test]
    fn a_batch_is_bounded_and_the_rest_keeps_its_order() {
        let mut waiting = Waiting::default();
        for _ in 0..COMMANDS_MAX {
            waiting.put(patient());
        }
        waiting.put(urgent());
        assert_eq!(waiting.take().len(), COMMANDS_MAX);
        assert!(waiting.is_ready(), "the urgent one is still there");
        assert_eq!((waiting.take().len(), waiting.urgent), (1, 0));
    }

    #[test]
    fn the_inbox_is_bounded() {
        let inbox = Inbox::default();
        for _ in 0..WAITING_MAX {
            inbox.put(patient());
        }
        let (said, heard) = channel();
        let reply = move |result: Result<(), StoreError>| drop(said.send(result));
        inbox.put(Command::Work(Box::new(|_, _| Ok(())), Box::new(reply)));
        assert_eq!(heard.try_recv(), Ok(Err(StoreError::Busy)));
    }
}
