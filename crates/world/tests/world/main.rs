//! Worlds by seed, and named scenarios.

mod customers;
mod events;
mod scenarios;
mod seeds;
