//! Long tests, each group a stage of its own so that the table shows what it costs.
//!
//! A group is a module of that name in some crate's `tests/it`. As soon as the module exists the stage exists, and then
//! it is an error if no test of it runs. All groups and the rest are run from one build of the whole workspace.

use std::{fs, thread};

use anyhow::{Result, bail};

use super::{Depth, Run, tests};
use crate::workspace;

/// The tests of one module of `tests/it`.
pub(super) struct Group {
    module: &'static str,
    /// The modules in it, where its own name is the end of others' (`payload::` has `load::` in it); none means all.
    parts: &'static [&'static str],
    /// How much it tries: a variable, its value for every change, its value for the full run.
    counts: Option<(&'static str, &'static str, &'static str)>,
    /// They need what only the stage brings, so they are marked as ignored.
    ignored: bool,
    /// They wait more than they compute, for programs that wait for each other: twice as many run at once.
    waits: bool,
}

/// Many engines and one model server under one seed: seeds with the classical suite, then with the post-quantum one.
pub(super) const SIMULATION: Group = Group {
    module: "sim",
    parts: &[],
    counts: Some(("SECURE_CHAT_SEEDS", "300,30", "2000,200")),
    ignored: false,
    waits: false,
};

/// The program over loopback, told as stories.
pub(super) const STORIES: Group = Group {
    module: "stories",
    parts: &[],
    counts: None,
    ignored: false,
    waits: true,
};

/// The same before a server that lies.
pub(super) const SECURITY: Group = Group {
    module: "security",
    parts: &[],
    counts: None,
    ignored: false,
    waits: true,
};

/// Many at once.
pub(super) const LOAD: Group = Group {
    module: "load",
    parts: &["crowds", "people"],
    counts: None,
    ignored: false,
    waits: false,
};

/// Rounds of `kill -9`.
pub(super) const CRASH: Group = Group {
    module: "crash",
    parts: &[],
    counts: Some(("SECURE_CHAT_CRASH_ROUNDS", "3", "20")),
    ignored: false,
    waits: false,
};

/// Clients of other makers against our server.
pub(super) const FOREIGN: Group = Group {
    module: "foreign",
    parts: &[],
    counts: None,
    ignored: false,
    waits: false,
};

/// Scanners of other makers against our server.
pub(super) const SCANNERS: Group = Group {
    module: "security::scanners",
    parts: &[],
    counts: None,
    ignored: false,
    waits: false,
};

/// Readers of what comes from elsewhere, fed with their corpus and with changed copies of it: so many each.
pub(super) const READERS: Group = Group {
    module: "readers",
    parts: &[],
    counts: Some(("SECURE_CHAT_FUZZ", "20000", "200000")),
    ignored: false,
    waits: false,
};

/// The web client in a real browser.
pub(super) const BROWSER: Group = Group {
    module: "browser",
    parts: &[],
    counts: None,
    ignored: true,
    waits: false,
};

const ALL: [&Group; 9] = [
    &SIMULATION,
    &STORIES,
    // Before what it is a part of.
    &SCANNERS,
    &SECURITY,
    &LOAD,
    &CRASH,
    &FOREIGN,
    &READERS,
    &BROWSER,
];

impl Group {
    /// Whether some crate has the module.
    pub(super) fn exists(&self) -> bool {
        let Ok(crates) = fs::read_dir(workspace::root().join("crates")) else {
            return false;
        };
        crates.flatten().any(|entry| {
            let it = entry.path().join("tests").join("it");
            let module = it.join(self.module.replace("::", "/"));
            module.is_dir() || module.with_extension("rs").is_file()
        })
    }

    /// Runs the group's tests.
    ///
    /// # Errors
    /// One fails, or there is none.
    pub(super) fn run(&self, run: &mut Run) -> Result<()> {
        let before = run.tally.run();
        let counts = self.counts(run.depth);
        // A filter finds modules inside of others too: what belongs to an earlier group has run there.
        let earlier: Vec<String> = ALL
            .iter()
            .take_while(|group| group.module != self.module)
            .flat_map(|group| group.filters())
            .collect();
        let own = self.filters();
        let mut arguments: Vec<&str> = own.iter().map(String::as_str).collect();
        arguments.extend(
            earlier
                .iter()
                .flat_map(|filter| ["--skip", filter.as_str()]),
        );
        if self.ignored {
            arguments.push("--ignored");
        }
        let threads = self.threads();
        if let Some(threads) = &threads {
            arguments.extend(["--test-threads", threads]);
        }
        tests::run(run, &["--test", "it"], &arguments, counts.as_slice())?;
        if run.tally.run() == before {
            bail!("the module {} holds no test", self.module);
        }
        Ok(())
    }

    /// How many run at once, where that is not one on each processor.
    fn threads(&self) -> Option<String> {
        let processors = thread::available_parallelism().ok()?;
        self.waits.then(|| (2 * processors.get()).to_string())
    }

    fn counts(&self, depth: Depth) -> Option<(&'static str, &'static str)> {
        let (name, usual, full) = self.counts?;
        Some((name, if depth == Depth::Full { full } else { usual }))
    }

    /// What the names of its tests have in them, and those of no others.
    fn filters(&self) -> Vec<String> {
        let module = self.module;
        if self.parts.is_empty() {
            return vec![format!("{module}::")];
        }
        let parts = self.parts.iter();
        parts.map(|part| format!("{module}::{part}::")).collect()
    }
}

/// Every test that is in no group.
///
/// # Errors
/// One fails.
pub(super) fn run_rest(run: &mut Run) -> Result<()> {
    let filters: Vec<String> = ALL.iter().flat_map(|group| group.filters()).collect();
    let skips: Vec<&str> = filters
        .iter()
        .flat_map(|filter| ["--skip", filter])
        .collect();
    tests::run(run, &[], &skips, &[])
}

#[cfg(test)]
mod unit {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_parts_of_the_load_are_all_that_there_are() {
        let dir = workspace::root().join("crates/cli/tests/it/load");
        let files = fs::read_dir(dir).unwrap();
        let files = files.map(|file| file.unwrap().path().with_extension(""));
        let names = files.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned());
        let names: BTreeSet<_> = names.filter(|name| name != "mod").collect();
        let parts = LOAD.parts.iter().map(|part| (*part).to_owned());
        assert_eq!(names, parts.collect());
    }
}
