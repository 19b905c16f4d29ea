//! Worlds by seed, and named scenarios.

mod seeds;
