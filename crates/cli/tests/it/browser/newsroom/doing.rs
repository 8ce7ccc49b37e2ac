//! What the people of the newsroom do again and again.

use super::{Chromium, Newsroom};

impl Chromium {
    /// Opens the sheet of a person of the open room.
    pub(super) fn open_person(&self, name: &str) {
        self.press("People");
        self.click(&format!("//dialog//li//button[contains(., {name:?})]"));
    }

    /// Asks somebody into the open room by name.
    pub(super) fn invite(&self, name: &str) {
        self.press("Invite");
        self.write("invitee", name);
        self.click("//dialog//button[normalize-space()='Invite']");
        self.sees(&format!("{name} is invited."));
        self.press("Close");
    }

    /// Opens the invitation that Alice has sent.
    pub(super) fn open_invitation(&self) {
        self.until(
            "[...document.querySelectorAll('nav li button')].some((room) => {
                 const found = room.innerText.includes('alice invites you.');
                 if (found) { room.click(); }
                 return found;
             })",
        );
    }

    /// Waits until something has happened in the open room.
    pub(super) fn notices(&self, what: &str) {
        self.until(&format!(
            "[...document.querySelectorAll('.happened')].some((line) => line.textContent === {what:?})"
        ));
    }

    /// Waits until so many people are in the open room.
    pub(super) fn counts(&self, people: usize) {
        let words = match people {
            1 => "Only you".to_owned(),
            _ => format!("{people} people"),
        };
        self.until(&format!(
            "document.querySelector('.head .hint')?.textContent.split(' · ')[0] === {words:?}"
        ));
    }

    /// What was said in the open room, as the others would tell it.
    pub(super) fn heard(&self, own_name: &str) -> Vec<String> {
        let texts = self.texts().into_iter();
        let told = texts.map(|line| match line.strip_prefix("You: ") {
            Some(words) => format!("{own_name}: {words}"),
            None => line,
        });
        told.collect()
    }
}

impl Newsroom {
    /// Alice says it in the open room, and Bob and Carol hear it.
    pub(super) fn alice_tells_all(&self, room: &str, words: &str) {
        self.alice.say(words);
        self.alice.hears(words);
        self.bob.hears(words);
        assert_eq!(
            self.carol.texts(room).last().unwrap(),
            &format!("alice: {words}")
        );
    }
}
