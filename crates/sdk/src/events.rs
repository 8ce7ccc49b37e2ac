//! What happens, line by line.

use std::collections::VecDeque;

use client::{
    Client, Link, bot,
    engine::{Engine, api::Event},
};
use serde_json::{Value, json};
use tokio::sync::{
    Mutex,
    broadcast::{Receiver, error::RecvError},
    watch,
};
use wasm_bindgen::prelude::wasm_bindgen;

/// One listener.
#[wasm_bindgen]
pub struct Events(Mutex<Listener>);

struct Listener {
    client: Client<Engine>,
    events: Receiver<Event>,
    link: watch::Receiver<Link>,
    /// An event may be several lines.
    lines: VecDeque<Value>,
}

impl Events {
    pub(crate) fn of(client: &Client<Engine>) -> Self {
        let mut link = client.link();
        // Whoever begins to listen is told where the connection stands.
        link.mark_changed();
        Self(Mutex::new(Listener {
            client: client.clone(),
            events: client.events(),
            link,
            lines: VecDeque::new(),
        }))
    }
}

#[wasm_bindgen]
impl Events {
    /// The next line; none when the client has ended.
    pub async fn next(&self) -> Option<String> {
        self.0
            .lock()
            .await
            .next()
            .await
            .map(|line| line.to_string())
    }
}

impl Listener {
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            tokio::select! {
                // What led to a change of the connection is told before it.
                biased;
                event = self.events.recv() => match event {
                    Ok(event) => self.lines.extend(bot::lines(&self.client, &event).await.ok()?),
                    Err(RecvError::Lagged(_)) => return Some(json!({ "event": "missed" })),
                    Err(RecvError::Closed) => return None,
                },
                changed = self.link.changed() => {
                    changed.ok()?;
                    let link = *self.link.borrow_and_update();
                    self.lines.extend(word(link).map(|word| json!({ "event": word })));
                }
            }
        }
    }
}

const fn word(link: Link) -> Option<&'static str> {
    match link {
        Link::Online => Some("online"),
        Link::Offline | Link::Unreadable => Some("offline"),
        Link::Stopped => Some("stopped"),
        // An end of the session is an event of its own.
        Link::Connecting | Link::SignedOut => None,
    }
}
