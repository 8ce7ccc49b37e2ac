//! One binary for each crate with readers; `READERS` in the environment says which of them are meant, with commas between.

mod memory;

use std::sync::OnceLock;

/// As in the module `fuzzing` of each crate: a reader's name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Gives the bytes to each reader that the environment names.
///
/// # Panics
/// A reader does, or there is none of a name.
pub fn give(targets: &[Target], bytes: &[u8]) {
    static READERS: OnceLock<Vec<fn(&[u8]) -> bool>> = OnceLock::new();
    let readers = READERS.get_or_init(|| {
        let wanted = std::env::var("READERS").unwrap_or_default();
        wanted.split(',').map(|name| find(targets, name)).collect()
    });
    for reader in readers {
        reader(bytes);
    }
}

fn find(targets: &[Target], wanted: &str) -> fn(&[u8]) -> bool {
    let found = targets.iter().find(|(name, _)| *name == wanted);
    let names: Vec<_> = targets.iter().map(|(name, _)| *name).collect();
    found
        .unwrap_or_else(|| panic!("READERS={wanted}: there are {names:?}"))
        .1
}
