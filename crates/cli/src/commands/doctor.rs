//! `doctor` and `config check`: what a server stands on.

use client::clock::Clock as _;
use protocol::error::ErrorCode;
use serde_json::json;
use server::{Finding, Health};

use super::serve::configured;
use crate::{args::ServerPlace, clock::Clock, exit::Problem, output::Output};

/// Looks at everything.
pub(super) async fn run(
    output: Output,
    place: ServerPlace,
    days_ahead: u32,
) -> Result<(), Problem> {
    let config = configured(place)?;
    let now = Clock { days_ahead }.now();
    tell(output, &server::examine(&config, now).await)
}

/// Looks at the configuration alone, and whether its keys are those of the data.
pub(super) async fn check(output: Output, place: ServerPlace) -> Result<(), Problem> {
    tell(output, &server::check(&configured(place)?).await)
}

fn tell(output: Output, findings: &[Finding]) -> Result<(), Problem> {
    let width = findings.iter().map(|finding| finding.part.len()).max();
    let width = width.unwrap_or_default();
    for Finding { part, health, says } in findings {
        let word = word(*health);
        output.line(
            &format!("{word:<5} {part:<width$}  {says}"),
            || json!({ "part": part, "health": word, "says": says }),
        )?;
    }
    let bad = findings
        .iter()
        .filter(|finding| finding.health == Health::Bad);
    match bad.count() {
        0 => Ok(()),
        1 => Err(Problem::new(
            ErrorCode::ServerError,
            "One thing is not as it must be.",
        )),
        count => Err(Problem::new(
            ErrorCode::ServerError,
            format!("{count} things are not as they must be."),
        )),
    }
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Well => "ok",
        Health::Look => "look",
        Health::Bad => "bad",
    }
}
