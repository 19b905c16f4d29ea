//! Everything that the continuous integration runs, step by step.

mod summary;

use std::{
    io::{BufRead as _, BufReader, IsTerminal as _, Read, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use summary::{Counts, Reader};

use crate::{cargo, tidy};

/// A call of cargo.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
    /// Whose summary its output holds.
    reader: Reader,
}

const BEFORE: &[Step] =
    &[Step { name: "formatting", args: &["fmt", "--all", "--check"], reader: Reader::Nothing }];

const LINTS: &[Step] = &[Step {
    name: "clippy",
    args: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    reader: Reader::Nothing,
}];

const TESTS_NEXTEST: Step =
    Step { name: "tests", args: &["nextest", "run", "--workspace"], reader: Reader::Nextest };

const TESTS_CARGO: Step = Step {
    name: "tests",
    args: &["test", "--workspace", "--no-fail-fast"],
    reader: Reader::CargoTest,
};

/// Longer tests, after all others: a line each, such as the seeds of the deterministic world. They
/// are to run with either runner: a step whose runner isn't installed would fail.
const AFTER: &[Step] = &[];

/// One step's end.
struct Done {
    name: &'static str,
    counts: Counts,
    took: Duration,
}

/// Runs every step, whatever becomes of those before it, and sums them up. Whether all is well.
///
/// # Errors
/// If cargo can't be run.
pub(crate) fn run(root: &Path) -> Result<bool> {
    let tests = if has_nextest(root) { &TESTS_NEXTEST } else { &TESTS_CARGO };
    let mut done = Vec::new();
    for step in BEFORE {
        done.push(cargo_step(root, step)?);
    }
    done.push(tidy_step(root)?);
    for step in LINTS.iter().chain([tests]).chain(AFTER) {
        done.push(cargo_step(root, step)?);
    }
    println!();
    let mut total = Counts::default();
    for Done { name, counts, took } in &done {
        let verdict = if counts.failed == 0 { "ok" } else { "FAILED" };
        let secs = took.as_secs_f64();
        let Counts { passed, failed } = counts;
        println!("{name:<12} {verdict:<6} {secs:>7.1} s  {passed} passed, {failed} failed");
        total.passed += passed;
        total.failed += failed;
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

fn has_nextest(root: &Path) -> bool {
    let mut command = Command::new(cargo());
    command.args(["nextest", "--version"]).current_dir(root);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn tidy_step(root: &Path) -> Result<Done> {
    println!("\n── tidy");
    let begun = Instant::now();
    let is_tidy = tidy::run(root)?;
    Ok(Done { name: "tidy", counts: Counts::of_step(is_tidy), took: begun.elapsed() })
}

fn cargo_step(root: &Path, step: &Step) -> Result<Done> {
    println!("\n── {}: cargo {}", step.name, step.args.join(" "));
    let begun = Instant::now();
    let mut command = Command::new(cargo());
    command.args(step.args).current_dir(root).stdout(Stdio::piped()).stderr(Stdio::piped());
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = command.spawn().context("cargo")?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let reader = step.reader;
    let (on_out, on_err) = thread::scope(|scope| {
        let err = scope.spawn(|| err.map(|err| pass(err, std::io::stderr(), reader)));
        let out = out.map(|out| pass(out, std::io::stdout(), reader));
        (out.unwrap_or_default(), err.join().ok().flatten().unwrap_or_default())
    });
    let is_ok = child.wait()?.success();
    let counts = on_out.and(on_err);
    let counts = match reader {
        Reader::Nothing => Counts::of_step(is_ok),
        Reader::Nextest | Reader::CargoTest => counts.given(is_ok),
    };
    Ok(Done { name: step.name, counts, took: begun.elapsed() })
}

/// Lets a child's words through as they come, and counts what its summary says.
fn pass(from: impl Read, mut to: impl Write, reader: Reader) -> Counts {
    let mut from = BufReader::new(from);
    let (mut counts, mut line) = (Counts::default(), Vec::new());
    while from.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
        // A closed terminal is no reason to stop counting.
        let _ = to.write_all(&line).and_then(|()| to.flush());
        counts = counts.and(reader.counts(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    counts
}
