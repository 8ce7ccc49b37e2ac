//! Chromium with an empty profile, driven by its own protocol: WebDriver does not say how many bytes came.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not there"
)]

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::load::{
    socket::{self, Reader, Writer},
    wire::Wire,
};

/// An answer that takes longer does not come.
const PATIENCE: Duration = Duration::from_secs(600);

const ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-proxy-server",
    "--window-size=1280,900",
    "--remote-debugging-port=0",
];

/// A browser with one page; it ends with this value.
pub(super) struct Browser {
    child: Child,
    writer: Writer,
    reader: Reader,
    session: String,
    number: u64,
    /// Bytes of everything that the page has loaded, as they came over the wire.
    pub(super) bytes: u64,
    profile: TempDir,
}

impl Browser {
    /// Starts a browser and opens an empty page.
    ///
    /// # Errors
    /// There is no Chromium, or it does not answer.
    pub(super) async fn start() -> Result<Self> {
        let profile = tempfile::tempdir().context("no place for the browser's profile")?;
        let mut child = Command::new("chromium")
            .args(ARGUMENTS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start chromium (Debian: apt-get install chromium)")?;
        let stderr = child.stderr.take().context("chromium says nothing")?;
        let (port, path) = address(BufReader::new(stderr))?;
        let (writer, reader) = socket::open(&Wire::plain(port), &path).await?;
        let mut browser = Self {
            child,
            writer,
            reader,
            session: String::new(),
            number: 0,
            bytes: 0,
            profile,
        };
        let blank = json!({ "url": "about:blank" });
        let target = browser.ask("Target.createTarget", blank).await?;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.ask("Target.attachToTarget", attach).await?;
        let session = attached["sessionId"].as_str();
        browser.session = session.context("no session")?.to_owned();
        for domain in ["Page.enable", "Network.enable"] {
            browser.ask(domain, json!({})).await?;
        }
        Ok(browser)
    }

    /// Where it keeps what it keeps.
    pub(super) fn profile(&self) -> &std::path::Path {
        self.profile.path()
    }

    /// Asks the browser, or its page once there is one.
    ///
    /// # Errors
    /// It refuses, or is gone.
    pub(super) async fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.number += 1;
        let mut question = json!({ "id": self.number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            question["sessionId"] = self.session.as_str().into();
        }
        self.writer.send(question.to_string()).await?;
        let answer = timeout(PATIENCE, self.answer()).await;
        answer.with_context(|| format!("{method}: no answer"))?
    }

    async fn answer(&mut self) -> Result<Value> {
        loop {
            let mut said: Value = serde_json::from_str(&self.reader.next().await?)?;
            if said["method"] == "Network.loadingFinished" {
                let length = said["params"]["encodedDataLength"].as_f64();
                self.bytes += whole(length.unwrap_or_default());
            }
            if said["id"] != self.number {
                continue;
            }
            if !said["error"].is_null() {
                bail!("{}", said["error"]);
            }
            return Ok(said["result"].take());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where the browser listens: it says so on a line of its own.
fn address(stderr: impl BufRead + Send + 'static) -> Result<(u16, String)> {
    let mut lines = stderr.lines();
    let found = lines.find_map(|line| {
        let line = line.ok()?;
        let (_, rest) = line.split_once("ws://127.0.0.1:")?;
        let (port, path) = rest.split_once('/')?;
        Some((port.parse().ok()?, format!("/{path}")))
    });
    // What it complains about later is read as well, so that it never waits for a reader.
    std::thread::spawn(move || lines.for_each(drop));
    found.context("chromium does not say where it listens")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of bytes; casts of floats saturate"
)]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}
