//! `cargo xtask ci`: every check, in stages, with the minutes that each took.

mod groups;
mod stages;
mod tests;

use std::{
    fmt::Write as _,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use self::{
    stages::{STAGES, Stage},
    tests::Tally,
};

/// The whole of it, from a cold start on two cores, should take no longer.
const BUDGET: Duration = Duration::from_secs(45 * 60);

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// What every change goes through.
    Usual,
    /// The same with higher counts: `SECURE_CHAT_FULL=1` for every test.
    Full,
}

/// What the stages share.
struct Run {
    depth: Depth,
    tally: Tally,
}

/// One line of the table at the end.
struct Row {
    name: &'static str,
    took: Duration,
    passed: bool,
}

/// Runs the stages in order, or only the named ones, up to the first that fails; then prints the table and the sum of
/// the tests.
///
/// # Errors
/// There is no stage of that name.
pub(crate) fn run(depth: Depth, names: &[&str]) -> Result<ExitCode> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STAGES.iter().all(|stage| stage.name != **name))
    {
        let known: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!(
            "no stage is called {unknown}; there are: {}",
            known.join(", ")
        );
    }
    let mut run = Run {
        depth,
        tally: Tally::default(),
    };
    let mut rows = Vec::new();
    let mut failure = None;
    let wanted = |stage: &&Stage| names.is_empty() || names.contains(&stage.name);
    for stage in STAGES
        .iter()
        .filter(|stage| (stage.applies)(depth))
        .filter(wanted)
    {
        println!("\n=== {}", stage.name);
        let start = now();
        let result = (stage.work)(&mut run);
        rows.push(Row {
            name: stage.name,
            took: now() - start,
            passed: result.is_ok(),
        });
        if let Err(error) = result {
            failure = Some(format!("stage {} failed: {error:#}", stage.name));
            break;
        }
    }
    println!("\n{}", table(&rows));
    if let Some(failure) = &failure {
        println!("{failure}");
    }
    println!("{}", run.tally);
    Ok(if failure.is_some() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a program: it times its own stages"
)]
fn now() -> Instant {
    Instant::now()
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from("stage               minutes\n");
    let mut line = |name: &str, took: Duration, note: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<18}{:>9.1}{note}", took.as_secs_f64() / 60.0);
    };
    for row in rows {
        line(row.name, row.took, if row.passed { "" } else { "  FAILED" });
    }
    let total = rows.iter().map(|row| row.took).sum();
    line(
        "total",
        total,
        if total > BUDGET {
            "  over the budget of 45"
        } else {
            ""
        },
    );
    text
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_table_names_the_stage_that_failed_and_adds_up() {
        let row = |name, seconds, passed| Row {
            name,
            took: Duration::from_secs(seconds),
            passed,
        };
        let text = table(&[row("fmt", 6, true), row("clippy", 90, false)]);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(
            lines,
            [
                "fmt                     0.1",
                "clippy                  1.5  FAILED",
                "total                   1.6"
            ]
        );
    }
}
