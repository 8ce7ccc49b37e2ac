//! `cargo xtask bench`: the figures of docs/BENCHMARKS.md, by the program of `crates/bench`, optimised.

use anyhow::Result;

use crate::{
    build,
    command::{cargo, run as run_command},
};

/// Runs the named parts, or all, against the release binary.
///
/// # Errors
/// There is no such part, or one fails.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let binary = build::run()?;
    let mut command = cargo([
        "run",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "bench",
        "--",
    ]);
    run_command(command.args(names).env("SECURE_CHAT_BIN", binary))
}
