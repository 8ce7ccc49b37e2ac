//! A client that runs.

use client::{
    Client,
    bot::{self, Request},
    browser::OriginLock,
    engine::{Engine, api::Failure},
    transport::ServerUrl,
};
use serde_json::{Value, json};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::{account, events::Events};

/// One device, from its opening to its end. Lines are JSON.
#[wasm_bindgen]
pub struct Chat {
    client: Client<Engine>,
    server: ServerUrl,
    /// Of the browser's store; held as long as the client.
    _lock: Option<OriginLock>,
}

impl Chat {
    pub(crate) fn new(client: Client<Engine>, server: ServerUrl, lock: Option<OriginLock>) -> Self {
        Self {
            client,
            server,
            _lock: lock,
        }
    }
}

#[wasm_bindgen]
impl Chat {
    /// A command of the bot, and its answer.
    pub async fn ask(&self, line: String) -> String {
        let answer = match bot::parse(&line) {
            Ok(Request { id, wish }) => {
                bot::answer(id, bot::run(&self.client, &self.server, wish).await)
            }
            Err(refused) => refused,
        };
        answer.to_string()
    }

    /// A command for the account itself, and its answer.
    pub async fn ask_account(&self, line: String) -> String {
        let line = Zeroizing::new(line);
        bot::answer(Value::Null, account::run(&self.client, &line).await).to_string()
    }

    /// What happens from now on.
    pub fn events(&self) -> Events {
        Events::of(&self.client)
    }

    /// Sends what waits, then ends the client and its store. Without a connection nothing is waited for: what was not sent
    /// is durable, and goes out at the next start.
    pub async fn close(&self) {
        let mut link = self.client.link();
        let away = link.wait_for(|link| *link != client::Link::Online);
        tokio::select! {
            () = self.client.idle() => {}
            _ = away => {}
        }
        self.client.close().await;
    }
}

/// Why something failed, as the line that a command would be answered with.
pub(crate) fn refusal(failure: &Failure) -> String {
    let Failure { code, sentence } = failure;
    json!({ "ok": false, "error": sentence, "code": code }).to_string()
}
