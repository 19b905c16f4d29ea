//! Text that refuses to grow beyond its bound.

use std::{fmt, io};

/// What was written so far.
#[derive(Debug)]
pub(super) struct Bounded {
    pub(super) text: String,
    max: usize,
    /// Something did not fit.
    pub(super) is_full: bool,
}

impl Bounded {
    /// At most so many bytes.
    pub(super) fn new(max: usize) -> Self {
        Self { text: String::new(), max, is_full: false }
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        if self.text.len() + more.len() > self.max {
            self.is_full = true;
            return Err(fmt::Error);
        }
        self.text.push_str(more);
        Ok(())
    }
}

/// The engine writes whole texts, so that a piece is always UTF-8.
impl io::Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        let piece = std::str::from_utf8(more).map_err(io::Error::other)?;
        fmt::Write::write_str(self, piece).map_err(io::Error::other)?;
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
