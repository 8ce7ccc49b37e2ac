//! Who may import whom. `server` must never reach the key code, and the core knows nothing above it.

use super::tree::{Tree, Violation};

/// A crate and the crates of ours that its manifest may name, for tests too. A crate that is not here may not exist.
const TABLE: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("e2ee", &[]),
    ("engine", &["protocol", "e2ee"]),
    ("client", &["engine", "protocol"]),
    ("server", &["protocol"]),
    ("cli", &["client", "protocol", "server"]),
    ("web", &["client", "protocol"]),
    ("sdk", &["client", "protocol"]),
    // Ships nothing: it measures the lock, and the server from outside.
    ("bench", &["protocol", "e2ee", "joins"]),
    ("joins", &["e2ee"]),
    ("xtask", &[]),
];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &tree.members {
        let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == package.name) else {
            found.push(Violation::new(&package.name, "not in the import table"));
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            // A crate's tests may ask for a feature of its own.
            .filter(|dependency| dependency.name != package.name)
        {
            if !allowed.contains(&dependency.name.as_str()) {
                found.push(Violation::new(
                    &package.name,
                    format!("may not import {}", dependency.name),
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::metadata::{Dependency, Package};

    fn package(name: &str, imports: &[&str]) -> Package {
        let dependency = |name: &&str| Dependency {
            name: (*name).to_owned(),
            kind: None,
            features: Vec::new(),
            path: Some(format!("crates/{name}")),
        };
        Package {
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            license: Some("MIT".to_owned()),
            source: None,
            dependencies: imports.iter().map(dependency).collect(),
            features: Default::default(),
        }
    }

    fn check_one(name: &str, imports: &[&str]) -> Vec<String> {
        let tree = Tree {
            members: vec![package(name, imports)],
            ..Tree::default()
        };
        check(&tree)
            .into_iter()
            .map(|violation| violation.what)
            .collect()
    }

    #[test]
    fn the_server_may_not_import_the_key_code() {
        assert!(check_one("server", &["protocol"]).is_empty());
        assert_eq!(
            check_one("server", &["protocol", "e2ee"]),
            ["may not import e2ee"]
        );
        assert_eq!(
            check_one("e2ee", &["protocol"]),
            ["may not import protocol"]
        );
        assert_eq!(check_one("helpers", &[]), ["not in the import table"]);
    }

    #[test]
    fn the_table_itself_keeps_the_server_away_from_keys() {
        let mut reached = BTreeSet::from(["server"]);
        while let Some(next) = TABLE
            .iter()
            .filter(|(name, _)| reached.contains(name))
            .flat_map(|(_, allowed)| allowed.iter())
            .find(|name| !reached.contains(*name))
        {
            reached.insert(next);
        }
        assert_eq!(reached, BTreeSet::from(["server", "protocol"]));
    }
}
