//! What the rules look at, read once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result};

use super::links;
use crate::{
    command::{capture, command},
    metadata::{self, Package},
    workspace,
};

/// Everything that a rule may ask about.
#[derive(Default)]
pub(crate) struct Tree {
    /// Text files under version control, and new ones that are not ignored.
    pub(crate) files: Vec<File>,
    /// The packages of this workspace.
    pub(crate) members: Vec<Package>,
    /// Those and all that they may link.
    pub(crate) packages: Vec<Package>,
    /// For the packages that [`links`] watches: the names of what is linked into them.
    pub(crate) linked: BTreeMap<String, BTreeSet<String>>,
}

/// A text file; the path is relative to the root and has forward slashes.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// A place that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) place: String,
    pub(crate) what: String,
}

impl Violation {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl Tree {
    /// Reads the working tree.
    ///
    /// # Errors
    /// git or cargo cannot answer.
    pub(crate) fn read() -> Result<Self> {
        let mut linked = BTreeMap::new();
        for package in links::watched() {
            linked.insert(package.to_owned(), metadata::linked_into(package)?);
        }
        Ok(Self {
            files: files()?,
            members: metadata::members()?,
            packages: metadata::everything()?,
            linked,
        })
    }

    /// The Rust files of the crates and of this program.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// The file at this path, if there is one.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// The lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line))
    }
}

fn files() -> Result<Vec<File>> {
    // A clone that belongs to another user (a container's volume) is still readable.
    let mut list = command("git");
    list.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let names = capture(&mut list).context("the rules need git and a clone")?;
    let mut files = Vec::new();
    for path in names.split('\0').filter(|name| !name.is_empty()) {
        // Deleted but not yet committed: nothing to check. Of what is not text, only that it is there.
        let text = match fs::read_to_string(workspace::root().join(path)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => String::new(),
            Err(_) => continue,
        };
        files.push(File {
            path: path.to_owned(),
            text,
        });
    }
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

#[cfg(test)]
pub(super) fn with_file(path: &str, text: &str) -> Tree {
    Tree {
        files: vec![File {
            path: path.to_owned(),
            text: text.to_owned(),
        }],
        ..Tree::default()
    }
}
