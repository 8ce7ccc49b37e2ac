//! Running `cargo test`, and counting what the test programs themselves report.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{Depth, Run};
use crate::{command::cargo, npm, web, workspace};

/// How many tests passed and failed so far, from the lines `test result: ...`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// How many have run.
    pub(super) fn run(&self) -> usize {
        self.passed + self.failed
    }

    fn note(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else {
            return;
        };
        self.passed += count(counts, "passed");
        self.failed += count(counts, "failed");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The number before a word: `3` for `passed` in `ok. 3 passed; 0 failed`.
fn count(text: &str, word: &str) -> usize {
    let words: Vec<&str> = text
        .split([' ', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .find_map(|pair| match pair {
            [number, after] if *after == word => number.parse().ok(),
            _ => None,
        })
        .unwrap_or(0)
}

/// `cargo test` over the workspace: `selection` chooses the test programs, `arguments` and `variables` go to each of
/// them.
///
/// # Errors
/// A test fails or does not compile. All programs run to their end first, so that the count is complete.
pub(super) fn run(
    run: &mut Run,
    selection: &[&str],
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> Result<()> {
    let mut command = cargo(["test", "--locked", "--workspace", "--no-fail-fast"]);
    command.args(selection).arg("--").args(arguments);
    environment(&mut command, run.depth);
    command.envs(variables.iter().copied());
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot start cargo test")?;
    let lines = lines_of(child.stdout.take().context("cargo test has no output")?);
    let mut late = BTreeSet::new();
    loop {
        match lines.recv_timeout(patience(run.depth)) {
            Ok(line) => {
                let line = line.context("the output of cargo test")?;
                println!("{line}");
                run.tally.note(&line);
                note_late(&mut late, &line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                // The test program first: it would go on without cargo.
                let parent = child.id().to_string();
                let _ = Command::new("pkill").args(["-9", "-P", &parent]).status();
                child.kill().context("cargo test")?;
                bail!("no test has ended for long; under way: {late:?}");
            }
        }
    }
    let status = child.wait().context("cargo test")?;
    if !status.success() {
        bail!("cargo test: {status}");
    }
    Ok(())
}

/// So long is waited for the next line: each test that ends says so.
const fn patience(depth: Depth) -> Duration {
    Duration::from_secs(match depth {
        Depth::Usual => 25 * 60,
        Depth::Full => 120 * 60,
    })
}

fn lines_of(output: impl Read + Send + 'static) -> Receiver<io::Result<String>> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Keeps the names of the tests that take longer than others and have not ended.
fn note_late(late: &mut BTreeSet<String>, line: &str) {
    let Some(said) = line.strip_prefix("test ") else {
        return;
    };
    if let Some((name, _)) = said.split_once(" has been running for over") {
        late.insert(name.to_owned());
    } else if let Some((name, _)) = said.split_once(" ... ") {
        late.remove(name);
    }
}

/// What tests may rely on; CONTRIBUTING.md describes it.
fn environment(command: &mut Command, depth: Depth) {
    command.env("SECURE_CHAT_FOREIGN", workspace::target().join("foreign"));
    command.env("SECURE_CHAT_SCANNERS", workspace::target().join("scanners"));
    // The program under test has the web client inside, as the shipped one; the stage `web` made it.
    if web::store_check().exists() {
        command.env("SECURE_CHAT_STORE_CHECK", web::store_check());
    }
    if npm::directory().exists() {
        command.env("SECURE_CHAT_NPM", npm::directory());
    }
    if web::axe().exists() {
        command.env("SECURE_CHAT_AXE", web::axe());
    }
    if web::bundle().exists() {
        command.env(web::BUNDLE, web::bundle());
    }
    if depth == Depth::Full {
        command.env("SECURE_CHAT_FULL", "1");
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn who_does_not_come_to_an_end_is_known_by_name() {
        let mut late = BTreeSet::new();
        for line in [
            "test sim::long has been running for over 60 seconds",
            "test sim::endless has been running for over 60 seconds",
            "test sim::quick ... ok",
            "test sim::long ... ok",
        ] {
            note_late(&mut late, line);
        }
        assert_eq!(late, BTreeSet::from(["sim::endless".to_owned()]));
    }

    #[test]
    fn results_of_several_programs_add_up() {
        let mut tally = Tally::default();
        tally.note("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.01s");
        tally.note("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s");
        tally.note("test ids::round_trip ... ok");
        assert_eq!(
            tally,
            Tally {
                passed: 15,
                failed: 2
            }
        );
        assert_eq!(tally.to_string(), "15 passed, 2 failed");
    }
}
