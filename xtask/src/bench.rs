//! `cargo xtask bench`: runs the programs behind docs/BENCHMARKS.md, optimised, one after the other.

use anyhow::{Result, bail};

use crate::command::{cargo, run as run_command};

/// A bench program: its name here, the crate that holds it, the cargo bench target, and what it prints.
struct Bench {
    name: &'static str,
    package: &'static str,
    target: &'static str,
    what: &'static str,
}

const BENCHES: &[Bench] = &[];

/// Runs the named programs, or all.
///
/// # Errors
/// There is no such program, or one fails.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    if let Some(unknown) = names
        .iter()
        .find(|name| BENCHES.iter().all(|bench| bench.name != **name))
    {
        let known: Vec<&str> = BENCHES.iter().map(|bench| bench.name).collect();
        bail!(
            "no bench is called {unknown}; there are: {}",
            known.join(", ")
        );
    }
    for bench in BENCHES
        .iter()
        .filter(|bench| names.is_empty() || names.contains(&bench.name))
    {
        println!("\n{}: {}", bench.name, bench.what);
        run_command(&mut cargo([
            "bench",
            "--locked",
            "--package",
            bench.package,
            "--bench",
            bench.target,
        ]))?;
    }
    Ok(())
}
