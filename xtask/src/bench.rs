//! `cargo xtask bench`: the figures of docs/BENCHMARKS.md, by the program of `crates/bench`, optimised, and by Lighthouse.

mod lighthouse;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    build,
    command::{cargo, command, run as run_command, succeeds},
    wasm, web, workspace,
};

/// The variable that names the shipped program.
const BINARY: &str = "SECURE_CHAT_BIN";
/// The part that needs no program of ours but the shipped one.
const LIGHTHOUSE: &str = "lighthouse";

/// Runs the named parts, or all: against the release binary, and for `join` in the browser's machine too.
///
/// # Errors
/// There is no such part, or one fails.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let asked = |name| names.is_empty() || names.contains(&name);
    let ours: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| *name != LIGHTHOUSE)
        .collect();
    let server = [
        "fanout", "load", "memory", "login", "web", "files", LIGHTHOUSE,
    ];
    let binary = server.into_iter().any(asked).then(binary).transpose()?;
    if asked("load") {
        run_command(&mut command("bench/peers/setup.sh"))?;
    }
    if names.is_empty() || !ours.is_empty() {
        measure(&ours, binary.as_deref(), asked("join"))?;
    }
    match binary {
        Some(binary) if asked(LIGHTHOUSE) => lighthouse::run(&binary),
        _ => Ok(()),
    }
}

/// The shipped program: the one that the caller names, or one that is built now.
fn binary() -> Result<PathBuf> {
    std::env::var_os(BINARY).map_or_else(build::run, |path| Ok(path.into()))
}

fn measure(names: &[&str], binary: Option<&Path>, joins: bool) -> Result<()> {
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
    if let Some(binary) = binary {
        command.env(BINARY, binary);
    }
    if joins {
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
