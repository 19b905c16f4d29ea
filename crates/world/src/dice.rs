//! The one source of chance: a stream of bits from a seed.

/// A stream (SplitMix64). The same seed gives the same stream for ever.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// A stream from a seed. Streams of one world differ by their purpose, so that one which is
    /// drawn from more often does not shift the others.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93));
        dice.draw();
        dice
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `least` to `most`, both among them.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        if most <= least { least } else { least + self.draw() % (most - least + 1) }
    }

    /// A span of milliseconds, as [`Dice::between`].
    pub fn ms(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most.saturating_sub(least)).unwrap_or(0);
        least.saturating_add(i64::try_from(self.between(0, width)).unwrap_or(0))
    }

    /// An index below `bound`; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.between(0, bound.saturating_sub(1))).unwrap_or(0)
    }

    /// True so many times out of a thousand. What never or always happens draws nothing.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        match per_mille {
            0 => false,
            1_000.. => true,
            share => self.draw() % 1_000 < u64::from(share),
        }
    }

    /// One of several. Panics if there are none: the lists are ours.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A stable hash of a text, for telling two histories apart.
#[must_use]
pub fn digest(text: &str, so_far: u64) -> u64 {
    let mut h = so_far ^ 0xcbf2_9ce4_8422_2325;
    for b in text.bytes() {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    h
}
