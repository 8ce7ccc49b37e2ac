//! The web client in a real browser, served by the shipped program: how much comes over the wire, and how long people wait.

mod browser;
mod file;
mod first;
mod flood;
mod large;
mod long;
mod page;
mod person;

use anyhow::{Context, Result};
use tempfile::TempDir;

use self::{browser::Browser, person::Person};
use crate::load::{child::Server, runtime};

/// A server, and a place for the homes of people with terminals.
struct Place {
    server: Server,
    homes: TempDir,
}

impl Place {
    async fn new() -> Result<Self> {
        Ok(Self {
            server: Server::shipped().await?,
            homes: tempfile::tempdir().context("no place for homes")?,
        })
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.wire.port)
    }

    fn person(&self, name: &str) -> Result<Person> {
        Person::register(self.homes.path(), self.server.wire.port, name)
    }

    /// A browser in which this account was made.
    async fn browser(&self, user: &str) -> Result<Browser> {
        let mut browser = Browser::start().await?;
        browser.prepare().await?;
        browser.go(&self.url()).await?;
        browser.register(user).await?;
        Ok(browser)
    }
}

/// Prints the tables.
///
/// # Errors
/// There is no browser, or something on the page does not come.
pub(crate) fn run() -> Result<()> {
    runtime()?.block_on(async {
        println!("| what | target | measured |");
        println!("| --- | --- | --- |");
        first::run().await?;
        flood::run().await?;
        long::run().await?;
        large::run().await
    })
}

/// Prints what a large file takes.
///
/// # Errors
/// As [`run`].
pub(crate) fn files() -> Result<()> {
    runtime()?.block_on(async {
        println!("| what | target | measured |");
        println!("| --- | --- | --- |");
        file::run().await
    })
}

fn line(what: &str, target: &str, measured: &str) {
    println!("| {what} | {target} | {measured} |");
}

fn millis(mut took: Vec<f64>) -> String {
    took.sort_unstable_by(f64::total_cmp);
    let middle = took.get(took.len() / 2).copied().unwrap_or_default();
    let longest = took.last().copied().unwrap_or_default();
    format!("{middle:.0} ms, at most {longest:.0} ms of {}", took.len())
}
