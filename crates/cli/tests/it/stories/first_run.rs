//! The first minutes of a server: in development with an account that everybody knows, elsewhere with a link.

use crate::world::{Person, Settings, World};

/// What was sealed in development opens in production: the one has the other's data in these stories.
const KEY: (&str, &str) = (
    "SECRET_KEY",
    "a key of a story, and of more than 16 characters",
);
const DEVELOPMENT: Settings = &[KEY];
const PRODUCTION: Settings = &[KEY, ("SECURE_CHAT_ENV", "production")];
const CLOSED: Settings = &[
    KEY,
    ("SECURE_CHAT_ENV", "production"),
    ("SECURE_CHAT_REGISTRATION", "closed"),
];

#[test]
fn a_development_server_has_an_administrator_who_needs_a_new_password() {
    let world = World::with(DEVELOPMENT);
    let said = world.server_says("Its administrator is ");
    assert!(
        said.starts_with("admin with the password admin123"),
        "{said}"
    );
    let admin = world.person("admin");
    let login = admin.sign_in("login", "admin123");
    assert_eq!(
        (login.status, login.code()),
        (1, "PASSWORD_CHANGE_REQUIRED")
    );
    assert!(
        login.err.contains("Set a new password first"),
        "{}",
        login.err
    );
    assert_eq!(admin.fails(&["rooms"]), (3, "NOT_LOGGED_IN".into()));
    assert_eq!(
        admin.fails(&["admin", "users"]),
        (3, "NOT_LOGGED_IN".into())
    );
    let wrong = admin.sign_in("login", "admin124");
    assert_eq!(wrong.code(), "LOGIN_FAILED");
    // Nobody else registers with such a password, here or anywhere.
    let eve = world.person("eve");
    assert_eq!(eve.sign_in("register", "admin123").code(), "WEAK_PASSWORD");

    // Once there is such an account, it is not made again.
    world.restart_server();
    let said = world.server_says("The account admin ");
    assert!(said.contains("admin123"), "{said}");

    // The same data in production: nobody gets in by that password, and somebody else can become administrator.
    world.stop_server();
    world.start_server(PRODUCTION);
    let login = admin.sign_in("login", "admin123");
    assert_eq!((login.status, login.code()), (1, "DEFAULT_PASSWORD"));
    let alice = world.administrator("alice");
    let users = alice.json(&["admin", "users"]);
    let names: Vec<_> = users
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["admin", "alice"]);
    assert_eq!(users[0]["devices"], 0, "what registered it is gone");
    alice.ok(&["admin", "user", "free-name", "admin"]);
    world.restart_server();
    alice.ok(&["admin", "storage"]);
}

#[test]
fn whoever_logs_in_first_sets_the_password() {
    let world = World::with(DEVELOPMENT);
    world.server_says("Its administrator is ");
    let admin = world.person("admin");
    let weak = admin.sign_in("login", "admin123\npassword");
    assert_eq!(weak.code(), "WEAK_PASSWORD");
    let login = admin.sign_in("login", "admin123\na longer one, of five words");
    assert_eq!(login.status, 0, "{}", login.err);
    let users = admin.json(&["admin", "users"]);
    assert_eq!(users[0]["username"], "admin");
    assert_eq!(users[0]["devices"], 1);
    assert_eq!(
        admin.json(&["sessions"]).len(),
        1,
        "and nothing is left over"
    );
    let room = admin.ok(&["room", "create", "the office"]);
    admin.ok(&["send", &room, "Good morning."]);

    // From now on it is a password like any other: the old one is none, and a further device comes in by the new one.
    let other = Person {
        home: world.path().join("home-other"),
        ..world.person("admin")
    };
    assert_eq!(other.sign_in("login", "admin123").code(), "LOGIN_FAILED");
    let login = other.sign_in("login", "a longer one, of five words");
    assert_eq!(login.status, 0, "{}", login.err);
    world.stop_server();
    world.start_server(PRODUCTION);
    assert_eq!(admin.texts(&room), ["admin: Good morning."]);
    admin.ok(&["admin", "storage"]);
}

#[test]
fn a_name_that_somebody_has_is_not_the_default_account() {
    let world = World::with(&[KEY, ("SECURE_CHAT_DEFAULT_ADMIN", "no")]);
    let [somebody] = world.people(["admin"]);
    world.stop_server();
    world.start_server(DEVELOPMENT);
    let alice = world.administrator("alice");
    assert_eq!(somebody.fails(&["admin", "users"]), (1, "FORBIDDEN".into()));
    alice.ok(&["admin", "users"]);
}

#[test]
fn production_prints_a_link_that_makes_one_administrator() {
    for settings in [PRODUCTION, CLOSED] {
        let world = World::with(settings);
        let first = world.server_says("/#invite=");
        let eve = world.person("eve");
        let without = eve.sign_in("register", crate::world::PASSWORD);
        assert!(["INVITE_REQUIRED", "REGISTRATION_CLOSED"].contains(&without.code()));
        assert_eq!(eve.sign_in("register", "admin123").code(), "WEAK_PASSWORD");
        assert_eq!(eve.sign_in("login", "admin123").code(), "LOGIN_FAILED");

        // A further start prints another one, and the first counts no more.
        world.restart_server();
        let link = world.server_says("http");
        let late = eve.register_by(&first);
        assert!(["INVITE_INVALID", "REGISTRATION_CLOSED"].contains(&late.code()));
        let alice = world.person("alice");
        let ran = alice.register_by(&format!("http{link}"));
        assert_eq!(ran.status, 0, "{}", ran.err);
        let again = eve.register_by(&link);
        assert!(["INVITE_INVALID", "REGISTRATION_CLOSED"].contains(&again.code()));
        assert_eq!(alice.json(&["admin", "users"])[0]["administrator"], true);

        // She stays the administrator, and nothing more is printed.
        world.restart_server();
        alice.ok(&["admin", "users"]);
        let room = alice.ok(&["room", "create", "Tea"]);
        alice.ok(&["send", &room, "an administrator is a person like any other"]);
    }
}

#[test]
fn whoever_has_the_machine_makes_an_administrator_while_the_server_is_off() {
    let world = World::with(PRODUCTION);
    let data = world.path().join("data");
    let data = data.to_str().unwrap();
    let alice = world.administrator("alice");
    let operator = world.person("operator");
    let make = [
        "admin", "--data", data, "invite", "new", "--admin", "--json",
    ];
    let busy = operator.run(&make);
    assert_eq!(busy.status, 1);
    assert!(busy.err.contains("another server is using"), "{}", busy.err);
    let usage = operator.run(&["admin", "--data", data, "users"]);
    assert_eq!(usage.status, 2, "{}", usage.err);
    let nothing = world.path().join("nothing");
    let elsewhere = [
        "admin",
        "--data",
        nothing.to_str().unwrap(),
        "invite",
        "new",
        "--admin",
    ];
    let refused = operator.run(&elsewhere);
    assert!(refused.err.contains("no server's data"), "{}", refused.err);
    assert!(!nothing.exists());

    world.stop_server();
    let made = operator.json(&["admin", "--data", data, "invite", "new", "--admin"]);
    let invite = made[0]["invite"].as_str().unwrap();
    world.start_server(PRODUCTION);
    let bob = world.person("bob");
    assert_eq!(bob.register_by(invite).status, 0);
    bob.ok(&["admin", "user", "withdraw", "alice"]);
    assert_eq!(alice.fails(&["admin", "users"]), (1, "FORBIDDEN".into()));
    let audit = bob.json(&["admin", "audit"]);
    let acts: Vec<_> = audit.iter().map(|it| it["act"].as_str().unwrap()).collect();
    assert_eq!(
        acts,
        ["withdraw", "become_admin", "make_invite", "become_admin"]
    );
    assert_eq!(audit[2].get("actor_name"), None, "the machine has no name");
}
