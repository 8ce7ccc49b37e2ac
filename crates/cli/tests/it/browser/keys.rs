//! Everything by keys.

use super::{chromium::Chromium, person::gardener};
use crate::world::World;

const CONTROL: char = '\u{e009}';
const ALT: char = '\u{e00a}';
const ESCAPE: &str = "\u{e00c}";
pub(super) const ENTER: &str = "\u{e007}";
const UP: char = '\u{e013}';
const DOWN: char = '\u{e015}';

fn focus_is(browser: &Chromium, id: &str) {
    browser.until(&format!("document.activeElement.id === {id:?}"));
}

fn no_dialog(browser: &Chromium) {
    browser.until("document.querySelector('dialog') === null");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn rooms_are_gone_to_and_everything_is_closed_by_keys() {
    let world = World::new();
    let browser = gardener(&world);
    browser.create_room("The shed");
    browser.create_room("The orchard");
    let go_to = format!("{CONTROL}k");
    browser.strike(&go_to);
    focus_is(&browser, "go-name");
    browser.screen("go-to-room");
    browser.write("go-name", "GARD");
    browser.until("document.querySelectorAll('#go-list li').length === 1");
    browser.strike(ENTER);
    browser.find_heading("The garden");
    focus_is(&browser, "composer");

    // The third of the list, and back up to the second.
    let third = browser.run("return document.querySelectorAll('.rooms .name')[2].textContent");
    let second = browser.run("return document.querySelectorAll('.rooms .name')[1].textContent");
    browser.strike(&go_to);
    focus_is(&browser, "go-name");
    for _ in 0..5 {
        browser.strike(&DOWN.to_string());
    }
    browser.strike(ENTER);
    browser.find_heading(third.as_str().unwrap());
    focus_is(&browser, "composer");
    browser.strike(&format!("{ALT}{UP}"));
    browser.find_heading(second.as_str().unwrap());
    browser.strike(&format!("{ALT}{DOWN}"));
    browser.find_heading(third.as_str().unwrap());
    focus_is(&browser, "composer");

    // Nothing chosen: the focus is where it was.
    browser.strike(&go_to);
    browser.write("go-name", "nowhere");
    browser.sees("No room has that in its name.");
    browser.strike(ESCAPE);
    no_dialog(&browser);
    focus_is(&browser, "composer");

    // Nobody types before they see where they are; a browser that has not drawn it yet inserts nothing.
    browser.wait_for("requestAnimationFrame(() => requestAnimationFrame(() => done(true)))");
    // In the field it is a letter, elsewhere a question.
    browser.strike("?");
    browser.until("document.getElementById('composer').value === '?'");
    browser.run("document.querySelector('.scroll').focus()");
    browser.strike("?");
    browser.sees("Go to a room");
    browser.screen("keys");
    browser.strike(ESCAPE);
    no_dialog(&browser);
    browser.until("document.activeElement.className === 'scroll'");

    // A question in a dialog is on top of it.
    browser.press("Room");
    browser.press("Leave the room");
    browser.until("document.activeElement.textContent === 'Stay'");
    browser.strike(ESCAPE);
    browser.until("document.activeElement.textContent === 'Leave the room'");
    browser.strike(ESCAPE);
    no_dialog(&browser);
    browser.until("document.activeElement.textContent === 'Room'");
}
