//! `cargo xtask mutants`: every defence is taken out once, and its test must fail.
//!
//! A mutant is a piece of source and what stands in its place without the defence ([`table`]). All of them go into one
//! copy of the tree, each behind a switch, so that one build serves them all and the program that
//! ships knows of none. Each test runs once as things are, where it must pass, and once for each of its mutants, where it
//! must not.

mod graft;
mod programs;
mod table;

use std::{collections::BTreeSet, process::Command};

use anyhow::{Result, bail};

use crate::workspace;

use self::programs::Programs;

/// The file in the copy that names the mutant that is switched on.
const SWITCH: &str = "mutant";
/// A test that does not end has noticed something as well; seconds.
const PATIENCE: &str = "240";

/// One defence, and the program without it.
#[derive(Default)]
pub(crate) struct Mutant {
    /// What is missing, in a few words; unique.
    pub(crate) name: String,
    /// The rows of `docs/THREATS.md` that it belongs to.
    pub(crate) attacks: Vec<u8>,
    /// The file, from the root.
    pub(crate) file: String,
    /// The defence as it stands there, once: an expression, or statements that end with `;`.
    pub(crate) defence: String,
    /// What stands there without it, of the same type.
    pub(crate) without: String,
    /// The package whose test notices.
    pub(crate) package: String,
    /// The name of the test, without its module.
    pub(crate) killer: String,
}

/// Runs the mutants whose name contains one of these, or all; then prints what became of each.
///
/// # Errors
/// The tree does not build, a test fails without a mutant, or a mutant survives.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    let all = table::all()?;
    let wanted: Vec<&Mutant> = all
        .iter()
        .filter(|mutant| names.is_empty() || names.iter().any(|name| mutant.name.contains(name)))
        .collect();
    if wanted.is_empty() {
        bail!("no mutant has such a name");
    }
    let tree = workspace::target().join("mutants");
    graft::plant(&tree, &all)?;
    let packages: BTreeSet<&str> = wanted
        .iter()
        .map(|mutant| mutant.package.as_str())
        .collect();
    let programs = Programs::build(&tree, &packages)?;
    let tests: BTreeSet<(&str, &str)> = wanted
        .iter()
        .map(|mutant| (mutant.package.as_str(), mutant.killer.as_str()))
        .collect();
    for (package, test) in tests {
        if !programs.passes(package, test, None)? {
            bail!("{test} fails as things are");
        }
    }
    let mut survivors = Vec::new();
    for mutant in wanted {
        let survives = programs.passes(&mutant.package, &mutant.killer, Some(&mutant.name))?;
        let fate = if survives { "SURVIVES" } else { "killed" };
        println!("{fate:<9} {:<44} {}", mutant.name, mutant.killer);
        if survives {
            survivors.push(mutant.name.as_str());
        }
    }
    if !survivors.is_empty() {
        bail!(
            "nothing notices that these are missing: {}",
            survivors.join(", ")
        );
    }
    Ok(())
}

/// The table for `docs/THREATS.md`.
///
/// # Errors
/// A record cannot be read.
pub(crate) fn paper() -> Result<String> {
    let mut lines = vec![
        "| attacks | without | in | fails |".to_owned(),
        "| --- | --- | --- | --- |".to_owned(),
    ];
    lines.extend(table::all()?.iter().map(|mutant| {
        let attacks: Vec<String> = mutant.attacks.iter().map(u8::to_string).collect();
        let file = mutant.file.trim_start_matches("crates/");
        let (attacks, name, killer) = (attacks.join(", "), &mutant.name, &mutant.killer);
        format!("| {attacks} | {name} | `{file}` | `{killer}` |")
    }));
    Ok(lines.join("\n"))
}

/// With a time limit: `timeout SECONDS PROGRAM`.
fn limited(program: &std::path::Path) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", PATIENCE]).arg(program);
    command
}
