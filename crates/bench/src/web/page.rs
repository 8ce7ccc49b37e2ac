//! What somebody does on the page, and how long the page takes for it.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not there"
)]

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::browser::Browser;

/// Good enough for the password rule.
const PASSWORD: &str = "marble tugboat whispers 42";

/// Runs in every page before its own code.
const HELP: &str = include_str!("help.js");

impl Browser {
    /// Opens an address; every page from now on notes when it is usable and which tasks took long.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub(super) async fn go(&mut self, url: &str) -> Result<()> {
        let went = self.ask("Page.navigate", json!({ "url": url })).await?;
        match went["errorText"].as_str() {
            Some(why) => bail!("{url}: {why}"),
            None => Ok(()),
        }
    }

    /// Puts the help into every page that is opened from now on.
    ///
    /// # Errors
    /// As [`Browser::ask`].
    pub(super) async fn prepare(&mut self) -> Result<()> {
        let method = "Page.addScriptToEvaluateOnNewDocument";
        self.ask(method, json!({ "source": HELP })).await.map(drop)
    }

    /// What an expression gives, or what its promise ends with.
    ///
    /// # Errors
    /// The page throws.
    pub(super) async fn run(&mut self, expression: &str) -> Result<Value> {
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut ran = self.ask("Runtime.evaluate", parameters).await?;
        if !ran["exceptionDetails"].is_null() {
            bail!("{expression}: {}", ran["exceptionDetails"]);
        }
        Ok(ran["result"]["value"].take())
    }

    /// A number that an expression gives.
    ///
    /// # Errors
    /// As [`Browser::run`]; it is none.
    pub(super) async fn number(&mut self, expression: &str) -> Result<f64> {
        let value = self.run(expression).await?;
        value
            .as_f64()
            .with_context(|| format!("{expression}: {value}"))
    }

    /// Waits until an expression is true.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn until(&mut self, expression: &str) -> Result<()> {
        self.run(&format!("until(() => {expression})"))
            .await
            .map(drop)
    }

    /// Does something and waits until an expression is true and drawn; milliseconds.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn takes(&mut self, action: &str, expression: &str) -> Result<f64> {
        self.number(&format!("takes(() => {{ {action} }}, () => {expression})"))
            .await
    }

    /// Waits for a button that says this, and presses it.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn press(&mut self, words: &str) -> Result<()> {
        let press = format!("until(() => button({words:?})).then(() => button({words:?}).click())");
        self.run(&press).await.map(drop)
    }

    /// Writes into a field.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn write(&mut self, id: &str, text: &str) -> Result<()> {
        let write = format!("until(() => byId({id:?})).then(() => write({id:?}, {text:?}))");
        self.run(&write).await.map(drop)
    }

    /// Makes an account on the page that is open.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn register(&mut self, user: &str) -> Result<()> {
        self.write("user", user).await?;
        self.write("password", PASSWORD).await?;
        self.press("Create account").await?;
        self.until("byId('recovery-code')?.textContent").await?;
        self.run("window.code = byId('recovery-code').textContent")
            .await?;
        self.press("I have kept it").await?;
        self.until("byId('code-group')").await?;
        self.run("write('code-group', askedGroup())").await?;
        self.press("Go on").await?;
        self.until("document.querySelector('nav')").await
    }

    /// Makes a room and gives a link into it.
    ///
    /// # Errors
    /// As [`Browser::run`].
    pub(super) async fn room_with_link(&mut self, name: &str) -> Result<String> {
        self.press("New room").await?;
        self.write("room-name", name).await?;
        self.press("Create room").await?;
        self.until(&format!("heading() === {name:?}")).await?;
        self.press("Invite").await?;
        self.press("Make a link").await?;
        self.until("byId('invite-link')?.textContent").await?;
        let link = self.run("byId('invite-link').textContent").await?;
        self.press("Close").await?;
        link.as_str().map(str::to_owned).context("no link")
    }
}
