//! The tree builds on any machine: no file names a directory of one machine or the host of a package registry.

use super::tree::{Tree, Violation};
use crate::workspace;

/// Home directories of some machine. The checkout's own directory is refused too, wherever it is.
const DIRECTORIES: [&str; 3] = ["/home/", "/root/", "/Users/"];

/// Which registry or mirror is used is the machine's own setting.
const HOSTS: [&str; 5] = [
    "crates.io",
    "index.rust-lang.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "pypi.org",
];

/// Cargo writes where a package came from; this file names what it looks for.
const EXEMPT: [&str; 3] = ["Cargo.lock", "fuzz/Cargo.lock", "xtask/src/tidy/paths.rs"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let checkout = format!("{}/", workspace::root().display());
    let mut found = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|file| !EXEMPT.contains(&file.path.as_str()))
    {
        for (number, line) in file.lines() {
            let own = starts_a_path(line, &checkout).then_some("this checkout's directory");
            if let Some(name) = machine(line).or(own) {
                found.push(Violation::new(
                    format!("{}:{number}", file.path),
                    format!("names {name}"),
                ));
            }
        }
    }
    found
}

fn machine(line: &str) -> Option<&'static str> {
    let directory = DIRECTORIES
        .iter()
        .find(|directory| starts_a_path(line, directory));
    directory
        .or_else(|| HOSTS.iter().find(|host| line.contains(**host)))
        .copied()
}

/// Whether `directory` occurs where a path begins, not in the middle of one or of an address.
fn starts_a_path(line: &str, directory: &str) -> bool {
    let inside = |character: char| character.is_alphanumeric() || "._-/}>)*~".contains(character);
    line.match_indices(directory)
        .any(|(at, _)| !line.get(..at).unwrap_or_default().ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_machine_and_registry_hosts_are_found() {
        assert_eq!(machine("cd /home/alice/chat"), Some("/home/"));
        assert_eq!(
            machine("index = \"https://registry.npmjs.org\""),
            Some("registry.npmjs.org")
        );
    }

    #[test]
    fn relative_paths_and_addresses_are_fine() {
        assert_eq!(
            machine("vault/root/listing and https://example.org/home/"),
            None
        );
        assert_eq!(machine("--data ./data"), None);
    }
}
