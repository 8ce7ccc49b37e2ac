//! What a person does on the page.

use std::path::Path;

use super::chromium::Chromium;
use crate::world::{PASSWORD, World};

/// Alice's browser, with the room that she has made.
pub(super) fn gardener(world: &World) -> Chromium {
    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.register(&world.url, "alice");
    browser.create_room("The garden");
    browser
}

impl Chromium {
    /// Opens the page and makes an account. Returns its recovery code.
    pub(super) fn register(&self, url: &str, user: &str) -> String {
        self.go(url);
        self.write("user", user);
        self.write("password", PASSWORD);
        self.press("Create account");
        let code = self.text("recovery-code");
        assert!(code.len() > 20, "{code}");
        self.screen("recovery-code");
        self.keep(&code);
        self.sees(user);
        code
    }

    /// Has kept a recovery code, and says so.
    pub(super) fn keep(&self, code: &str) {
        self.press("I have kept it");
        let group = self.asked_group(code);
        self.write("code-group", &group);
        self.press("Go on");
    }

    /// Unfolds a part of the page by what it says.
    pub(super) fn unfold(&self, words: &str) {
        self.click(&format!("//summary[normalize-space()={words:?}]"));
    }

    /// Waits until this stands somewhere on the page.
    pub(super) fn says(&self, words: &str) {
        self.until(&format!("document.body.innerText.includes({words:?})"));
    }

    /// Logs in, as far as name and password go.
    pub(super) fn tries(&self, url: &str, user: &str, password: &str) {
        self.go(url);
        self.click("//button[normalize-space()='Log in' and @aria-pressed]");
        self.write("user", user);
        self.write("password", password);
        self.click("//button[@type='submit']");
    }

    /// The group of the recovery code that the page asks for.
    pub(super) fn asked_group(&self, code: &str) -> String {
        self.until("document.querySelector('label[for=code-group]') !== null");
        let label = self.run("return document.querySelector('label[for=code-group]').textContent");
        let words: Vec<&str> = label.as_str().unwrap().split(' ').collect();
        let order = [
            "first", "second", "third", "fourth", "fifth", "sixth", "last",
        ];
        let place = order.iter().position(|word| words.contains(word)).unwrap();
        code.split('-').nth(place).unwrap().to_owned()
    }

    /// What stands in the field where one writes.
    pub(super) fn typed(&self) -> String {
        let text = self.run("return document.getElementById('composer').value");
        text.as_str().unwrap().to_owned()
    }

    /// Waits until what was typed would outlive the page.
    pub(super) fn has_kept(&self) {
        self.until("document.querySelector('.composer').dataset.kept === 'true'");
    }

    /// Waits until what the list says under a room's name is this.
    pub(super) fn room_says(&self, room: &str, about: &str) {
        self.until(&format!(
            "[...document.querySelectorAll('.rooms .words')].some((words) =>
                 words.querySelector('.name').textContent === {room:?} &&
                 words.querySelector('.about').textContent === {about:?})"
        ));
    }

    /// Opens the page and logs in to an account that exists.
    pub(super) fn log_in(&self, url: &str, user: &str) {
        self.go(url);
        self.press("Log in");
        self.write("user", user);
        self.write("password", PASSWORD);
        self.click("//button[@type='submit']");
        self.sees(user);
    }

    /// Makes a room and is in it.
    pub(super) fn create_room(&self, name: &str) {
        self.press("New room");
        self.write("room-name", name);
        self.screen("new-room");
        self.press("Create room");
        self.find_heading(name);
    }

    /// Waits until the conversation of this room is open.
    pub(super) fn find_heading(&self, name: &str) {
        self.until(&format!(
            "document.querySelector('.head h1')?.textContent === {name:?}"
        ));
    }

    /// Goes to a room of the list. It is looked for and clicked at one moment: the list changes its order with every message.
    pub(super) fn open_room(&self, name: &str) {
        self.until(&format!(
            "[...document.querySelectorAll('nav li button')].some((room) => {{
                 const found = room.innerText.includes({name:?});
                 if (found) {{ room.click(); }}
                 return found;
             }})"
        ));
        self.find_heading(name);
    }

    /// Writes many messages at once, faster than anybody types: the name and a number, which counts.
    pub(super) fn flood(&self, name: &str, numbers: std::ops::Range<usize>) {
        let (first, end) = (numbers.start, numbers.end);
        self.run(&format!(
            "const composer = document.getElementById('composer');
             for (let number = {first}; number < {end}; number++) {{
                 composer.value = `{name} ${{number}}`;
                 composer.dispatchEvent(new Event('input', {{ bubbles: true }}));
                 composer.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true }}));
             }}"
        ));
    }

    /// Waits until everything that was written in this tab is written down by the owner.
    pub(super) fn has_handed_over(&self) {
        self.until("document.querySelector('.composer').dataset.unwritten === '0'");
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
        self.screen("invite");
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
