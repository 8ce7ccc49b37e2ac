//! The crates that the browser runs compile for it.
//!
//! Where rustup may download, its target does; else Debian's packages do, which bring the library's source and not its
//! build.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    command::{self, capture, command, run, succeeds},
    metadata, workspace,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// The crates, with the feature `browser` where they have it.
const CRATES: [&str; 6] = ["protocol", "e2ee", "engine", "client", "web", "sdk"];

/// Checks them all at once, with the lints where the toolchain has them.
///
/// # Errors
/// One does not compile, or no toolchain for the target can be had.
pub(crate) fn check() -> Result<()> {
    let verb = if installed() { "clippy" } else { "check" };
    let mut command = cargo(verb)?;
    // The profile that ships, so that the macros are compiled once.
    command.args(["--profile", "web"]);
    for package in metadata::members()?
        .iter()
        .filter(|package| CRATES.contains(&package.name.as_str()))
    {
        command.args(["--package", &package.name]);
        if package.features.contains_key("browser") {
            command.args(["--features", &format!("{}/browser", package.name)]);
        }
    }
    if verb == "clippy" {
        command.args(["--", "-D", "warnings"]);
    }
    run(&mut command)
}

/// `cargo VERB` for the browser, with a toolchain that knows the target.
///
/// # Errors
/// There is none.
pub(crate) fn cargo(verb: &str) -> Result<Command> {
    let mut command = toolchain(verb)?;
    command.args(["--target", TARGET, "--locked"]);
    command.args(["--config", &nameless(&sources()?)]);
    Ok(command)
}

/// Where cargo unpacks what it fetches.
fn sources() -> Result<Vec<PathBuf>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let Some(Ok(directory)) = home.map(|home| fs::read_dir(home.join("registry").join("src")))
    else {
        return Ok(Vec::new());
    };
    let paths = directory.map(|entry| Ok(entry?.path()));
    paths.collect()
}

/// A setting by which what a browser gets does not tell where on a machine it was built: the same sources are the same
/// bytes for everybody.
fn nameless(sources: &[PathBuf]) -> String {
    let flags = sources
        .iter()
        .map(|path| format!("'--remap-path-prefix={}/='", path.display()));
    let flags = flags.collect::<Vec<_>>().join(", ");
    format!("target.{TARGET}.rustflags=[{flags}]")
}

/// Which toolchain that is.
pub(crate) fn compiler() -> &'static str {
    if installed() {
        "the toolchain in use, which has the target"
    } else {
        "Debian's packages for the web"
    }
}

/// Where such a command puts what it builds.
pub(crate) fn output(command: &Command) -> PathBuf {
    let own = command
        .get_envs()
        .find(|(name, _)| *name == OsStr::new("CARGO_TARGET_DIR"))
        .and_then(|(_, value)| value);
    own.map_or_else(workspace::target, PathBuf::from)
        .join(TARGET)
}

fn toolchain(verb: &str) -> Result<Command> {
    let rustup = || command("rustup");
    if installed() || succeeds(rustup().args(["target", "add", TARGET])) && installed() {
        return Ok(command::cargo([verb]));
    }
    if Path::new("/usr/share/doc/rust-web-src").exists() && Path::new("/usr/bin/cargo").exists() {
        return Ok(debian(verb));
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
fn debian(verb: &str) -> Command {
    let mut command = command("/usr/bin/cargo");
    command.args([verb, "-Zbuild-std=std,panic_abort"]);
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1");
    command
        .env_remove("RUSTUP_TOOLCHAIN")
        .env("CARGO_TARGET_DIR", workspace::target().join("wasm"));
    command
}
