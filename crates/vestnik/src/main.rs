//! The program: command line, configuration, and the wiring of everything else.
//!
//! **Is:** the only place that names concrete adapters: SQLite, the HTTP client, the providers,
//! the twin. One executable for every role: `serve`, `demo`, `twin`, and the tools around them.
//!
//! **Is not:** behaviour. What the hub does is in `app`, `worker` and `api`.
//!
//! Start with [`cli`], then [`wiring`].

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;
mod command;
mod config;
mod data;
mod demo;
mod listen;
mod out;
mod post;
mod serve;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

// Linked for its `malloc`, which takes the place of the system's in this program, where a program may do
// that (on Linux): SQLite's memory and Rust's come from it alike. Its own type as the global allocator
// would ask it for an alignment each time, which is a slower way (docs/decisions/0011).
use mimalloc as _;

/// Exit code for a failure.
const FAILURE: u8 = 1;

fn main() -> ExitCode {
    // Wrong usage ends here, with a hint and exit code 2.
    let cli = cli::Cli::parse();
    match command::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // `… | head` has seen what it wanted.
        Err(error) if error.is::<out::NobodyReads>() => ExitCode::SUCCESS,
        Err(error) => {
            out::aside(format_args!("vestnik: {error:#}\n"));
            ExitCode::from(FAILURE)
        }
    }
}
