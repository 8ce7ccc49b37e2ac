//! The web client over the wire: forms, caching, and what the browser is told to forbid.

use reqwest::{Method, Response, StatusCode};
use server::{Asset, Site};

use crate::world::World;

const SITE: Site = Site {
    page: Asset {
        name: "index.html",
        media_type: "text/html; charset=utf-8",
        identity: b"<!doctype html>",
        gzip: b"page gzip",
        brotli: b"page br",
    },
    assets: &[Asset {
        name: "web.0123456789abcdef.wasm",
        media_type: "application/wasm",
        identity: b"wasm",
        gzip: b"wasm gzip",
        brotli: b"wasm br",
    }],
};

const WASM: &str = "/assets/web.0123456789abcdef.wasm";

async fn with_site() -> World {
    let mut world = World::new().await;
    world.stop().await;
    world.site = Some(SITE);
    world.start().await;
    world
}

async fn get(world: &World, path: &str, accepts: Option<&str>) -> Response {
    let mut request = world.http.request(Method::GET, world.url(path));
    if let Some(accepts) = accepts {
        request = request.header("accept-encoding", accepts);
    }
    request.send().await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_browser_gets_the_form_that_it_takes() {
    let world = with_site().await;
    let rows = [
        ("/", None, "", "<!doctype html>"),
        ("/", Some("gzip, deflate, br, zstd"), "br", "page br"),
        ("/join", Some("gzip"), "gzip", "page gzip"),
        (WASM, Some("br;q=0, gzip"), "gzip", "wasm gzip"),
        (WASM, Some("br"), "br", "wasm br"),
        (WASM, Some("identity"), "", "wasm"),
    ];
    for (path, accepts, coding, body) in rows {
        let response = get(&world, path, accepts).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-encoding"), coding, "{path}");
        assert_eq!(header(&response, "vary"), "Accept-Encoding", "{path}");
        assert_eq!(
            header(&response, "content-length"),
            body.len().to_string(),
            "{path}"
        );
        assert_eq!(response.text().await.unwrap(), body, "{path}");
    }
}

#[tokio::test]
async fn hashed_names_are_kept_for_ever_and_the_page_is_asked_for_again() {
    let world = with_site().await;
    let page = get(&world, "/", None).await;
    assert_eq!(header(&page, "cache-control"), "no-cache");
    assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
    let wasm = get(&world, WASM, None).await;
    assert_eq!(
        header(&wasm, "cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(header(&wasm, "content-type"), "application/wasm");
    let missing = world.get("/assets/web.0000000000000000.wasm", None).await;
    assert_eq!(missing.code(), "NOT_FOUND");
    assert_eq!(missing.headers["cache-control"], "no-store");
    let around = world.get("/assets/..%2Findex.html", None).await;
    assert_eq!(around.code(), "NOT_FOUND");
}

#[tokio::test]
async fn the_page_runs_nothing_but_its_own_scripts() {
    let world = with_site().await;
    let page = get(&world, "/", None).await;
    let policy = header(&page, "content-security-policy");
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    assert_eq!(
        directives,
        [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "connect-src 'self'",
            "worker-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types secure-chat",
        ]
    );
    let everywhere = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ];
    for path in ["/", "/join", "/link", WASM, "/api/server"] {
        let response = get(&world, path, None).await;
        for (name, value) in everywhere {
            assert_eq!(header(&response, name), value, "{path} {name}");
        }
        assert!(!header(&response, "permissions-policy").is_empty());
    }
    // Answers that are not the page may do nothing at all.
    let api = get(&world, "/api/server", None).await;
    assert!(header(&api, "content-security-policy").starts_with("default-src 'none'; base-uri"));
}

#[tokio::test]
async fn a_program_without_the_web_client_says_so() {
    let world = World::new().await;
    for path in ["/", "/join", "/link"] {
        let page = get(&world, path, Some("br")).await;
        assert_eq!(page.status(), StatusCode::OK);
        let text = page.text().await.unwrap();
        assert!(text.contains("built without the web client"), "{text}");
    }
    assert_eq!(world.get(WASM, None).await.code(), "NOT_FOUND");
}
