//! Who is in a room, and what they may do there.

use super::Newsroom;

/// With a removal the keys change, so the link that Carol came by is no way in any more.
const LINK_ENDED: &str = "An invite link of yours has ended, because the room's keys changed. Make another one if you need it.";

impl Newsroom {
    /// Bob is asked by name twice, and says no and then yes.
    pub(super) fn bob_declines_and_then_accepts(&self) {
        let Self { alice, bob, .. } = self;
        alice.counts(2);
        alice.invite("bob");
        bob.open_invitation();
        bob.press("Decline");
        bob.until("!document.querySelector('nav').innerText.includes('invites you')");
        alice.notices("bob left.");
        alice.counts(2);
        alice.invite("bob");
        self.alice.say("While Bob thinks about it.");
        bob.open_invitation();
        bob.press("Accept");
        bob.find_heading("Desk");
        // What was said before is not his to read.
        bob.hears("While Bob thinks about it.");
        assert_eq!(bob.heard("bob"), ["alice: While Bob thinks about it."]);
        bob.say("Good morning.");
        bob.hears("Good morning.");
        alice.hears("Good morning.");
        let carol = self.carol.texts(&self.desk);
        assert_eq!(
            carol,
            ["alice: While Bob thinks about it.", "bob: Good morning."]
        );
    }

    /// A second room, whose newcomers read everything.
    pub(super) fn the_archive_is_open_to_newcomers(&mut self) {
        let Self { alice, bob, .. } = self;
        alice.press("New room");
        alice.write("room-name", "Archive");
        alice.click("//dialog//label[.//input[@value='shared']]");
        alice.press("Create room");
        alice.find_heading("Archive");
        alice.say("The first page.");
        alice.hears("The first page.");
        for name in ["bob", "carol"] {
            alice.invite(name);
        }
        bob.open_invitation();
        bob.press("Accept");
        bob.find_heading("Archive");
        bob.hears("The first page.");
        let rooms = self.carol.json(&["rooms"]);
        let invited = rooms.iter().find(|room| room["state"] == "invited");
        self.archive = invited.unwrap()["id"].to_string();
        self.carol.ok(&["room", "accept", &self.archive]);
        assert_eq!(
            self.carol.texts(&self.archive),
            ["alice: The first page."],
            "also what was said before Carol came"
        );
        for browser in [&self.alice, &self.bob] {
            browser.open_room("Desk");
        }
    }

    /// A moderator may change the room's name, and a member may not.
    pub(super) fn bob_is_moderator_for_a_while(&self) {
        let Self { alice, bob, .. } = self;
        alice.open_person("bob");
        alice.click("//label[contains(., 'moderator')]");
        alice.sees("In this room as moderator.");
        alice.press("Close");
        bob.notices("alice changed roles: bob is now moderator.");
        bob.press("Room");
        bob.run("document.getElementById('edit-name').select()");
        bob.write("edit-name", "News desk");
        bob.press("Save");
        bob.sees("Saved.");
        bob.press("Close");
        for browser in [alice, bob] {
            browser.find_heading("News desk");
        }
        assert_eq!(self.carol.room_field(&self.desk, "name"), "News desk");

        alice.open_person("bob");
        alice.click("//label[.//input[@value='member']]");
        alice.sees("In this room as member.");
        alice.press("Close");
        bob.notices("alice changed roles: bob is now member.");
        bob.press("Room");
        bob.until("document.querySelector('dialog h3') !== null");
        assert_eq!(
            bob.run("return document.getElementById('edit-name')"),
            serde_json::Value::Null
        );
        bob.press("Close");
    }

    /// Who is removed keeps what was read, sees nothing new and is told so; who is asked back goes on.
    pub(super) fn bob_is_removed_and_comes_back(&self) {
        let Self { alice, bob, .. } = self;
        let before = bob.heard("bob");
        alice.open_person("bob");
        alice.press("Remove from the room");
        alice.press("Remove bob");
        alice.until("document.querySelectorAll('.members li').length === 2");
        alice.click("//dialog//button[normalize-space()='Close']");
        alice.sees(LINK_ENDED);
        alice.press("Close");
        bob.sees("You are not in this room any more. What you read stays here.");
        assert_eq!(
            bob.run("return document.getElementById('composer')"),
            serde_json::Value::Null,
            "there is nothing to write with"
        );
        let behind = "Behind his back.";
        alice.say(behind);
        alice.hears(behind);
        self.carol.ok(&["send", &self.desk, "Hush."]);
        alice.hears("Hush.");
        // What comes by the same connection later has come, so that would have too.
        alice.open_room("Archive");
        bob.open_room("Archive");
        self.alice_tells_all(&self.archive, "A page for the archive.");
        for browser in [alice, bob] {
            browser.open_room("News desk");
        }
        bob.hears(before.last().unwrap().split_once(": ").unwrap().1);
        assert_eq!(bob.heard("bob"), before);

        alice.invite("bob");
        bob.open_invitation();
        bob.press("Accept");
        bob.find_heading("News desk");
        bob.say("Here again.");
        bob.hears("Here again.");
        alice.hears("Here again.");
        let told = bob.heard("bob");
        assert_eq!(told, [before, vec!["bob: Here again.".to_owned()]].concat());
    }
}
