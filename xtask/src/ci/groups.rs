//! Long tests, each group a stage of its own so that the table shows what it costs.
//!
//! A group is a module of that name in some crate's `tests/it`. As soon as the module exists the stage exists, and then
//! it is an error if no test of it runs. All groups and the rest are run from one build of the whole workspace.

use std::fs;

use anyhow::{Result, bail};

use super::{Depth, Run, tests};
use crate::workspace;

/// The tests of one module of `tests/it`.
pub(super) struct Group {
    module: &'static str,
    /// How much it tries: a variable, its value for every change, its value for the full run.
    counts: Option<(&'static str, &'static str, &'static str)>,
    /// They need what only the stage brings, so they are marked as ignored.
    ignored: bool,
}

/// Many engines and one model server under one seed: seeds with the classical suite, then with the post-quantum one.
pub(super) const SIMULATION: Group = Group {
    module: "sim",
    counts: Some(("SECURE_CHAT_SEEDS", "500,50", "2000,200")),
    ignored: false,
};

/// The program over loopback, told as stories.
pub(super) const STORIES: Group = Group {
    module: "stories",
    counts: None,
    ignored: false,
};

/// The same before a server that lies.
pub(super) const ATTACKS: Group = Group {
    module: "attacks",
    counts: None,
    ignored: false,
};

/// Rounds of `kill -9`.
pub(super) const CRASH: Group = Group {
    module: "crash",
    counts: Some(("SECURE_CHAT_CRASH_ROUNDS", "3", "20")),
    ignored: false,
};

/// Clients of other makers against our server.
pub(super) const FOREIGN: Group = Group {
    module: "foreign",
    counts: None,
    ignored: false,
};

/// Scanners of other makers against our server.
pub(super) const SCANNERS: Group = Group {
    module: "scanners",
    counts: None,
    ignored: false,
};

/// Readers of what comes from elsewhere, fed with their corpus and with changed copies of it: so many each.
pub(super) const READERS: Group = Group {
    module: "readers",
    counts: Some(("SECURE_CHAT_FUZZ", "20000", "200000")),
    ignored: false,
};

/// The web client in a real browser.
pub(super) const BROWSER: Group = Group {
    module: "browser",
    counts: None,
    ignored: true,
};

const ALL: [&Group; 8] = [
    &SIMULATION,
    &STORIES,
    &ATTACKS,
    &CRASH,
    &FOREIGN,
    &SCANNERS,
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
            it.join(self.module).is_dir() || it.join(self.module).with_extension("rs").is_file()
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
            .map(|group| group.filter())
            .collect();
        let own = self.filter();
        let mut arguments = vec![own.as_str()];
        arguments.extend(
            earlier
                .iter()
                .flat_map(|filter| ["--skip", filter.as_str()]),
        );
        if self.ignored {
            arguments.push("--ignored");
        }
        tests::run(run, &["--test", "it"], &arguments, counts.as_slice())?;
        if run.tally.run() == before {
            bail!("the module {} holds no test", self.module);
        }
        Ok(())
    }

    fn counts(&self, depth: Depth) -> Option<(&'static str, &'static str)> {
        let (name, usual, full) = self.counts?;
        Some((name, if depth == Depth::Full { full } else { usual }))
    }

    fn filter(&self) -> String {
        format!("{}::", self.module)
    }
}

/// Every test that is in no group.
///
/// # Errors
/// One fails.
pub(super) fn run_rest(run: &mut Run) -> Result<()> {
    let filters: Vec<String> = ALL.iter().map(|group| group.filter()).collect();
    let skips: Vec<&str> = filters
        .iter()
        .flat_map(|filter| ["--skip", filter])
        .collect();
    tests::run(run, &[], &skips, &[])
}
