//! The binaries, with libFuzzer's counters in them.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{
    command::{capture, cargo, command, run as run_command},
    workspace,
};

/// Counters and a table of places at every edge, and what is compared with what: libFuzzer goes by these. They make the
/// compiler run a pass that it does not run of itself. With `fuzzing` set, libraries leave out assertions that bytes alone
/// can break (tls_codec on a vector that is cut short).
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Builds them, and says in which directory they are.
///
/// # Errors
/// Something does not compile; libFuzzer itself wants a compiler of C++.
pub(super) fn run() -> Result<PathBuf> {
    let host = host()?;
    let target = workspace::target().join("fuzz");
    let mut build = cargo(["build", "--release", "--locked", "--bins"]);
    build
        .arg("--manifest-path")
        .arg(workspace::root().join("fuzz/Cargo.toml"));
    build.arg("--target-dir").arg(&target);
    // With a target named, what runs while building goes without counters.
    build.args(["--target", &host]).env("RUSTFLAGS", FLAGS);
    run_command(&mut build)?;
    Ok(target.join(host).join("release"))
}

fn host() -> Result<String> {
    let told = capture(command("rustc").arg("-vV"))?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .context("rustc does not say its host")
}
