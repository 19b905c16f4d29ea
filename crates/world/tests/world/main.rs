//! Worlds by seed, and named scenarios.

mod scenarios;
mod seeds;
