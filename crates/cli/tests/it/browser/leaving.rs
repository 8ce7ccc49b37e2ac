//! One's own settings: devices, light and dark, and how a browser is left.

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::{PASSWORD, World};

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_lost_device_is_put_out_with_the_password() {
    let world = World::new();
    let alice = gardener(&world);
    let lost = Chromium::start(&profile(world.path(), "lost"));
    lost.log_in(&world.url, "alice");
    alice.press("Settings");
    alice.until("document.querySelectorAll('.things li').length === 2");
    alice.sees("This browser");
    alice.sees("New since you last looked.");
    alice.screen("settings");
    alice.press("Remove");
    alice.until("document.activeElement.id === 'revoke-password'");
    alice.press("Keep it");
    alice.until("document.activeElement.textContent === 'Remove'");
    alice.press("Remove");
    alice.write("revoke-password", "not the password");
    alice.press("Remove the device");
    alice.until("document.querySelector('.question .complaint').textContent !== ''");
    alice.screen("remove-device");
    alice.run("document.getElementById('revoke-password').select()");
    alice.write("revoke-password", PASSWORD);
    alice.press("Remove the device");
    alice.until("document.querySelectorAll('.things li').length === 1");
    lost.until("document.querySelector('#user') !== null");
    alice.press("Close");
    alice.say("Only here now.");
    alice.hears("Only here now.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn light_or_dark_is_kept() {
    let world = World::new();
    let alice = gardener(&world);
    let surface = "return getComputedStyle(document.body).backgroundColor";
    let light = alice.run(surface);
    alice.press("Settings");
    alice.click("//label[normalize-space()='Dark']");
    let dark = alice.run(surface);
    assert_ne!(light, dark);
    alice.reload();
    alice.sees("The garden");
    assert_eq!(alice.run(surface), dark);
    alice.press("Settings");
    alice.click("//label[normalize-space()='As the system']");
    assert_eq!(alice.run(surface), light);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_deletes_everything_leaves_nothing_behind() {
    let world = World::new();
    let alice = gardener(&world);
    let first = alice.tab();
    let second = alice.open_tab(&world.url);
    alice.press("Settings");
    alice.press("Log out and delete everything here");
    alice.until("document.activeElement.textContent === 'Keep it'");
    alice.screen("delete-everything");
    alice.press("Keep it");
    assert_eq!(
        alice.run("return document.activeElement.textContent"),
        "Log out and delete everything here",
        "the focus is where it was"
    );
    alice.press("Log out and delete everything here");
    alice.press("Delete everything here");
    for tab in [&first, &second] {
        alice.switch(tab);
        // A page that was logged out a moment ago still knows the name.
        alice.until("document.querySelector('#user')?.value === ''");
    }
    assert_eq!(alice.run("return localStorage.length"), 0);
    // What the new page opens is empty: the account is not there, and its password brings it back.
    alice.log_in(&world.url, "alice");
    alice.open_room("The garden");
}
