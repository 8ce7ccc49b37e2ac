//! How fast one message reaches everyone, durable on our server, beside a broadcast that keeps nothing.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{
    account::{Account, Rest},
    child::Server,
    room::{Load, Outcome, Room},
};
use crate::stopwatch::{millis, percentile};

/// Each side runs this often, in turns; medians are printed.
const ROUNDS: usize = 3;
const MEMBERS: usize = 100;

const LOADS: [(usize, &str, Load); 3] = [
    (
        10,
        "10 members",
        Load {
            messages: 10_000,
            senders: 10,
            window: 4,
        },
    ),
    (
        MEMBERS,
        "100 members",
        Load {
            messages: 3_000,
            senders: 10,
            window: 4,
        },
    ),
    (
        2,
        "2 members, one message at a time",
        Load {
            messages: 2_000,
            senders: 1,
            window: 1,
        },
    ),
];

pub(super) async fn run() -> Result<()> {
    let shipped = Server::shipped().await?;
    let bare = Server::bare().await?;
    let rest = Rest::new(shipped.port);
    let mut accounts = Vec::with_capacity(MEMBERS);
    for number in 0..MEMBERS {
        accounts.push(rest.register(&format!("bench{number}")).await?);
    }
    println!(
        "1 KiB messages, up to 10 senders with 4 messages under way each, medians of {ROUNDS}.\n"
    );
    println!("| room | server | messages/s | deliveries/s | p50 ms | p99 ms |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for (members, name, load) in LOADS {
        let (ours, theirs) = both(
            &shipped,
            &bare,
            &rest,
            accounts.get(..members).unwrap_or(&accounts),
            load,
        )
        .await?;
        line(name, "ours, durable before its ack", members, load, &ours);
        line(name, "bare WebSocket broadcast", members, load, &theirs);
        println!(
            "| {name} | ratio | {:.2} | | | |",
            theirs.took.as_secs_f64() / ours.took.as_secs_f64()
        );
    }
    Ok(())
}

async fn both(
    shipped: &Server,
    bare: &Server,
    rest: &Rest,
    accounts: &[Account],
    load: Load,
) -> Result<(Outcome, Outcome)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let room = Room::shipped(shipped.port, rest, accounts).await?;
        ours.push(room.run(load).await.context("our server")?);
        let room = Room::bare(bare.port, accounts.len()).await?;
        theirs.push(room.run(load).await.context("the bare broadcast")?);
    }
    Ok((middle(&ours), middle(&theirs)))
}

fn middle(outcomes: &[Outcome]) -> Outcome {
    let median = |field: fn(&Outcome) -> Duration| {
        percentile(&mut outcomes.iter().map(field).collect::<Vec<_>>(), 50)
    };
    Outcome {
        took: median(|o| o.took),
        p50: median(|o| o.p50),
        p99: median(|o| o.p99),
    }
}

fn line(room: &str, server: &str, members: usize, load: Load, outcome: &Outcome) {
    #[expect(clippy::cast_precision_loss, reason = "counts of messages are small")]
    let rate = load.messages as f64 / outcome.took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "counts of members are small")]
    let deliveries = rate * members as f64;
    let (p50, p99) = (millis(outcome.p50), millis(outcome.p99));
    println!("| {room} | {server} | {rate:.0} | {deliveries:.0} | {p50} | {p99} |");
}
