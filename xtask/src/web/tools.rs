//! Tools from npm, under the target directory: `wasm-opt` of the package `binaryen`, `axe-core`, which looks for what keeps
//! people out of a page, and `lighthouse`, which gives points to it.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use crate::{
    command::{capture, command, succeeds},
    workspace,
};

const BINARYEN: &str = "binaryen@132.0.0";
const AXE: &str = "axe-core@4.14.1";
const LIGHTHOUSE: &str = "lighthouse@13.0.1";

/// Where `wasm-opt` is; it is installed where npm can.
///
/// # Errors
/// There is no node or npm, or the package cannot be had.
pub(super) fn wasm_opt() -> Result<PathBuf> {
    Ok(installed(BINARYEN)?.join(".bin").join("wasm-opt"))
}

/// Puts `axe-core` where [`axe`] says.
///
/// # Errors
/// As [`wasm_opt`].
pub(crate) fn install_axe() -> Result<()> {
    installed(AXE).map(|_| ())
}

/// Where the script of `axe-core` is, once it is installed.
pub(crate) fn axe() -> PathBuf {
    modules().join("axe-core").join("axe.min.js")
}

/// Where Lighthouse's program is; it is installed where npm can.
///
/// # Errors
/// As [`wasm_opt`].
pub(crate) fn lighthouse() -> Result<PathBuf> {
    Ok(installed(LIGHTHOUSE)?.join(".bin").join("lighthouse"))
}

fn directory() -> PathBuf {
    workspace::target().join("web").join("tools")
}

fn modules() -> PathBuf {
    directory().join("node_modules")
}

/// The directory of node's modules, with this package.
fn installed(package: &str) -> Result<PathBuf> {
    let directory = directory();
    let ready = directory.join(package);
    if ready.exists() {
        return Ok(modules());
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
    capture(install.arg(&directory).arg(package))
        .with_context(|| format!("npm could not install {package}"))?;
    fs::write(ready, "").context("its directory")?;
    Ok(modules())
}
