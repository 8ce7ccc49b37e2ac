//! What may not be linked, at any depth: MLS into the server, sockets and files into the core.

use super::tree::{Tree, Violation};

/// A library that opens what the server must not open.
const KEYS: &[&str] = &[
    "e2ee",
    "engine",
    "openmls",
    "openmls_traits",
    "openmls_rust_crypto",
    "hpke-rs",
    "mls-rs",
];

/// A library that talks to the world, or reads its clock.
const WORLD: &[&str] = &[
    "async-std",
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "smol",
    "socket2",
    "socketioxide",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tokio-tungstenite",
    "ureq",
];

const BANS: &[(&str, &[&str], &str)] = &[
    (
        "server",
        KEYS,
        "the server must not be able to open an envelope",
    ),
    ("protocol", WORLD, "words only"),
    ("e2ee", WORLD, "bytes in, bytes and rows out"),
    ("engine", WORLD, "the state machine has no I/O"),
];

/// The packages that this rule needs the links of.
pub(super) fn watched() -> impl Iterator<Item = &'static str> {
    BANS.iter().map(|(package, ..)| *package)
}

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (package, banned, why) in BANS {
        let linked = tree.linked.get(*package);
        for name in banned
            .iter()
            .filter(|name| linked.is_some_and(|linked| linked.contains(**name)))
        {
            found.push(Violation::new(*package, format!("links {name}: {why}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn check_one(package: &str, linked: &[&str]) -> usize {
        let linked: BTreeSet<String> = linked.iter().map(|name| (*name).to_owned()).collect();
        check(&Tree {
            linked: [(package.to_owned(), linked)].into(),
            ..Tree::default()
        })
        .len()
    }

    #[test]
    fn mls_in_the_server_and_sockets_in_the_core_are_found() {
        assert_eq!(check_one("server", &["server", "axum", "tokio"]), 0);
        assert_eq!(check_one("server", &["server", "axum", "openmls"]), 1);
        assert_eq!(check_one("engine", &["engine", "openmls", "sha2"]), 0);
        assert_eq!(check_one("engine", &["engine", "tokio", "mio"]), 2);
    }
}
