//! The first minutes of a server, in a browser.

use super::{chromium::Chromium, person::profile};
use crate::world::{PASSWORD, World};

const INVITE: &str = "/#invite=";

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_logs_in_first_is_asked_for_another_password() {
    let world = World::with(&[]);
    world.server_says("Its administrator is ");
    let browser = Chromium::start(&profile(world.path(), "admin"));
    browser.go(&world.url);
    browser.press("Log in");
    browser.write("user", "admin");
    browser.write("password", "admin123");
    browser.click("//button[@type='submit']");
    browser.until("document.activeElement.id === 'new-password'");
    browser.screen("first-password");
    // None at all is too weak, and nothing is lost by it.
    browser.click("//button[@type='submit']");
    browser.until("document.querySelector('.complaint:not([hidden])') !== null");
    browser.write("new-password", PASSWORD);
    browser.click("//button[@type='submit']");
    browser.create_room("The office");
    browser.say("Good morning.");

    // From now on it is a password like any other.
    let other = Chromium::start(&profile(world.path(), "admin-other"));
    other.log_in(&world.url, "admin");
    other.open_room("The office");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn the_link_of_a_new_server_makes_one_account() {
    let world = World::with(&[
        (
            "SECRET_KEY",
            "a key of a story, and of more than 16 characters",
        ),
        ("SECURE_CHAT_ENV", "production"),
    ]);
    let link = format!("{}{INVITE}{}", world.url, world.server_says(INVITE));
    let alice = Chromium::start(&profile(world.path(), "alice"));
    alice.register(&link, "alice");
    // It stays neither in the address nor in what somebody goes back to.
    assert_eq!(alice.run("return location.href"), format!("{}/", world.url));

    let eve = Chromium::start(&profile(world.path(), "eve"));
    eve.go(&link);
    eve.write("user", "eve");
    eve.write("password", PASSWORD);
    eve.press("Create account");
    let refused = "That invite does not count";
    eve.until(&format!(
        "document.querySelector('.complaint:not([hidden])')?.textContent.includes({refused:?})"
    ));
    eve.screen("invite-refused");
}
