//! Clients of other makers, with tokens of ours.

use std::{path::Path, process::Command};

use crate::world::World;

#[test]
fn python_and_node_talk_in_a_relay_room() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/foreign/run.sh");
    let installed = std::env::var_os("SECURE_CHAT_FOREIGN")
        .is_some_and(|dir| Path::new(&dir).join("venv/bin/python").exists());
    let full = std::env::var_os("SECURE_CHAT_FULL").is_some();
    if !installed {
        // `./test` installs them; a plain `cargo test` says what it did not do.
        assert!(!full, "the foreign clients are not installed");
        eprintln!("skipped: the foreign clients are not installed (tests/foreign/setup.sh)");
        return;
    }
    let world = World::new();
    let [alice, bob] = world.people(["alice", "bob"]);
    let (a, b) = (alice.ok(&["token"]), bob.ok(&["token"]));
    let ran = Command::new("bash")
        .arg(script)
        .args([&world.url, &a, &b])
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr),
    );
    assert!(ran.status.success(), "{out}\n{err}");
    assert!(out.lines().count() >= 3, "{out}");
}
