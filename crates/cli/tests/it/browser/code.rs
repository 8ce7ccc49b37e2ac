//! Codes: the one that brings an account back, the one that people in a room compare, and the one for cameras.

use std::collections::BTreeSet;

use rqrr::{Grid, SimpleGrid};
use serde_json::json;

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::{PASSWORD, World};

/// What a camera reads in the picture that is on the screen: dark squares, each a part of one path.
pub(super) fn pictured(browser: &Chromium) -> String {
    let path = browser.run("return document.querySelector('.qr path').getAttribute('d')");
    let squares = path.as_str().unwrap().split('M').skip(1);
    let dark: BTreeSet<(usize, usize)> = squares
        .map(|square| {
            let (place, _) = square.split_once('h').unwrap();
            let (x, y) = place.split_once(' ').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect();
    let first = 4;
    let side = dark.iter().map(|(x, _)| x + 1).max().unwrap() - first;
    let grid = SimpleGrid::from_func(side, |x, y| dark.contains(&(x + first, y + first)));
    let (_, text) = Grid::new(grid).decode().unwrap();
    text
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_camera_reads_the_invite_link() {
    let world = World::new();
    let browser = gardener(&world);
    browser.press("Invite");
    browser.press("Make a link");
    let link = browser.text("invite-link");
    assert_eq!(pictured(&browser), link);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_recovery_code_is_printed_and_asked_back() {
    let world = World::new();
    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.go(&world.url);
    browser.write("user", "alice");
    browser.write("password", PASSWORD);
    browser.press("Create account");
    let code = browser.text("recovery-code");
    browser.run("window.print = () => { window.printed = true }");
    browser.press("Print");
    browser.until("window.printed");
    browser.devtools("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
    let paper = browser.run("return document.body.innerText");
    let paper = paper.as_str().unwrap();
    for words in [
        &code,
        &world.url,
        "Secure Chat account: alice",
        "Your recovery code",
    ] {
        assert!(paper.contains(words), "{words} is not in {paper}");
    }
    assert!(!paper.contains("Print"), "{paper}");
    browser.devtools("Emulation.setEmulatedMedia", &json!({}));

    browser.press("I have kept it");
    let group = browser.asked_group(&code);
    browser.write("code-group", "0000");
    browser.press("Go on");
    browser.sees("That is another one. Look at what you kept, or see the code again.");
    browser.screen("recovery-check");
    browser.press("See the code again");
    assert_eq!(browser.text("recovery-code"), code);
    browser.press("I have kept it");
    let again = browser.asked_group(&code);
    browser.write("code-group", &again.to_lowercase());
    browser.press("Go on");
    browser.sees("alice");
    assert_eq!(group.len(), 4);

    // Whoever wonders later if it is still the right one can see.
    browser.press("Settings");
    browser.write("kept-code", "0000");
    browser.press("Test it");
    browser.sees("That is no recovery code: a recovery code has 28 letters and digits.");
    browser.screen("recovery-test");
    browser.reload();
    browser.press("Settings");
    browser.write("kept-code", &code.to_lowercase());
    browser.press("Test it");
    browser.sees("That is your recovery code, and it opens your account.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn people_in_a_room_see_the_same_room_code() {
    let world = World::new();
    let alice = gardener(&world);
    let link = alice.invite_link();
    let bob = Chromium::start(&profile(world.path(), "bob"));
    bob.register(&world.url, "bob");
    bob.go(&link);
    bob.press("Join the room");
    bob.find_heading("The garden");
    bob.say("In by the link.");
    alice.hears("In by the link.");
    for browser in [&alice, &bob] {
        browser.press("Room");
    }
    let code = alice.text("room-code");
    bob.until(&format!(
        "document.getElementById('room-code').textContent === {code:?}"
    ));
    // It is another one as soon as something is said.
    alice.press("Close");
    alice.say("One more thing.");
    bob.until(&format!(
        "document.getElementById('room-code').textContent !== {code:?}"
    ));
    let next = bob.text("room-code");
    alice.press("Room");
    alice.until(&format!(
        "document.getElementById('room-code').textContent === {next:?}"
    ));
}
