//! What the server takes when nobody talks.

use std::time::Duration;

use anyhow::Result;

use super::{account::Rest, child::Server, socket};

const SOCKETS: u64 = 1_000;
/// How many of them belong to one account; the server allows no more than 16 for a session.
const SHARE: u64 = 10;
/// Long enough for the last connection to be set up.
const SETTLE: Duration = Duration::from_secs(2);

pub(super) async fn run() -> Result<()> {
    let server = Server::shipped().await?;
    let idle = server.resident_kb()?;
    let rest = Rest::new(&server.wire)?;
    let mut open = Vec::new();
    for number in 0..SOCKETS / SHARE {
        let account = rest.register(&format!("idle{number}")).await?;
        for _ in 0..SHARE {
            open.push(socket::connect(&server.wire, &account.token).await?);
        }
    }
    tokio::time::sleep(SETTLE).await;
    let full = server.resident_kb()?;
    println!("| state | resident memory |");
    println!("| --- | --- |");
    println!("| idle, just started | {:.1} MB |", mega(idle));
    println!(
        "| with {} idle sockets | {:.1} MB |",
        open.len(),
        mega(full)
    );
    println!(
        "| for each socket | {:.1} kB |",
        full.saturating_sub(idle) as f64 / SOCKETS as f64
    );
    Ok(())
}

fn mega(kilo: u64) -> f64 {
    kilo as f64 / 1_000.0
}
