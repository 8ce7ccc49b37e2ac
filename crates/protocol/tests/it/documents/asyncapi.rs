//! AsyncAPI 3.0 of all events.

use serde_json::{Map, Value, json};

use super::{
    schemas::{self, reference},
    table::{Row, rows, summary, types, words},
};

const SECTION: &str = "\n## 4. Events\n";

pub(super) fn document() -> Value {
    let rows = rows(SECTION);
    let (mut messages, mut operations) = (Map::new(), Map::new());
    for row in &rows {
        let [from, payload, answer] = row.cells.as_slice() else {
            panic!("{}: a row has four cells", row.name);
        };
        messages.insert(row.name.to_owned(), message(row, payload));
        if matches!(*from, "client" | "both") {
            let answer = types(answer).first().copied();
            if let Some(answer) = answer {
                let name = format!("{}_acknowledged", row.name);
                messages.insert(name, acknowledgement(answer));
            }
            let name = format!("send_{}", row.name);
            operations.insert(name, operation("receive", row.name, answer.is_some()));
        }
        if matches!(*from, "server" | "both") {
            let name = format!("tell_{}", row.name);
            operations.insert(name, operation("send", row.name, false));
        }
    }
    let references: Map<_, _> = messages
        .keys()
        .map(|name| {
            (
                name.clone(),
                json!({ "$ref": format!("#/components/messages/{name}") }),
            )
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Secure Chat: events",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT" },
            "description": "Socket.IO protocol 5 at the path /socket.io/, namespace /, transports websocket and polling. Every event of a client is acknowledged: with its answer, or with an ErrorBody, told apart by the field `code`. The requests have a document of their own, openapi.json beside this one.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "events": {
                "address": "/socket.io/",
                "description": "One connection of one session.",
                "messages": references,
            },
        },
        "operations": operations,
        "components": { "schemas": schemas::named_in(&messages.clone().into()), "messages": messages },
    })
}

fn message(row: &Row, payload: &'static str) -> Value {
    let words = words(row.name);
    let payload = types(payload)[0];
    json!({
        "name": row.name,
        "summary": summary(&words),
        "description": words,
        "payload": reference(payload),
    })
}

fn acknowledgement(of: &str) -> Value {
    json!({
        "summary": "The acknowledgement",
        "payload": { "anyOf": [reference(of), reference("ErrorBody")] },
    })
}

/// `action` is the server's side of it.
fn operation(action: &str, event: &str, answered: bool) -> Value {
    let channel = json!({ "$ref": "#/channels/events" });
    let message = |name: &str| json!({ "$ref": format!("#/channels/events/messages/{name}") });
    let mut operation = json!({
        "action": action,
        "channel": channel,
        "messages": [message(event)],
    });
    if answered {
        operation["reply"] = json!({
            "channel": channel,
            "messages": [message(&format!("{event}_acknowledged"))],
        });
    }
    operation
}
