//! The documents of the API against the server that serves them.

use std::{collections::BTreeSet, fs, path::Path};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::world::World;

const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

async fn text(world: &World, path: &str) -> (String, String, String) {
    let answer = world.http.get(world.url(path)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    let header = |name: header::HeaderName| {
        let value = answer.headers().get(name).unwrap();
        value.to_str().unwrap().to_owned()
    };
    let (kind, policy) = (
        header(header::CONTENT_TYPE),
        header(header::CONTENT_SECURITY_POLICY),
    );
    (kind, policy, answer.text().await.unwrap())
}

async fn openapi(world: &World) -> Value {
    let (kind, _, text) = text(world, "/api/docs/openapi.json").await;
    assert_eq!(kind, "application/json");
    serde_json::from_str(&text).unwrap()
}

/// `METHOD path`, with everything in braces alike.
fn named(method: &str, path: &str) -> String {
    let mut name = format!("{method} ");
    let mut inside = false;
    for character in path.chars() {
        inside = (inside || character == '{') && character != '}';
        if !inside {
            name.push(character);
        }
    }
    name
}

fn documented(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(move |method| named(method, path))
    });
    operations.collect()
}

/// What is served and no part of the API: the page, its files, and the documents themselves.
const BESIDE: [&str; 4] = ["/", "/join", "/link", "/assets/{name}"];

/// The routes as they stand in the source.
fn routed() -> BTreeSet<String> {
    let mut routed = BTreeSet::new();
    let mut places = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http")];
    while let Some(place) = places.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                places.push(path);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for route in source.split(".route(").skip(1) {
                let (_, route) = route.split_once('"').unwrap();
                let (path, handlers) = route.split_once('"').unwrap();
                let handlers = handlers.split(".route(").next().unwrap();
                let handlers = handlers.split(".merge(").next().unwrap();
                if BESIDE.contains(&path) || path.starts_with("/api/docs") {
                    continue;
                }
                for method in METHODS {
                    let word = format!("{method}(");
                    let starts = handlers.match_indices(&word);
                    let is_one = |(at, _): (usize, &str)| {
                        let before = handlers[..at].chars().next_back();
                        before.is_none_or(|it| !it.is_alphanumeric() && !matches!(it, '_' | ':'))
                    };
                    if starts.into_iter().any(is_one) {
                        routed.insert(named(method, path));
                    }
                }
            }
        }
    }
    routed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_documented_and_nothing_else() {
    let world = World::new().await;
    let document = openapi(&world).await;
    let (documented, routed) = (documented(&document), routed());
    assert!(routed.len() > 60, "{routed:?}");
    let unsaid: Vec<_> = routed.difference(&documented).collect();
    assert!(unsaid.is_empty(), "not documented: {unsaid:?}");
    let made_up: Vec<_> = documented.difference(&routed).collect();
    assert!(made_up.is_empty(), "does not exist: {made_up:?}");
}

/// A path with something in the place of each name.
fn filled(path: &str) -> String {
    path.replace("{id}", &"a".repeat(32))
        .replace("{token_id}", &"a".repeat(32))
        .replace("{meeting_id}", &"a".repeat(32))
        .replace("{account_id}", &"a".repeat(32))
        .replace("{link_id}", &"a".repeat(32))
        .replace("{blob_id}", &"a".repeat(32))
        .replace("{name}", "somebody")
        .replace("{room_id}", "7")
        .replace("{invite_id}", "7")
        .replace("{seq}", "1")
        .replace("{index}", "0")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_ask_is_as_the_document_says() {
    let world = World::new().await;
    let document = openapi(&world).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let body = operation.get("requestBody").map(|_| json!({}));
            let answer = world.call(name, &filled(path), None, body.as_ref()).await;
            let needs_session = operation.get("security").is_some();
            let refused = answer.status == StatusCode::UNAUTHORIZED;
            assert_eq!(refused, needs_session, "{method} {path}: {}", answer.body);
        }
        for method in METHODS.iter().filter(|it| item.get(**it).is_none()) {
            let name = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = world.call(name, &filled(path), None, None).await;
            assert_eq!(answer.code(), "METHOD_NOT_ALLOWED", "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_of_the_documents_asks_nobody_else_and_runs_nothing() {
    let world = World::new().await;
    let (kind, policy, page) = text(&world, "/api/docs").await;
    assert_eq!(kind, "text/html; charset=utf-8");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'self';"),
        "{policy}"
    );
    assert!(!page.contains("<script") && !page.contains("javascript:"));
    let places = page
        .split("href=\"")
        .skip(1)
        .chain(page.split("src=\"").skip(1));
    for place in places {
        let place = place.split('"').next().unwrap();
        assert!(
            place.starts_with("/api/docs/") || place.starts_with('#'),
            "{place}"
        );
        if let Some(id) = place.strip_prefix('#') {
            assert!(page.contains(&format!("id=\"{id}\"")), "{id} leads nowhere");
        }
    }
    let (kind, _, _) = text(&world, "/api/docs/style.css").await;
    assert_eq!(kind, "text/css; charset=utf-8");
    let (_, _, events) = text(&world, "/api/docs/asyncapi.json").await;
    let events: Value = serde_json::from_str(&events).unwrap();
    assert_eq!(events["asyncapi"], "3.0.0");
}
