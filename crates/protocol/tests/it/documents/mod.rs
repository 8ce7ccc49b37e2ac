//! The documents of the API: OpenAPI for requests, AsyncAPI for events, and a page to read. They are made of `docs/WIRE.md`,
//! whose examples the types read, and of the types themselves; what is committed is what is made.
//!
//! `SECURE_CHAT_WRITE_DOCUMENTS=1 cargo test -p protocol documents` writes them anew.

mod asyncapi;
mod html;
mod openapi;
mod schemas;
mod table;

use std::{fs, path::Path};

use serde_json::Value;

const WRITE: &str = "SECURE_CHAT_WRITE_DOCUMENTS";

/// Compares a file of the server with what it should hold, or writes it.
fn is_committed(name: &str, made: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/api");
    let path = place.join(name);
    if std::env::var_os(WRITE).is_some() {
        fs::create_dir_all(&place).unwrap();
        fs::write(&path, made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{name} is not what the code says; write it anew with {WRITE}=1"
    );
}

fn pretty(document: &Value) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap();
    text.push('\n');
    text
}

#[test]
fn the_document_of_the_requests_is_that_of_the_code() {
    is_committed("openapi.json", &pretty(&openapi::document()));
}

#[test]
fn the_document_of_the_events_is_that_of_the_code() {
    is_committed("asyncapi.json", &pretty(&asyncapi::document()));
}

#[test]
fn the_page_shows_what_the_documents_say() {
    let page = html::page(&openapi::document(), &asyncapi::document());
    is_committed("index.html", &page);
}
