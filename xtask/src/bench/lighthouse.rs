//! `cargo xtask bench lighthouse`: what Lighthouse says of the page that the shipped server gives out.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not there"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    command::{command, run as run_command},
    web, workspace,
};

/// Figures of a page in a browser scatter; the middle one counts.
const ROUNDS: usize = 3;
/// Every category reaches so many points of 100.
const ENOUGH: u64 = 95;
const CATEGORIES: [&str; 3] = ["performance", "accessibility", "best-practices"];

/// The shipped server on fresh data; it ends with this value.
struct Server {
    child: Child,
    url: String,
}

/// Prints the points, and what cost some.
///
/// # Errors
/// There is no browser or no npm, or a category has too few points.
pub(super) fn run(binary: &Path) -> Result<()> {
    let lighthouse = web::lighthouse()?;
    let directory = workspace::target().join("bench").join("lighthouse");
    if directory.exists() {
        fs::remove_dir_all(&directory).context("the data of the last run")?;
    }
    fs::create_dir_all(&directory).context("no place for the server's data")?;
    let server = Server::start(binary, &directory)?;
    let mut reports = Vec::new();
    for round in 0..ROUNDS {
        let path = directory.join(format!("report-{round}.json"));
        run_command(&mut look(&lighthouse, &server.url, &path))?;
        let text = fs::read_to_string(&path).context("Lighthouse wrote no report")?;
        reports.push(serde_json::from_str(&text)?);
    }
    println!("\n## lighthouse\n\n| category | target | points |\n| --- | --- | --- |");
    let mut missed = Vec::new();
    for category in CATEGORIES {
        let points = middle(&reports, category)?;
        println!("| {category} | {ENOUGH} | {points} |");
        if points < ENOUGH {
            missed.push(category);
        }
    }
    println!();
    for what in reports.last().map(flaws).unwrap_or_default() {
        println!("- {what}");
    }
    if !missed.is_empty() {
        bail!("too few points for {}", missed.join(", "));
    }
    Ok(())
}

fn look(lighthouse: &Path, url: &str, report: &Path) -> Command {
    let mut look = command(lighthouse);
    look.args([url, "--preset=desktop", "--quiet", "--output=json"])
        .arg(format!("--output-path={}", report.display()))
        .arg(format!("--only-categories={}", CATEGORIES.join(",")))
        .arg("--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --no-proxy-server");
    if std::env::var_os("CHROME_PATH").is_none() {
        look.env("CHROME_PATH", "/usr/bin/chromium");
    }
    look
}

fn middle(reports: &[Value], category: &str) -> Result<u64> {
    let mut points = Vec::new();
    for report in reports {
        points.push(score(&report["categories"][category]).context("no points")?);
    }
    points.sort_unstable();
    points.get(points.len() / 2).copied().context("no report")
}

/// From 0 to 100; none where it does not count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a score lies between 0 and 1"
)]
fn score(of: &Value) -> Option<u64> {
    of["score"]
        .as_f64()
        .map(|score| (score * 100.0).round() as u64)
}

/// What did not get all points, of what counts.
fn flaws(report: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for category in CATEGORIES {
        let references = report["categories"][category]["auditRefs"].as_array();
        for reference in references.into_iter().flatten() {
            let counts = reference["weight"]
                .as_f64()
                .is_some_and(|weight| weight > 0.0);
            let audit = &report["audits"][reference["id"].as_str().unwrap_or_default()];
            let Some(points @ ..100) = score(audit).filter(|_| counts) else {
                continue;
            };
            let (title, value) = (&audit["title"], audit["displayValue"].as_str());
            let title = title.as_str().unwrap_or_default();
            found.push(format!(
                "{category}: {title} {} ({points})",
                value.unwrap_or_default()
            ));
        }
    }
    found
}

impl Server {
    fn start(binary: &Path, directory: &Path) -> Result<Self> {
        let mut child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(directory.join("data"))
            .env("SECURE_CHAT_ENV", "development")
            .env("SECURE_CHAT_DEFAULT_ADMIN", "no")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start secure-chat")?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("the server says nothing")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let url = line
            .trim()
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .to_owned();
        let server = Self { child, url };
        if !server.url.starts_with("http") {
            bail!("the server does not start: {line}");
        }
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_middle_of_the_reports_counts() {
        let of = |score: f64| json!({ "categories": { "performance": { "score": score } } });
        let reports = [of(0.5), of(0.97), of(0.99)];
        assert_eq!(middle(&reports, "performance").unwrap(), 97);
        assert!(middle(&reports, "accessibility").is_err());
    }

    #[test]
    fn flaws_are_what_counts_and_has_not_all_points() {
        let reference = |id, weight| json!({ "id": id, "weight": weight });
        let report = json!({
            "categories": { "performance": { "auditRefs":
                [reference("slow", 10), reference("good", 10), reference("aside", 0)] } },
            "audits": {
                "slow": { "title": "Speed", "displayValue": "2 s", "score": 0.9 },
                "good": { "title": "Good", "score": 1 },
                "aside": { "title": "Aside", "score": 0 },
            },
        });
        assert_eq!(flaws(&report), ["performance: Speed 2 s (90)"]);
    }
}
