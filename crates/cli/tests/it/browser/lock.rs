//! The lock of the app: without its passphrase nothing that the browser keeps opens.

use super::{chromium::Chromium, keys::ENTER, loss::Garden};
use crate::world::PASSWORD;

const FIRST: &str = "orchard gate seven";
const SECOND: &str = "a lantern in the shed";

/// What the browser's own key opens of the header: its form, and how long that is.
const HEADER: &str = "
    const request = indexedDB.open('secure-chat');
    request.onsuccess = () => {
        const database = request.result;
        const asked = database.transaction('header').objectStore('header').get('header');
        asked.onsuccess = async () => {
            const { format, key, sealed } = asked.result;
            database.close();
            const additionalData = new TextEncoder().encode('secure-chat/1 store key');
            const way = { name: 'AES-GCM', iv: sealed.slice(0, 12), additionalData };
            const opened = await crypto.subtle.decrypt(way, key, sealed.slice(12));
            done(`${format}: ${opened.byteLength}`);
        };
    };";

fn sees_nothing(browser: &Chromium) {
    browser.until("document.querySelector('.welcome h1')?.textContent === 'Secure Chat is locked'");
    let text = browser.run("return document.body.innerText");
    for secret in ["garden", "Before", "carol"] {
        assert!(!text.as_str().unwrap().contains(secret), "{text}");
    }
}

fn unlock(browser: &Chromium, passphrase: &str) {
    browser.until("document.querySelector('#passphrase')?.value === ''");
    browser.write("passphrase", passphrase);
    browser.press("Unlock");
}

fn complains(browser: &Chromium, sentence: &str) {
    browser.until(&format!(
        "[...document.querySelectorAll('.complaint')].some((it) => it.textContent === {sentence:?})"
    ));
}

fn set_lock(browser: &Chromium, passphrase: &str) {
    browser.press("Settings");
    browser.write("lock-new", passphrase);
    browser.write("lock-again", passphrase);
    browser.press("Set the lock");
    browser.sees("The passphrase is set. Keep it where you find it again.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn without_the_passphrase_nothing_opens_and_with_it_everything_goes_on() {
    let garden = Garden::new();
    let alice = &garden.alice;
    assert_eq!(garden.meanwhile(HEADER), "1: 32");
    alice.press("Settings");
    alice.write("lock-new", "short");
    alice.write("lock-again", "shore");
    alice.press("Set the lock");
    complains(alice, "The two are not the same.");
    alice.write("lock-again", "\u{8}t");
    alice.press("Set the lock");
    complains(alice, "A password has at least 10 characters.");
    alice.reload();
    set_lock(alice, FIRST);
    alice.until("document.querySelector('[name=lock-after]').checked");
    alice.screen("settings-lock");

    // The store's key, 32 bytes, is inside of another seal now.
    assert_eq!(garden.meanwhile(HEADER), "2: 60");
    sees_nothing(alice);
    alice.screen("locked");
    unlock(alice, "orchard gate eight");
    complains(alice, "That is not the passphrase of this browser.");
    for _ in 0..18 {
        alice.write("passphrase", "\u{8}");
    }
    unlock(alice, FIRST);
    garden.is_alice("Unlocked.");

    // Whoever comes while it is open is let in, and goes on when the owner is gone.
    let first = alice.tab();
    let second = alice.open_tab(&garden.url());
    garden.is_alice("From a second tab.");
    alice.switch(&first);
    alice.close_tab();
    alice.switch(&second);
    garden.is_alice("And on.");

    // Shut in all tabs, and opened from any.
    let third = alice.open_tab(&garden.url());
    alice.open_room("The garden");
    alice.press("Settings");
    alice.press("Lock now");
    for tab in [&second, &third] {
        alice.switch(tab);
        sees_nothing(alice);
    }
    unlock(alice, FIRST);
    garden.is_alice("From the third tab.");
    alice.switch(&second);
    garden.is_alice("From the second one again.");

    // Nobody changes it who does not know it.
    alice.press("Settings");
    alice.unfold("Change the passphrase, or take the lock off");
    alice.write("lock-old", SECOND);
    alice.press("Take the lock off");
    complains(alice, "That is not the passphrase until now.");
    alice.reload();
    alice.press("Settings");
    alice.unfold("Change the passphrase, or take the lock off");
    alice.write("lock-old", FIRST);
    alice.write("lock-new", SECOND);
    alice.write("lock-again", SECOND);
    alice.press("Change it");
    alice.sees("The passphrase is set. Keep it where you find it again.");
    alice.close_tab();
    alice.switch(&third);
    garden.is_alice("The third tab goes on with the new one.");
    alice.press("Settings");
    alice.unfold("Change the passphrase, or take the lock off");
    alice.write("lock-old", SECOND);
    alice.press("Take the lock off");
    alice.sees("The lock is off.");
    assert_eq!(garden.meanwhile(HEADER), "1: 32");
    garden.is_alice("Nothing is asked any more.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_page_that_nobody_uses_locks_itself_with_what_was_typed() {
    let garden = Garden::new();
    let alice = &garden.alice;
    set_lock(alice, FIRST);
    alice.click("//label[.//input[@value='After 5 minutes without use']]");
    alice.press("Close");
    alice.write("composer", "Half a thou");
    // Six minutes go by at once.
    alice.run("const now = Date.now; Date.now = () => now.call(Date) + 360000");
    sees_nothing(alice);
    unlock(alice, FIRST);
    alice.open_room("The garden");
    alice.until("document.getElementById('composer').value === 'Half a thou'");
    alice.write("composer", "ght.");
    alice.strike(ENTER);
    alice.hears("Half a thought.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn whoever_forgot_the_passphrase_begins_anew_as_the_same_account() {
    let garden = Garden::new();
    let alice = &garden.alice;
    set_lock(alice, FIRST);
    alice.reload();
    sees_nothing(alice);
    alice.press("I have forgotten it");
    alice.screen("locked-forgotten");
    alice.press("Delete it and begin anew");
    alice.until("document.querySelector('#user')?.value === 'alice'");
    alice.write("password", PASSWORD);
    alice.click("//button[@type='submit']");
    garden.is_alice("As before.");
}
