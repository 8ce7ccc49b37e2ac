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
const LEADING: [&str; 2] = ["refresh", "link"];

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
            for form in FORMS {
                let says = match look.look(path, form, FILE_BYTES).await {
                    Ok(page) => wrong(&page, name, manifest),
                    Err(Failure {
                        code: ErrorCode::BadAnswer,
                        ..
                    }) => Some("is something else, and longer".to_owned()),
                    Err(failure) => return Err(failure.into()),
                };
                let path = path.clone();
                if let Some(says) = says {
                    findings.push(Finding { path, says });
                    break;
                }
            }
        }
    }
    Ok(findings)
}

/// What is wrong with one answer.
fn wrong(page: &Page, name: &str, manifest: &Manifest) -> Option<String> {
    if page.status != 200 {
        return Some(format!("is answered with {}", page.status));
    }
    let encoding = page.header("content-encoding");
    if !manifest.holds(name, encoding, &page.body) {
        return Some(match encoding {
            Some(encoding) => format!("has other bytes, packed as {}", clean_line(encoding)),
            None => "has other bytes".to_owned(),
        });
    }
    let leading = LEADING.iter().find(|name| page.header(name).is_some());
    if let Some(header) = leading {
        return Some(format!(
            "comes with a header \"{header}\", which leads elsewhere"
        ));
    }
    let policy = page.header("content-security-policy");
    let is_other = name == PAGE && policy != Some(&manifest.policy);
    is_other.then(|| "lets scripts do other things (Content-Security-Policy)".to_owned())
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
