//! The chores of the house: `cargo xtask test`, `tidy`, `new`, `bench`.
//!
//! **Is:** everything that the continuous integration runs, in one place, so that it can be run
//! the same way at a desk ([`steps`]); the rules of the house that no compiler knows ([`tidy`]).
//!
//! **Is not:** part of the product, and never an installer: it uses what is there.
//!
//! Start with [`main`].

mod bench;
mod new;
mod steps;
mod tidy;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test            everything that the continuous integration runs
  tidy            the rules of the house; --shrink lowers the ratchet of long functions
  new provider N  the skeleton of a provider: adapter, tests, persona, lines in the lists
  bench ARGS…     builds the hub and the load generator, and runs the latter with ARGS: a scenario
                  (run, connections, backlog, kill, store, exchange) and its options
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => root().and_then(|root| steps::run(&root)),
        ["tidy"] => root().and_then(|root| tidy::run(&root)),
        ["tidy", "--shrink"] => root().and_then(|root| tidy::shrink(&root)),
        ["new", "provider", name] => root().and_then(|root| new::provider(&root, name)),
        ["bench", args @ ..] => root().and_then(|root| bench::run(&root, args)),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace: above this crate, wherever cargo runs it from.
fn root() -> Result<PathBuf> {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map(Path::to_owned).context("xtask lies in a workspace")
}

/// The cargo that runs us.
fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
