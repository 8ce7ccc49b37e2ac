//! The project's own commands. `cargo xtask` alone lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod bench;
mod build;
mod ci;
mod command;
mod deb;
mod fuzz;
mod metadata;
mod mutants;
mod npm;
mod tidy;
mod wasm;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};

const USAGE: &str = "\
cargo xtask ci [--full] [STAGE...]
                             every check, or those stages; stops at the first that fails
cargo xtask tidy             the house rules: imports, sizes, words, licences
cargo xtask mutants [NAME...]
                             takes out each defence once, and its test must fail; `--table` prints them for docs/THREATS.md
cargo xtask web              the web client's files, in target/web/bundle
cargo xtask npm              the client as a package for JavaScript, in target/npm/secure-chat
cargo xtask build            those, and target/release/secure-chat with them inside
cargo xtask deb [--built]    a package for Debian of that (cargo-deb), in target/debian; `--built` takes the program that is there
cargo xtask fuzz [SECONDS] [TARGET...]
                             the readers of foreign bytes under libFuzzer, for so many seconds each (600); a target is a
                             family of them, or one reader: CRATE, FAMILY, CRATE/READER
cargo xtask bench [NAME...]  the figures of docs/BENCHMARKS.md: lock, join, fanout, memory, login, web, files, lighthouse; without a
                             name, all of them";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["ci", "--full", stages @ ..] => return ci::run(ci::Depth::Full, stages),
        ["ci", stages @ ..] => return ci::run(ci::Depth::Usual, stages),
        ["tidy"] => tidy::run()?,
        ["build"] => drop(build::run()?),
        ["deb"] => deb::run(false)?,
        ["deb", "--built"] => deb::run(true)?,
        ["fuzz", arguments @ ..] => fuzz::run(arguments)?,
        ["bench", names @ ..] => bench::run(names)?,
        ["mutants", "--table"] => println!("{}", mutants::paper()?),
        ["mutants", names @ ..] => mutants::run(names)?,
        ["web"] => web::build()?,
        ["npm"] => npm::build()?,
        // Not for people: `bench`, `web` and `npm` call these, where the libraries for them are built.
        #[cfg(feature = "web")]
        ["module", input, directory] => web::for_node(input, directory)?,
        #[cfg(feature = "web")]
        ["script", input, directory] => web::for_browser(input.as_ref(), directory.as_ref())?,
        #[cfg(feature = "web")]
        ["package", compiled, work] => web::package(compiled, work, None)?,
        #[cfg(feature = "web")]
        ["package", compiled, work, optimiser] => web::package(compiled, work, Some(optimiser))?,
        #[cfg(feature = "web")]
        ["pack", compiled, work, bundle] => web::pack(compiled, work, bundle, None)?,
        #[cfg(feature = "web")]
        ["pack", compiled, work, bundle, optimiser] => {
            web::pack(compiled, work, bundle, Some(optimiser))?;
        }
        [] | ["help" | "--help" | "-h"] => println!("{USAGE}"),
        _ => bail!("no such command: {}\n{USAGE}", words.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}
