//! Worlds by seed, and named scenarios.

mod customers;
mod scenarios;
mod seeds;
