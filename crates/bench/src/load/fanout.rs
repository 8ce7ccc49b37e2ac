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
    let rest = Rest::new(&shipped.wire)?;
    let mut accounts = Vec::with_capacity(MEMBERS);
    for number in 0..MEMBERS {
        accounts.push(rest.register(&format!("bench{number}")).await?);
    }
    println!(
        "1 KiB messages, up to 10 senders with 4 messages under way each, medians of {ROUNDS}. On both sides as many \
         bytes reach each member.\n"
    );
    println!(
        "| room | server | messages/s | deliveries/s | p50 ms | p99 ms | server's processor, us for each delivery |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
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
            "| {name} | ratio | {:.2} | | | | |",
            theirs.outcome.took.as_secs_f64() / ours.outcome.took.as_secs_f64()
        );
    }
    Ok(())
}

/// A run, and the processor time that its server used.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) outcome: Outcome,
    busy: Duration,
}

async fn both(
    shipped: &Server,
    bare: &Server,
    rest: &Rest,
    accounts: &[Account],
    load: Load,
) -> Result<(Measured, Measured)> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let room = Room::shipped(&shipped.wire, rest, accounts).await?;
        let measured = measure(shipped, room, load).await.context("our server")?;
        ours.push(measured);
        let length = measured.outcome.frame;
        let room = Room::bare(&bare.wire, accounts.len(), length).await?;
        theirs.push(measure(bare, room, load).await.context("the broadcast")?);
    }
    Ok((middle(&ours), middle(&theirs)))
}

pub(super) async fn measure(server: &Server, room: Room, load: Load) -> Result<Measured> {
    let before = server.busy()?;
    let outcome = room.run(load).await?;
    let busy = server.busy()?.saturating_sub(before);
    Ok(Measured { outcome, busy })
}

pub(super) fn middle(runs: &[Measured]) -> Measured {
    let median = |field: fn(&Measured) -> Duration| {
        percentile(&mut runs.iter().map(field).collect::<Vec<_>>(), 50)
    };
    let frames = runs.iter().map(|run| run.outcome.frame);
    Measured {
        outcome: Outcome {
            took: median(|run| run.outcome.took),
            p50: median(|run| run.outcome.p50),
            p99: median(|run| run.outcome.p99),
            frame: frames.max().unwrap_or_default(),
        },
        busy: median(|run| run.busy),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn line(room: &str, server: &str, members: usize, load: Load, run: &Measured) {
    let rate = load.messages as f64 / run.outcome.took.as_secs_f64();
    let deliveries = rate * members as f64;
    let each = run.busy.as_secs_f64() * 1e6 / (load.messages * members) as f64;
    let (p50, p99) = (millis(run.outcome.p50), millis(run.outcome.p99));
    println!("| {room} | {server} | {rate:.0} | {deliveries:.0} | {p50} | {p99} | {each:.2} |");
}
