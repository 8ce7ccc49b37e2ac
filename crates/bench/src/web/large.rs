//! A room with many members, on a real server: each has an account, a device and a place in the tree.

use anyhow::{Context, Result};
use serde_json::json;

use super::{Browser, Person, Place, line, millis};

const MEMBERS: usize = 250;
const ROUNDS: usize = 3;

/// # Errors
/// As the page.
pub(super) async fn run() -> Result<()> {
    let place = Place::new().await?;
    let owner = place.person("owner")?;
    let room = owner.run(&["room", "create", "Large"], "")?;
    fill(&place, &owner, &room)?;
    let link = owner.run(&["room", "link", &room], "")?;
    let (mut looked, mut came) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut browser = place.browser(&format!("guest{round}")).await?;
        let (look, join) = come(&mut browser, &link).await?;
        looked.push(look);
        came.push(join);
    }
    line(
        &format!("the link into a room of {MEMBERS}: until the preview is there"),
        "",
        &millis(looked),
    );
    line(
        &format!("a room of {MEMBERS} is joined, from the click to the open room"),
        "1500 ms",
        &millis(came),
    );
    Ok(())
}

/// Accounts are made two at a time; the owner then invites all of them.
fn fill(place: &Place, owner: &Person, room: &str) -> Result<()> {
    let names: Vec<String> = (1..MEMBERS)
        .map(|number| format!("member{number}"))
        .collect();
    let (even, odd) = names.split_at(names.len() / 2);
    let register = |names: &[String]| {
        names
            .iter()
            .try_for_each(|name| place.person(name).map(drop))
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| register(odd));
        register(even)?;
        other.join().ok().context("accounts are made")?
    })?;
    let number: u64 = room.parse().context("a room has a number")?;
    let invite =
        |name: &String| json!({ "id": name, "command": "invite", "room": number, "user": name });
    owner.bot(names.iter().map(invite).collect())?.ends()?;
    let members = owner.run(&["members", room], "")?;
    let there = members.lines().count();
    anyhow::ensure!(there == MEMBERS, "{there} members");
    Ok(())
}

async fn come(browser: &mut Browser, link: &str) -> Result<(f64, f64)> {
    browser.press("Join by link").await?;
    browser.write("link", link).await?;
    browser.until("button('Look at the room')").await?;
    let look = browser
        .takes(
            "button('Look at the room').click()",
            "document.querySelector('.preview')",
        )
        .await?;
    let join = browser
        .takes(
            "button('Join the room').click()",
            "heading() === 'Large' && byId('composer')",
        )
        .await?;
    Ok((look, join))
}
