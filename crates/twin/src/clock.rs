//! Two times. *Milliseconds* are what the caller says the time is: they stamp what happened.
//! *Ticks* are what delays are measured in: they run faster when the speed is above one, so that
//! a pause of a minute can be lived through in a second while the stamps stay true.

/// A point on the twin's own time line; every delay and deadline is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tick(pub i64);

impl Tick {
    /// The point `ms` later.
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

/// Maps the caller's time to ticks.
#[derive(Debug, Clone)]
pub struct Clock {
    now_ms: i64,
    base_ms: i64,
    base_tick: i64,
    /// Thousandths of real speed.
    speed_milli: i64,
}

impl Clock {
    /// Slowest and fastest speed, in thousandths.
    const SPEED_MILLI: std::ops::RangeInclusive<i64> = 1..=1_000_000_000;

    /// A clock at real speed.
    pub fn new() -> Self {
        Self { now_ms: 0, base_ms: 0, base_tick: 0, speed_milli: 1_000 }
    }

    /// Tells the time. It never goes back: a wall clock that was set back stands still here.
    pub fn set(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// The caller's time.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// The same moment in unix seconds, as providers stamp.
    pub fn now_s(&self) -> i64 {
        self.now_ms.div_euclid(1_000)
    }

    /// The present tick.
    pub fn tick(&self) -> Tick {
        let passed = i128::from(self.now_ms - self.base_ms) * i128::from(self.speed_milli) / 1_000;
        Tick(self.base_tick.saturating_add(i64::try_from(passed).unwrap_or(i64::MAX)))
    }

    /// When, in the caller's time, `tick` will have come.
    pub fn when(&self, tick: Tick) -> i64 {
        let ahead = i128::from(tick.0) - i128::from(self.base_tick);
        let speed = i128::from(self.speed_milli);
        let ms = (ahead * 1_000 + speed - 1).div_euclid(speed);
        self.base_ms.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    /// The speed, 1 being real.
    pub fn speed(&self) -> f64 {
        let whole = i32::try_from(self.speed_milli).unwrap_or(i32::MAX);
        f64::from(whole) / 1_000.0
    }

    /// Changes the speed from now on; what already waits comes sooner or later accordingly.
    pub fn set_speed(&mut self, speed: f64) -> Result<(), String> {
        let milli = (speed * 1_000.0).round();
        if !(1.0..=1e9).contains(&milli) {
            return Err("speed must be between 0.001 and 1000000".to_owned());
        }
        self.base_tick = self.tick().0;
        self.base_ms = self.now_ms;
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
        let milli = milli as i64;
        self.speed_milli = milli.clamp(*Self::SPEED_MILLI.start(), *Self::SPEED_MILLI.end());
        Ok(())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
