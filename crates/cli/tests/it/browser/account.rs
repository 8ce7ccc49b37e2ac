//! Password, recovery code and sessions, changed in a browser.

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::{PASSWORD, World};

const NEW: &str = "copper lantern tides 77";

fn change_password(browser: &Chromium, secret: &str) {
    browser.write("change-old", secret);
    browser.write("change-new", NEW);
    browser.write("change-again", NEW);
    browser.press("Change the password");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_password_is_changed_and_the_other_browser_hears_of_it() {
    let world = World::new();
    let alice = gardener(&world);
    let away = profile(world.path(), "alice-away");
    {
        let other = Chromium::start(&away);
        other.log_in(&world.url, "alice");
        other.open_room("The garden");
    }
    alice.press("Settings");
    alice.screen("settings");
    alice.unfold("Change your password");
    change_password(&alice, "not her password");
    alice.says("That is neither your password nor your recovery code.");
    alice.screen("change-password");
    alice.reload();
    alice.press("Settings");
    alice.unfold("Change your password");
    alice.write("change-old", PASSWORD);
    alice.write("change-new", NEW);
    alice.write("change-again", PASSWORD);
    alice.press("Change the password");
    alice.says("The two new passwords are not the same.");
    alice.reload();
    alice.press("Settings");
    alice.unfold("Change your password");
    change_password(&alice, PASSWORD);
    alice.sees(
        "Your password is changed. Your other devices go on as they are, and are told of it.",
    );

    // It was away meanwhile, and goes on; whoever looks at the devices has seen it.
    let other = Chromium::start(&away);
    other.go(&world.url);
    other.says("Your password was changed on ");
    other.screen("password-was-changed");
    other.open_room("The garden");
    other.press("Settings");
    other.until("document.querySelectorAll('.things li').length === 2");
    other.reload();
    other.open_room("The garden");
    let banner = other.run("return document.querySelector('.banner')");
    assert!(banner.is_null(), "{banner}");

    let third = Chromium::start(&profile(world.path(), "alice-third"));
    third.tries(&world.url, "alice", PASSWORD);
    third.sees("That name and password don't match.");
    third.tries(&world.url, "alice", NEW);
    third.open_room("The garden");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_changes_the_password_can_put_the_other_devices_out() {
    let world = World::new();
    let alice = gardener(&world);
    let lost = Chromium::start(&profile(world.path(), "alice-lost"));
    lost.log_in(&world.url, "alice");
    lost.open_room("The garden");
    alice.press("Settings");
    alice.unfold("Change your password");
    alice.click("//input[@name='others' and @value='removed']");
    change_password(&alice, PASSWORD);
    alice.says("Your password is changed and your other devices are removed.");
    lost.says("this device was removed from your account, or its session ended.");
    alice.press("Close");
    alice.say("Nobody else is here.");
    alice.hears("Nobody else is here.");
    lost.click("//button[normalize-space()='Log in' and @aria-pressed]");
    lost.write("password", NEW);
    lost.click("//button[@type='submit']");
    lost.says("This device was removed from your account, so it can't log in any more.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_forgotten_password_gives_way_to_the_recovery_code() {
    let world = World::new();
    let alice = Chromium::start(&profile(world.path(), "alice"));
    let code = alice.register(&world.url, "alice");
    alice.create_room("The garden");

    let other = Chromium::start(&profile(world.path(), "alice-other"));
    other.go(&world.url);
    other.click("//button[normalize-space()='Log in' and @aria-pressed]");
    other.unfold("Forgot your password?");
    let fill = |user: &str, password: &str| {
        other.write("forgot-user", user);
        other.write("forgot-code", &code.to_lowercase());
        other.write("forgot-new", password);
        other.write("forgot-again", password);
        other.press("Set the new password");
    };
    fill("nobody", NEW);
    other.says("That name and recovery code don't match.");
    other.screen("forgotten");
    other.reload();
    other.click("//button[normalize-space()='Log in' and @aria-pressed]");
    other.unfold("Forgot your password?");
    fill("alice", "short");
    other.says("That password is too easy to guess.");
    for id in ["forgot-user", "forgot-code", "forgot-new", "forgot-again"] {
        other.write(id, &"\u{8}".repeat(40));
    }
    fill("alice", NEW);
    other.says("You are logged in, and your password is the new one.");
    other.open_room("The garden");

    let third = Chromium::start(&profile(world.path(), "alice-third"));
    third.tries(&world.url, "alice", NEW);
    third.open_room("The garden");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_recovery_code_is_replaced_and_shown_until_somebody_has_kept_it() {
    let world = World::new();
    let alice = Chromium::start(&profile(world.path(), "alice"));
    let code = alice.register(&world.url, "alice");
    alice.press("Settings");
    alice.unfold("Replace it");
    // The code that is to go may say so itself.
    alice.write("replace-secret", &code);
    alice.press("Make another one");
    let new = alice.text("recovery-code");
    assert_ne!(new, code);
    // The page may be closed before anybody has looked.
    alice.reload();
    assert_eq!(alice.text("recovery-code"), new);
    alice.keep(&new);
    alice.sees("alice");
    alice.reload();
    alice.press("Settings");
    alice.write("kept-code", &code);
    alice.press("Test it");
    alice.until("document.querySelector('.complaint:not([hidden])') !== null");
    alice.reload();
    alice.press("Settings");
    alice.write("kept-code", &new);
    alice.press("Test it");
    alice.sees("That is your recovery code, and it opens your account.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn sessions_are_listed_and_ended() {
    let world = World::new();
    let alice = gardener(&world);
    let others: Vec<Chromium> = ["second", "third"]
        .map(|name| {
            let other = Chromium::start(&profile(world.path(), name));
            other.log_in(&world.url, "alice");
            other.open_room("The garden");
            other
        })
        .into();
    alice.press("Settings");
    alice.unfold("Show where you are logged in");
    alice.until("document.querySelectorAll('.listed li').length === 3");
    alice.screen("sessions");
    alice.press("End");
    alice.screen("end-session");
    alice.press("Leave it");
    alice.press("End");
    alice.press("End it");
    alice.until("document.querySelectorAll('.listed li').length === 2");
    alice.press("End all others");
    alice.press("End them all");
    alice.until("document.querySelectorAll('.listed li').length === 1");
    for other in &others {
        other.says("You are signed out.");
    }
    // Nobody was put out for good.
    others[0].write("password", PASSWORD);
    others[0].click("//button[@type='submit']");
    others[0].open_room("The garden");
}
