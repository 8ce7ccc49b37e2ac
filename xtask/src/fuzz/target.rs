//! One reader under libFuzzer. There is a target for each directory `fuzz/corpus/CRATE/READER`; the tests of the crates
//! hold directories and readers to each other.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    corpus,
    report::{self, Row},
};
use crate::{
    command::{command, show},
    workspace,
};

/// No input is longer, in bytes.
const LENGTH_MAX: usize = 64 * 1024;
/// No input takes longer, in seconds.
const INPUT_SECONDS: u32 = 10;
/// No reader takes more memory, in MB.
const MEMORY: u32 = 1024;

/// A reader of a crate.
pub(super) struct Target {
    package: String,
    reader: String,
}

/// The targets of these names, or all: `CRATE`, `READER`, or `CRATE/READER`.
///
/// # Errors
/// There is none of a name.
pub(super) fn find(names: &[&str]) -> Result<Vec<Target>> {
    let all = all()?;
    if let Some(unknown) = names
        .iter()
        .find(|name| !all.iter().any(|target| target.is(name)))
    {
        let known: Vec<String> = all.iter().map(Target::name).collect();
        bail!(
            "no target is called {unknown}; there are: {}",
            known.join(", ")
        );
    }
    let wanted = |target: &Target| names.is_empty() || names.iter().any(|name| target.is(name));
    Ok(all.into_iter().filter(wanted).collect())
}

fn all() -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for package in directories(&home().join("corpus"))? {
        for reader in directories(&home().join("corpus").join(&package))? {
            let package = package.clone();
            targets.push(Target { package, reader });
        }
    }
    Ok(targets)
}

fn directories(parent: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(parent).with_context(|| parent.display().to_string())?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn home() -> PathBuf {
    workspace::root().join("fuzz")
}

/// Where inputs lie that broke a reader.
pub(super) fn artifacts() -> PathBuf {
    home().join("artifacts")
}

impl Target {
    fn is(&self, name: &str) -> bool {
        name == self.package || name == self.reader || name == self.name()
    }

    fn name(&self) -> String {
        format!("{}/{}", self.package, self.reader)
    }

    /// Runs it for so many seconds, and keeps what is new.
    pub(super) fn run(&self, binaries: &Path, seconds: u32) -> Row {
        let mut row = Row::new(self.name(), seconds);
        row.outcome = self.try_run(binaries, seconds, &mut row);
        row.findings = count(&artifacts().join(self.name()));
        row
    }

    fn try_run(&self, binaries: &Path, seconds: u32, row: &mut Row) -> Result<()> {
        let kept = home().join("corpus").join(self.name());
        let artifacts = artifacts().join(self.name());
        let scratch = workspace::target()
            .join("fuzz")
            .join("work")
            .join(self.name());
        // What was found here before is a good start; what only this machine has is not in the repository.
        let found = scratch.join("found");
        fs::create_dir_all(&found)?;
        fs::create_dir_all(&artifacts)?;
        let mut fuzz = self.command(binaries);
        fuzz.arg(format!("-max_total_time={seconds}"));
        fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzz.args(["-print_final_stats=1", "-reload=0"]);
        let log = log(fuzz.arg(&found).arg(&kept), &scratch.join("run.log"))?;
        row.executions = report::executions(&log);
        row.coverage = report::coverage(&log);
        let fresh = corpus::start(&kept, &scratch)?;
        let mut merge = self.command(binaries);
        // Places, not how often each is passed: the corpus shows a way to each.
        merge.args(["-merge=1", "-use_counters=0"]);
        merge.arg(&fresh).arg(&kept).arg(&found);
        self::log(&mut merge, &scratch.join("merge.log"))?;
        row.files = corpus::keep(&fresh, &kept)?;
        Ok(())
    }

    fn command(&self, binaries: &Path) -> Command {
        let mut command = command(binaries.join(&self.package));
        command.env("READER", &self.reader);
        command.arg(format!("-max_len={LENGTH_MAX}"));
        command.arg(format!("-timeout={INPUT_SECONDS}"));
        command.arg(format!("-rss_limit_mb={MEMORY}"));
        command
    }
}

/// Runs to the end, and gives what was written; it lies in a file as well.
fn log(command: &mut Command, path: &Path) -> Result<String> {
    let file = File::create(path)?;
    let status = command.stdout(Stdio::null()).stderr(file).status();
    let status = status.with_context(|| format!("cannot start: {}", show(command)))?;
    let log = String::from_utf8_lossy(&fs::read(path)?).into_owned();
    if !status.success() {
        bail!("{status}; see {}", path.display());
    }
    Ok(log)
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).map_or(0, |entries| entries.flatten().count())
}
