//! A test that a paper names exists: "held" is to mean that something would fail.

use std::collections::BTreeSet;

use super::tree::{Tree, Violation};

/// The papers that name tests as proof.
const PAPERS: [&str; 2] = ["docs/PROTOCOL.md", "docs/THREATS.md"];
/// Names of tests are sentences; what has fewer words is a field or an error.
const WORDS: usize = 4;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let functions: BTreeSet<&str> = tree.rust().flat_map(|file| functions(&file.text)).collect();
    let mut violations = Vec::new();
    for path in PAPERS {
        let Some(paper) = tree.file(path) else {
            violations.push(Violation::new(path, "missing; it names the tests"));
            continue;
        };
        let missing = named(&paper.text).filter(|name| !functions.contains(name));
        violations.extend(missing.map(|name| {
            Violation::new(
                path,
                format!("names the test `{name}`, which does not exist"),
            )
        }));
    }
    violations
}

/// Names of functions.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let (_, rest) = line.split_once("fn ")?;
        rest.split(['(', '<']).next()
    })
}

/// What stands in backticks and reads like the name of a test.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |word: &&str| {
        word.split('_').count() >= WORDS
            && word
                .chars()
                .all(|character| character.is_ascii_lowercase() || character == '_')
    };
    text.split('`').skip(1).step_by(2).filter(is_name)
}

#[cfg(test)]
mod tests {
    use super::{super::tree::File, *};

    #[test]
    fn a_test_that_is_gone_is_found() {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let tree = |paper: &str| Tree {
            files: vec![
                file("crates/a/src/b.rs", "fn a_wolf_is_no_sheep() {}"),
                file("docs/PROTOCOL.md", "nothing"),
                file("docs/THREATS.md", paper),
            ],
            ..Tree::default()
        };
        assert!(check(&tree("held: `a_wolf_is_no_sheep`, `handshake_seq`")).is_empty());
        let found = check(&tree("held: `a_sheep_is_no_wolf`"));
        assert_eq!(found.len(), 1);
        assert!(found[0].what.contains("a_sheep_is_no_wolf"));
    }
}
