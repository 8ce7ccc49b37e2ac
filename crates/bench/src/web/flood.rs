//! Many messages at once: the page stays free for the person.

use anyhow::Result;

use super::{Place, line};

const MESSAGES: usize = 500;

/// # Errors
/// As the page.
pub(super) async fn run() -> Result<()> {
    let place = Place::new().await?;
    let mut alice = place.browser("alice").await?;
    let link = alice.room_with_link("Flood").await?;
    let carol = place.person("carol")?;
    let room = carol.run(&["room", "join", &link], "yes\n")?.parse()?;
    alice
        .until("document.querySelectorAll('.happened').length > 1")
        .await?;
    // Who finds no long task is shown one first.
    alice
        .run("setTimeout(() => { const end = performance.now() + 120; while (performance.now() < end); })")
        .await?;
    alice.until("longest() >= 100").await?;
    alice
        .run("longTasks.length = 0; document.querySelector('#composer').focus()")
        .await?;
    let bot = carol.says(room, "line", MESSAGES)?;
    alice.until("lastText() !== undefined").await?;
    let last = MESSAGES - 1;
    let took = alice
        .takes("", &format!("lastText() === 'line {last}'"))
        .await?;
    bot.ends()?;
    let longest = alice.number("longest()").await?;
    let count = alice.number("longTasks.length").await?;
    line(
        &format!("{MESSAGES} messages arrive in the open room: longest task of the main thread"),
        "100 ms",
        &format!("{longest:.0} ms; {count} longer than 50 ms, in {took:.0} ms"),
    );
    Ok(())
}
