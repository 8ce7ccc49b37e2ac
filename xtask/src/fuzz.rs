//! `cargo xtask fuzz`: every reader of foreign bytes under libFuzzer, for so many seconds of a processor each.
//!
//! It takes the one stable toolchain: what cargo-fuzz asks a nightly compiler for, the counters of libFuzzer, is a pass of
//! LLVM that the stable one can be told to run; only the sanitizers need more, and without `unsafe` there is little for
//! them to find.

mod build;
mod corpus;
mod family;
mod processor;
mod report;
mod target;

use std::{sync::Mutex, thread};

use anyhow::{Result, anyhow, bail};

use self::{report::Row, target::Target};

/// Each target gets so many, where the caller says nothing else.
pub(crate) const SECONDS: u32 = 600;
/// Targets that run beside each other.
const AT_ONCE: usize = 2;

/// Builds the readers, runs each named one or all, keeps what is new in their corpus, and prints a table.
///
/// # Errors
/// There is no such target, it does not compile, or an input broke a reader; that input lies in `fuzz/artifacts`.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let (seconds, names) = match arguments.split_first() {
        Some((first, rest)) => match first.parse() {
            Ok(seconds) => (seconds, rest),
            Err(_) => (SECONDS, arguments),
        },
        None => (SECONDS, arguments),
    };
    let targets = target::find(names)?;
    let directory = build::run()?;
    let waiting = Mutex::new(targets.iter());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| work(&waiting, &rows, |target| target.run(&directory, seconds)));
        }
    });
    let mut rows = rows.into_inner().map_err(|_| anyhow!("a thread broke"))?;
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    println!("\n{}", report::table(&rows));
    let broken: Vec<&str> = rows
        .iter()
        .filter(|row| row.outcome.is_err() || row.findings > 0)
        .map(|row| row.name.as_str())
        .collect();
    if !broken.is_empty() {
        bail!(
            "these readers broke: {}; what broke them lies in {}",
            broken.join(", "),
            target::artifacts().display()
        );
    }
    Ok(())
}

/// Takes one target after the other until there is none.
fn work<'a>(
    waiting: &Mutex<std::slice::Iter<'a, Target>>,
    rows: &Mutex<Vec<Row>>,
    run: impl Fn(&'a Target) -> Row,
) {
    loop {
        let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
        let Some(target) = next else { return };
        let row = run(target);
        println!("{}", report::line(&row));
        if let Ok(mut rows) = rows.lock() {
            rows.push(row);
        }
    }
}
