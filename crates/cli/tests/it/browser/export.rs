//! Everything that a browser can read, in a file.

use std::fs;

use serde_json::Value;

use super::{files::saved, story::complaints, tabs::garden};
use crate::world::World;

const HOSTILE: &str = "<script>document.title = 'owned'</script> & \"quoted\" <img src=x>";
/// More than are read from the store at once.
const LINES: usize = 520;

fn texts(room: &Value) -> Vec<&str> {
    let lines = room["lines"].as_array().unwrap().iter();
    lines.filter_map(|line| line["text"].as_str()).collect()
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn all_that_a_browser_reads_is_saved_as_a_page_and_as_data() {
    let world = World::new();
    let (alice, carol, room) = garden(&world);
    alice.say(HOSTILE);
    alice.hears(HOSTILE);
    alice.flood("line", 0..LINES);
    alice.hears(&format!("line {}", LINES - 1));
    carol.ok(&["send", &room, "the last word"]);
    alice.hears("the last word");
    let numbered = (0..LINES).map(|number| format!("line {number}"));
    let said: Vec<String> = [HOSTILE.to_owned()]
        .into_iter()
        .chain(numbered)
        .chain(["the last word".to_owned()])
        .collect();

    alice.press("Settings");
    alice.unfold("Save a copy");
    alice.click("//label[contains(., 'Data for programs')]");
    alice.press("Save the file");
    let json = fs::read_to_string(saved(&world, "secure-chat.json")).unwrap();
    let all: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(all["user"], "alice");
    let [garden] = all["rooms"].as_array().unwrap().as_slice() else {
        panic!("one room: {all}");
    };
    assert_eq!(garden["name"], "The garden");
    assert_eq!(texts(garden), said);
    let lines = garden["lines"].as_array().unwrap();
    assert!(lines.is_sorted_by_key(|line| line["seq"].as_u64().unwrap()));
    let last = lines.last().unwrap();
    assert_eq!(
        (&last["user"], &last["kind"]),
        (&"carol".into(), &"text".into())
    );
    assert!(
        lines
            .iter()
            .any(|line| line["notice"] == "carol came in by a link.")
    );

    alice.unfold("Save a copy");
    alice.until("[...document.querySelectorAll('label')].some((label) => label.innerText.includes('A page to read'))");
    alice.screen("copy");
    alice.click("//label[contains(., 'A page to read')]");
    alice.press("Save the file");
    let page = saved(&world, "secure-chat.html");
    assert_eq!(complaints(&alice), [""; 0]);

    // It stands alone, and what people wrote is text in it.
    alice.go(&format!("file://{}", page.display()));
    assert_eq!(
        alice.run("return document.title"),
        "alice: everything that this browser can read"
    );
    let shown =
        alice.run("return [...document.querySelectorAll('.text')].map((text) => text.textContent)");
    assert_eq!(shown, Value::from(said));
    assert_eq!(alice.run("return document.images.length"), 0);
    alice.screen("copy-page");
}
