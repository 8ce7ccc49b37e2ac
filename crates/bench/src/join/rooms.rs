//! The rooms that are come into: grown once, then kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use joins::{Fixture, Grown, VERSION, entered, invited};

const SIZES: [usize; 3] = [50, 250, 1_000];

/// The files of all rooms, by size; those that are not there are made, which takes minutes.
///
/// # Errors
/// A room does not grow, or a file cannot be written.
pub(super) fn all() -> Result<Vec<PathBuf>> {
    let directory = directory();
    fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let missing = |grown: Grown| {
        let file = |members: &usize| !path(&directory, grown, *members).exists();
        SIZES.iter().any(file)
    };
    if missing(Grown::Invited) {
        for members in SIZES {
            eprintln!("bench: a room of {members}, all of whom are invited, is made");
            keep(&directory, invited(members)?)?;
        }
    }
    if missing(Grown::Entered) {
        eprintln!("bench: a room of {SIZES:?}, all of whom enter by a link, is made: some minutes");
        entered(&SIZES, |fixture| keep(&directory, fixture))?;
    }
    let of = |members: &usize| [Grown::Invited, Grown::Entered].map(|grown| (grown, *members));
    let rooms = SIZES.iter().flat_map(of);
    Ok(rooms
        .map(|(grown, members)| path(&directory, grown, members))
        .collect())
}

/// Keeps a room as it is at the worst moment for who comes in.
fn keep(directory: &Path, mut fixture: Fixture) -> Result<()> {
    fixture.fall_behind()?;
    let path = path(directory, fixture.grown, fixture.members);
    // A run that is broken off leaves no half of a file.
    let part = path.with_extension("part");
    fs::write(&part, fixture.encode()?)?;
    fs::rename(&part, &path).with_context(|| format!("cannot write {}", path.display()))
}

fn path(directory: &Path, grown: Grown, members: usize) -> PathBuf {
    directory.join(format!("join-v{VERSION}-{grown}-{members}.cbor"))
}

fn directory() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Path::new(&target).join("bench")
}
