//! What exists for tests alone stays out of every program: a feature named so is turned on by dev-dependencies only. The
//! classical suite is one; a program that could speak it could be talked into it.

use super::tree::{Tree, Violation};

const SUFFIX: &str = "-for-tests";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &tree.members {
        let shipped = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind.as_deref() != Some("dev"));
        let asked = shipped.flat_map(|dependency| &dependency.features);
        // A feature that is not for tests may not bring one along.
        let implied = package
            .features
            .iter()
            .filter(|(name, _)| !name.ends_with(SUFFIX));
        let implied = implied.flat_map(|(_, features)| features);
        for feature in asked
            .chain(implied)
            .filter(|feature| feature.ends_with(SUFFIX))
        {
            found.push(Violation::new(
                &package.name,
                format!("turns on {feature} outside tests"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::{Dependency, Package};

    fn check_one(kind: Option<&str>, implied: &[(&str, &str)]) -> usize {
        let dependency = Dependency {
            name: "e2ee".to_owned(),
            kind: kind.map(str::to_owned),
            features: vec!["classical-suite-for-tests".to_owned()],
            path: None,
        };
        let package = Package {
            name: "engine".to_owned(),
            version: "0.1.0".to_owned(),
            license: None,
            source: None,
            dependencies: vec![dependency],
            features: implied
                .iter()
                .map(|(name, feature)| ((*name).to_owned(), vec![(*feature).to_owned()]))
                .collect(),
        };
        check(&Tree {
            members: vec![package],
            ..Tree::default()
        })
        .len()
    }

    #[test]
    fn a_test_feature_in_a_program_is_found() {
        assert_eq!(check_one(Some("dev"), &[]), 0);
        assert_eq!(check_one(None, &[]), 1);
        assert_eq!(check_one(Some("build"), &[]), 1);
    }

    #[test]
    fn a_feature_that_brings_one_along_is_found() {
        let classical = "e2ee/classical-suite-for-tests";
        assert_eq!(check_one(Some("dev"), &[("default", classical)]), 1);
        assert_eq!(
            check_one(Some("dev"), &[("simulation-for-tests", classical)]),
            0
        );
    }
}
