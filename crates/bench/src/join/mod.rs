//! Coming into a large room by a door: time natively and, if `SECURE_CHAT_WEB_JOINS` names the module that `cargo xtask
//! bench join` makes, under node; and bytes.

mod rooms;
mod web;

use anyhow::Result;
use joins::{Fixture, Posted, Sizes, sizes, times};

use crate::stopwatch::now;

const ROUNDS: usize = 5;

/// Prints the three tables.
///
/// # Errors
/// An operation fails.
pub(crate) fn run() -> Result<()> {
    let module = web::module();
    println!(
        "From the downloaded bytes to the first message, medians of {ROUNDS}, in ms, post-quantum suite:\n"
    );
    println!(
        "| members | who were | machine | way | tree checked and followed | external commit | state and roster | first message | whole | judged by a member |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut weighed = Vec::new();
    let began = now();
    let clock = || began.elapsed().as_secs_f64() * 1_000.0;
    for path in rooms::all()? {
        let fixture = Fixture::decode(&std::fs::read(&path)?)?;
        let head = format!("| {} | {}", fixture.members, fixture.grown);
        for line in times(&fixture, ROUNDS, &clock)? {
            println!("{head} | native | {line} |");
        }
        if let Some(module) = &module {
            for line in web::lines(module, &path, ROUNDS)? {
                println!("{head} | wasm | {line} |");
            }
        }
        weighed.push((head, sizes(&fixture)?));
    }
    downloads(&weighed);
    uploads(&weighed);
    Ok(())
}

fn downloads(weighed: &[(String, Sizes)]) {
    println!("\nBytes that a newcomer downloads, before base 64:\n");
    println!(
        "| members | who were | epoch | tree | commits since | their bytes | door | state | roster | grant | the vault's pages of the room |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (head, sizes) in weighed {
        println!(
            "{head} | {} | {} | {} | {} | {} | {} | {} | {} | {:?} |",
            sizes.epoch,
            sizes.tree,
            sizes.commits,
            sizes.commit_bytes,
            sizes.door,
            sizes.state,
            sizes.roster,
            sizes.grant,
            sizes.pages
        );
    }
}

fn uploads(weighed: &[(String, Sizes)]) {
    println!("\nBytes of a commit and of the files beside it, before base 64:\n");
    println!("| members | who were | operation | commit | door | roster | state | tree, if due |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for (head, sizes) in weighed {
        upload(head, "enter by link", &sizes.entering);
        upload(head, "update", &sizes.update);
        upload(head, "remove one", &sizes.removal);
    }
}

fn upload(head: &str, operation: &str, posted: &Posted) {
    println!(
        "{head} | {operation} | {} | {} | {} | {} | {} |",
        posted.commit, posted.door, posted.roster, posted.state, posted.tree
    );
}
