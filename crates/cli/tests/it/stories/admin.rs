//! An administrator looks after people, and is nobody in their rooms.

use serde_json::Value;

use crate::world::{Person, Settings, World, post};

const BY_INVITE: Settings = &[
    ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
    ("SECURE_CHAT_REGISTRATION", "invite"),
];

fn user(admin: &Person, name: &str) -> Value {
    let users = admin.json(&["admin", "users"]);
    let found = users.into_iter().find(|user| user["username"] == name);
    found.unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn an_invite_of_one_use_lets_one_person_in() {
    let world = World::with(BY_INVITE);
    let alice = world.administrator("alice");
    let invite = alice.ok(&["admin", "invite", "new", "--label", "for Bob"]);
    assert!(
        invite.starts_with(&format!("{}/#invite=", world.url)),
        "{invite}"
    );
    let bob = world.person("bob");
    let without = bob.sign_in("register", crate::world::PASSWORD);
    assert_eq!(without.code(), "INVITE_REQUIRED");
    let ran = bob.register_by(&invite);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let carol = world.person("carol");
    assert_eq!(carol.register_by(&invite).code(), "INVITE_INVALID");
    assert_eq!(carol.register_by("not-an-invite").status, 2);
    assert_eq!(alice.ok(&["admin", "invites"]), "There are no invites.");

    let more = [
        "admin",
        "invite",
        "new",
        "--uses",
        "3",
        "--expires",
        "7d",
        "--json",
    ];
    let made: Value = serde_json::from_str(&alice.ok(&more)).unwrap();
    let listed = alice.ok(&["admin", "invites"]);
    assert!(
        listed.contains("alice") && listed.contains("an account"),
        "{listed}"
    );
    world.days_pass(8);
    let late = carol.register_by(made["url"].as_str().unwrap());
    assert_eq!(late.code(), "INVITE_INVALID");
    let other = alice.json(&["admin", "invite", "new"]).remove(0);
    let number = other["id"].to_string();
    alice.ok(&["admin", "invite", "withdraw", &number]);
    assert_eq!(
        alice.fails(&["admin", "invite", "withdraw", &number]),
        (1, "NOT_FOUND".into())
    );
    assert_eq!(
        carol.register_by(other["invite"].as_str().unwrap()).code(),
        "INVITE_INVALID"
    );
    assert_eq!(
        bob.fails(&["admin", "invite", "new"]),
        (1, "FORBIDDEN".into())
    );
}

#[test]
fn a_disabled_user_is_out_until_enabled() {
    let world = World::new();
    let alice = world.administrator("alice");
    let [bob, carol] = world.people(["bob", "carol"]);
    let room = bob.room_with("Tea", &[], &[&carol]);
    assert_eq!(
        alice.fails(&["admin", "user", "disable", "nobody"]),
        (1, "ACCOUNT_NOT_FOUND".into())
    );
    alice.ok(&["admin", "user", "disable", "bob"]);
    assert_eq!(bob.fails(&["rooms"]), (3, "SESSION_EXPIRED".into()));
    let login = bob.sign_in("login", crate::world::PASSWORD);
    assert_eq!((login.status, login.code()), (1, "ACCOUNT_DISABLED"));
    assert_eq!(user(&alice, "bob")["disabled"], true);
    carol.ok(&["send", &room, "where is Bob?"]);
    alice.ok(&["admin", "user", "enable", "bob"]);
    assert_eq!(bob.sign_in("login", crate::world::PASSWORD).status, 0);
    assert_eq!(bob.texts(&room), ["carol: where is Bob?"]);
    alice.ok(&["admin", "user", "end-sessions", "bob"]);
    assert_eq!(bob.fails(&["rooms"]), (3, "SESSION_EXPIRED".into()));
    assert_eq!(bob.sign_in("login", crate::world::PASSWORD).status, 0);
}

#[test]
fn a_freed_name_is_a_newcomers_who_is_nobody() {
    let world = World::new();
    let alice = world.administrator("alice");
    let [bob, carol] = world.people(["bob", "carol"]);
    let room = carol.room_with("Tea", &[], &[&bob]);
    let den = bob.room_with("Den", &[], &[&carol]);
    bob.ok(&["send", &room, "before"]);
    alice.ok(&["admin", "user", "grant", "bob"]);
    let account = user(&alice, "bob")["account_id"]
        .as_str()
        .unwrap()
        .to_owned();
    alice.ok(&["admin", "user", "free-name", "bob"]);
    assert_eq!(bob.fails(&["rooms"]), (3, "SESSION_EXPIRED".into()));
    assert_eq!(
        bob.sign_in("login", crate::world::PASSWORD).code(),
        "LOGIN_FAILED"
    );

    let newcomer = Person {
        home: world.path().join("home-newcomer"),
        ..world.person("bob")
    };
    newcomer.register();
    assert_ne!(user(&alice, "bob")["account_id"], account);
    assert_eq!(newcomer.fails(&["admin", "users"]), (1, "FORBIDDEN".into()));
    assert!(newcomer.json(&["rooms"]).is_empty());
    // The room lives on, with the account that was there.
    carol.ok(&["send", &room, "after"]);
    assert_eq!(carol.texts(&room), ["bob: before", "carol: after"]);
    assert_eq!(carol.members(&room).len(), 2);
    carol.ok(&["send", &den, "its owner is gone, and it goes on"]);
    assert_eq!(
        carol.texts(&den),
        ["carol: its owner is gone, and it goes on"]
    );
    carol.ok(&["room", "remove", &room, "bob"]);
    assert_eq!(
        carol.members(&room),
        [("carol".to_owned(), "owner".to_owned())]
    );
    // Whoever knew the former one is not led to the newcomer by the name alone; a link brings in whom one means.
    assert_eq!(
        carol.fails(&["room", "invite", &room, "bob"]),
        (1, "IDENTITY_MISMATCH".into())
    );
    let link = carol.ok(&["room", "link", &room]);
    newcomer.ok(&["room", "join", &link]);
    assert_eq!(newcomer.texts(&room), Vec::<String>::new());
    let gone = alice.run(&["admin", "user", "enable", &account]);
    assert_eq!(gone.code(), "ACCOUNT_NOT_FOUND");
}

#[test]
fn the_last_administrator_cannot_go() {
    let world = World::new();
    let alice = world.administrator("alice");
    let [bob] = world.people(["bob"]);
    for act in ["withdraw", "disable", "free-name"] {
        let refused = alice.run(&["admin", "user", act, "alice"]);
        assert_eq!((refused.status, refused.code()), (1, "LAST_ADMIN"), "{act}");
        assert!(
            refused.err.contains("Make someone else one first"),
            "{}",
            refused.err
        );
    }
    assert_eq!(
        bob.fails(&["admin", "user", "grant", "bob"]),
        (1, "FORBIDDEN".into())
    );
    alice.ok(&["admin", "user", "grant", "bob"]);
    alice.ok(&["admin", "user", "withdraw", "alice"]);
    assert_eq!(alice.fails(&["admin", "audit"]), (1, "FORBIDDEN".into()));
    let audit = bob.ok(&["admin", "audit"]);
    assert!(audit.contains("made an ordinary account"), "{audit}");
    assert_eq!(bob.json(&["admin", "audit"])[0]["target_name"], "alice");
}

#[test]
fn an_administrator_sees_sizes_and_what_the_server_can_see() {
    let world = World::new();
    let alice = world.administrator("alice");
    let [bob, carol] = world.people(["bob", "carol"]);
    let room = bob.room_with("A secret garden", &[], &[&carol]);
    bob.ok(&["send", &room, "hello"]);
    let rooms = alice.ok(&["admin", "rooms"]);
    assert!(
        rooms.contains(&room) && !rooms.contains("garden"),
        "{rooms}"
    );
    assert_eq!(alice.json(&["admin", "rooms"])[0]["members"], 2);
    assert_eq!(
        alice.fails(&["send", &room, "me too"]),
        (1, "ROOM_NOT_FOUND".into())
    );
    for command in ["storage", "limits"] {
        let shown = alice.ok(&["admin", command]);
        assert!(shown.lines().count() > 5, "{shown}");
        assert!(!alice.json(&["admin", command]).is_empty());
    }

    // Twice, so that the second one takes the room of the first.
    for _ in 0..2 {
        let said = alice.ok(&["admin", "sees"]);
        assert!(said.contains("accounts.username"), "{said}");
        assert!(said.contains("None of them is there."), "{said}");
        assert!(said.contains("write-ahead log, standard error"), "{said}");
    }
    assert_eq!(alice.json(&["rooms"]).len(), 1);
    let lines = alice.json(&["admin", "sees"]);
    let check = &lines.last().unwrap()["check"];
    assert_eq!(check["hits"], Value::Array(Vec::new()));
    assert!(check["control"].as_array().unwrap().len() > 1, "{check}");
    let places = check["places"].as_array().unwrap();
    let searched: u64 = places
        .iter()
        .map(|place| place["bytes"].as_u64().unwrap())
        .sum();
    assert!(searched > 100_000, "{check}");
    let listed = alice.json(&["admin", "sees", "--list-only"]);
    assert!(listed.iter().all(|line| line.get("check").is_none()));
    assert_eq!(bob.fails(&["admin", "sees"]), (1, "FORBIDDEN".into()));
    let acts = alice.json(&["admin", "audit"]);
    assert_eq!(acts[0]["act"], "search_canary");
}

/// People of a server that kept bcrypt log in here with the passwords that they have there.
#[test]
fn accounts_of_another_server_come_with_their_passwords() {
    let world = World::new();
    let data = world.path().join("data");
    let file = world.path().join("accounts.txt");
    // What `htpasswd` keeps of the password of these stories.
    let kept = "$2y$10$abcdefghijklmnopqrstuuPKHipLT4B7VsrjtrNaffa.c36/nILp.";
    std::fs::write(
        &file,
        format!("# of the old server\nalice:{kept}\nbob:{kept}\n"),
    )
    .unwrap();
    let (data, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let operator = world.person("operator");
    let import = ["admin", "--data", data, "import", file];
    let busy = operator.run(&import);
    assert!(busy.err.contains("another server is using"), "{}", busy.err);
    assert_eq!(operator.run(&["admin", "import", file]).status, 2);
    world.stop_server();
    let imported = operator.ok(&import);
    assert!(imported.contains("Imported 2 accounts."), "{imported}");
    let again = operator.run(&import);
    assert!(
        again.err.contains("line 2: that name is taken"),
        "{}",
        again.err
    );
    let missing = ["admin", "--data", data, "import", "nowhere.txt"];
    assert_eq!(operator.fails(&missing).1, "FILE_FAILED");
    world.start_server(&[("SECURE_CHAT_DEFAULT_ADMIN", "no")]);
    let log_in = |password: &str| {
        let body = format!("{{\"username\":\"alice\",\"password\":\"{password}\"}}");
        post(&world.url, "/login", "", &body)
    };
    assert!(log_in("wooden tugboat whispers 42").contains("LOGIN_FAILED"));
    let session = log_in(crate::world::PASSWORD);
    assert!(session.contains("\"token\""), "{session}");
}
