//! Further devices of Bob's, and what all have read in the end.

use super::{Chromium, Newsroom, profile};
use crate::world::{PASSWORD, Person};

impl Newsroom {
    /// Bob logs in in another browser, loses it, and puts it out from the first one.
    pub(super) fn bob_loses_a_browser(&self) {
        let Self { alice, bob, .. } = self;
        let lost = Chromium::start(&profile(self.world.path(), "bob-lost"));
        lost.log_in(&self.world.url, "bob");
        lost.open_room("Archive");
        lost.hears("The first page.");
        lost.open_room("News desk");
        lost.hears("Written in the dark.");
        assert_eq!(lost.heard("bob"), bob.heard("bob"), "all that Bob may read");
        lost.say("From the train.");
        for browser in [&lost, alice, bob] {
            browser.hears("From the train.");
        }
        bob.press("Settings");
        bob.until("document.querySelectorAll('.things li').length === 2");
        bob.press("Remove");
        bob.write("revoke-password", PASSWORD);
        bob.press("Remove the device");
        bob.until("document.querySelectorAll('.things li').length === 1");
        bob.press("Close");
        lost.until("document.querySelector('#user') !== null");
        alice.say("Nothing for whoever found it.");
        bob.hears("Nothing for whoever found it.");
        Self::what_was_lost_is_found(&lost);
    }

    /// The browser that was put out says why it stays out, with the right password too, and can begin anew.
    fn what_was_lost_is_found(lost: &Chromium) {
        let says = |words: &str| {
            lost.until(&format!("document.body.innerText.includes({words:?})"));
        };
        says("this device was removed from your account, or its session ended.");
        lost.screen("signed-out");
        lost.click("//button[normalize-space()='Log in' and @aria-pressed]");
        lost.write("password", PASSWORD);
        lost.click("//button[@type='submit']");
        says("This device was removed from your account, so it can't log in any more.");
        lost.press("Begin anew in this browser");
        lost.screen("begin-anew");
        lost.press("Delete it and begin anew");
        lost.until("document.querySelector('#user')?.value === 'bob' && !document.body.innerText.includes('signed out')");
        lost.write("password", PASSWORD);
        lost.click("//button[@type='submit']");
        lost.open_room("News desk");
        lost.hears("Nothing for whoever found it.");
    }

    /// A device of Bob's in the terminal, which reads both rooms.
    pub(super) fn bob_takes_the_terminal_along(&self) -> Person {
        let phone = Person {
            home: self.world.path().join("home-bob-phone"),
            ..self.world.person("bob")
        };
        let ran = phone.sign_in("login", PASSWORD);
        assert_eq!(ran.status, 0, "{}", ran.err);
        phone.ok(&["send", &self.desk, "From the terminal."]);
        for browser in [&self.alice, &self.bob] {
            browser.hears("From the terminal.");
        }
        phone
    }

    /// All timelines are one, as far back as each goes; and so is the archive, from its first line.
    pub(super) fn everybody_has_read_the_same(&self, phone: &Person) {
        let Self { alice, bob, .. } = self;
        self.alice_tells_all(&self.desk, "Good night.");
        let of_alice = alice.heard("alice");
        let carol = self.carol.texts(&self.desk);
        assert_eq!(of_alice[0], "alice: Before anybody came.");
        assert_eq!(of_alice[1..], carol);
        let unheard = ["alice: Behind his back.", "carol: Hush."];
        let heard: Vec<String> = carol
            .into_iter()
            .filter(|line| !unheard.contains(&&**line))
            .collect();
        assert_eq!(bob.heard("bob"), heard);
        assert_eq!(phone.texts(&self.desk), heard);

        for browser in [alice, bob] {
            browser.open_room("Archive");
        }
        self.alice_tells_all(&self.archive, "The last page.");
        let pages = [
            "The first page.",
            "A page for the archive.",
            "The last page.",
        ];
        let pages = pages.map(|page| format!("alice: {page}"));
        assert_eq!(alice.heard("alice"), pages);
        assert_eq!(bob.heard("bob"), pages);
        for reader in [&self.carol, phone] {
            assert_eq!(reader.texts(&self.archive), pages);
            for room in reader.json(&["status"]) {
                assert_eq!(room["tombstones"], 0, "{}: {room}", reader.name);
            }
        }
    }
}
