//! The rules of Mozilla's HTTP Observatory for the page, on the answers of a server over TLS. 100 points to begin with, less for
//! each thing that is missing, and more for what goes beyond; 100 and above is an A+.

use reqwest::{Response, header};

use super::{NAMED, installed};
use crate::{
    authority::https,
    world::{TLS, World},
};

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// The sources that a policy gives a directive, or else the default.
fn sources<'a>(policy: &'a str, directive: &str) -> Vec<&'a str> {
    let find = |name: &str| {
        let mut directives = policy.split(';').map(str::trim);
        directives.find_map(|it| it.strip_prefix(name)?.strip_prefix(' '))
    };
    let found = find(directive).or_else(|| find("default-src"));
    found.unwrap_or("*").split_whitespace().collect()
}

fn policy(policy: &str) -> i32 {
    let scripts = sources(policy, "script-src");
    let unsafe_scripts = [
        "*",
        "https:",
        "http:",
        "data:",
        "'unsafe-inline'",
        "'unsafe-eval'",
    ];
    let styles = sources(policy, "style-src");
    if scripts.iter().any(|it| unsafe_scripts.contains(it)) {
        return -20;
    }
    if styles.contains(&"'unsafe-inline'") {
        return 0;
    }
    if sources(policy, "default-src") == ["'none'"] {
        10
    } else {
        5
    }
}

fn transport(hsts: &str) -> i32 {
    let age = hsts
        .split(';')
        .find_map(|it| it.trim().strip_prefix("max-age="));
    match age.and_then(|age| age.parse::<u64>().ok()) {
        Some(age) if age >= 15_768_000 => 0,
        Some(_) => -10,
        None => -20,
    }
}

/// Every script of the page is of this server, and named by its hash.
fn scripts(page: &str) -> i32 {
    let tags: Vec<_> = page.split("<script").skip(1).collect();
    assert!(
        !tags.is_empty(),
        "a page without a script says nothing of this rule"
    );
    let whole = |tag: &str| {
        let tag = tag.split('>').next().unwrap();
        tag.contains("integrity=\"sha") && !tag.contains("src=\"http")
    };
    if tags.iter().all(|tag| whole(tag)) {
        5
    } else {
        -5
    }
}

async fn score(world: &World) -> Vec<(&'static str, i32)> {
    let client = https(world.path()).build().unwrap();
    let answer = client.get(format!("{}/", world.url)).send().await.unwrap();
    let csp = header(&answer, "content-security-policy").to_owned();
    let is = |is: bool, yes, no| if is { yes } else { no };
    let mut points = vec![
        ("Content-Security-Policy", policy(&csp)),
        (
            "Strict-Transport-Security",
            transport(header(&answer, "strict-transport-security")),
        ),
        (
            "Referrer-Policy",
            is(header(&answer, "referrer-policy") == "no-referrer", 5, 0),
        ),
        (
            "X-Content-Type-Options",
            is(
                header(&answer, "x-content-type-options") == "nosniff",
                0,
                -5,
            ),
        ),
        (
            "frames",
            is(sources(&csp, "frame-ancestors") == ["'none'"], 5, -20),
        ),
        (
            "Cross-Origin-Resource-Policy",
            is(
                header(&answer, "cross-origin-resource-policy") == "same-origin",
                10,
                0,
            ),
        ),
        (
            "other origins",
            is(
                header(&answer, "access-control-allow-origin").is_empty(),
                0,
                -50,
            ),
        ),
        (
            "cookies",
            is(!answer.headers().contains_key(header::SET_COOKIE), 0, -20),
        ),
    ];
    let plain = world.url.replace("https://", "http://");
    let moved = client.get(plain).send().await.unwrap();
    let to_https = header(&moved, "location").starts_with("https://");
    points.push(("redirection", is(to_https, 0, -20)));
    points.push(("integrity", scripts(&answer.text().await.unwrap())));
    points
}

#[test]
fn the_rules_of_the_observatory_give_an_a_plus() {
    if installed().is_none() {
        return;
    }
    let (world, _authority) = World::over_tls(TLS);
    world.stop_server();
    world.start_server(NAMED);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let points = runtime.block_on(score(&world));
    assert!(points.iter().all(|(_, points)| *points >= 0), "{points:?}");
    let score = 100 + points.iter().map(|(_, points)| points).sum::<i32>();
    assert!(score >= 135, "{score}: {points:?}");
}

#[test]
fn the_rules_notice_what_is_weak() {
    assert_eq!(policy("default-src 'none'; script-src 'self'"), 10);
    assert_eq!(policy("default-src 'self'"), 5);
    assert_eq!(
        policy("default-src 'none'; script-src 'self' 'unsafe-inline'"),
        -20
    );
    assert_eq!(policy(""), -20);
    assert_eq!(transport("max-age=3600"), -10);
    assert_eq!(transport(""), -20);
    assert_eq!(scripts("<script src=\"https://a.example/x.js\">"), -5);
}
