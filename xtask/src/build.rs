//! `cargo xtask build`: the one binary, as shipped, with the web client inside.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run as run_command},
    web, workspace,
};

/// Makes the web client, builds the release binary around it and says where that is.
///
/// # Errors
/// Something does not compile.
pub(crate) fn run() -> Result<PathBuf> {
    web::build()?;
    run_command(
        cargo(["build", "--release", "--locked", "--package", "cli"])
            .env(web::BUNDLE, web::bundle()),
    )?;
    let binary = workspace::target().join("release").join("secure-chat");
    let size = binary
        .metadata()
        .with_context(|| format!("no {} after the build", binary.display()))?
        .len();
    println!("{} ({} kB)", binary.display(), size / 1000);
    Ok(binary)
}
