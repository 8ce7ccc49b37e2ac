//! The list of stages. To add one, add a line; a group of long tests needs only its module (see [`groups`]).

use anyhow::Result;

use super::{
    Depth, Run,
    groups::{
        self, BROWSER, CRASH, FOREIGN, LOAD, READERS, SCANNERS, SECURITY, SIMULATION, STORIES,
    },
};
use crate::{
    build,
    command::{cargo, run},
    fuzz, mutants, npm, tidy, wasm, web,
};

/// A named part of the checks.
pub(super) struct Stage {
    pub(super) name: &'static str,
    /// Whether there is anything to do.
    pub(super) applies: fn(Depth) -> bool,
    pub(super) work: fn(&mut Run) -> Result<()>,
}

/// In order: what is quick and what fails most often first.
pub(super) const STAGES: &[Stage] = &[
    always("fmt", |_| {
        run(&mut cargo(["fmt", "--all", "--check"]))?;
        let fuzz = ["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"];
        run(&mut cargo(fuzz))
    }),
    always("tidy", |_| tidy::run()),
    always("clippy", |_| {
        run(&mut cargo([
            "clippy",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]))
    }),
    always("doc", |_| {
        run(cargo(["doc", "--locked", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    }),
    always("wasm", |_| wasm::check()),
    always("web", |_| {
        // Two links that each take one processor, beside each other.
        npm::compile()?;
        web::build()
    }),
    always("web-size", |_| web::check_size()),
    // As it ships; every other stage runs the same program in the profile of the tests, which is built in any case.
    Stage {
        name: "release",
        applies: |depth| depth == Depth::Full,
        work: |_| build::run().map(|_| ()),
    },
    always("tests", groups::run_rest),
    group(
        "simulation",
        |_| SIMULATION.exists(),
        |run| SIMULATION.run(run),
    ),
    group("stories", |_| STORIES.exists(), |run| STORIES.run(run)),
    group("security", |_| SECURITY.exists(), |run| SECURITY.run(run)),
    group("load", |_| LOAD.exists(), |run| LOAD.run(run)),
    group("crash", |_| CRASH.exists(), |run| CRASH.run(run)),
    group(
        "foreign-clients",
        |_| FOREIGN.exists(),
        |run| {
            npm::build()?;
            FOREIGN.run(run)
        },
    ),
    group("scanners", |_| SCANNERS.exists(), |run| SCANNERS.run(run)),
    group("readers", |_| READERS.exists(), |run| READERS.run(run)),
    // Two families of readers run beside each other, ten minutes of a processor each; what they found before is replayed by the stage above.
    Stage {
        name: "fuzz",
        applies: |depth| depth == Depth::Full,
        work: |_| fuzz::run(&[]),
    },
    // Each builds a copy of everything.
    Stage {
        name: "mutants",
        applies: |depth| depth == Depth::Full,
        work: |_| mutants::run(&[]),
    },
    group(
        "browser",
        |_| BROWSER.exists(),
        |run| {
            web::build_store_check()?;
            web::install_axe()?;
            npm::ensure()?;
            BROWSER.run(run)
        },
    ),
];

const fn always(name: &'static str, work: fn(&mut Run) -> Result<()>) -> Stage {
    Stage {
        name,
        applies: |_| true,
        work,
    }
}

const fn group(
    name: &'static str,
    applies: fn(Depth) -> bool,
    work: fn(&mut Run) -> Result<()>,
) -> Stage {
    Stage {
        name,
        applies,
        work,
    }
}
