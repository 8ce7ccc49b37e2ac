//! A screen of the page as people meet it: small and large, light and dark, by the eye and by a screen reader.

use std::{fs, path::Path};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::chromium::Chromium;

const THEMES: [&str; 2] = ["light", "dark"];
/// The narrowest and the widest window that the page is made for, in pixels, with their heights.
const EDGES: [(u32, u32); 2] = [(360, 640), (2560, 1440)];
/// The windows of the pictures.
const WINDOWS: [(u32, u32); 2] = [(390, 844), (1440, 900)];

/// What can be scrolled sideways, or would have to be.
const SIDEWAYS: &str = "
    const root = document.documentElement;
    const scrolls = (element) => element === root || ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    return [...document.querySelectorAll('*')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1 && scrolls(element))
        .map((element) => `${element.tagName} ${element.className}: ${element.scrollWidth} in ${element.clientWidth}`);";

impl Chromium {
    /// The page as it is keeps nobody out; and there are pictures of it, where `SECURE_CHAT_PICTURES` names a directory.
    pub(super) fn screen(&self, name: &str) {
        for theme in THEMES {
            self.theme(Some(theme));
            let found = self.barriers();
            assert!(found.is_empty(), "{name}, {theme}: {found:#?}");
        }
        let width_before = self.run("return innerWidth");
        for (width, height) in EDGES.into_iter().chain(WINDOWS) {
            self.is_of_size(width, height);
            self.until(&format!("innerWidth === {width}"));
            assert_eq!(self.run(SIDEWAYS), json!([]), "{name} at {width}");
        }
        if let Some(directory) = std::env::var_os("SECURE_CHAT_PICTURES") {
            self.pictures(Path::new(&directory), name);
        }
        self.is_of_any_size();
        self.theme(None);
        // Whoever clicks next has to find everything where it is then.
        self.until(&format!("innerWidth === {width_before}"));
    }

    /// What `axe-core` finds: a rule, what it wants, where, and what is there. It looks at the page as it stays: what fades
    /// in has come by then.
    fn barriers(&self) -> Vec<String> {
        self.wait_for(
            "requestAnimationFrame(() => requestAnimationFrame(() => {
                 const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
                 const moving = document.getAnimations().filter(ends).map((animation) => animation.finished);
                 Promise.allSettled(moving).then(() => done(moving.length));
             }))",
        );
        if self.run("return window.axe === undefined") == true {
            let script = std::env::var_os("SECURE_CHAT_AXE")
                .expect("`cargo xtask ci browser` fetches axe-core and says where it is");
            self.run(&fs::read_to_string(script).unwrap());
        }
        let found = self.wait_for(
            "axe.run(document, { resultTypes: ['violations'] }).then(
                 ({ violations }) => done(violations.flatMap(({ id, nodes }) =>
                     nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary}`))),
                 (error) => done([String(error)]))",
        );
        let found = found.as_array().unwrap().iter();
        found
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    }

    fn pictures(&self, directory: &Path, name: &str) {
        fs::create_dir_all(directory).unwrap();
        for (width, height) in WINDOWS {
            self.is_of_size(width, height);
            for theme in THEMES {
                self.theme(Some(theme));
                let picture = self.here("GET", "/screenshot", &Value::Null);
                let bytes = BASE64_STANDARD.decode(picture.as_str().unwrap()).unwrap();
                let file = format!("{name}-{width}-{theme}.png");
                fs::write(directory.join(file), bytes).unwrap();
            }
        }
    }

    fn is_of_size(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 720 });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
    }

    fn is_of_any_size(&self) {
        self.devtools("Emulation.clearDeviceMetricsOverride", &json!({}));
    }

    /// The system's theme, as far as the page can tell.
    fn theme(&self, name: Option<&str>) {
        let theme = name.map(|name| json!({ "name": "prefers-color-scheme", "value": name }));
        let features: Vec<Value> = theme.into_iter().collect();
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({ "features": features }),
        );
    }

    /// A command of the browser's own protocol for those who look into it.
    pub(super) fn devtools(&self, command: &str, parameters: &Value) {
        let body = json!({ "cmd": command, "params": parameters });
        self.here("POST", "/goog/cdp/execute", &body);
    }
}
