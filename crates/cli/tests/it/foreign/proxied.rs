//! What a server behind a proxy is, and what people do through it.

use std::{
    fs,
    process::{Child, Command},
};

use crate::world::{Person, Settings, World};

/// A proxy that runs.
pub(super) struct Proxy(pub(super) Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its workers go with it.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// Settings that live as long as the tests.
pub(super) fn behind(https: u16) -> Settings {
    let url = String::leak(format!("https://localhost:{https}"));
    Vec::leak(vec![
        ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
        ("SECURE_CHAT_ENV", "development"),
        ("TRUSTED_PROXY", "127.0.0.1"),
        ("SECURE_CHAT_PUBLIC_URL", url),
    ])
}

/// Two people chat through the proxy at this port, and one gets a file that is more than a proxy's usual limit of a body.
pub(super) fn people_chat(world: &World, https: u16) {
    let person = |name| Person {
        url: format!("https://localhost:{https}"),
        ..world.person(name)
    };
    let (alice, bob) = (person("alice"), person("bob"));
    alice.register();
    bob.register();
    let room = alice.room_with("Kitchen", &[], &[&bob]);
    alice.ok(&["send", &room, "through a proxy"]);
    assert_eq!(bob.texts(&room), ["alice: through a proxy"]);
    let file = world.path().join("large.bin");
    fs::write(&file, vec![7; 3_000_000]).unwrap();
    let seq = alice.ok(&["send", &room, "--file", file.to_str().unwrap()]);
    let saved = world.path().join("saved.bin");
    bob.ok(&["save", &room, &seq, saved.to_str().unwrap()]);
    assert_eq!(fs::read(saved).unwrap().len(), 3_000_000);
}
