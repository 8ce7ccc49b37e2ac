//! The crates that the browser runs compile for it.
//!
//! Where rustup may download, its target does; else Debian's packages do, which bring the library's source and not its
//! build.

use std::{path::Path, process::Command};

use anyhow::{Result, bail};

use crate::{
    command::{capture, cargo, command, run, succeeds},
    metadata, workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// The crates, with the feature `browser` where they have it.
const CRATES: [&str; 4] = ["protocol", "e2ee", "engine", "client"];

/// Checks them all at once.
///
/// # Errors
/// One does not compile, or no toolchain for the target can be had.
pub(super) fn check() -> Result<()> {
    let mut command = toolchain()?;
    command.args(["--target", TARGET, "--locked"]);
    for package in metadata::members()?
        .iter()
        .filter(|package| CRATES.contains(&package.name.as_str()))
    {
        command.args(["--package", &package.name]);
        if package.features.contains_key("browser") {
            command.args(["--features", &format!("{}/browser", package.name)]);
        }
    }
    run(&mut command)
}

/// `cargo check` with a toolchain that knows the target.
fn toolchain() -> Result<Command> {
    let rustup = || command("rustup");
    if installed() || succeeds(rustup().args(["target", "add", TARGET])) && installed() {
        return Ok(cargo(["check"]));
    }
    if Path::new("/usr/share/doc/rust-web-src").exists() && Path::new("/usr/bin/cargo").exists() {
        return Ok(debian());
    }
    bail!(
        "no toolchain for {TARGET}: `rustup target add {TARGET}`, or on Debian \
         `apt-get install rustc-web cargo-web rust-web-src lld`"
    )
}

/// Whether the toolchain in use has the target's standard library.
fn installed() -> bool {
    let directory =
        capture(command("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    directory.is_ok_and(|directory| Path::new(directory.trim()).exists())
}

/// Debian's compiler builds the standard library along; it has a directory of its own, for it is another compiler.
fn debian() -> Command {
    let mut command = command("/usr/bin/cargo");
    command.args(["check", "-Zbuild-std=std,panic_abort"]);
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1");
    command
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("CARGO_TARGET_DIR", workspace::target().join("wasm"));
    command
}
