//! Password and recovery code are lost, and a browser is left that is in.

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::{PASSWORD, World};

const NEW: &str = "copper lantern tides 77";
const LOST: &str = "I have no recovery code either";

fn asks(browser: &Chromium) {
    browser.reload();
    browser.press("Settings");
    browser.unfold(LOST);
    browser.press("Ask for a reset");
    browser.says("This browser asked on ");
}

fn sets_new(browser: &Chromium) {
    browser.unfold("Set a new password");
    browser.write("reset-new", NEW);
    browser.write("reset-again", NEW);
    browser.press("Set it");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_last_browser_gets_a_new_password_after_three_days() {
    let world = World::new();
    let alice = gardener(&world);
    let other = Chromium::start(&profile(world.path(), "alice-other"));
    other.log_in(&world.url, "alice");
    other.open_room("The garden");
    alice.press("Settings");
    alice.unfold(LOST);
    alice.run("document.querySelector('details[open]').scrollIntoView()");
    alice.screen("ask-reset");
    asks(&alice);
    alice.press("Close");
    alice.open_room("The garden");
    alice.says("a device of alice asked to reset alice's account");

    // The other browser is told, and can say no.
    other.says("Another device of yours asked on ");
    other.screen("reset-asked");
    other.press("Settings");
    other.says("If that is not you, cancel it.");
    other.screen("reset-of-another");
    other.press("Cancel the reset");
    other.sees("The reset is cancelled.");
    asks(&alice);
    sets_new(&alice);
    alice.says("The reset counts in ");
    alice.screen("reset-waits");
    world.days_pass(3);
    alice.reload();
    alice.press("Settings");
    sets_new(&alice);
    let code = alice.text("recovery-code");
    alice.keep(&code);
    alice.press("Close");
    alice.open_room("The garden");
    alice.say("It is me.");
    alice.hears("It is me.");

    other.says("You are signed out.");
    let third = Chromium::start(&profile(world.path(), "alice-third"));
    third.tries(&world.url, "alice", PASSWORD);
    third.sees("That name and password don't match.");
    third.tries(&world.url, "alice", NEW);
    third.open_room("The garden");
    alice.press("Settings");
    alice.write("kept-code", &code);
    alice.press("Test it");
    alice.sees("That is your recovery code, and it opens your account.");
}
