//! `verify-web`: whether a server gives browsers the web client of a release, byte for byte. A browser runs what it is given,
//! so this is asked from another machine, and by a program that did not come from that server.

mod manifest;

use client::{
    engine::{Engine, api::Failure},
    native::{Browsing, Page},
};
use protocol::error::ErrorCode;
use serde_json::json;

use self::manifest::{Manifest, PAGE};
use crate::{
    args::{Global, WebCheck},
    exit::Problem,
    output::{Output, clean_line},
    session::Session,
};

/// Far more than a file of the web client has.
const FILE_BYTES: usize = 32 * 1024 * 1024;
/// What browsers accept, then each form by itself.
const FORMS: [Option<&str>; 3] = [Some("gzip, deflate, br, zstd"), Some("gzip"), None];
/// Where the page is given: by itself, and behind links into rooms and between devices.
const PAGE_PATHS: [&str; 3] = ["/", "/join", "/link"];
/// They lead a browser elsewhere, or have it load something beside the page.
const LEADING: [&str; 3] = ["refresh", "link", "speculation-rules"];

/// What scripts may do.
const POLICY: &str = "content-security-policy";

/// Something that a server gives otherwise than it should.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    says: String,
}

pub(super) async fn run(global: &Global, output: Output, check: WebCheck) -> Result<(), Problem> {
    let manifest = match &check.manifest {
        Some(path) => Manifest::read(path)?,
        None => Manifest::own()?,
    };
    if check.list {
        return list(output, &manifest);
    }
    let (server, looks) = match check.url()? {
        Some(url) => (url.to_string(), vec![Browsing::new(url, None)?]),
        None => of_account(global).await?,
    };
    let mut findings = Vec::new();
    for look in &looks {
        for finding in compare(look, &manifest).await? {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    tell(output, &server, &manifest, looks.len(), &findings)
}

fn list(output: Output, manifest: &Manifest) -> Result<(), Problem> {
    manifest
        .lines()
        .try_for_each(|line| output.line(&line, || json!({ "line": line })))
}

/// The server of this home, as nobody and as the account's own browser: so that what is given to one account alone is seen.
async fn of_account(global: &Global) -> Result<(String, Vec<Browsing>), Problem> {
    let session = Session::synced(global).await?;
    let token = session
        .client
        .read(|engine| Engine::session_token(engine).map(str::to_owned));
    let token = token.await?;
    let url = session.url().clone();
    let name = url.to_string();
    session.finish().await?;
    let looks = vec![
        Browsing::new(url.clone(), None)?,
        Browsing::new(url, token)?,
    ];
    Ok((name, looks))
}

/// Everything, in every form.
async fn compare(look: &Browsing, manifest: &Manifest) -> Result<Vec<Finding>, Problem> {
    let mut findings = Vec::new();
    for name in manifest.plain() {
        let own = [format!("/{name}")];
        let pages = PAGE_PATHS.map(str::to_owned);
        let paths: &[String] = if name == PAGE { &pages } else { &own };
        for path in paths {
            if let Some(says) = difference(look, path, name, manifest).await? {
                let path = path.clone();
                findings.push(Finding { path, says });
            }
        }
    }
    Ok(findings)
}

/// What is wrong with one file, in whatever form and however often somebody comes.
async fn difference(
    look: &Browsing,
    path: &str,
    name: &str,
    manifest: &Manifest,
) -> Result<Option<String>, Problem> {
    for form in FORMS {
        let first = match look.look(path, form, FILE_BYTES).await {
            Err(failure) => return longer(failure),
            Ok(page) => page,
        };
        if let Some(says) = wrong(&first, name, manifest) {
            return Ok(Some(says));
        }
        let again = match look.look_again(path, form, FILE_BYTES, &first).await {
            Err(failure) => return longer(failure),
            Ok(page) => page,
        };
        let says = again.and_then(|page| wrong_again(&page, name, manifest));
        if let Some(says) = says {
            return Ok(Some(format!("{says}, for a browser that was there before")));
        }
    }
    Ok(None)
}

/// An answer without an end is another file; any other failure is none of the file's.
fn longer(failure: Failure) -> Result<Option<String>, Problem> {
    match failure.code {
        ErrorCode::BadAnswer => Ok(Some("is something else, and longer".to_owned())),
        _ => Err(failure.into()),
    }
}

/// What is wrong with one answer.
fn wrong(page: &Page, name: &str, manifest: &Manifest) -> Option<String> {
    if page.status != 200 {
        return Some(format!("is answered with {}", page.status));
    }
    let encoding = page.header("content-encoding");
    let encoding = encoding.as_deref();
    if !manifest.holds(name, encoding, &page.body) {
        return Some(match encoding {
            Some(encoding) => format!("has other bytes, packed as {}", clean_line(encoding)),
            None => "has other bytes".to_owned(),
        });
    }
    if let Some(says) = leads(page) {
        return Some(says);
    }
    let is_other = name == PAGE && page.header(POLICY).as_deref() != Some(&manifest.policy);
    is_other.then(other_policy)
}

/// What is wrong with an answer to somebody who has the file. That it counts still says no more of it than its head, which
/// a browser puts in the place of the one that it kept.
fn wrong_again(page: &Page, name: &str, manifest: &Manifest) -> Option<String> {
    if page.status != 304 {
        return wrong(page, name, manifest);
    }
    if let Some(says) = leads(page) {
        return Some(says);
    }
    let policy = page.header(POLICY);
    let is_other = name == PAGE && policy.is_some_and(|policy| policy != manifest.policy);
    is_other.then(other_policy)
}

fn leads(page: &Page) -> Option<String> {
    let header = LEADING.iter().find(|name| page.header(name).is_some())?;
    Some(format!(
        "comes with a header \"{header}\", which leads elsewhere"
    ))
}

fn other_policy() -> String {
    "lets scripts do other things (Content-Security-Policy)".to_owned()
}

fn tell(
    output: Output,
    server: &str,
    manifest: &Manifest,
    looks: usize,
    findings: &[Finding],
) -> Result<(), Problem> {
    for Finding { path, says } in findings {
        output.line(
            &format!("{path} {says}"),
            || json!({ "path": path, "says": says }),
        )?;
    }
    if !findings.is_empty() {
        return Err(Problem::of(ErrorCode::WebClientChanged));
    }
    let files = manifest.plain().count();
    let whom = if looks > 1 {
        "anybody and your account"
    } else {
        "anybody"
    };
    let text = format!(
        "What {server} gives {whom} is the web client of the list: {files} files, each byte the same."
    );
    output.line(
        &text,
        || json!({ "server": server, "files": files, "as_account": looks > 1 }),
    )
}
