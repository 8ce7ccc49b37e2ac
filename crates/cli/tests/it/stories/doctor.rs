//! Whoever looks after a server asks what it stands on, and what the program can do.

use std::fs;

use serde_json::Value;

use crate::world::{Ran, Settings, TLS, World, finish, program};

/// `doctor` for the world's server, with its settings.
fn doctor(world: &World, settings: Settings, more: &[&str]) -> Ran {
    let mut command = program();
    command
        .args(["doctor", "--data"])
        .arg(world.path().join("data"));
    command.args(more).envs(settings.iter().copied());
    finish(command.current_dir(world.path()), "")
}

fn found(ran: &Ran, part: &str) -> (String, String) {
    let findings = ran
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of = findings.into_iter().find(|finding| finding["part"] == part);
    let of = of.unwrap_or_else(|| panic!("nothing of {part}: {}", ran.out));
    let text = |field: &str| of[field].as_str().unwrap().to_owned();
    (text("health"), text("says"))
}

#[test]
fn a_server_that_runs_is_well_and_its_address_is_taken() {
    let (world, _authority) = World::over_tls(TLS);
    let [alice] = world.people(["alice"]);
    let room = alice.room_with("Kitchen", &[], &[]);
    alice.ok(&["send", &room, "something in the database"]);
    let place = world.url.strip_prefix("https://").unwrap();
    let ran = doctor(&world, TLS, &["--listen", place, "--json"]);
    assert_eq!(found(&ran, "certificate").0, "ok", "{}", ran.out);
    assert_eq!(
        found(&ran, "database"),
        ("ok".to_owned(), "is whole".to_owned())
    );
    assert_eq!(found(&ran, "clock").0, "ok");
    assert_eq!(found(&ran, "listen address").0, "look");
    // The files of the world are as the tests wrote them: everybody reads the key.
    let (health, says) = found(&ran, "private key");
    assert_eq!((ran.status, health.as_str()), (1, "bad"));
    assert!(says.contains("chmod 600 key.pem"), "{says}");
    let words = doctor(&world, TLS, &["--listen", "127.0.0.1:0"]);
    assert!(words.out.contains("bad   private key"), "{}", words.out);
    assert!(
        words.err.contains("One thing is not as it must be."),
        "{}",
        words.err
    );
    alice.ok(&["rooms"]);
}

#[test]
fn a_configuration_is_checked_without_a_server() {
    let check = |settings: Settings| {
        let mut command = program();
        command
            .args(["config", "check"])
            .envs(settings.iter().copied());
        finish(&mut command, "")
    };
    let usual = check(&[]);
    assert_eq!(usual.status, 0, "{}", usual.err);
    assert!(
        usual.out.contains("plain HTTP on this machine alone"),
        "{}",
        usual.out
    );
    let wrong = check(&[("SSL_CERT_PATH", "chain.pem")]);
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.err.contains("SSL_KEY_PATH is not set"),
        "{}",
        wrong.err
    );
    let keyless = check(&[("FLASK_ENV", "production")]);
    assert!(
        keyless.err.contains("openssl rand -hex 32"),
        "{}",
        keyless.err
    );
}

#[test]
fn the_program_describes_itself_for_shells_and_man() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = finish(program().args(["completions", shell]), "");
        assert!(
            ran.status == 0 && ran.out.contains("verify-report"),
            "{shell}: {}",
            ran.out
        );
    }
    let page = finish(program().arg("man"), "");
    assert_eq!(page.status, 0);
    for words in [
        ".TH secure",
        "secure\\-chat serve",
        "SECURE_CHAT_HOME",
        "Exit codes",
    ] {
        assert!(page.out.contains(words), "{words}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secure-chat.1");
    fs::write(&file, page.out).unwrap();
    let Ok(ran) = std::process::Command::new("man")
        .arg("--warnings")
        .arg(&file)
        .output()
    else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "", "man reads it");
}
