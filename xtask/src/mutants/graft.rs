//! The copy of the tree with all mutants in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{Mutant, SWITCH};
use crate::{
    command::{capture, command},
    workspace,
};

/// Brings the copy up to date. A file that is the same already is not touched, so that only what changed is built.
///
/// # Errors
/// A defence is not in its file, or more than once; the copy cannot be written.
pub(super) fn plant(tree: &Path, mutants: &[Mutant]) -> Result<()> {
    let mut by_file: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for mutant in mutants {
        by_file.entry(&mutant.file).or_default().push(mutant);
        if !names.insert(&mutant.name) {
            bail!("two mutants are called {}", mutant.name);
        }
    }
    let paths = files()?;
    for path in &paths {
        let source = workspace::root().join(path);
        // Deleted and not yet committed.
        let Ok(bytes) = fs::read(&source) else {
            continue;
        };
        let bytes = match by_file.remove(path.as_str()) {
            Some(mutants) => {
                let text = String::from_utf8(bytes).with_context(|| path.clone())?;
                grafted(text, &mutants, tree)?.into_bytes()
            }
            None => bytes,
        };
        write(&tree.join(path), &bytes)?;
        let mode = fs::metadata(&source)?.permissions();
        fs::set_permissions(tree.join(path), mode)?;
    }
    if let Some(path) = by_file.keys().next() {
        bail!("{path} is not there, and mutants want to be in it");
    }
    uproot(tree, &paths)
}

/// Takes out what an earlier copy had and the tree has no more: a test in a file that is gone would still count.
///
/// # Errors
/// The list cannot be written, or a file not be removed.
fn uproot(tree: &Path, paths: &[String]) -> Result<()> {
    let list = tree.join("target").join("planted");
    let before = fs::read_to_string(&list).unwrap_or_default();
    let now: BTreeSet<&str> = paths
        .iter()
        .map(String::as_str)
        .filter(|path| workspace::root().join(path).exists())
        .collect();
    for path in before.lines().filter(|path| !now.contains(path)) {
        match fs::remove_file(tree.join(path)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let now: Vec<&str> = now.into_iter().collect();
    write(&list, now.join("\n").as_bytes())
}

fn files() -> Result<Vec<String>> {
    let mut list = command("git");
    list.args(["-c", "safe.directory=*", "ls-files", "-z"]);
    list.args(["--cached", "--others", "--exclude-standard"]);
    let names = capture(&mut list)?;
    let names = names.split('\0').filter(|name| !name.is_empty());
    Ok(names.map(str::to_owned).collect())
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let parent = path.parent().context("a file is in a directory")?;
    fs::create_dir_all(parent)?;
    fs::write(path, bytes).with_context(|| path.display().to_string())
}

/// The text with each defence behind its switch. Lines keep their places, for messages.
fn grafted(mut text: String, mutants: &[&Mutant], tree: &Path) -> Result<String> {
    for mutant in mutants {
        let Mutant { name, defence, .. } = mutant;
        let found = text.matches(defence.as_str()).count();
        if found != 1 {
            bail!(
                "{}: {name}: the defence stands there {found} times",
                mutant.file
            );
        }
        text = text.replace(defence.as_str(), &switched(mutant, tree));
    }
    Ok(text)
}

/// The file that names the mutant that is switched on.
pub(super) fn switch(tree: &Path) -> PathBuf {
    tree.join(SWITCH)
}

/// An expression becomes another expression, statements become a statement.
fn switched(mutant: &Mutant, tree: &Path) -> String {
    let Mutant {
        name,
        defence,
        without,
        ..
    } = mutant;
    // Read once a place: a switch may stand in a loop. A file, for stories run programs in an environment of their own.
    let switch = switch(tree);
    let on = format!(
        "{{ static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new(); \
         *ON.get_or_init(|| std::fs::read_to_string({switch:?}).is_ok_and(|on| on == {name:?})) }}"
    );
    if defence.ends_with(';') {
        format!("if {on} {{ {without} }} else {{ {defence} }}")
    } else {
        format!("(if {on} {{ {without} }} else {{ {defence} }})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(defence: &str) -> Mutant {
        Mutant {
            name: "a lock".to_owned(),
            file: "a.rs".to_owned(),
            defence: defence.to_owned(),
            without: "true".to_owned(),
            ..Mutant::default()
        }
    }

    #[test]
    fn what_is_gone_from_the_tree_is_gone_from_the_copy() {
        let copy = workspace::target().join("tmp").join("graft");
        let old = copy.join("old.rs");
        write(&old, b"").unwrap();
        write(&copy.join("target").join("planted"), b"old.rs\nLICENSE").unwrap();
        write(&copy.join("LICENSE"), b"").unwrap();
        uproot(&copy, &["LICENSE".to_owned()]).unwrap();
        assert!(!old.exists() && copy.join("LICENSE").exists());
    }

    #[test]
    fn a_defence_is_put_behind_a_switch_where_it_stands_once() {
        let text = || "fn open() -> bool {\n    key == lock\n}".to_owned();
        let grafted = |defence: &str| grafted(text(), &[&mutant(defence)], Path::new("/copy"));
        let switched = grafted("key == lock").unwrap();
        assert!(switched.contains("{ true } else { key == lock })"));
        assert_eq!(switched.lines().count(), 3);
        assert!(grafted("key == door").is_err());
        assert!(grafted("k").is_err());
    }
}
