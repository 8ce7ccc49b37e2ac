//! The test programs of the copy.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{graft, limited};
use crate::{
    command::{cargo, show},
    web,
};

/// Test programs by package, and where they run.
pub(super) struct Programs {
    programs: BTreeMap<String, Vec<(PathBuf, PathBuf)>>,
    /// Names the mutant that is on.
    switch: PathBuf,
}

#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
    profile: Option<Profile>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

impl Programs {
    /// Builds the tests of these packages. What others compile to is shared with nobody: the copy has its own place.
    pub(super) fn build(tree: &Path, packages: &BTreeSet<&str>) -> Result<Self> {
        let mut command = cargo(["test", "--locked", "--no-run"]);
        command
            .args([
                "--message-format=json-render-diagnostics",
                "--manifest-path",
            ])
            .arg(tree.join("Cargo.toml"))
            .args(packages.iter().flat_map(|package| ["-p", package]))
            // A switch is written without regard to style.
            .env("RUSTFLAGS", "--cap-lints=allow")
            .env("CARGO_TARGET_DIR", tree.join("target"));
        if web::bundle().exists() {
            command.env(web::BUNDLE, web::bundle());
        }
        let shown = show(&command);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cargo")?;
        if !output.status.success() {
            bail!("{shown}: {}", output.status);
        }
        let mut programs = BTreeMap::<String, Vec<_>>::new();
        for line in output.stdout.split(|byte| *byte == b'\n') {
            let Ok(message) = serde_json::from_slice::<Message>(line) else {
                continue;
            };
            let test = message.profile.is_some_and(|profile| profile.test);
            let (Some(program), Some(manifest), true) =
                (message.executable, message.manifest_path, test)
            else {
                continue;
            };
            let home = manifest.parent().context("a manifest is in a directory")?;
            let name = home.file_name().context("a package has a directory")?;
            let name = name.to_string_lossy().into_owned();
            programs
                .entry(name)
                .or_default()
                .push((program, home.to_owned()));
        }
        let switch = graft::switch(tree);
        Ok(Self { programs, switch })
    }

    /// Whether a test passes, alone, with a mutant switched on or with none.
    ///
    /// # Errors
    /// No program of the package has such a test, or more than one test is called so.
    pub(super) fn passes(&self, package: &str, test: &str, mutant: Option<&str>) -> Result<bool> {
        for (program, home) in self.programs.get(package).into_iter().flatten() {
            let listed = limited(program).arg("--list").output()?;
            let listed = String::from_utf8_lossy(&listed.stdout);
            let ends = |name: &&str| name.rsplit("::").next() == Some(test);
            let names = listed
                .lines()
                .filter_map(|line| line.strip_suffix(": test"));
            let names: Vec<&str> = names.filter(ends).collect();
            let [name] = names.as_slice() else {
                if names.is_empty() {
                    continue;
                }
                bail!("{package} has several tests {test}");
            };
            let mut command = limited(program);
            command
                .args([name, "--exact", "--include-ignored"])
                .current_dir(home)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            fs::write(&self.switch, mutant.unwrap_or_default())?;
            return Ok(command.status().context("cannot start timeout")?.success());
        }
        bail!("{package} has no test {test}")
    }
}
