//! What hostile members write is shown, and does nothing (attack 17).

use super::{
    chromium::Chromium,
    person::{gardener, profile},
    story::{complaints, join},
};
use crate::world::World;

/// Each would run, load or hide something in a client that reads it as more than text. Where one succeeds, the page has
/// `window.evil`, or asks for something that is called evil.
fn corpus() -> Vec<String> {
    let words = [
        "<img src=/evil.png onerror=\"window.evil = 1\">",
        "<script>window.evil = 1</script>",
        "</p></article><script src=/evil.js></script>",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='window.evil = 1'><image href='/evil.svg'/></svg>",
        "<iframe srcdoc=\"<script>parent.evil = 1</script>\"></iframe>",
        "<link rel=stylesheet href=/evil.css><style>@import '/evil.css'; * { display: none }</style>",
        "<meta http-equiv=refresh content='0; url=/evil'>",
        "<form action=/evil><button autofocus onfocus='window.evil = 1'>Log in again</button></form>",
        "<math><mtext></table><mglyph><style><img src=/evil onerror=window.evil=1>",
        "![picture](/evil.png) [click](javascript:window.evil=1) <javascript:window.evil=1>",
        "[1]: /evil.png\n![][1]\n```html\n<img src=/evil>\n```",
        "javascript:window.evil=1//%0Aalert(1)",
        "{{constructor.constructor('window.evil = 1')()}} ${window.evil = 1} <%= window.evil = 1 %>",
        "&lt;img src=/evil&gt; &#x3c;script&#x3e;",
        "user \u{202e}gnp.exe\u{202c} and \u{2066}hidden\u{2069} w\u{200b}o\u{2060}r\u{feff}ds",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
        "../../etc/passwd\u{1}\u{7f}\u{9b}31m\u{fffd}",
    ];
    let mut corpus = words.map(str::to_owned).to_vec();
    corpus.push("W".repeat(32_768));
    corpus.push("line\n".repeat(6_000).trim_end().to_owned());
    corpus.push("[".repeat(32_000));
    corpus
}

/// What a page that is not touched does not do: ask for anything that it did not ask for before, or offend its policy.
fn watch(browser: &Chromium) {
    browser.run(
        "window.offences = [];
         addEventListener('securitypolicyviolation', (event) => offences.push(event.violatedDirective + ' ' + event.blockedURI));",
    );
}

fn is_unharmed(browser: &Chromium) {
    let asked = browser.run(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)
             .filter((name) => name.includes('evil') || new URL(name).origin !== location.origin)",
    );
    assert_eq!(asked, serde_json::json!([]), "nothing is asked for");
    assert_eq!(
        browser.run("return [window.evil ?? null, offences]"),
        serde_json::json!([null, []]),
        "nothing ran, and nothing tried"
    );
    let elements = "return document.querySelectorAll('.text *, iframe, form[action], .lines img, .lines svg').length";
    assert_eq!(browser.run(elements), 0, "text is text");
    let wide = "return document.documentElement.scrollWidth > innerWidth";
    assert_eq!(browser.run(wide), false, "nothing breaks out to the side");
    assert_eq!(complaints(browser), [""; 0]);
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn what_hostile_members_write_is_text() {
    let world = World::new();
    let browser = gardener(&world);
    watch(&browser);
    let link = browser.invite_link();
    let [carol] = world.people(["carol"]);
    let room = join(&carol, &link);
    for text in corpus() {
        carol.ok(&["send", &room, &text]);
        let seen = format!(
            "[...document.querySelectorAll('.text')].at(-1)?.textContent === {}",
            serde_json::to_string(&text).unwrap()
        );
        browser.until(&seen);
    }
    is_unharmed(&browser);
    browser.screen("hostile-text");
    // A line of 64 kB is no message: it goes nowhere, and whoever wrote it has it still.
    let long = "W".repeat(65_536);
    assert_eq!(carol.fails(&["send", &room, &long]).1, "BAD_CONTENT");
    browser.run(&format!(
        "const composer = document.getElementById('composer');
         composer.value = {long:?};
         composer.dispatchEvent(new Event('input', {{ bubbles: true }}));
         composer.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Enter', bubbles: true, cancelable: true }}));"
    ));
    browser.until("document.querySelector('.composer .complaint').textContent === 'That text is empty or too long.'");
    browser.until("document.getElementById('composer').value.length === 65536");
    is_unharmed(&browser);
    browser.run(
        "const composer = document.getElementById('composer');
         composer.value = '';
         composer.dispatchEvent(new Event('input', { bubbles: true }));",
    );
    browser.say("And I can still answer.");
    browser.hears("And I can still answer.");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn what_hostile_members_name_is_text() {
    let world = World::new();
    let [carol] = world.people(["carol"]);
    let name = "\u{202e}<img src=/evil onerror=window.evil=1>\u{200b}";
    let room = carol.ok(&["room", "create", name]);
    let room = room.trim();
    carol.ok(&[
        "room",
        "topic",
        room,
        "<script src=/evil.js></script>\u{2066}",
    ]);
    let link = carol.ok(&["room", "link", room]);
    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.register(&world.url, "alice");
    browser.go(link.trim());
    browser.until("document.querySelector('.preview') !== null");
    watch(&browser);
    is_unharmed(&browser);
    browser.screen("hostile-preview");
    browser.press("Join the room");
    browser.find_heading("<img src=/evil onerror=window.evil=1>");
    is_unharmed(&browser);
    browser.press("Room");
    browser.sees("<script src=/evil.js></script>");
    browser.sees("A link of carol");
    assert_eq!(
        browser.run("return document.querySelectorAll('.things button').length"),
        0,
        "the link of somebody else is not hers to end"
    );
    is_unharmed(&browser);
    browser.screen("hostile-names");
}
