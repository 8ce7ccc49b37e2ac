//! OpenAPI 3.1 of all requests.

use serde_json::{Map, Value, json};

use super::{
    schemas::{self, any_of, reference},
    table::{Row, rows, summary, types, words},
};

/// Bodies that may also be the fields of a form, as classic accounts send them.
const FORMS: [&str; 5] = [
    "POST /register",
    "POST /login",
    "POST /api/rooms",
    "POST /api/password",
    "POST /api/account/delete",
];

const SECTION: &str = "\n## 3. Requests\n";

pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for row in rows(SECTION) {
        let (method, path) = row.name.split_once(' ').unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[method.to_lowercase()] = operation(&row, path, query);
    }
    for (path, words) in [
        ("/healthz", "The process lives"),
        ("/readyz", "The store takes writes"),
    ] {
        paths.insert(path.to_owned(), probe(path, words));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Secure Chat",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
            "description": "The requests of a Secure Chat server. What is sealed is sealed by clients: the server carries it and cannot open it. The events over Socket.IO have a document of their own, asyncapi.json beside this one.",
        },
        "servers": [{ "url": "/" }],
        "tags": tags(),
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a session, an access token that stands for one, or an API token.",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "secure_chat",
                    "description": "The same token in a browser; over TLS its name is __Host-secure_chat.",
                },
            },
            "responses": {
                "Error": {
                    "description": "Refused. `code` says why, `error` in a sentence.",
                    "headers": {
                        "Retry-After": {
                            "description": "Whole seconds, where it is `RATE_LIMITED`.",
                            "schema": { "type": "integer", "minimum": 1 },
                        },
                    },
                    "content": { "application/json": { "schema": reference("ErrorBody") } },
                },
            },
        },
    })
}

fn tags() -> Value {
    json!([
        { "name": "accounts", "description": "Registration, login, sessions, second factors, devices, passwords." },
        { "name": "rooms", "description": "Rooms, their logs, links and side files." },
        { "name": "files", "description": "Sealed files." },
        { "name": "keys", "description": "KeyPackages, mail between devices, the vault." },
        { "name": "administration", "description": "What an administrator may do." },
        { "name": "server", "description": "What this server is, and whether it is well." },
    ])
}

fn tag(path: &str) -> &'static str {
    let of = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
    if of(&["/api/admin"]) {
        "administration"
    } else if of(&["/blobs"]) {
        "files"
    } else if of(&["/api/rooms"]) {
        "rooms"
    } else if of(&["key_packages", "/api/mail", "/api/vault"]) {
        "keys"
    } else if of(&["/api/server", "/healthz", "/readyz"]) {
        "server"
    } else {
        "accounts"
    }
}

/// `get_api_rooms_room_id_members`.
fn operation_id(name: &str) -> String {
    let plain = name.split('?').next().unwrap().to_lowercase();
    let parts = plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

fn operation(row: &Row, path: &str, query: &str) -> Value {
    let [who, body, answer] = row.cells.as_slice() else {
        panic!("{}: a row has four cells", row.name);
    };
    let words = words(row.name);
    let mut operation = json!({
        "operationId": operation_id(row.name),
        "tags": [tag(path)],
        "summary": summary(&words),
        "description": format!("{words}\n\nWho may ask: {}.", if *who == "–" { "anybody" } else { who }),
        "responses": {
            "200": { "description": "Done.", "content": content(answer, false) },
            "default": { "$ref": "#/components/responses/Error" },
        },
    });
    let parameters = parameters(path, query);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if *body != "–" {
        let form = FORMS.contains(&row.name);
        operation["requestBody"] = json!({ "required": true, "content": content(body, form) });
    }
    if *who != "–" {
        let mut any = vec![json!({ "token": [] }), json!({ "cookie": [] })];
        if who.contains(" or ") {
            any.push(json!({}));
        }
        operation["security"] = any.into();
    }
    operation
}

fn content(cell: &'static str, form: bool) -> Value {
    if cell == "octets" {
        return json!({ "application/octet-stream": {} });
    }
    let named = types(cell);
    assert!(!named.is_empty(), "{cell:?} names no type");
    let mut content = json!({ "application/json": { "schema": any_of(&named) } });
    if form {
        let classic: Vec<_> = named
            .iter()
            .filter(|name| name.starts_with("Classic"))
            .copied()
            .collect();
        content["application/x-www-form-urlencoded"] = match classic.as_slice() {
            [] => json!({ "schema": room_form() }),
            classic => json!({ "schema": any_of(classic) }),
        };
    }
    content
}

/// A room from a form: what a sealed one needs fits in no form.
fn room_form() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1 },
            "encryption": { "const": "shared_key" },
        },
        "required": ["name"],
    })
}

fn parameters(path: &str, query: &str) -> Vec<Value> {
    let in_path = path.split('{').skip(1);
    let in_path = in_path.map(|rest| rest.split('}').next().unwrap());
    let mut parameters: Vec<_> = in_path
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": schema(path, name) })
        })
        .collect();
    if let Some((name, kind)) = query.split_once('=') {
        let required = name == "name";
        let schema = if kind == "NAME" {
            json!({ "type": "string" })
        } else {
            json!({ "type": "integer", "minimum": 0, "maximum": (1_u64 << 53) - 1 })
        };
        parameters
            .push(json!({ "name": name, "in": "query", "required": required, "schema": schema }));
    }
    parameters
}

/// The schema of a part of a path.
fn schema(path: &str, name: &str) -> Value {
    let of = match name {
        "room_id" => "RoomId",
        "account_id" => "AccountId",
        "link_id" => "LinkId",
        "blob_id" => "BlobId",
        "meeting_id" => "MeetingId",
        "token_id" => "ApiTokenId",
        "invite_id" => "InviteId",
        "name" => "UserName",
        "id" => "SessionId",
        "seq" => "Seq",
        "index" => return json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        other => panic!("{path}: what is {other}?"),
    };
    reference(of)
}

fn probe(path: &str, words: &str) -> Value {
    json!({
        "get": {
            "operationId": operation_id(&format!("get {path}")),
            "tags": ["server"],
            "summary": words,
            "responses": {
                "200": { "description": words, "content": content("`Empty`", false) },
                "default": { "$ref": "#/components/responses/Error" },
            },
        },
    })
}
