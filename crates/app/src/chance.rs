//! Random bits for spreading retries. Secrets are drawn from the system instead ([`secret_bytes`]).

use std::sync::atomic::{AtomicU64, Ordering};

/// A stream of bits that need not be secret (SplitMix64). One seed gives one stream.
#[derive(Debug)]
pub struct Chance(AtomicU64);

impl Chance {
    /// A stream from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next bits.
    pub fn bits(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Bits for [`vestnik_engine::cascade::Context::jitter`].
    pub fn jitter(&self) -> u32 {
        u32::try_from(self.bits() >> 32).unwrap_or(0)
    }
}

/// Bytes from the system's source of randomness, for keys and tokens.
///
/// # Errors
/// If the system has none to give.
pub fn secret_bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
