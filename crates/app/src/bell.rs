//! Bells: they say that there may be something to do. What there is to do is on disk or at a desk, and
//! whoever waits for a bell looks there by himself after a while: a bell that nobody hears costs time,
//! never a message (I7).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::sync::Notify;

/// A bell of a hub.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Notify,
    is_deaf: Deafness,
}

/// Whether the bells of a hub are heard; they share it.
#[derive(Debug, Clone, Default)]
pub struct Deafness(Arc<AtomicBool>);

impl Deafness {
    /// Lets bells be heard, or not: the deterministic world proves by it that nothing hangs on them.
    pub fn set(&self, is_deaf: bool) {
        self.0.store(is_deaf, Ordering::Relaxed);
    }
}

impl Bell {
    /// A bell of a hub.
    #[must_use]
    pub fn of(deafness: &Deafness) -> Self {
        Self { rung: Notify::new(), is_deaf: deafness.clone() }
    }

    /// Rings. Whoever is not waiting hears it when he does.
    pub fn ring(&self) {
        if !self.is_deaf.0.load(Ordering::Relaxed) {
            self.rung.notify_one();
        }
    }

    /// Waits for it.
    pub async fn heard(&self) {
        self.rung.notified().await;
    }
}
