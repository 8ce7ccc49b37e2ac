//! Several tabs of one browser: one owns the store, and each can do everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    chromium::{Chromium, Tab},
    person::{gardener, profile},
    story::join,
};
use crate::world::{PASSWORD, Person, World};

/// Alice's browser with a room, and Carol in it from the terminal; the room's number.
pub(super) fn garden(world: &World) -> (Chromium, Person, String) {
    let browser = gardener(world);
    let link = browser.invite_link();
    let [carol] = world.people(["carol"]);
    let room = join(&carol, &link);
    (browser, carol, room)
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn every_tab_does_everything_and_another_goes_on_when_the_owner_is_closed() {
    let world = World::new();
    let (browser, carol, room) = garden(&world);
    let first = browser.tab();
    browser.flood("line", 0..40);
    browser.hears("line 39");
    let second = browser.open_tab(&world.url);
    browser.open_room("The garden");
    browser.hears("line 39");
    browser.say("From the second tab.");
    browser.hears("From the second tab.");
    carol.ok(&["send", &room, "From the terminal."]);
    browser.hears("From the terminal.");
    browser.switch(&first);
    browser.hears("From the terminal.");

    // The second tab has typed half a sentence and scrolled up when the first one, the owner, is closed.
    browser.switch(&second);
    browser.write("composer", "Half a ");
    browser.run("window.same = true; document.querySelector('.scroll').scrollTop = -200");
    let scrolled = scroll(&browser);
    assert_ne!(scrolled.as_f64(), Some(0.0));
    browser.switch(&first);
    browser.close_tab();
    browser.switch(&second);
    // That a third one is served shows that the second has taken over.
    let third = browser.open_tab(&world.url);
    browser.open_room("The garden");
    browser.hears("From the terminal.");
    browser.switch(&second);
    assert_eq!(scroll(&browser), scrolled);
    browser.say("thought.");
    browser.hears("Half a thought.");
    assert_eq!(
        browser.run("return window.same"),
        true,
        "it was not reloaded"
    );
    browser.switch(&third);
    browser.hears("Half a thought.");
    // And what a viewer makes shows in the owner's tab.
    browser.create_room("The shed");
    browser.switch(&second);
    browser.open_room("The shed");
    let said = carol.texts(&room);
    let last: Vec<&str> = said.iter().rev().take(2).map(String::as_str).collect();
    assert_eq!(
        last,
        ["alice: Half a thought.", "carol: From the terminal."]
    );
}

fn scroll(browser: &Chromium) -> Value {
    browser.run("return Math.round(document.querySelector('.scroll').scrollTop)")
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn five_tabs_send_a_thousand_messages_while_one_is_closed_and_one_killed() {
    let world = World::new();
    let (browser, carol, room) = garden(&world);
    let mut tabs = BTreeMap::from([("a", browser.tab())]);
    for name in ["b", "c", "d", "e"] {
        tabs.insert(name, browser.open_tab(&world.url));
        browser.open_room("The garden");
    }
    let flood = |name: &str, numbers| {
        browser.switch(&tabs[name]);
        browser.flood(name, numbers);
    };
    flood("a", 0..200);
    browser.has_handed_over();
    for name in ["b", "c", "d", "e"] {
        flood(name, 0..100);
    }
    // The owner is closed while the others hand it what they have.
    browser.switch(&tabs["a"]);
    browser.close_tab();
    let took = taken_over(&browser, &tabs["e"]);
    flood("b", 100..200);
    browser.has_handed_over();
    // Whoever waited longest is the owner now, and is killed while the rest hand it what they have.
    for name in ["c", "d", "e"] {
        flood(name, 100..200);
    }
    browser.switch(&tabs["b"]);
    browser.kill_tab();
    let took_again = taken_over(&browser, &tabs["c"]);
    report(&[took, took_again]);
    for name in ["c", "d", "e"] {
        browser.switch(&tabs[name]);
        browser.has_handed_over();
    }
    let mut said: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for line in everything(&carol, &room) {
        let words: Vec<&str> = line.split(' ').collect();
        let ["alice:", name, number] = words[..] else {
            panic!("{line}");
        };
        let number = number.parse().unwrap();
        said.entry(name.to_owned()).or_default().push(number);
    }
    let all: Vec<usize> = (0..200).collect();
    let wanted = ["a", "b", "c", "d", "e"].map(|name| (name.to_owned(), all.clone()));
    assert_eq!(said, BTreeMap::from(wanted));
}

/// All thousand, or more, once they are there.
fn everything(carol: &Person, room: &str) -> Vec<String> {
    loop {
        let texts = carol.texts(room);
        if texts.len() >= 1_000 {
            return texts;
        }
    }
}

/// Waits in a tab until a new owner answers one of its messages; milliseconds.
fn taken_over(browser: &Chromium, tab: &Tab) -> f64 {
    browser.switch(tab);
    browser.run(
        "window.began = performance.now();
         window.before = document.querySelector('.composer').dataset.unwritten",
    );
    browser.until(
        "document.querySelector('.composer').dataset.unwritten !== window.before || window.before === '0'",
    );
    let took = browser.run("return performance.now() - window.began");
    took.as_f64().unwrap()
}

#[expect(clippy::print_stderr, reason = "a figure for whoever runs the test")]
fn report(took: &[f64]) {
    let took: Vec<String> = took
        .iter()
        .map(|millis| format!("{millis:.0} ms"))
        .collect();
    eprintln!("another tab had taken over after {}", took.join(" and "));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn who_logs_out_or_in_does_so_in_all_tabs() {
    let world = World::new();
    let browser = gardener(&world);
    let first = browser.tab();
    let second = browser.open_tab(&world.url);
    browser.open_room("The garden");
    browser.press("Settings");
    browser.press("Log out");
    browser.until("document.querySelector('#user')?.value === 'alice'");
    browser.switch(&first);
    browser.until("document.querySelector('#user')?.value === 'alice'");
    browser.switch(&second);
    browser.write("password", PASSWORD);
    browser.click("//button[@type='submit']");
    browser.open_room("The garden");
    browser.switch(&first);
    browser.open_room("The garden");
    browser.say("In again.");
    browser.switch(&second);
    browser.hears("In again.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn of_two_versions_of_the_page_the_older_one_asks_to_be_reloaded() {
    let world = World::new();
    let browser = gardener(&world);
    browser.write("composer", "Not sent yet");
    let page = browser.tab();
    let other = browser.open_tab(&format!("{}/healthz", world.url));
    // An older one hears that it is old, and nothing else happens.
    browser.run(
        "window.tabs = new BroadcastChannel('secure-chat');
         window.heard = [];
         window.tabs.onmessage = ({ data }) => window.heard.push(new TextDecoder('latin1').decode(data));
         const text = (words) => [0x60 + words.length, ...new TextEncoder().encode(words)];
         window.meet = (since) => {
             const time = [...Array(8).keys()].map((byte) => Math.floor(since / 256 ** (7 - byte)) % 256);
             window.tabs.postMessage(new Uint8Array([
                 0xa5, ...text('version'), ...text('another'), ...text('since'), 0x1b, ...time,
                 ...text('from'), 0x90, ...Array(16).fill(1), ...text('to'), 0xf6,
                 ...text('word'), 0x4e, ...text('SomethingElse'),
             ]));
         };
         window.meet(1)",
    );
    browser.until("window.heard.some((parcel) => parcel.includes('Hello'))");
    browser.switch(&page);
    browser.find_heading("The garden");
    // A newer one ends it.
    browser.switch(&other);
    browser.run("window.meet(Date.now() + 60000)");
    browser.switch(&page);
    browser.sees("Secure Chat was updated: reload this tab.");
    browser.sees("Not sent yet");
    browser.screen("updated");
    browser.press("Reload");
    browser.open_room("The garden");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_tab_that_does_not_answer_is_replaced_when_the_person_says_so() {
    let world = World::new();
    let browser = Chromium::start(&profile(world.path(), "alice"));
    let dumb = format!("{}/healthz", world.url);
    let hold = "window.lost = false;
         navigator.locks.request('secure-chat', OPTIONS, () => new Promise(() => {}))
             .catch(() => { window.lost = true })";
    browser.go(&dumb);
    let holder = browser.tab();
    browser.run(&hold.replace("OPTIONS", "{}"));
    let page = browser.open_tab(&world.url);
    browser.press("Go on here");
    browser.until("document.querySelector('#user') !== null");
    browser.switch(&holder);
    browser.until("window.lost");
    // And who is replaced says so, and is of no use any more.
    browser.run(&hold.replace("OPTIONS", "{ steal: true }"));
    browser.switch(&page);
    browser.sees("Secure Chat goes on in another tab. Reload this one to use it here too.");
}
