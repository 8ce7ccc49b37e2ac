//! The mutants as they are written down, in `tests/mutants/*.mutants`: records with an empty line between them.
//!
//! ```text
//! without: constant lifetimes
//! attacks: 29
//! file: crates/e2ee/src/check/add.rs
//! - !key_package::has_constant_lifetime(key_package)
//! + false
//! fails: e2ee adds
//! ```

use std::fs;

use anyhow::{Context, Result, bail};

use super::Mutant;
use crate::workspace;

/// Where the records are, from the root.
const HOME: &str = "tests/mutants";

/// All of them, by the attacks that they are about.
///
/// # Errors
/// A file cannot be read, or a record is not whole.
pub(crate) fn all() -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for file in fs::read_dir(workspace::root().join(HOME)).context(HOME)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        for record in text.split("\n\n").filter(|record| !is_empty(record)) {
            let mutant = read(record).with_context(|| format!("{}: {record}", path.display()))?;
            mutants.push(mutant);
        }
    }
    mutants.sort_by(|one, two| (&one.attacks, &one.name).cmp(&(&two.attacks, &two.name)));
    Ok(mutants)
}

/// Whether there is nothing but comments.
fn is_empty(record: &str) -> bool {
    record
        .lines()
        .all(|line| line.is_empty() || line.starts_with('#'))
}

fn read(record: &str) -> Result<Mutant> {
    let mut mutant = Mutant::default();
    let (mut defence, mut without) = (Vec::new(), Vec::new());
    for line in record.lines().filter(|line| !line.starts_with('#')) {
        match line.split_once(' ') {
            Some(("-", code)) => defence.push(code),
            Some(("+", code)) => without.push(code),
            Some(("without:", name)) => mutant.name = name.to_owned(),
            Some(("file:", file)) => mutant.file = file.to_owned(),
            Some(("attacks:", attacks)) => {
                let numbers = attacks.split(", ").map(str::parse);
                mutant.attacks = numbers.collect::<Result<_, _>>()?;
            }
            Some(("fails:", test)) => {
                let (package, test) = test.split_once(' ').context("a package and a test")?;
                (mutant.package, mutant.killer) = (package.to_owned(), test.to_owned());
            }
            None if line.is_empty() || line == "+" => {}
            _ => bail!("what is this line? {line}"),
        }
    }
    (mutant.defence, mutant.without) = (defence.join("\n"), without.join("\n"));
    let Mutant { name, file, .. } = &mutant;
    let missing = [name, file, &mutant.defence, &mutant.package]
        .into_iter()
        .any(String::is_empty);
    if missing || mutant.attacks.is_empty() {
        bail!("a record names what is missing, attacks, file, source and test");
    }
    Ok(mutant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_or_refused() {
        let text = "# why\nwithout: a lock\nattacks: 1, 20\nfile: a.rs\n- if a {\n-     b\n- }\n+ \nfails: a a_test";
        let mutant = read(text).unwrap();
        assert_eq!(mutant.attacks, [1, 20]);
        assert_eq!(
            (mutant.defence.as_str(), mutant.without.as_str()),
            ("if a {\n    b\n}", "")
        );
        assert_eq!(
            (mutant.package.as_str(), mutant.killer.as_str()),
            ("a", "a_test")
        );
        assert!(read("without: a lock").is_err());
        assert!(read(&text.replace("attacks: 1, 20", "attacks: one")).is_err());
        assert!(read(&format!("{text}\nwhatever")).is_err());
        assert!(is_empty("# a comment"));
    }
}
