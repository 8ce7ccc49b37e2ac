//! The paper on threats shows the mutants as they are: which defence falls with which test is to be read there.

use super::tree::{Tree, Violation};
use crate::mutants;

const PAPER: &str = "docs/THREATS.md";

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let table = match mutants::paper() {
        Ok(table) => table,
        Err(error) => return vec![Violation::new("tests/mutants", format!("{error:#}"))],
    };
    let shown = tree
        .file(PAPER)
        .is_some_and(|paper| paper.text.contains(&table));
    if shown {
        return Vec::new();
    }
    vec![Violation::new(
        PAPER,
        "its table of mutants is not that of `cargo xtask mutants --table`",
    )]
}
