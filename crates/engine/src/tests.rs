//! Proofs of the cascade and of what stands around it.

mod catalogue;
mod laws;
mod model;
mod plans;
mod regressions;
