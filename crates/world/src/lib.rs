//! The deterministic world: the whole product in one thread on simulated time.
//!
//! **Is:** one number that gives one history ([`run::run`]). The real use cases, workers, SQL and
//! adapter, with SQLite in memory and inline; the twin's core as the provider, with its phones;
//! customers who write; receivers of reports; a partner who asks again; a booking system. Around them
//! everything goes
//! wrong that can: requests and answers lost or late, webhooks doubled, reordered and forged, a
//! failing disk, a hub deaf to its own bells, and the process killed at any statement, commit or request, and started again.
//! First the storm, then the calm, in which all must come to its end; then the [`check`]s.
//!
//! **Is not:** a test of speed, of threads, of sockets, of PostgreSQL, or of the door's parsing.
//! There is one hub at a time; nodes that take accounts from one another come with the cluster.
//!
//! Rules: one thread, no real time, no order from a hash map, all chance from the seed.
//!
//! Start with [`script`] (what is going to happen) and [`run`].

pub mod caller;
pub mod check;
pub mod clock;
pub mod customer;
pub mod dice;
pub mod disk;
pub mod hub;
pub mod life;
pub mod panics;
pub mod provider;
pub mod run;
pub mod script;
pub mod shelf;
pub mod sink;
pub mod source;
pub mod wire;
pub mod witness;
pub mod world;
