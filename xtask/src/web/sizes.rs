//! What the first visit costs on the wire.

use std::fs;

use anyhow::{Context, Result, bail};

use super::bundle;

/// All files of a first visit together, Brotli-compressed, as the design wants them.
const BUDGET: u64 = 800_000;
/// What another version of the compiler, or longer paths of the machine, may make of the same code.
const NOISE: u64 = 4_000;

/// Prints what a browser downloads.
///
/// # Errors
/// The files are not there.
pub(super) fn show() -> Result<()> {
    for (name, size) in files()? {
        println!("{:>8.1} kB  {name}", kilobytes(size));
    }
    println!(
        "{:>8.1} kB  the web client over the wire",
        kilobytes(total()?)
    );
    Ok(())
}

/// Fails where a first visit is too expensive.
///
/// # Errors
/// It is, or the files are not there.
pub(crate) fn check() -> Result<()> {
    let total = total()?;
    println!("The web client is {total} bytes over the wire; the budget is {BUDGET}.");
    if total > BUDGET + NOISE {
        bail!("the web client is too large; docs/decisions/0040 says what weighs");
    }
    Ok(())
}

fn total() -> Result<u64> {
    Ok(files()?.iter().map(|(_, size)| size).sum())
}

/// The Brotli forms, by name.
fn files() -> Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for directory in [bundle(), bundle().join("assets")] {
        let entries = fs::read_dir(&directory).context("the web client was not built")?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".br") {
                found.push((name, entry.metadata()?.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}

#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
fn kilobytes(size: u64) -> f64 {
    size as f64 / 1000.0
}
