//! The figures of docs/BENCHMARKS.md. `cargo xtask bench` builds this optimised and runs it.
//!
//! Where our server is compared with something, both run in the same run, each in a process of its own, under the same
//! load; the ratio is what counts.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod join;
mod load;
mod lock;
mod stopwatch;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

const PARTS: [&str; 8] = [
    "lock", "join", "fanout", "load", "memory", "login", "web", "files",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(names: &[&str]) -> Result<()> {
    // Not a part: the other side of the fan-out, which runs as a process of its own.
    if let ["bare", port] = names {
        return load::bare::serve(port.parse()?);
    }
    if let Some(unknown) = names.iter().find(|name| !PARTS.contains(name)) {
        bail!(
            "no part is called {unknown}; there are: {}",
            PARTS.join(", ")
        );
    }
    for part in PARTS
        .iter()
        .filter(|part| names.is_empty() || names.contains(part))
    {
        println!("\n## {part}\n");
        match *part {
            "lock" => lock::run()?,
            "join" => join::run()?,
            "fanout" => load::fanout()?,
            "load" => load::peers()?,
            "memory" => load::memory()?,
            "login" => load::login()?,
            "web" => web::run()?,
            _ => web::files()?,
        }
    }
    Ok(())
}
