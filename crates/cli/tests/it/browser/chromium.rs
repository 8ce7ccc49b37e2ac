//! Chromium with a profile of its own, driven by WebDriver: JSON over plain HTTP.

use std::{
    cell::Cell,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::patience::looks;

/// Whatever is waited for must come within this time.
const PATIENCE_MILLIS: u64 = 60_000;
/// How long there is between two looks at a page, and how often is looked: for a minute at least.
const PAUSE: Duration = Duration::from_millis(20);
const LOOKS: usize = 3_000;
/// A driver that cannot begin is started again so often.
const DRIVERS: usize = 5;
/// By this name WebDriver refers to elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A tab of a browser.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Tab(String);

/// One browser with one window. What it shows at its end can be read: no line of the open conversation is a tombstone.
pub(super) struct Chromium {
    driver: Child,
    port: u16,
    session: String,
    /// Somebody has damaged what it shows.
    damaged: Cell<bool>,
}

/// A driver and its port. It chooses the port for one family of addresses and ends if the other one has it in use.
fn driver() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is missing (Debian: apt-get install chromium chromium-driver)");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    if port.is_none() {
        let _ = driver.kill();
        let _ = driver.wait();
    }
    port.map(|port| (driver, port))
}

impl Chromium {
    /// Starts a browser on a profile directory.
    pub(super) fn start(profile: &Path) -> Self {
        let (driver, port) = (0..DRIVERS)
            .find_map(|_| driver())
            .expect("chromedriver names its port");
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
            damaged: Cell::new(false),
        };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            // A name that is not of this machine's own, as far as a browser knows.
            "--host-resolver-rules=MAP chat.example 127.0.0.1",
            "--window-size=1280,900",
            &format!("--user-data-dir={}", profile.display()),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments, "prefs": {
                "download.default_directory": profile.join("downloads"),
            } },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "implicit": PATIENCE_MILLIS, "script": PATIENCE_MILLIS },
        } } });
        let session = browser.call("POST", "/session", &wanted);
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    /// From here on there may be lines that cannot be read.
    pub(super) fn is_damaged(&self) {
        self.damaged.set(true);
    }

    /// How many lines on the screen cannot be read; none where there is no screen any more.
    fn unreadable(&self) -> u64 {
        let script = "return document.querySelectorAll('.missing').length";
        let path = format!("/session/{}/execute/sync", self.session);
        let answer = self.ask("POST", &path, &json!({ "script": script, "args": [] }));
        answer["value"].as_u64().unwrap_or(0)
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        let value = answer["value"].clone();
        if value["error"].is_string() {
            panic!("{method} {path} {body}: {value}\n{}", self.state());
        }
        value
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let body = if method == "GET" {
            String::new()
        } else {
            body.to_string()
        };
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}",
            self.port
        )
        .unwrap();
        // The driver keeps connections open, whatever it is asked.
        let mut answer = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            answer.read_line(&mut line).unwrap();
            let line = line.trim().to_ascii_lowercase();
            if let Some(bytes) = line.strip_prefix("content-length:") {
                length = bytes.trim().parse().unwrap();
            }
            if line.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    pub(super) fn here(&self, method: &str, path: &str, body: &Value) -> Value {
        self.call(method, &format!("/session/{}{path}", self.session), body)
    }

    /// What the screen and the console said, for a test that fails.
    fn state(&self) -> String {
        if self.session.is_empty() {
            return String::new();
        }
        let script = json!({ "script": "return document.body.innerText", "args": [] });
        let path = format!("/session/{}", self.session);
        let text = self.ask("POST", &format!("{path}/execute/sync"), &script);
        let console = self.ask(
            "POST",
            &format!("{path}/se/log"),
            &json!({ "type": "browser" }),
        );
        format!("screen: {}\nconsole: {}", text["value"], console["value"])
    }

    pub(super) fn go(&self, url: &str) {
        self.here("POST", "/url", &json!({ "url": url }));
    }

    pub(super) fn reload(&self) {
        self.here("POST", "/refresh", &json!({}));
    }

    /// The tab in which everything happens now.
    pub(super) fn tab(&self) -> Tab {
        let handle = self.here("GET", "/window", &Value::Null);
        Tab(handle.as_str().unwrap().to_owned())
    }

    /// Opens a page in a tab of its own and goes on there.
    pub(super) fn open_tab(&self, url: &str) -> Tab {
        let opened = self.here("POST", "/window/new", &json!({ "type": "tab" }));
        let tab = Tab(opened["handle"].as_str().unwrap().to_owned());
        self.switch(&tab);
        self.go(url);
        tab
    }

    /// Goes on in this tab.
    pub(super) fn switch(&self, tab: &Tab) {
        self.here("POST", "/window", &json!({ "handle": tab.0 }));
    }

    /// Closes the tab; somebody has to [`switch`](Self::switch) to another one.
    pub(super) fn close_tab(&self) {
        self.here("DELETE", "/window", &json!({}));
    }

    /// Kills what runs in the tab, without a word to it; somebody has to [`switch`](Self::switch) to another one.
    pub(super) fn kill_tab(&self) {
        let body = json!({ "cmd": "Page.crash", "params": {} });
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        // Nobody is left who could answer.
        self.ask("POST", &path, &body);
    }

    /// Kills the browser, without a word to anything that runs in it.
    pub(super) fn kill(self) {
        let driver = self.driver.id().to_string();
        let killed = Command::new("pkill")
            .args(["-KILL", "-P", &driver])
            .status();
        assert!(killed.unwrap().success(), "the driver has no browser");
    }

    /// Lends the page this much room on the disk, or as much as there is.
    pub(super) fn has_quota(&self, bytes: Option<u64>) {
        let origin = self.run("return location.origin");
        let mut quota = json!({ "origin": origin });
        if let Some(bytes) = bytes {
            quota["quotaSize"] = bytes.into();
        }
        self.devtools("Storage.overrideQuotaForOrigin", &quota);
    }

    /// Presses these keys at once, wherever the focus is.
    pub(super) fn strike(&self, keys: &str) {
        let key = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let down = keys.chars().map(|it| key("keyDown", it));
        let up = keys.chars().rev().map(|it| key("keyUp", it));
        let actions: Vec<Value> = down.chain(up).collect();
        let hands = json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] });
        self.here("POST", "/actions", &hands);
    }

    /// Waits for an element by XPath.
    fn find(&self, path: &str) -> String {
        let found = self.here(
            "POST",
            "/element",
            &json!({ "using": "xpath", "value": path }),
        );
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    /// Clicks on a button by what it says.
    pub(super) fn press(&self, words: &str) {
        self.click(&format!(
            "//button[normalize-space()={words:?} and not(@disabled)]"
        ));
    }

    /// Clicks on an element that has come to rest: the driver aims before it clicks, and would miss what moves on.
    pub(super) fn click(&self, path: &str) {
        let mut last = (String::new(), Value::Null);
        let resting = looks(LOOKS, PAUSE, || {
            let element = self.find(path);
            let place = format!("/session/{}/element/{element}/rect", self.session);
            // Whoever is drawn anew in between has no place, and is looked for again.
            let place = self.ask("GET", &place, &Value::Null)["value"].take();
            let before = std::mem::replace(&mut last, (element, place));
            (before == last && last.1["error"].is_null()).then(|| last.0.clone())
        });
        let element = resting.unwrap_or_else(|| panic!("{path} does not come to rest"));
        self.here("POST", &format!("/element/{element}/click"), &json!({}));
    }

    /// Types into the field with this id.
    pub(super) fn write(&self, id: &str, text: &str) {
        let element = self.find(&format!("//*[@id={id:?}]"));
        let body = json!({ "text": text });
        self.here("POST", &format!("/element/{element}/value"), &body);
    }

    /// Waits until some element shows exactly this text, and gives nothing else back.
    pub(super) fn sees(&self, text: &str) {
        self.find(&format!("//*[normalize-space(text())={text:?}]"));
    }

    /// The text of the element with this id, when it shows some: in a dialog that only begins to fade in there is none.
    pub(super) fn text(&self, id: &str) -> String {
        let path = format!("//*[@id={id:?} and normalize-space()]");
        let shown = looks(LOOKS, PAUSE, || {
            let element = self.find(&path);
            let place = format!("/session/{}/element/{element}/text", self.session);
            let text = self.ask("GET", &place, &Value::Null)["value"].take();
            text.as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        });
        shown.unwrap_or_else(|| panic!("{id} shows no text\n{}", self.state()))
    }

    /// Runs a script; its `return` comes back.
    pub(super) fn run(&self, script: &str) -> Value {
        self.here(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": [] }),
        )
    }

    /// Runs a script that ends by calling `done`; what it is called with comes back.
    pub(super) fn wait_for(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        let body = json!({ "script": script, "args": [] });
        self.here("POST", "/execute/async", &body)
    }

    /// Waits until an expression is true in the page. It is asked from here again and again: a script that waits in a page
    /// is lost when the page begins anew, and may hold the driver up with it.
    pub(super) fn until(&self, expression: &str) {
        let body = json!({ "script": format!("return Boolean({expression})"), "args": [] });
        let path = format!("/session/{}/execute/sync", self.session);
        let mut last = Value::Null;
        let seen = looks(LOOKS, PAUSE, || {
            // Between two pages there is nobody to ask, and that is an error.
            last = self.ask("POST", &path, &body)["value"].take();
            (last == true).then_some(())
        });
        if seen.is_none() {
            panic!("{expression}: {last}\n{}", self.state());
        }
    }

    /// What the console complained about since the last question: scripts, policies, missing files.
    pub(super) fn complaints(&self) -> Vec<String> {
        let lines = self.here("POST", "/se/log", &json!({ "type": "browser" }));
        let lines = lines.as_array().unwrap().iter();
        lines
            .filter(|line| matches!(line["level"].as_str(), Some("SEVERE" | "WARNING")))
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let looked_at = !std::thread::panicking() && !self.damaged.get();
        let unreadable = if looked_at { self.unreadable() } else { 0 };
        // The browser ends with its session; one whose driver is killed lives on. A test that fails comes here as well.
        let end = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\n\r\n",
            self.session, self.port
        );
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
            let _ = stream.write_all(end.as_bytes());
            let _ = stream.read(&mut [0]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        assert_eq!(unreadable, 0, "lines that cannot be read");
    }
}
