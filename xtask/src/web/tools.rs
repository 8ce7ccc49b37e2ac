//! `wasm-opt`, from the npm package `binaryen`.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    command::{capture, command, succeeds},
    workspace,
};

const PACKAGE: &str = "binaryen@132.0.0";

/// Where the program is; it is installed under the target directory where npm can.
///
/// # Errors
/// There is no node or npm, or the package cannot be had.
pub(super) fn wasm_opt() -> Result<PathBuf> {
    let directory = workspace::target().join("web").join("tools");
    let program = directory.join("node_modules").join(".bin").join("wasm-opt");
    let ready = directory.join(PACKAGE);
    if ready.exists() {
        return Ok(program);
    }
    let there = |program| succeeds(command(program).arg("--version"));
    if !there("node") || !there("npm") {
        bail!("it needs node and npm");
    }
    fs::create_dir_all(&directory).context("its directory")?;
    let mut install = command("npm");
    install.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--prefix",
    ]);
    capture(install.arg(&directory).arg(PACKAGE)).context("npm could not install it")?;
    fs::write(ready, "").context("its directory")?;
    Ok(program)
}
