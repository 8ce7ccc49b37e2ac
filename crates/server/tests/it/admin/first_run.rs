//! A server that nobody administrates, and the password that everybody knows.

use protocol::names::UserName;
use serde_json::json;
use server::{Mode, Registration, Setup};

use super::{refusal, set_up, setup_invite};
use crate::{
    people::{login, register, register_by},
    socket::{Packet, Socket},
    world::World,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_invite_counts_once_and_until_the_next_start() {
    let mut world = World::with(|config| {
        config.mode = Mode::Production;
        config.registration = Registration::Closed;
    })
    .await;
    let info = world.get("/api/server", None).await.ok();
    assert_eq!(info["registration"], "closed");
    let first = setup_invite(&world).await;
    world.stop().await;
    world.start().await;
    let second = setup_invite(&world).await;
    let old = register_by(&world, "alice", "alicealice", Some(&first)).await;
    assert_eq!(refusal(old).await, "REGISTRATION_CLOSED");
    assert_eq!(
        refusal(register(&world, "alice", "alicealice").await).await,
        "REGISTRATION_CLOSED"
    );
    let alice = register_by(&world, "alice", "alicealice", Some(&second)).await;
    let alice = alice.unwrap_or_else(|answer| panic!("{}", answer.body));
    let again = register_by(&world, "bob", "bobbobbob", Some(&second)).await;
    assert_eq!(refusal(again).await, "REGISTRATION_CLOSED");
    world.get("/api/admin/users", Some(&alice.token)).await.ok();
    assert_eq!(set_up(&world).await, Setup::Done);
    // Nothing of it lies in the files but its hash.
    let audit = world.get("/api/admin/audit", Some(&alice.token)).await.ok();
    assert_eq!(audit["acts"][0]["act"], "become_admin");
    assert_eq!(audit["acts"][0]["target_name"], "alice");
    for file in std::fs::read_dir(&world.config.data).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes
            .windows(second.len())
            .any(|it| it == second.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_account_does_nothing_before_it_has_another_password() {
    let mut world = World::with(|config| config.default_admin = true).await;
    let Setup::DefaultAccount(own) = set_up(&world).await else {
        panic!("no default account");
    };
    let admin = register_by(&world, "admin", "admin123", Some(&own.0)).await;
    let admin = admin.unwrap_or_else(|answer| panic!("{}", answer.body));
    let name = UserName::parse("admin").unwrap();
    world.server().forget_default_device(&name).await.unwrap();
    assert_eq!(
        world.get("/api/rooms", Some(&admin.token)).await.code(),
        "SESSION_EXPIRED"
    );
    assert_eq!(set_up(&world).await, Setup::NewPassword);

    let session = login(&world, "admin", "admin123", Some(&admin.device))
        .await
        .ok();
    assert_eq!(session["must_change_password"], true);
    assert_eq!(
        session["session"].get("device_id"),
        None,
        "that device is gone"
    );
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    for path in [
        "/api/rooms",
        "/api/vault",
        "/api/devices",
        "/api/mailbox",
        "/api/admin/users",
    ] {
        let answer = world.get(path, Some(&token)).await;
        assert_eq!(answer.code(), "PASSWORD_CHANGE_REQUIRED", "{path}");
    }
    let mut socket = Socket::open(&world.address(), &[]).await;
    let Packet::Refused(why) = socket.hello(&json!({ "token": token })).await else {
        panic!("admitted")
    };
    assert_eq!(why, json!({ "message": "PASSWORD_CHANGE_REQUIRED" }));

    // The same data anywhere else: the session does no more, and there is no other.
    world.stop().await;
    world.config.mode = Mode::Production;
    world.start().await;
    let answer = world.get("/api/rooms", Some(&token)).await;
    assert_eq!(answer.code(), "PASSWORD_CHANGE_REQUIRED");
    assert_eq!(
        login(&world, "admin", "admin123", None).await.code(),
        "DEFAULT_PASSWORD"
    );
    assert_eq!(
        login(&world, "admin", "admin124", None).await.code(),
        "LOGIN_FAILED"
    );
    // Nobody gets in by it, so somebody else has to administrate.
    let invite = setup_invite(&world).await;
    register_by(&world, "alice", "alicealice", Some(&invite))
        .await
        .unwrap_or_else(|answer| panic!("{}", answer.body));
    world.post("/logout", Some(&token), json!({})).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn production_makes_no_default_account() {
    let production = |config: &mut server::Config| {
        config.mode = Mode::Production;
        config.default_admin = true;
    };
    let world = World::with(production).await;
    setup_invite(&world).await;
    // Not even by an invite that a development server left behind.
    let mut world = World::with(|config| config.default_admin = true).await;
    let Setup::DefaultAccount(own) = set_up(&world).await else {
        panic!("no default account");
    };
    world.stop().await;
    production(&mut world.config);
    world.start().await;
    let result = register_by(&world, "admin", "admin123", Some(&own.0)).await;
    assert_eq!(refusal(result).await, "INVITE_INVALID");
}
