//! Secrets from standard input: arguments of a program can be seen by others on the machine.

use anyhow::{Context, Result, bail};

/// Stands for *read it from standard input*.
const FROM_INPUT: &str = "-";

/// A secret as it was given; for `-` the next line of standard input.
///
/// # Errors
/// If standard input has no such line.
pub(super) fn given(text: &str) -> Result<String> {
    if text != FROM_INPUT {
        return Ok(text.to_owned());
    }
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).context("standard input can't be read")?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if read == 0 || secret.is_empty() {
        bail!("standard input ends where a secret is expected");
    }
    Ok(secret.to_owned())
}
