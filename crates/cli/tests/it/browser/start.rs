//! How the page begins.

use serde_json::{Value, json};

use super::{chromium::Chromium, person::profile};
use crate::world::World;

/// Compiled code starts late in the page, and in the worker at once.
const LATE: &str = "
    const instantiate = WebAssembly.instantiate;
    WebAssembly.instantiate = async (...given) => {
        await new Promise((done) => setTimeout(done, 3000));
        return instantiate(...given);
    };";

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_worker_that_is_there_before_the_page_is_heard() {
    let world = World::new();
    let browser = Chromium::start(&profile(world.path(), "alice"));
    let late = json!({ "source": LATE });
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", &late);
    browser.register(&world.url, "alice");
}

/// The worker gets something that is no compiled code.
const BROKEN: &str = "
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (given) {
        return post.call(this, given instanceof WebAssembly.Module ? 'nothing' : given);
    };";

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_worker_that_does_not_start_is_no_page_that_opens_for_ever() {
    let world = World::new();
    let browser = Chromium::start(&profile(world.path(), "alice"));
    let broken = json!({ "source": BROKEN });
    browser.devtools("Page.addScriptToEvaluateOnNewDocument", &broken);
    browser.go(&world.url);
    let sentence = "Secure Chat could not start in this browser.";
    browser.until(&format!("document.body.innerText.includes({sentence:?})"));
    browser.until("!document.body.innerText.includes('Opening')");
}

#[test]
#[ignore = "needs a browser: cargo xtask ci browser"]
fn a_page_that_came_in_the_clear_says_why_it_does_not_start() {
    let world = World::new();
    let browser = Chromium::start(&profile(world.path(), "alice"));
    browser.go(&world.url.replace("127.0.0.1", "chat.example"));
    browser.until("!window.isSecureContext");
    for words in [
        "This page came over a connection that others can read and change",
        "https://",
    ] {
        browser.until(&format!("document.body.innerText.includes({words:?})"));
    }
    browser.screen("insecure");
    assert_eq!(
        browser.run("return document.querySelector('#user')"),
        Value::Null
    );
}
