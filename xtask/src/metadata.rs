//! What cargo knows about the packages: the part of `cargo metadata` that the rules need.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{capture, cargo};

/// The platforms that the project ships for; licences are checked for all of them.
const PLATFORMS: [&str; 2] = ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"];

/// The manifest of the fuzzer's workspace.
const FUZZER: &str = "fuzz/Cargo.toml";

/// One package of the dependency graph.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// SPDX expression, where the package states one.
    pub(crate) license: Option<String>,
    /// `None` for our own packages.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(default)]
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// One line of a manifest's dependency tables, of any kind: normal, build or dev.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev` or `build`; `None` for what is linked.
    pub(crate) kind: Option<String>,
    /// What it turns on.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// Set for packages of this workspace.
    pub(crate) path: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// Our own packages.
///
/// # Errors
/// A manifest does not parse.
pub(crate) fn members() -> Result<Vec<Package>> {
    read(&["--no-deps"])
}

/// Our packages and all that they may link on any of the platforms, and what the fuzzer links, which is a workspace of its
/// own.
///
/// # Errors
/// A manifest does not parse, or a Cargo.lock is behind the manifests.
pub(crate) fn everything() -> Result<Vec<Package>> {
    let mut packages = BTreeMap::new();
    for platform in PLATFORMS {
        for package in read(&["--locked", "--filter-platform", platform])? {
            packages.insert((package.name.clone(), package.version.clone()), package);
        }
    }
    let fuzzer = ["--manifest-path", FUZZER, "--locked", "--filter-platform"];
    for package in read(&[fuzzer.as_slice(), &PLATFORMS[..1]].concat())? {
        packages.insert((package.name.clone(), package.version.clone()), package);
    }
    Ok(packages.into_values().collect())
}

/// The names of all packages that end up in a build of `package`, its own included; features as that build sets them.
///
/// # Errors
/// No such package.
pub(crate) fn linked_into(package: &str) -> Result<BTreeSet<String>> {
    let arguments = [
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--package",
        package,
    ];
    let text = capture(&mut cargo(arguments))?;
    Ok(text
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect())
}

fn read(arguments: &[&str]) -> Result<Vec<Package>> {
    let text = capture(cargo(["metadata", "--format-version", "1", "--quiet"]).args(arguments))?;
    let metadata: Metadata = serde_json::from_str(&text).context("the answer of cargo metadata")?;
    Ok(metadata.packages)
}
