//! The same figures under node, from the module that the browser's build makes.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

/// Calls the module for one room.
const SCRIPT: &str = include_str!("join.cjs");

/// The module, where the caller has made one.
pub(super) fn module() -> Option<PathBuf> {
    std::env::var_os("SECURE_CHAT_WEB_JOINS").map(PathBuf::from)
}

/// The lines of one room.
///
/// # Errors
/// There is no node, or the module fails.
pub(super) fn lines(module: &Path, room: &Path, rounds: usize) -> Result<Vec<String>> {
    let output = Command::new("node")
        .args(["-e", SCRIPT])
        .args([absolute(module)?, absolute(room)?])
        .arg(rounds.to_string())
        .output()
        .context(
            "cannot start node: install Node.js 20 or later (Debian: apt-get install nodejs)",
        )?;
    if !output.status.success() {
        bail!("node: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).context("there is no working directory")
}
