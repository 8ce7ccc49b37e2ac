//! One run of libFuzzer: a family of readers, or one reader alone. There is a reader for each directory
//! `fuzz/corpus/CRATE/READER`; the tests of the crates hold directories and readers to each other.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    corpus,
    family::FAMILIES,
    processor,
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

/// Readers of a crate that get the same inputs.
pub(super) struct Target {
    package: String,
    name: String,
    readers: Vec<String>,
}

/// The targets of these names, or all families: `CRATE`, `FAMILY`, `READER`, `CRATE/FAMILY` or `CRATE/READER`.
///
/// # Errors
/// There is none of a name.
pub(super) fn find(names: &[&str]) -> Result<Vec<Target>> {
    if names.is_empty() {
        return Ok(families());
    }
    let mut found = Vec::new();
    for name in names {
        let mut named: Vec<Target> = families().into_iter().filter(|t| t.is(name)).collect();
        if named.is_empty() {
            named = readers()?.into_iter().filter(|t| t.is(name)).collect();
        }
        if named.is_empty() {
            let known: Vec<String> = families().iter().map(Target::path).collect();
            bail!(
                "no target is called {name}; there are: {}",
                known.join(", ")
            );
        }
        found.extend(named);
    }
    Ok(found)
}

fn families() -> Vec<Target> {
    FAMILIES
        .iter()
        .map(|family| Target {
            package: family.package.to_owned(),
            name: family.name.to_owned(),
            readers: family
                .readers
                .iter()
                .map(|&reader| reader.to_owned())
                .collect(),
        })
        .collect()
}

/// Each reader alone.
fn readers() -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for package in directories(&home().join("corpus"))? {
        for reader in directories(&home().join("corpus").join(&package))? {
            targets.push(Target {
                package: package.clone(),
                name: reader.clone(),
                readers: vec![reader],
            });
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
        name == self.package || name == self.name || name == self.path()
    }

    fn path(&self) -> String {
        format!("{}/{}", self.package, self.name)
    }

    /// Gives it so many seconds of a processor, and keeps what is new.
    pub(super) fn run(&self, binaries: &Path, seconds: u32) -> Row {
        let mut row = Row::new(self.path(), seconds);
        row.outcome = self.try_run(binaries, seconds, &mut row);
        row.findings = count(&artifacts().join(self.path()));
        row
    }

    fn try_run(&self, binaries: &Path, seconds: u32, row: &mut Row) -> Result<()> {
        let artifacts = artifacts().join(self.path());
        let scratch = workspace::target()
            .join("fuzz")
            .join("work")
            .join(self.path());
        // What was found here before is a good start; what only this machine has is not in the repository.
        let found = scratch.join("found");
        fs::create_dir_all(&found)?;
        fs::create_dir_all(&artifacts)?;
        let mut fuzz = self.command(binaries, &self.readers.join(","));
        fuzz.arg(format!("-artifact_prefix={}/", artifacts.display()));
        fuzz.args(["-print_final_stats=1", "-reload=0"]);
        fuzz.arg(&found);
        fuzz.args(self.readers.iter().map(|reader| self.kept(reader)));
        let log = log(&mut fuzz, &scratch.join("run.log"), |fuzz| {
            processor::give(seconds, fuzz)
        })?;
        row.executions = report::executions(&log);
        row.coverage = report::coverage(&log);
        for reader in &self.readers {
            row.files += self.keep(binaries, reader, &found, &scratch)?;
        }
        Ok(())
    }

    /// Adds to a reader's corpus what shows new places of it.
    fn keep(&self, binaries: &Path, reader: &str, found: &Path, scratch: &Path) -> Result<usize> {
        let kept = self.kept(reader);
        let fresh = corpus::start(&kept, scratch)?;
        let mut merge = self.command(binaries, reader);
        // Places, not how often each is passed: the corpus shows a way to each.
        merge.args(["-merge=1", "-use_counters=0"]);
        merge.arg(&fresh).arg(&kept).arg(found);
        log(&mut merge, &scratch.join("merge.log"), |merge| {
            Ok(merge.status()?)
        })?;
        corpus::keep(&fresh, &kept)
    }

    fn kept(&self, reader: &str) -> PathBuf {
        home().join("corpus").join(&self.package).join(reader)
    }

    fn command(&self, binaries: &Path, readers: &str) -> Command {
        let mut command = command(binaries.join(&self.package));
        command.env("READERS", readers);
        command.arg(format!("-max_len={LENGTH_MAX}"));
        command.arg(format!("-timeout={INPUT_SECONDS}"));
        command.arg(format!("-rss_limit_mb={MEMORY}"));
        command
    }
}

/// Runs to the end, and gives what was written; it lies in a file as well.
fn log(
    command: &mut Command,
    path: &Path,
    run: impl Fn(&mut Command) -> Result<ExitStatus>,
) -> Result<String> {
    let file = File::create(path)?;
    let status = run(command.stdout(Stdio::null()).stderr(file));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_stands_in_one_family() {
        let name = |package: &str, reader: &str| format!("{package}/{reader}");
        let mut listed: Vec<String> = FAMILIES
            .iter()
            .flat_map(|family| {
                family
                    .readers
                    .iter()
                    .map(|reader| name(family.package, reader))
            })
            .collect();
        listed.sort();
        let mut lying: Vec<String> = readers().unwrap().iter().map(Target::path).collect();
        lying.sort();
        assert_eq!(listed, lying);
    }

    #[test]
    fn a_name_is_a_crate_a_family_or_a_reader() {
        let paths = |name| -> Vec<String> {
            let found = find(&[name]).unwrap();
            found.iter().map(Target::path).collect()
        };
        assert_eq!(paths("protocol"), ["protocol/bodies", "protocol/events"]);
        assert_eq!(paths("rooms"), ["e2ee/rooms"]);
        assert_eq!(paths("e2ee/door"), ["e2ee/door"]);
        assert!(find(&["windows"]).is_err());
        assert_eq!(find(&[]).unwrap().len(), FAMILIES.len());
    }
}
