//! A room with a long past.

use anyhow::Result;

use super::{Place, line, millis};

const MESSAGES: usize = 10_000;
const ROUNDS: usize = 5;

/// # Errors
/// As the page.
pub(super) async fn run() -> Result<()> {
    let place = Place::new().await?;
    let mut alice = place.browser("alice").await?;
    let link = alice.room_with_link("Long").await?;
    let carol = place.person("carol")?;
    let room = carol.run(&["room", "join", &link], "yes\n")?.parse()?;
    let bot = carol.says(room, "line", MESSAGES)?;
    let last = format!("line {}", MESSAGES - 1);
    alice.until(&format!("lastText() === {last:?}")).await?;
    bot.ends()?;
    let mut took = Vec::new();
    for _ in 0..ROUNDS {
        alice.go(&place.url()).await?;
        alice
            .until("document.querySelector('nav .rooms button')")
            .await?;
        let opened = alice
            .takes(
                "document.querySelector('nav .rooms button').click()",
                &format!("lastText() === {last:?}"),
            )
            .await?;
        took.push(opened);
    }
    line(
        &format!("a room with {MESSAGES} messages is opened, from the click to the lines"),
        "300 ms",
        &millis(took),
    );
    let mut earlier = Vec::new();
    for _ in 0..ROUNDS {
        let shown = alice
            .number("document.querySelectorAll('.text').length")
            .await?;
        let more = alice
            .takes(
                "button('Show earlier messages').click()",
                &format!("document.querySelectorAll('.text').length > {shown}"),
            )
            .await?;
        earlier.push(more);
    }
    line("100 earlier lines are shown", "", &millis(earlier));
    Ok(())
}
