//! A connection's pulse: whether something happens on it, and what it is told from outside. One clock
//! looks after all connections, instead of one per connection or per request.

use futures_util::task::AtomicWaker;
use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// What happens on a connection.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    begun: AtomicU64,
    ended: AtomicU64,
    /// [`Word::code`], or 0 for nothing.
    word: AtomicU8,
    listener: AtomicWaker,
}

/// What a connection is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Nothing has happened on it for long: it is given up.
    Still,
    /// The hub stops: what is under way is finished.
    Stop,
}

/// A request under way; over when dropped.
#[derive(Debug)]
pub(crate) struct Beat(Arc<Pulse>);

impl Word {
    fn code(self) -> u8 {
        match self {
            Self::Still => 1,
            Self::Stop => 2,
        }
    }
}

impl Pulse {
    /// A request begins.
    pub(crate) fn beat(this: &Arc<Self>) -> Beat {
        this.begun.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(this))
    }

    /// Tells the connection.
    pub(crate) fn tell(&self, word: Word) {
        self.word.store(word.code(), Ordering::Release);
        self.listener.wake();
    }

    /// Waits until the connection is told something. For one listener.
    pub(crate) fn told(&self) -> Told<'_> {
        Told { pulse: self, known: None }
    }

    fn word(&self) -> Option<Word> {
        let code = self.word.load(Ordering::Acquire);
        [Word::Still, Word::Stop].into_iter().find(|word| word.code() == code)
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

/// See [`Pulse::told`]. Polled each time anything wakes the connection, it costs a load.
pub(crate) struct Told<'a> {
    pulse: &'a Pulse,
    known: Option<Waker>,
}

impl Future for Told<'_> {
    type Output = Word;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Word> {
        if let Some(word) = self.pulse.word() {
            return Poll::Ready(word);
        }
        if self.known.as_ref().is_some_and(|known| known.will_wake(cx.waker())) {
            return Poll::Pending;
        }
        self.pulse.listener.register(cx.waker());
        self.known = Some(cx.waker().clone());
        // It may have been told just before it listened.
        self.pulse.word().map_or(Poll::Pending, Poll::Ready)
    }
}

/// One who feels a connection's pulse once in a while.
#[derive(Debug)]
pub(crate) struct Finger {
    pulse: Arc<Pulse>,
    /// The requests that had ended at the last look.
    seen: Option<u64>,
}

impl Finger {
    /// Begins to.
    pub(crate) fn on(pulse: Arc<Pulse>) -> Self {
        Self { pulse, seen: None }
    }

    /// Looks whether anything has happened since the last look: a request was under way, or one ended.
    /// If nothing has, the connection is told: after one span at least and two at most.
    pub(crate) fn feel(&mut self) {
        let ended = self.pulse.ended.load(Ordering::Relaxed);
        let is_at_work = self.pulse.begun.load(Ordering::Relaxed) != ended;
        if !is_at_work && self.seen == Some(ended) {
            self.pulse.tell(Word::Still);
        }
        self.seen = Some(ended);
    }

    /// Tells the connection that the hub stops.
    pub(crate) fn stop(&self) {
        self.pulse.tell(Word::Stop);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::{Instant, sleep, timeout};

    const SPAN: Duration = Duration::from_secs(60);

    /// How long a connection lives on which `life` happens, seconds.
    async fn lives(life: impl AsyncFn(Arc<Pulse>)) -> u64 {
        let (begin, pulse) = (Instant::now(), Arc::new(Pulse::default()));
        let mut finger = Finger::on(Arc::clone(&pulse));
        let looks = async {
            loop {
                sleep(SPAN).await;
                finger.feel();
            }
        };
        let living = async {
            life(Arc::clone(&pulse)).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            word = pulse.told() => assert_eq!(word, Word::Still),
            () = looks => {}
            () = living => {}
        }
        begin.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_lives_as_long_as_something_happens() {
        assert_eq!(lives(async |_| {}).await, 120);
        let busy_for = async |pulse: Arc<Pulse>| {
            let beat = Pulse::beat(&pulse);
            sleep(Duration::from_secs(200)).await;
            drop(beat);
        };
        assert_eq!(lives(busy_for).await, 300);
        let now_and_then = async |pulse: Arc<Pulse>| {
            for _ in 0..10 {
                sleep(Duration::from_secs(50)).await;
                drop(Pulse::beat(&pulse));
            }
        };
        assert_eq!(lives(now_and_then).await, 600);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_told_is_heard_before_and_after_it_is_listened_for() {
        let pulse = Arc::new(Pulse::default());
        assert!(timeout(SPAN, pulse.told()).await.is_err(), "nothing was said");
        let listening = Arc::clone(&pulse);
        let heard = tokio::spawn(async move { listening.told().await });
        tokio::task::yield_now().await;
        Finger::on(Arc::clone(&pulse)).stop();
        assert_eq!(heard.await.expect("it hears"), Word::Stop);
        assert_eq!(pulse.told().await, Word::Stop, "and so does who listens later");
    }
}
