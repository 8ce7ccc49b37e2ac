//! Passwords and recovery codes over the wire: who may change them, and what is over then.

use protocol::limits::{LOGIN_LEG_MILLIS, LOGIN_WINDOW_MILLIS, LOGINS_PER_WINDOW};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    devices::further,
    people::{Person, base64, code_token, login, new_password, password_proof},
    socket::Socket,
    world::{Answer, World},
};

const OLD: &str = "alicealicealice";
const NEW: &str = "another one altogether";

async fn change(world: &World, by: &Person, proof: &Value, end_others: bool) -> Answer {
    let mut body = new_password(world, "alice", &by.token, NEW).await;
    body["proof"] = proof.clone();
    body["end_others"] = json!(end_others);
    world.post("/api/password", Some(&by.token), body).await
}

async fn by_password(world: &World, name: &str, password: &str) -> Value {
    let proof = password_proof(world, name, password).await;
    json!({ "password": proof.unwrap_or_else(|_| panic!()) })
}

fn by_code(token: &[u8]) -> Value {
    json!({ "recovery": base64(token) })
}

fn code(token: &[u8], proof: &Value) -> Value {
    let hash = base64(&Sha256::digest(token));
    json!({ "by_code": base64(b"next code"), "token_hash": hash, "proof": proof })
}

async fn with_code(world: &World, name: &str, token: &[u8]) -> Answer {
    let body = json!({ "username": name, "recovery": base64(token) });
    world.post("/login", None, body).await
}

/// What a socket hears at its end, whatever else it hears before.
async fn last_word(socket: &mut Socket) -> Value {
    loop {
        let (name, data) = socket.push().await;
        if name == "session_ended" {
            return data;
        }
    }
}

async fn stands(world: &World, person: &Person) -> bool {
    let answer = world.get("/api/rooms", Some(&person.token)).await;
    assert!(answer.status == 200 || answer.code() == "SESSION_EXPIRED");
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_session_changes_neither_password_nor_code() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let bobs = "bobbobbob";
    // Whoever has the session has no proof: not none, not a guess, not somebody else's, not one of before.
    let used = password_proof(&world, "alice", OLD).await;
    let used = used.unwrap_or_else(|_| panic!());
    world.post("/login", None, used.clone()).await.ok();
    let late = by_password(&world, "alice", OLD).await;
    world.clock.advance(LOGIN_LEG_MILLIS);
    let proofs = [
        by_password(&world, "alice", "a guess at it").await,
        by_password(&world, "bob", bobs).await,
        json!({ "password": used }),
        late,
        by_code(&code_token("bob")),
        by_code(&[7; 32]),
        by_code(b""),
    ];
    for proof in &proofs {
        let refused = change(&world, &alice, proof, true).await;
        assert_eq!(refused.code(), "LOGIN_FAILED", "{proof}");
        let refused = code(&[9; 32], proof);
        let refused = world
            .put("/api/recovery", Some(&alice.token), refused)
            .await;
        assert_eq!(refused.code(), "LOGIN_FAILED", "{proof}");
    }
    for proof in [
        Value::Null,
        json!({}),
        json!({ "recovery": "", "password": null }),
    ] {
        let refused = change(&world, &alice, &proof, true).await;
        assert_eq!(refused.code(), "BAD_JSON", "{proof}");
    }
    assert!(stands(&world, &alice).await && stands(&world, &bob).await);
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    login(&world, "alice", OLD, None).await.ok();
    with_code(&world, "alice", &code_token("alice")).await.ok();
    let listed = world.get("/api/devices", Some(&alice.token)).await.ok();
    assert_eq!(listed["password_changed"], Value::Null);
    assert_eq!(listed["recovery_changed"], Value::Null);
    // Nor is a session without a device enough, with a proof.
    let session = login(&world, "alice", OLD, None).await.ok();
    let token = session["session"]["token"].as_str().unwrap().to_owned();
    let nobody = Person { token, ..alice };
    let proof = by_password(&world, "alice", OLD).await;
    let refused = change(&world, &nobody, &proof, false).await;
    assert_eq!(refused.code(), "DEVICE_REQUIRED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_and_the_session_goes_on_under_another_token() {
    let world = World::new().await;
    let [mut alice] = world.people(["alice"]).await;
    let tablet = further(&world, "alice", &alice).await;
    let mut told = world.socket(&tablet).await;
    let mut own = world.socket(&alice).await;
    let begun = password_proof(&world, "alice", OLD).await;
    let begun = begun.unwrap_or_else(|_| panic!());
    let proof = by_password(&world, "alice", OLD).await;
    let answer = change(&world, &alice, &proof, false).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    let session = answer.ok();
    let token = session["token"].as_str().unwrap().to_owned();
    assert!(cookie.starts_with(&format!("secure_chat={token};")));
    assert_eq!(session["device_id"], json!(alice.device));
    assert_eq!(last_word(&mut own).await["code"], "SESSION_EXPIRED");
    told.pushed("devices_changed").await;
    assert!(!stands(&world, &alice).await && stands(&world, &tablet).await);
    alice.token = token;
    let listed = world.get("/api/devices", Some(&alice.token)).await.ok();
    assert_eq!(listed["password_changed"]["device_id"], json!(alice.device));
    assert_eq!(listed["recovery_changed"], Value::Null);

    // What began with the old password ends with it.
    assert_eq!(
        world.post("/login", None, begun).await.code(),
        "LOGIN_FAILED"
    );
    assert_eq!(
        login(&world, "alice", OLD, None).await.code(),
        "LOGIN_FAILED"
    );
    let opened = login(&world, "alice", NEW, None).await.ok();
    assert_eq!(
        opened["root_box"]["by_password"],
        json!(base64(format!("box of {NEW}").as_bytes()))
    );
    assert_eq!(opened["root_box"]["by_code"], json!(base64(b"by code")));

    // And by the code, with which everybody else goes.
    let proof = by_code(&code_token("alice"));
    let session = change(&world, &alice, &proof, true).await.ok();
    alice.token = session["token"].as_str().unwrap().to_owned();
    last_word(&mut told).await;
    assert!(stands(&world, &alice).await && !stands(&world, &tablet).await);
    // A token that is in use, or of another form, is none.
    for token in [&*alice.token, "short", &"!".repeat(43)] {
        let mut body = new_password(&world, "alice", &alice.token, NEW).await;
        body["proof"] = proof.clone();
        body["token"] = json!(token);
        let refused = world.post("/api/password", Some(&alice.token), body).await;
        assert_eq!(refused.code(), "BAD_REQUEST", "{token}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_the_code_logs_in_and_whoever_guesses_it_does_not() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let opened = with_code(&world, "alice", &code_token("alice")).await;
    assert!(opened.headers.contains_key("set-cookie"));
    let opened = opened.ok();
    assert_eq!(opened["session"]["account_id"], json!(alice.account));
    assert_eq!(opened["session"]["device_id"], Value::Null);
    assert_eq!(opened["root_box"]["by_code"], json!(base64(b"by code")));
    let body = json!({
        "username": "alice", "recovery": base64(&code_token("alice")), "device_id": alice.device,
    });
    let own = world.post("/login", None, body.clone()).await.ok();
    assert_eq!(own["session"]["device_id"], json!(alice.device));
    let mut both = body;
    both["start"] = json!("");
    assert_eq!(world.post("/login", None, both).await.code(), "BAD_JSON");

    let wrong = with_code(&world, "alice", &[0; 32]).await;
    let unknown = with_code(&world, "nobody", &code_token("nobody")).await;
    assert_eq!(wrong.code(), "LOGIN_FAILED");
    assert_eq!((wrong.status, wrong.body), (unknown.status, unknown.body));

    // The code is replaced: the former one logs in nowhere and proves nothing.
    let next = [9; 32];
    let replaced = code(&next, &by_code(&code_token("alice")));
    let mut told = world.socket(&alice).await;
    let token = Some(alice.token.as_str());
    let answer = world.put("/api/recovery", token, replaced.clone()).await;
    assert_eq!(answer.ok(), json!({}));
    told.pushed("devices_changed").await;
    let found = world.get("/api/recovery", Some(&alice.token)).await.ok();
    assert_eq!(found["by_code"], json!(base64(b"next code")));
    assert_eq!(found["by_password"], json!(base64(b"by password")));
    let again = world.put("/api/recovery", token, replaced).await;
    assert_eq!(again.code(), "LOGIN_FAILED");
    let former = with_code(&world, "alice", &code_token("alice")).await;
    assert_eq!(former.code(), "LOGIN_FAILED");
    with_code(&world, "alice", &next).await.ok();
    let proof = by_password(&world, "alice", OLD).await;
    for (hash, status) in [(vec![1; 31], 422), (vec![1; 32], 200)] {
        let mut body = code(&next, &proof);
        body["token_hash"] = json!(base64(&hash));
        let answer = world.put("/api/recovery", token, body).await;
        assert_eq!(answer.status, status);
    }

    // Guesses count, wherever they are made.
    world.clock.advance(LOGIN_WINDOW_MILLIS);
    let mut answers = Vec::new();
    for _ in 0..LOGINS_PER_WINDOW {
        answers.push(with_code(&world, "alice", &[0; 32]).await.code());
    }
    assert!(answers.iter().all(|code| code == "LOGIN_FAILED"));
    let over = with_code(&world, "alice", &next).await;
    assert_eq!(over.code(), "RATE_LIMITED");
    // Those of a device that the account has are counted apart.
    for _ in 0..LOGINS_PER_WINDOW {
        let guess = code(&next, &by_code(&[0; 32]));
        let answer = world.put("/api/recovery", token, guess).await;
        assert_eq!(answer.code(), "LOGIN_FAILED");
    }
    let over = code(&next, &by_code(&next));
    let over = world.put("/api/recovery", token, over).await;
    assert_eq!(over.code(), "RATE_LIMITED");
}
