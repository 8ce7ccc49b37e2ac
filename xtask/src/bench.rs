//! `cargo xtask bench`: the figures of docs/BENCHMARKS.md, by the program of `crates/bench`, optimised.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{
    build,
    command::{cargo, command, run as run_command, succeeds},
    wasm, web, workspace,
};

/// Runs the named parts, or all: against the release binary, and for `join` in the browser's machine too.
///
/// # Errors
/// There is no such part, or one fails.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let asked = |name| names.is_empty() || names.contains(&name);
    let mut command = cargo([
        "run",
        "--release",
        "--locked",
        "--quiet",
        "--package",
        "bench",
        "--",
    ]);
    command.args(names);
    if asked("fanout") || asked("memory") {
        command.env("SECURE_CHAT_BIN", build::run()?);
    }
    if asked("join") {
        command.env("SECURE_CHAT_WEB_JOINS", web_joins()?);
    }
    run_command(&mut command)
}

/// The module of `crates/joins` for node, optimised as the web client's code is: for size, but for what is hot.
fn web_joins() -> Result<PathBuf> {
    if !succeeds(command("node").arg("--version")) {
        bail!("no node: install Node.js 20 or later (Debian: apt-get install nodejs)");
    }
    let mut build = wasm::cargo("build")?;
    build.args([
        "--profile",
        "web",
        "--package",
        "joins",
        "--features",
        "joins/browser",
    ]);
    run_command(&mut build)?;
    let compiled = wasm::output(&build).join("web").join("joins.wasm");
    let module = workspace::target().join("bench").join("web");
    let mut glue = web::with_libraries();
    glue.arg("module");
    run_command(glue.arg(compiled).arg(&module))
        .context("no module could be made of what was compiled for the browser")?;
    Ok(module.join("joins.js"))
}
