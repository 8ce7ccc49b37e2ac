//! What is done with people and rooms: comparing, roles, removing, renaming, links, leaving.

use super::{chromium::Chromium, tabs::garden};
use crate::world::World;

fn person(browser: &Chromium, name: &str) {
    browser.press("People");
    browser.click(&format!("//dialog//li//button[contains(., {name:?})]"));
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_person_is_compared_given_a_role_and_removed() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    person(&alice, "carol");
    let number = alice.text("safety-number");
    let seen = carol.ok(&["verify", "alice"]);
    assert!(seen.contains(&number), "{number} is not in {seen}");
    alice.screen("person");
    alice.press("It is the same: mark as verified");
    alice.until("document.querySelector('dialog .verified') !== null");
    alice.press("Take the mark back");
    alice.until("document.querySelector('dialog .verified') === null");
    alice.press("It is the same: mark as verified");
    alice.click("//label[contains(., 'moderator')]");
    alice.sees("In this room as moderator.");
    let members = carol.ok(&["members", &room]);
    assert!(members.contains("carol  (moderator, you)"), "{members}");
    alice.press("All people");
    alice.until("document.querySelector('.members .verified') !== null");
    alice.screen("people-verified");
    alice.press("Close");
    assert_eq!(
        alice.run("return document.activeElement.textContent"),
        "People",
        "the focus is where it was"
    );

    person(&alice, "carol");
    alice.press("Remove from the room");
    alice.screen("remove-person");
    alice.press("Keep carol");
    alice.press("Remove from the room");
    alice.press("Remove carol");
    alice.until("document.querySelectorAll('.members li').length === 1");
    let refused = carol.run_with(&["send", &room, "Still here?"], "");
    assert_ne!(refused.status, 0);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_room_is_renamed_its_link_ended_and_left() {
    let world = World::new();
    let (alice, carol, _) = garden(&world);
    alice.press("Room");
    alice.sees("New members see messages from when they joined.");
    alice.until("document.querySelector('.things .hint')?.textContent.endsWith('used once')");
    alice.screen("about-room");
    alice.run("document.getElementById('edit-name').select()");
    alice.write("edit-name", "The orchard");
    alice.write("edit-topic", "Apples and pears");
    alice.press("Save");
    alice.sees("Saved.");
    alice.press("End this link");
    alice.screen("end-link");
    alice.press("End it");
    alice.until("document.querySelectorAll('.things li').length === 0");
    alice.press("Close");
    alice.find_heading("The orchard");
    alice.sees("2 people · Apples and pears");
    assert!(carol.ok(&["rooms"]).contains("The orchard"));

    // Somebody has to stay who may do everything.
    alice.press("Room");
    alice.press("Leave the room");
    alice.press("Leave");
    alice.until("document.querySelector('.question .complaint').textContent !== ''");
    alice.screen("last-owner");
    alice.press("Close");
    person(&alice, "carol");
    alice.click("//label[contains(., 'owner')]");
    alice.sees("In this room as owner.");
    alice.press("Close");
    alice.press("Room");
    alice.press("Leave the room");
    alice.press("Leave");
    alice.sees("You are not in this room any more. What you read stays here.");
    alice.screen("left");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_message_takes_neither_focus_nor_click_from_the_list_of_rooms() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    alice.create_room("The shed");
    let garden = "[...document.querySelectorAll('nav li button')].find((one) => one.innerText.includes('The garden'))";
    alice.run(&format!("window.before = {garden}; window.before.focus()"));
    carol.ok(&["send", &room, "Listen!"]);
    alice.until(&format!("{garden}.innerText.includes('carol: Listen!')"));
    assert_eq!(
        alice.run(&format!(
            "return document.activeElement === window.before && {garden} === window.before"
        )),
        true
    );
}
