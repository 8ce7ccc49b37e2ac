//! What is long is folded.

use super::person::gardener;
use crate::world::World;

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_long_text_is_folded_and_shown_whole_by_key() {
    let world = World::new();
    let browser = gardener(&world);
    let lines: Vec<String> = (1..=60).map(|line| format!("line {line}")).collect();
    let text = lines.join("\\n");
    browser.run(&format!(
        "const composer = document.getElementById('composer');
         composer.value = '{text}';
         composer.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    ));
    browser.say("");
    browser.hears(&lines.join("\n"));
    let height = || {
        let height = browser.run("return document.querySelector('.text').offsetHeight");
        height.as_f64().unwrap()
    };
    let folded = height();
    assert!(folded < 700.0, "{folded}");
    browser.screen("folded");
    browser.run("document.querySelector('.bubble button').focus()");
    browser.strike("\u{e007}");
    browser.sees("Show less");
    assert!(height() > 1_200.0);
    browser.press("Show less");
    browser.sees("Show all");
    assert!((height() - folded).abs() < 1.0);
}
