//! Scanners of other makers against the shipped server: they know what goes wrong elsewhere.

mod observatory;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{
    authority::AUTHORITY,
    world::{PASSWORD, Settings, TLS, World},
};

/// Where they are installed; none on a machine without.
#[allow(clippy::print_stderr, reason = "a test says what it does not do")]
fn installed() -> Option<PathBuf> {
    let dir = std::env::var_os("SECURE_CHAT_SCANNERS").map(PathBuf::from);
    let dir = dir.filter(|dir| dir.join("wanted").exists());
    let full = std::env::var_os("SECURE_CHAT_FULL").is_some();
    if dir.is_none() {
        assert!(!full, "the scanners are not installed");
        eprintln!("skipped: the scanners are not installed (tests/scanners/setup.sh)");
    }
    dir
}

/// Runs one; what it says.
fn scan(program: &Path, arguments: &[&str], dir: &Path) -> (bool, String) {
    let ran = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .env("NO_COLOR", "1")
        // The server is on this machine, whatever stands between it and others.
        .env("NO_PROXY", "localhost,127.0.0.1")
        .env("HOME", dir)
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (
        ran.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// Requests, at least; and how many examples of each operation make so many.
fn budget() -> (u64, &'static str) {
    if std::env::var_os("SECURE_CHAT_FULL").is_some() {
        (20_000, "220")
    } else {
        (2_000, "4")
    }
}

/// How many requests it says that it made.
fn generated(said: &str) -> u64 {
    let (_, behind) = said
        .split_once("Test cases:")
        .unwrap_or_else(|| panic!("{said}"));
    let number = behind.split_whitespace().next().unwrap();
    number.parse().unwrap_or_else(|_| panic!("{said}"))
}

/// What ends the session that asks, or the account.
const ENDINGS: &str = "^(/logout|/api/sessions.*|/api/account/delete)";

/// What a schema does not say: what exists, what was used up, how long a field may be, that a whole number is not written with
/// a point. An answer of 500 and more is accepted nowhere.
const CONFIG: &str = r#"
[auth.openapi.token]
bearer = "TOKEN"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "410", "413", "422", "429"]
"#;

#[test]
fn no_request_gets_an_answer_that_the_document_does_not_say() {
    let Some(scanners) = installed() else {
        return;
    };
    let world = World::with(&[("SECURE_CHAT_DEFAULT_ADMIN", "no")]);
    let admin = world.administrator("alice");
    admin.room_with("Kitchen", &[], &[]);
    let token = admin.ok(&["token"]);
    let config = world.path().join("schemathesis.toml");
    fs::write(&config, CONFIG.replace("TOKEN", &token)).unwrap();
    let program = scanners.join("requirements/bin/schemathesis");
    let document = format!("{}/api/docs/openapi.json", world.url);
    let (wanted, examples) = budget();
    let mut done = 0;
    // What ends a session comes last, when nothing needs it any more.
    for which in ["--exclude-path-regex", "--include-path-regex"] {
        let (well, said) = scan(
            &program,
            &[
                "run",
                &document,
                which,
                ENDINGS,
                "--max-examples",
                examples,
                "--seed",
                "7",
                "--phases",
                "examples,coverage,fuzzing",
                "--continue-on-failure",
                "--no-color",
            ],
            world.path(),
        );
        assert!(well, "{said}");
        done += generated(&said);
    }
    assert!(done >= wanted, "{done} requests");
    // And the server is what it was, behind a start with which the limits of this address begin anew.
    world.restart_server();
    let ran = admin.sign_in("login", PASSWORD);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let [bob] = world.people(["bob"]);
    bob.ok(&["rooms"]);
}

#[test]
fn nothing_of_its_tls_is_weak() {
    let Some(scanners) = installed() else {
        return;
    };
    let (world, _authority) = World::over_tls(TLS);
    let program = scanners.join("requirements/bin/sslyze");
    let place = world.url.strip_prefix("https://").unwrap();
    let authority = world.path().join(AUTHORITY);
    let arguments = [
        "--mozilla_config=modern",
        "--certinfo_ca_file",
        authority.to_str().unwrap(),
        place,
    ];
    let (well, said) = scan(&program, &arguments, world.path());
    let verdict = said.contains("Compliant") && !said.contains("Not compliant");
    assert!(well && verdict && !said.contains("VULNERABLE"), "{said}");
}

/// Known by a name of its own, so that browsers are told to remember TLS.
const NAMED: Settings = &[
    TLS[0],
    TLS[1],
    TLS[2],
    ("SECURE_CHAT_PUBLIC_URL", "https://chat.example.org"),
];

#[test]
fn a_scanner_of_web_applications_finds_nothing() {
    let Some(scanners) = installed() else {
        return;
    };
    let (world, _authority) = World::over_tls(TLS);
    world.stop_server();
    world.start_server(NAMED);
    let report = world.path().join("report.json");
    let (well, said) = scan(
        &scanners.join("wapiti/bin/wapiti"),
        &[
            "-u",
            &format!("{}/", world.url),
            "--verify-ssl",
            "0",
            "--scope",
            "folder",
            // Those that ask other machines for lists, or to be called back, are left out.
            "-m",
            "all,-wapp,-cms,-nikto,-wp_enum,-takeover,-network_device,-log4shell,-spring4shell,-xxe,-ssrf",
            "--no-bugreport",
            "-v",
            "0",
            "-f",
            "json",
            "-o",
            report.to_str().unwrap(),
        ],
        world.path(),
    );
    assert!(well, "{said}");
    let report: Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    for kind in ["vulnerabilities", "anomalies"] {
        for (name, found) in report[kind].as_object().unwrap() {
            assert_eq!(found.as_array().unwrap().len(), 0, "{name}: {found}");
        }
    }
    assert!(
        report["infos"]["crawled_pages_nbr"].as_u64().unwrap() > 0,
        "{report}"
    );
}
