//! What is unread is counted until somebody has seen it.

use super::{chromium::Chromium, tabs::garden};
use crate::world::World;

/// The number beside a room of the list; empty if there is none.
fn counts(browser: &Chromium, room: &str, count: &str) {
    browser.until(&format!(
        "[...document.querySelectorAll('.rooms button')].some((row) =>
             row.querySelector('.name').firstChild.textContent === {room:?} &&
             (row.querySelector('.count')?.firstChild.textContent ?? '') === {count:?})"
    ));
}

fn is_called(browser: &Chromium, title: &str) {
    browser.until(&format!("document.title === {title:?}"));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn what_nobody_has_seen_is_counted_in_list_and_title() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    alice.create_room("The shed");
    for text in ["One.", "Two.", "Three."] {
        carol.ok(&["send", &room, text]);
    }
    counts(&alice, "The garden", "3");
    is_called(&alice, "(3) Secure Chat");
    alice.screen("unread");
    // It outlives the page, and is the same in every tab until one of them shows it.
    alice.reload();
    counts(&alice, "The garden", "3");
    let first = alice.tab();
    let second = alice.open_tab(&world.url);
    counts(&alice, "The garden", "3");
    alice.open_room("The garden");
    alice.hears("Three.");
    counts(&alice, "The garden", "");
    is_called(&alice, "Secure Chat");
    alice.switch(&first);
    counts(&alice, "The garden", "");
    alice.close_tab();
    alice.switch(&second);

    // What comes into the open room is seen as it comes.
    for text in ["Four.", "Five.", "Six."] {
        carol.ok(&["send", &room, text]);
        alice.hears(text);
        counts(&alice, "The garden", "");
    }

    // Whoever has scrolled up does not see what comes: so far up that a larger window does not show the end either.
    alice.flood("line", 0..80);
    alice.hears("line 79");
    alice.run("document.querySelector('.scroll').scrollTop = -2400");
    alice.until("!document.querySelector('.jump').hidden");
    carol.ok(&["send", &room, "Out of sight."]);
    counts(&alice, "The garden", "1");
    alice.screen("scrolled-up");
    alice.press("Newest messages");
    counts(&alice, "The garden", "");
    alice.until("document.querySelector('.jump').hidden");

    // A muted room is counted in the list only.
    alice.press("Room");
    alice.press("Mute");
    alice.until("document.querySelector('dialog [aria-pressed=true]') !== null");
    alice.press("Close");
    alice.open_room("The shed");
    carol.ok(&["send", &room, "Quietly."]);
    counts(&alice, "The garden", "1");
    is_called(&alice, "Secure Chat");
    alice.screen("muted");

    // In the terminal it is read when it is printed.
    alice.open_room("The garden");
    alice.say("For Carol.");
    alice.hears("For Carol.");
    assert_eq!(carol.room_field(&room, "unread"), 1);
    carol.ok(&["tail", &room]);
    assert_eq!(carol.room_field(&room, "unread"), 0);
}
