//! `cargo xtask web`: the web client as files that a server gives out: compiled, made small, named by their content,
//! packed for the wire.
//!
//! Two programs share the work, so that the plain one stays light: this one compiles and asks; the same program with
//! the feature `web` holds `wasm-bindgen` and the packers, and is called for `module` and `pack`.

#[cfg(feature = "web")]
mod binary;
#[cfg(feature = "web")]
mod module;
#[cfg(feature = "web")]
mod names;
#[cfg(feature = "web")]
mod order;
#[cfg(feature = "web")]
mod pack;
#[cfg(feature = "web")]
mod package;
#[cfg(feature = "web")]
mod page;
mod sizes;
mod tools;

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run as run_command},
    wasm, workspace,
};

#[cfg(feature = "web")]
pub(crate) use self::{
    module::{for_browser, for_node},
    pack::pack,
    package::package,
};

pub(crate) use self::{
    sizes::check as check_size,
    tools::{axe, install_axe, lighthouse},
};

/// The variable that tells the build of `cli` where the files are.
pub(crate) const BUNDLE: &str = "SECURE_CHAT_WEB_BUNDLE";

/// Where the files are put.
pub(crate) fn bundle() -> PathBuf {
    workspace::target().join("web").join("bundle")
}

/// Makes the files and says what a browser downloads.
///
/// # Errors
/// Something does not compile, or no toolchain for the browser can be had.
pub(crate) fn build() -> Result<()> {
    let compiled = compile()?;
    println!("The web client is compiled by {}.", wasm::compiler());
    let work = workspace::target().join("web").join("work");
    fs::create_dir_all(&work).context("the directory of the web client")?;
    let mut pack = with_libraries();
    pack.arg("pack").arg(compiled).arg(&work).arg(bundle());
    if let Some(optimiser) = optimiser("The web client") {
        pack.arg(optimiser);
    }
    run_command(&mut pack).context("the web client could not be packed")?;
    sizes::show()
}

/// What makes wasm smaller, if it can be had; else a line says what is larger for it.
pub(crate) fn optimiser(what: &str) -> Option<PathBuf> {
    match tools::wasm_opt() {
        Ok(wasm_opt) => Some(wasm_opt),
        Err(why) => {
            println!("{what} is larger than it could be, without wasm-opt: {why:#}.");
            None
        }
    }
}

/// Where the check of the browser's store is put.
pub(crate) fn store_check() -> PathBuf {
    workspace::target().join("web").join("store-check")
}

/// Makes the check of the browser's store: the suite that all stores pass, for a page.
///
/// # Errors
/// As [`build`].
pub(crate) fn build_store_check() -> Result<()> {
    let mut build = wasm::cargo("build")?;
    // Both packages, so that their libraries are those of the client itself.
    build.args([
        "--profile",
        "web",
        "--package",
        "client",
        "--package",
        "web",
    ]);
    build.args(["--example", "store_check"]);
    build.args([
        "--features",
        "client/browser,client/store-conformance-for-tests",
    ]);
    run_command(&mut build)?;
    let compiled = wasm::output(&build)
        .join("web")
        .join("examples")
        .join("store_check.wasm");
    let mut script = with_libraries();
    script.arg("script").arg(compiled).arg(store_check());
    run_command(&mut script)
}

/// The client compiled for the browser, as small as it gets.
fn compile() -> Result<PathBuf> {
    let mut build = wasm::cargo("build")?;
    build.args([
        "--profile",
        "web",
        "--package",
        "web",
        "--features",
        "web/browser",
    ]);
    run_command(&mut build)?;
    Ok(wasm::output(&build).join("web").join("web.wasm"))
}

/// This program with the libraries that make modules.
pub(crate) fn with_libraries() -> Command {
    let mut command = cargo(["run", "--locked", "--quiet", "--package", "xtask"]);
    command.args(["--features", "web", "--"]);
    command
}
