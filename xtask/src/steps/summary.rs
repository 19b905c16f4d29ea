//! What a test runner says of its tests at the end.

/// Tests, or steps, that passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

/// Whose words an output is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A step that has no tests and is one itself.
    Nothing,
    /// cargo-nextest.
    Nextest,
    /// libtest, a summary for every binary.
    CargoTest,
}

impl Counts {
    /// A step that is a test itself.
    pub(crate) fn of_step(is_ok: bool) -> Self {
        Self { passed: u64::from(is_ok), failed: u64::from(!is_ok) }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// A step that failed has a failure, even if no test says so: what doesn't build has no tests.
    pub(crate) fn given(self, is_ok: bool) -> Self {
        let failed = if is_ok { self.failed } else { self.failed.max(1) };
        Self { failed, ..self }
    }
}

impl Reader {
    /// The counts that a line tells, if it is a summary.
    pub(crate) fn counts(self, line: &str) -> Counts {
        let line = plain(line);
        let text = match self {
            Self::Nothing => None,
            Self::Nextest => line.trim_start().strip_prefix("Summary [").map(|_| &*line),
            // An indented one is a test's own output, told again.
            Self::CargoTest => line.strip_prefix("test result: "),
        };
        let Some(text) = text else { return Counts::default() };
        let failed = ["failed", "timed out", "exec failed"];
        Counts {
            passed: number_before(text, "passed"),
            failed: failed.iter().map(|word| number_before(text, word)).sum(),
        }
    }
}

/// The number right before a word or two: `3 timed out`.
fn number_before(text: &str, wanted: &str) -> u64 {
    text.split([',', ';', ':', '.'])
        .filter_map(|part| part.trim().split_once(' '))
        .filter(|(_, words)| words.split(" (").next() == Some(wanted))
        .find_map(|(number, _)| number.parse().ok())
        .unwrap_or(0)
}

/// A line without the colours of a terminal.
fn plain(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        let check = |reader: Reader, line: &str, passed, failed| {
            assert_eq!(reader.counts(line), Counts { passed, failed }, "{line}");
        };
        check(
            Reader::Nextest,
            "     Summary [   6.291s] 14 tests run: 14 passed, 0 skipped\n",
            14,
            0,
        );
        check(
            Reader::Nextest,
            "\u{1b}[31;1m Summary\u{1b}[0m [ 1.3s] 7/12 tests run: \u{1b}[1m6\u{1b}[0m passed \
             (1 slow), 1 failed, 2 timed out, 1 exec failed, 0 skipped",
            6,
            4,
        );
        check(Reader::Nextest, "  test result: FAILED. 0 passed; 1 failed; 0 ignored", 0, 0);
        let line = "test result: FAILED. 6 passed; 2 failed; 0 ignored; 0 measured; 5 filtered out";
        check(Reader::CargoTest, line, 6, 2);
        check(Reader::CargoTest, "    test result: ok. 6 passed; 2 failed;", 0, 0);
        check(Reader::Nothing, line, 0, 0);
    }

    #[test]
    fn a_failed_step_has_a_failure() {
        assert_eq!(Counts::default().given(false), Counts { passed: 0, failed: 1 });
        assert_eq!(Counts { passed: 1, failed: 3 }.given(false), Counts { passed: 1, failed: 3 });
        assert_eq!(Counts::of_step(true), Counts { passed: 1, failed: 0 });
    }
}
