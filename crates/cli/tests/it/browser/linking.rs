//! A new device is let in by one that is in: two browsers, a code and a number.

use protocol::error::ErrorCode;

use super::{
    chromium::Chromium,
    code::pictured,
    person::{gardener, profile},
};
use crate::{
    homes::further_device,
    world::{PASSWORD, World},
};

/// A browser that waits to be let in, and its words.
pub(super) fn newcomer(world: &World) -> (Chromium, String) {
    let browser = Chromium::start(&profile(world.path(), "second"));
    browser.go(&world.url);
    browser.press("Log in");
    browser.press("Log in with another device");
    let words = browser.text("link-words");
    (browser, words)
}

/// Answers with the password, and waits to be asked for the number.
fn answer(browser: &Chromium) {
    browser.write("link-password", PASSWORD);
    browser.press("Go on");
    browser.until("document.activeElement.id === 'typed-number'");
}

fn clear(browser: &Chromium, field: &str) {
    browser.run(&format!("document.getElementById({field:?}).select()"));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_browser_is_let_in_by_another_one() {
    let world = World::new();
    let alice = gardener(&world);
    alice.say("From before.");
    alice.hears("From before.");
    let (second, words) = newcomer(&world);
    second.screen("by-device");
    alice.press("Settings");
    alice.press("Add a device");
    alice.until("document.activeElement.id === 'link-code'");
    alice.screen("add-device");
    alice.write("link-code", "lusab bobcat gutih");
    alice.write("link-password", PASSWORD);
    alice.press("Go on");
    alice.sees("Those are not the words of a device: word 2 does not occur in codes.");
    clear(&alice, "link-code");
    alice.write("link-code", &words.replace('-', " "));
    alice.press("Go on");
    alice.until("document.activeElement.id === 'typed-number'");
    let number = second.text("link-number");
    second.screen("by-device-number");
    // What is no number ends nothing.
    alice.write("typed-number", "12");
    alice.press("Let it in");
    alice.sees("The number has six digits: type what the new device shows.");
    alice.screen("add-device-number");
    clear(&alice, "typed-number");
    alice.write("typed-number", &number);
    alice.press("Let it in");
    alice.sees("Done. The new device comes into your rooms by itself.");
    alice.screen("add-device-done");
    second.open_room("The garden");
    second.hears("From before.");
    second.say("From the second.");
    alice.press("See your devices");
    alice.until("document.querySelectorAll('.things li').length === 2");
    alice.press("Close");
    alice.hears("From the second.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn another_number_ends_it_in_both_browsers_and_so_does_either_side() {
    let world = World::new();
    let alice = gardener(&world);
    let (second, _) = newcomer(&world);
    // By its picture, which a camera opens as a page.
    let picture = pictured(&second);
    let place = format!("{}/link#", world.url);
    assert!(picture.starts_with(&place), "{picture}");
    alice.go(&picture);
    answer(&alice);
    assert!(!alice.run("return location.href").to_string().contains('#'));
    let number = second.text("link-number");
    let other = if number.starts_with('0') {
        "111111"
    } else {
        "000000"
    };
    alice.write("typed-number", other);
    alice.press("Let it in");
    alice.sees(ErrorCode::NumberWrong.sentence());
    alice.screen("add-device-wrong");
    second.sees(ErrorCode::LinkStopped.sentence());
    second.screen("by-device-over");
    second.press("Begin again");
    // Whoever closes it lets nobody in.
    alice.write("link-code", &second.text("link-words"));
    answer(&alice);
    assert_eq!(second.text("link-number").len(), number.len());
    alice.press("Close");
    second.sees(ErrorCode::LinkStopped.sentence());
    // Nor does the new one want to come in after all.
    second.press("Begin again");
    let words = second.text("link-words");
    second.press("Log in with a password instead");
    second.screen("log-in");
    alice.press("Settings");
    alice.press("Add a device");
    alice.write("link-code", &words);
    alice.write("link-password", PASSWORD);
    alice.press("Go on");
    alice.sees(ErrorCode::LinkStopped.sentence());
    second.write("user", "alice");
    second.write("password", PASSWORD);
    second.click("//button[@type='submit']");
    second.open_room("The garden");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_code_of_a_device_is_no_link_and_a_link_no_code() {
    let world = World::new();
    let alice = gardener(&world);
    let link = alice.invite_link();
    let (second, _) = newcomer(&world);
    alice.press("Join by link");
    alice.write("link", &pictured(&second));
    alice.press("Look at the room");
    alice.sees("That is the code of a new device, not a link into a room. Nobody was let in.");
    alice.press("Close");
    alice.press("Settings");
    alice.press("Add a device");
    alice.write("link-code", &link);
    alice.write("link-password", PASSWORD);
    alice.press("Go on");
    alice.sees("That is a link into a room, not the code of a new device. Nothing was sent.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn an_eleventh_device_is_refused_before_anybody_types() {
    let world = World::new();
    let alice = world.person("alice");
    alice.register();
    for number in 2..10 {
        further_device(&world, &alice, &format!("home-{number}"));
    }
    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.log_in(&world.url, "alice");
    browser.press("Settings");
    browser.press("Add a device");
    browser.sees("Your account has ten devices, and cannot have more. Remove one of them first.");
    browser.screen("add-device-full");
    browser.press("See your devices");
    browser.until("document.querySelectorAll('.things li').length === 10");
}
