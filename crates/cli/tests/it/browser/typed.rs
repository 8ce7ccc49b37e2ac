//! What is typed and not said.

use super::{
    chromium::Chromium,
    person::{gardener, profile},
};
use crate::world::World;

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn what_is_typed_stands_there_after_a_reload_and_after_a_kill_until_it_is_said() {
    let world = World::new();
    let browser = gardener(&world);
    browser.write("composer", "Half a ");
    browser.has_kept();
    browser.reload();
    browser.open_room("The garden");
    assert_eq!(browser.typed(), "Half a ");
    browser.write("composer", "thought");
    browser.has_kept();
    browser.kill();

    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.go(&world.url);
    browser.open_room("The garden");
    assert_eq!(browser.typed(), "Half a thought");
    browser.create_room("The shed");
    assert_eq!(browser.typed(), "");
    browser.room_says("The garden", "Draft: Half a thought");
    browser.write("composer", "Who has the key?");
    // Who goes on to another room at once loses nothing either.
    browser.open_room("The garden");
    browser.room_says("The shed", "Draft: Who has the key?");
    browser.screen("draft");
    browser.say("");
    browser.hears("Half a thought");
    browser.room_says("The garden", "You: Half a thought");
    browser.kill();

    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.go(&world.url);
    browser.open_room("The garden");
    assert_eq!(browser.typed(), "");
    browser.room_says("The shed", "Draft: Who has the key?");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn what_is_typed_in_one_tab_stands_in_the_others_and_nobody_is_interrupted() {
    let world = World::new();
    let browser = gardener(&world);
    let first = browser.tab();
    let second = browser.open_tab(&world.url);
    browser.open_room("The garden");
    // Without a screen every tab believes that it has the focus.
    let has_focus = |yes: bool| {
        browser.run(&format!(
            "document.hasFocus = () => {yes}; document.getElementById('composer').focus()"
        ));
    };
    browser.write("composer", "From the second tab");
    browser.has_kept();
    has_focus(false);
    browser.switch(&first);
    browser.until("document.getElementById('composer').value === 'From the second tab'");
    // While the first one writes, the second says something else and comes too late.
    let write = |words: &str| {
        browser.run(&format!(
            "const composer = document.getElementById('composer');
             composer.value = {words:?};
             composer.dispatchEvent(new Event('input', {{ bubbles: true }}))"
        ));
    };
    has_focus(true);
    write("Being written");
    browser.has_kept();
    browser.switch(&second);
    has_focus(false);
    browser.until("document.getElementById('composer').value === 'Being written'");
    write("Something else");
    browser.until("document.getElementById('composer').value === 'Being written'");
    browser.switch(&first);
    assert_eq!(browser.typed(), "Being written");
    browser.say("");
    browser.hears("Being written");
    browser.switch(&second);
    browser.until("document.getElementById('composer').value === ''");
}
