//! One binary for each crate with readers; `READER` in the environment says which of them is meant.

mod memory;

use std::sync::OnceLock;

/// As in the module `fuzzing` of each crate: a reader's name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Gives the bytes to the reader that the environment names.
///
/// # Panics
/// The reader does, or there is none of that name.
pub fn give(targets: &[Target], bytes: &[u8]) {
    static READER: OnceLock<fn(&[u8]) -> bool> = OnceLock::new();
    let reader = READER.get_or_init(|| {
        let wanted = std::env::var("READER").unwrap_or_default();
        let found = targets.iter().find(|(name, _)| *name == wanted);
        let names: Vec<_> = targets.iter().map(|(name, _)| *name).collect();
        found
            .unwrap_or_else(|| panic!("READER={wanted}: there are {names:?}"))
            .1
    });
    reader(bytes);
}
