//! Long tests, each group a stage of its own so that the table shows what it costs.
//!
//! A group is a module of that name in some crate's `tests/it`. As soon as the module exists the stage exists, and then
//! it is an error if no test of it runs. All groups and the rest are run from one build of the whole workspace.

use std::fs;

use anyhow::{Result, bail};

use super::{Run, tests};
use crate::workspace;

/// The tests of one module of `tests/it`.
pub(super) struct Group {
    module: &'static str,
}

/// Many engines and one model server under one seed.
pub(super) const SIMULATION: Group = Group {
    module: "simulation",
};
/// The shipped binary over loopback, told as stories.
pub(super) const STORIES: Group = Group { module: "stories" };
/// Rounds of `kill -9`.
pub(super) const CRASHES: Group = Group { module: "crashes" };
/// Clients of other makers against our server.
pub(super) const FOREIGN_CLIENTS: Group = Group {
    module: "foreign_clients",
};

const ALL: [&Group; 4] = [&SIMULATION, &STORIES, &CRASHES, &FOREIGN_CLIENTS];

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
    pub(super) fn run(&self, run: &mut Run) -> Result<()> {
        let before = run.tally.run();
        tests::run(run, &["--test", "it"], &[&self.filter()])?;
        if run.tally.run() == before {
            bail!("the module {} holds no test", self.module);
        }
        Ok(())
    }

    fn filter(&self) -> String {
        format!("{}::", self.module)
    }
}

/// Every test that is in no group.
pub(super) fn run_rest(run: &mut Run) -> Result<()> {
    let filters: Vec<String> = ALL.iter().map(|group| group.filter()).collect();
    let skips: Vec<&str> = filters
        .iter()
        .flat_map(|filter| ["--skip", filter])
        .collect();
    tests::run(run, &[], &skips)
}
