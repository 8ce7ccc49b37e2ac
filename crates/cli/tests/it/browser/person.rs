//! What a person does on the page.

use std::path::Path;

use super::chromium::Chromium;
use crate::world::PASSWORD;

impl Chromium {
    /// Opens the page and makes an account.
    pub(super) fn register(&self, url: &str, user: &str) {
        self.go(url);
        self.write("user", user);
        self.write("password", PASSWORD);
        self.press("Create account");
        let code = self.text("recovery-code");
        assert!(code.len() > 20, "{code}");
        self.pictures("recovery-code");
        self.click("//label[contains(., 'I have kept it')]");
        self.press("Go on");
        self.sees(user);
    }

    /// Makes a room and is in it.
    pub(super) fn create_room(&self, name: &str) {
        self.press("New room");
        self.write("room-name", name);
        self.pictures("new-room");
        self.press("Create room");
        self.find_heading(name);
    }

    /// Waits until the conversation of this room is open.
    pub(super) fn find_heading(&self, name: &str) {
        self.until(&format!(
            "document.querySelector('.head h1')?.textContent === {name:?}"
        ));
    }

    /// Writes and presses Enter.
    pub(super) fn say(&self, text: &str) {
        self.write("composer", &format!("{text}\u{e007}"));
    }

    /// A link into the open room.
    pub(super) fn invite_link(&self) -> String {
        self.press("Invite");
        self.press("Make a link");
        let link = self.text("invite-link");
        self.pictures("invite");
        self.press("Close");
        link
    }

    /// What was said in the open room, in order: who and what.
    pub(super) fn texts(&self) -> Vec<String> {
        let script = "return [...document.querySelectorAll('.message')].map((message) =>
            message.querySelector('.sender').textContent + ': ' + message.querySelector('.text').textContent)";
        let texts = self.run(script);
        let texts = texts.as_array().unwrap().iter();
        texts
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until the last words are these, and all own ones are sent.
    pub(super) fn hears(&self, text: &str) {
        self.until(&format!(
            "[...document.querySelectorAll('.text')].at(-1)?.textContent === {text:?} &&
             [...document.querySelectorAll('.mark')].every((mark) => mark.title === 'Sent')"
        ));
    }
}

/// A directory for a browser's profile.
pub(super) fn profile(world: &Path, name: &str) -> std::path::PathBuf {
    world.join(format!("profile-{name}"))
}
