//! A passkey, with Chromium's own authenticator in software: added, used at a login in place of a code, copied, and removed.

use serde_json::{Value, json};

use super::{chromium::Chromium, linking::newcomer, person::profile};
use crate::{
    stories::second_factor::enable,
    world::{PASSWORD, Person, World},
};

/// An authenticator that knows its owner's finger.
fn authenticator(browser: &Chromium) -> String {
    let wanted = json!({
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
        "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
    });
    let id = browser.here("POST", "/webauthn/authenticator", &wanted);
    format!("/webauthn/authenticator/{}", id.as_str().unwrap())
}

/// Logs in as far as the code.
fn until_the_code(browser: &Chromium) {
    browser.write("password", PASSWORD);
    browser.click("//button[@type='submit']");
    browser
        .sees("This account asks for a code as well: of your authenticator app, or a backup code.");
}

/// Alice at the terminal and in a browser, in which she has added a passkey; its authenticator, and the backup codes that are
/// left.
fn with_a_passkey(world: &World) -> (Person, Chromium, String, Vec<String>) {
    let alice = world.person("alice");
    alice.register();
    let (_app, mut backup) = enable(&alice);
    let browser = Chromium::start(&profile(world.path(), "alice"));
    // Passkeys are for names, and none is for an address of digits.
    browser.go(&world.url.replace("127.0.0.1", "localhost"));
    let keys = authenticator(&browser);
    browser.press("Log in");
    browser.write("user", "alice");
    until_the_code(&browser);
    browser.write("code", &backup[0]);
    browser.click("//button[@type='submit']");
    browser.sees("alice");

    browser.press("Settings");
    browser.write("passkey-name", "blue key");
    browser.write("passkey-password", PASSWORD);
    browser.write("passkey-code", &backup[1]);
    browser.press("Add a passkey");
    browser.sees("Added. It does in place of a code from now on.");
    browser.sees("blue key");
    browser.sees("Never used yet");
    (alice, browser, keys, backup.split_off(2))
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_passkey_does_in_place_of_a_code() {
    let world = World::new();
    let (alice, browser, keys, backup) = with_a_passkey(&world);
    browser.screen("passkeys");
    let kept = browser.here("GET", &format!("{keys}/credentials"), &Value::Null);
    assert_eq!(kept[0]["rpId"], "localhost");
    browser.press("Log out");

    until_the_code(&browser);
    browser.screen("login-passkey");
    browser.press("Use a passkey");
    browser.sees("alice");
    let listed = alice.json(&["second-factor", "passkeys"]);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["cloned"]),
        (&json!("blue key"), &Value::Null)
    );
    assert!(listed[0]["last_used"].is_string(), "{listed:?}");
    browser.press("Settings");
    browser.press("Log out");

    // A copy of the key that was taken before it was last used: its counter is behind.
    let path = format!("{keys}/credentials");
    let mut copy = browser.here("GET", &path, &Value::Null)[0].clone();
    browser.here("DELETE", &path, &json!({}));
    copy["signCount"] = json!(0);
    let path = format!("{keys}/credential");
    browser.here("POST", &path, &copy);
    until_the_code(&browser);
    browser.press("Use a passkey");
    browser.sees("That passkey does not count here. Use a code instead.");
    browser.write("code", &backup[0]);
    browser.click("//button[@type='submit']");
    browser.sees("alice");
    let listed = alice.json(&["second-factor", "passkeys"]);
    assert!(listed[0]["cloned"].is_string(), "{listed:?}");
    browser.press("Settings");
    browser.click("//button[@aria-label='Remove: blue key']");
    browser.write("passkey-password", PASSWORD);
    browser.write("passkey-code", &backup[1]);
    browser.press("Remove the passkey");
    browser.sees("Removed.");
    assert_eq!(alice.json(&["second-factor", "passkeys"]), [] as [Value; 0]);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_passkey_does_wherever_a_code_is_asked_for() {
    let world = World::new();
    let (alice, browser, _keys, _) = with_a_passkey(&world);
    let (second, words) = newcomer(&world);
    browser.press("Add a device");
    browser.write("link-code", &words);
    browser.write("link-password", PASSWORD);
    browser.press("Go on");
    browser.until("document.activeElement.id === 'form-code'");
    browser.screen("add-device-passkey");
    browser.press("Use a passkey");
    browser.until("document.activeElement.id === 'typed-number'");
    browser.write("typed-number", &second.text("link-number"));
    browser.press("Let it in");
    browser.sees("Done. The new device comes into your rooms by itself.");
    second.sees("alice");

    // The last thing that it does is to go.
    browser.press("See your devices");
    browser.click("//button[@aria-label='Remove: blue key']");
    browser.write("passkey-password", PASSWORD);
    browser.press("Use a passkey");
    browser.sees("Removed.");
    assert_eq!(alice.json(&["second-factor", "passkeys"]), [] as [Value; 0]);
}
