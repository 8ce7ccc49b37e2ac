//! Our server beside the stack that the requirement names: Flask-SocketIO and SQLite. Both over TLS, both keep a message before
//! they acknowledge it, both under the same load; ours also checks who sends.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};

use super::{
    account::{Account, Rest},
    child::Server,
    fanout::{Measured, line, measure, middle},
    room::{Load, Room},
    wire::Certificate,
};

/// Each side runs this often, in turns; medians are told.
const ROUNDS: usize = 3;
const MEMBERS: usize = 100;

const LOADS: [(usize, &str, Load); 2] = [
    (
        10,
        "10 members",
        Load {
            messages: 2_000,
            senders: 10,
            window: 4,
        },
    ),
    (
        MEMBERS,
        "100 members",
        Load {
            messages: 1_000,
            senders: 10,
            window: 4,
        },
    ),
];

const PLOT: &str = "docs/pictures/load.svg";

pub(super) async fn run() -> Result<()> {
    let certificate = Certificate::new()?;
    let ours = Server::shipped_over_tls(&certificate).await?;
    let flask = Server::flask(&certificate).await?;
    let rest = Rest::new(&ours.wire)?;
    let mut accounts = Vec::with_capacity(MEMBERS);
    for number in 0..MEMBERS {
        accounts.push(rest.register(&format!("bench{number}")).await?);
    }
    println!(
        "1 KiB messages over TLS 1.3, up to 10 senders with 4 messages under way each, medians of {ROUNDS}; server and \
         load share the machine.\n"
    );
    println!(
        "| room | server | messages/s | deliveries/s | p50 ms | p99 ms | server's processor, us for each delivery |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let mut bars = Vec::new();
    for (members, name, load) in LOADS {
        let members = accounts.get(..members).unwrap_or(&accounts);
        let (own, theirs) = both(&ours, &flask, &rest, members, load).await?;
        line(name, "ours", members.len(), load, &own);
        line(name, "Flask-SocketIO", members.len(), load, &theirs);
        let ratio = theirs.outcome.took.as_secs_f64() / own.outcome.took.as_secs_f64();
        println!("| {name} | ratio | {ratio:.1} | | | | |");
        bars.push((name, rate(load, &own), rate(load, &theirs)));
    }
    std::fs::write(PLOT, plot(&bars)).with_context(|| format!("{PLOT} cannot be written"))?;
    println!("\nPlotted in {PLOT}.");
    Ok(())
}

async fn both(
    ours: &Server,
    flask: &Server,
    rest: &Rest,
    accounts: &[Account],
    load: Load,
) -> Result<(Measured, Measured)> {
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let room = Room::shipped(&ours.wire, rest, accounts).await?;
        own.push(measure(ours, room, load).await.context("our server")?);
        let room = Room::of_everybody(&flask.wire, accounts.len()).await?;
        theirs.push(measure(flask, room, load).await.context("Flask")?);
    }
    Ok((middle(&own), middle(&theirs)))
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn rate(load: Load, run: &Measured) -> f64 {
    load.messages as f64 / run.outcome.took.as_secs_f64()
}

/// Where the peer's environment is: `bench/peers/setup.sh` makes it.
pub(super) fn environment() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    target.join("peers/flask/bin/python")
}

const WIDTH: f64 = 420.0;

/// Bars of messages in a second, on a scale of their own for each room.
fn plot(bars: &[(&str, f64, f64)]) -> String {
    let mut out = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 180\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"640\" height=\"180\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"24\" font-weight=\"600\">Messages a second, over TLS, each on disk before its acknowledgement</text>\n",
    );
    let mut y = 48.0;
    for (room, ours, theirs) in bars {
        let _ = writeln!(
            out,
            "<text x=\"16\" y=\"{:.0}\" fill=\"#555555\">{room}</text>",
            y + 12.0
        );
        let scale = WIDTH / ours.max(*theirs);
        for (name, value, color) in [("ours", ours, "#0b57d0"), ("Flask", theirs, "#8a8a94")] {
            let _ = writeln!(
                out,
                "<text x=\"116\" y=\"{:.0}\">{name}</text><rect x=\"160\" y=\"{y:.0}\" width=\"{:.1}\" height=\"16\" fill=\"{color}\"/><text x=\"{:.1}\" y=\"{:.0}\">{value:.0}</text>",
                y + 13.0,
                value * scale,
                166.0 + value * scale,
                y + 13.0,
            );
            y += 24.0;
        }
        y += 24.0;
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_of_the_fastest() {
        let plot = plot(&[("10 members", 3_000.0, 300.0)]);
        assert!(plot.contains("width=\"420.0\"") && plot.contains("width=\"42.0\""));
        assert!(plot.contains(">3000</text>") && plot.contains(">300</text>"));
    }
}
