//! What the program prints. Standard output may be closed (`… | head`) or full; that is no reason to
//! break down.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
};

/// Nobody reads standard output any more: there is nothing more to do, and nothing to say.
#[derive(Debug)]
pub struct NobodyReads;

impl fmt::Display for NobodyReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads what is printed")
    }
}

impl std::error::Error for NobodyReads {}

/// Prints to standard output, at once.
///
/// # Errors
/// [`NobodyReads`] if it is closed; a sentence if it can't be written, as on a full disk.
pub fn text(text: fmt::Arguments<'_>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_fmt(text).and_then(|()| out.flush()).map_err(|error| {
        if error.kind() == ErrorKind::BrokenPipe {
            return anyhow::Error::new(NobodyReads);
        }
        anyhow::anyhow!("standard output can't be written: {error}")
    })
}

/// Prints that something runs. If it can't be printed it runs all the same: it is worth more than a line
/// about it.
pub fn ready(what: fmt::Arguments<'_>) {
    if let Err(error) = text(what) {
        tracing::warn!(%error, "nobody was told that it is ready");
    }
}

/// Prints to standard error; if that can't be done there is nowhere to say so.
pub fn aside(text: fmt::Arguments<'_>) {
    let mut err = io::stderr().lock();
    let _nowhere_to_say_it = err.write_fmt(text);
}

/// A text that stays in its line and can't move the cursor about, whoever wrote it.
#[must_use]
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Prints a line to standard output; see [`text`].
macro_rules! say {
    () => { $crate::out::text(format_args!("\n")) };
    ($($what:tt)+) => {
        $crate::out::text(format_args!("{}\n", format_args!($($what)+)))
    };
}

/// Prints a line that begins with *warning* to standard error.
macro_rules! warning {
    ($($what:tt)+) => {
        $crate::out::aside(format_args!("warning: {}\n", format_args!($($what)+)))
    };
}

pub(crate) use {say, warning};
