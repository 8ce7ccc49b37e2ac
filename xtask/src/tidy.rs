//! `cargo xtask tidy`: the house rules as a program. One file per rule.

mod codes;
mod imports;
mod labels;
mod licences;
mod links;
mod lints;
mod mutants;
mod named_tests;
mod papers;
mod paths;
mod secrets;
mod sizes;
mod test_features;
mod tree;
mod wasm_cfg;
mod words;

use anyhow::{Result, bail};

use self::tree::{Tree, Violation};

/// A rule looks at the whole tree and names each place that breaks it.
type Rule = fn(&Tree) -> Vec<Violation>;

const RULES: &[(&str, Rule)] = &[
    ("imports", imports::check),
    ("links", links::check),
    ("test-features", test_features::check),
    ("sizes", sizes::check),
    ("wasm-cfg", wasm_cfg::check),
    ("lints", lints::check),
    ("words", words::check),
    ("secrets", secrets::check),
    ("labels", labels::check),
    ("licences", licences::check),
    ("codes", codes::check),
    ("paths", paths::check),
    ("papers", papers::check),
    ("named-tests", named_tests::check),
    ("mutants", mutants::check),
];

/// Checks every rule and prints each violation with the rule's name.
///
/// # Errors
/// A rule is broken, or the tree cannot be read.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read()?;
    let mut broken = 0_usize;
    for (name, rule) in RULES {
        for violation in rule(&tree) {
            println!("{name}: {}: {}", violation.place, violation.what);
            broken += 1;
        }
    }
    if broken > 0 {
        bail!("{broken} places break a house rule");
    }
    println!(
        "tidy: {} rules hold in {} files",
        RULES.len(),
        tree.files.len()
    );
    Ok(())
}
