//! `cargo xtask build`: the one binary, as shipped.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run as run_command},
    workspace,
};

/// Builds the release binary and says where it is.
///
/// # Errors
/// It does not compile.
pub(crate) fn run() -> Result<PathBuf> {
    run_command(&mut cargo([
        "build",
        "--release",
        "--locked",
        "--package",
        "cli",
    ]))?;
    let binary = workspace::target().join("release").join("secure-chat");
    let size = binary
        .metadata()
        .with_context(|| format!("no {} after the build", binary.display()))?
        .len();
    println!("{} ({} kB)", binary.display(), size / 1000);
    Ok(binary)
}
