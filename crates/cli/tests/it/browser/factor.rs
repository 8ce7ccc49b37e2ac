//! A code at login: taken into an app, asked for, spent, and asked for no more.

use super::{
    chromium::Chromium,
    code::pictured,
    person::{gardener, profile},
};
use crate::{
    authenticator::Authenticator,
    world::{PASSWORD, World},
};

fn gives(browser: &Chromium, code: &str) {
    browser.write("code", code);
    browser.click("//button[@type='submit']");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_login_asks_for_a_code_until_somebody_wants_none() {
    let world = World::new();
    let alice = gardener(&world);
    alice.press("Settings");
    alice.sees("A login needs your password and nothing else.");
    alice.unfold("Ask for a code too");
    alice.write("enrol-password", "not her password");
    alice.press("Go on");
    alice.sees("That is not your password.");
    for _ in 0.."not her password".len() {
        alice.write("enrol-password", "\u{8}");
    }
    alice.write("enrol-password", PASSWORD);
    alice.press("Go on");
    let secret = alice.text("enrol-secret");
    let mut app = Authenticator::scanned(&pictured(&alice));
    assert!(pictured(&alice).contains(&secret));
    alice.screen("enrolment");
    alice.write("enrol-code", "123 456");
    alice.press("Ask for codes from now on");
    alice.until("document.querySelector('.complaint:not([hidden])') !== null");
    for _ in 0.."123 456".len() {
        alice.write("enrol-code", "\u{8}");
    }
    alice.write("enrol-code", &app.code());
    alice.press("Ask for codes from now on");
    let codes = alice.text("backup-codes");
    let codes: Vec<&str> = codes.lines().collect();
    assert_eq!(codes.len(), 10, "{codes:?}");
    alice.screen("backup-codes");
    alice.press("I have kept them");
    alice.sees("A login needs a code of your authenticator app. Backup codes left: 10.");

    let [phone, train] =
        ["phone", "train"].map(|name| Chromium::start(&profile(world.path(), name)));
    phone.tries(&world.url, "alice", PASSWORD);
    gives(&phone, &app.code());
    phone.open_room("The garden");
    train.tries(&world.url, "alice", PASSWORD);
    gives(&train, codes[0]);
    train.open_room("The garden");

    // What changes the account asks for one as soon as the server does.
    alice.unfold("Replace it");
    alice.write("replace-secret", PASSWORD);
    alice.press("Make another one");
    alice.until("document.activeElement.id === 'form-code'");
    alice.screen("code-wanted");
    alice.write("form-code", codes[1]);
    alice.press("Make another one");
    let code = alice.text("recovery-code");
    alice.keep(&code);

    alice.unfold("New backup codes");
    alice.write("new-codes", PASSWORD);
    alice.write("new-codes-code", codes[2]);
    alice.press("Make new ones");
    let new = alice.text("backup-codes");
    let new: Vec<&str> = new.lines().collect();
    assert!(!new.contains(&codes[3]));
    alice.press("I have kept them");
    alice.unfold("Ask for no code any more");
    alice.write("no-codes", PASSWORD);
    alice.write("no-codes-code", codes[3]);
    alice.press("Ask for no code");
    alice.until("document.querySelector('.complaint:not([hidden])') !== null");
    alice.screen("no-codes");
    alice.reload();
    alice.press("Settings");
    alice.unfold("Ask for no code any more");
    alice.write("no-codes", PASSWORD);
    alice.write("no-codes-code", new[0]);
    alice.press("Ask for no code");
    alice.sees("A login needs no code any more. The backup codes count no more either.");

    let desk = Chromium::start(&profile(world.path(), "desk"));
    desk.log_in(&world.url, "alice");
}
