//! The corpus that is committed: small, because every test run replays it.
//!
//! What a person named stays: real values, and what broke a reader once. What the fuzzer found it names by a hash, and that
//! is chosen anew each time.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

/// Files of one reader at most.
const FILES_MAX: usize = 40;
/// Bytes of one reader at most.
const BYTES_MAX: u64 = 200_000;
/// SHA-1 in hex, as libFuzzer names what it finds.
const HASH: usize = 40;

/// A directory with the named files alone, to which a merge adds what they lack.
pub(super) fn start(kept: &Path, scratch: &Path) -> Result<PathBuf> {
    let fresh = scratch.join("fresh");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    for (path, _) in files(kept)?.iter().filter(|(path, _)| !is_found(path)) {
        fs::copy(path, fresh.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(fresh)
}

/// Puts what a merge chose into the place of what was found before, and says how many files there are.
pub(super) fn keep(fresh: &Path, kept: &Path) -> Result<usize> {
    for (path, _) in files(kept)?.iter().filter(|(path, _)| is_found(path)) {
        fs::remove_file(path)?;
    }
    let named = files(kept)?;
    let chosen = choose(&named, files(fresh)?);
    for path in &chosen {
        fs::copy(path, kept.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(named.len() + chosen.len())
}

/// Of what was found, the short ones first, as many as there is room for beside what is named.
fn choose(named: &[(PathBuf, u64)], mut found: Vec<(PathBuf, u64)>) -> Vec<PathBuf> {
    let mut bytes: u64 = named.iter().map(|(_, length)| length).sum();
    found.retain(|(path, _)| is_found(path));
    found.sort_by(|(a, short), (b, long)| (short, a).cmp(&(long, b)));
    let fits = |(path, length): (PathBuf, u64)| {
        bytes += length;
        (bytes <= BYTES_MAX).then_some(path)
    };
    let room = FILES_MAX.saturating_sub(named.len());
    found.into_iter().take(room).map_while(fits).collect()
}

fn is_found(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() == HASH && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Files and their lengths.
fn files(directory: &Path) -> Result<Vec<(PathBuf, u64)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        files.push((entry.path(), entry.metadata()?.len()));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, length: u64) -> (PathBuf, u64) {
        (PathBuf::from(name), length)
    }

    fn found(number: u32, length: u64) -> (PathBuf, u64) {
        file(&format!("{number:040x}"), length)
    }

    #[test]
    fn what_was_found_is_kept_as_far_as_there_is_room() {
        let named = [file("real", 100)];
        let chosen = choose(&named, vec![found(1, 9), file("real", 100), found(2, 8)]);
        assert_eq!(chosen, [found(2, 8).0, found(1, 9).0]);
        let many = (0..100).map(|number| found(number, 5)).collect();
        assert_eq!(choose(&named, many).len(), FILES_MAX - 1);
        let large = vec![found(1, BYTES_MAX - 100), found(2, 1), found(3, BYTES_MAX)];
        assert_eq!(choose(&named, large).len(), 1);
        assert_eq!(
            choose(&vec![file("real", 1); FILES_MAX + 1], vec![found(1, 1)]).len(),
            0
        );
    }
}
