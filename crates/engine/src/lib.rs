//! To be written.

pub mod window;
pub mod zone;
