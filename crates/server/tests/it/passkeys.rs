//! Passkeys: made beside a second factor, shown in place of a code, and what does not count.

pub(crate) mod authenticator;

use authenticator::{Authenticator, PRESENT, VERIFIED};
use protocol::limits::{CODE_LEG_MILLIS, CODE_TRIES, PASSKEY_CODE_MILLIS};
use serde_json::{Value, json};

use crate::{
    admin::administrator,
    people::{Person, base64, login, new_password},
    second_factor::{Guarded, code, guarded, guarded_person, password, prove},
    world::{Answer, World},
};

const PATH: &str = "/api/passkeys";

async fn world() -> World {
    World::with(|config| {
        config.public_url = Some(server::PublicUrl::parse("https://chat.example.org").unwrap());
    })
    .await
}

fn token(person: &Person) -> Option<&str> {
    Some(person.token.as_str())
}

/// The first leg: what the authenticator is asked.
async fn start(world: &World, name: &str, who: &Guarded) -> Answer {
    let code = who.fresh(world);
    let body = json!({ "proof": prove(world, name).await, "code": code });
    world.post(PATH, token(&who.person), body).await
}

async fn add(world: &World, name: &str, who: &Guarded, key: &Authenticator) -> Answer {
    let asked = start(world, name, who).await.ok();
    world.post(PATH, token(&who.person), key.make(&asked)).await
}

/// Somebody with an authenticator app and a passkey.
async fn owner(world: &World, name: &str) -> (Guarded, Authenticator) {
    let (who, key) = (guarded(world, name).await, Authenticator::es256());
    add(world, name, &who, &key).await.ok();
    (who, key)
}

async fn ask(world: &World, login_id: &str) -> Value {
    let body = json!({ "login_id": login_id });
    world.post("/api/passkeys/ask", None, body).await.ok()
}

async fn show(world: &World, shown: Value) -> Answer {
    world.post("/api/passkeys/code", None, shown).await
}

/// The code for a passkey that is shown as it should be.
async fn code_by(world: &World, name: &str, key: &mut Authenticator) -> (String, String) {
    let id = password(world, name).await;
    let asked = ask(world, &id).await;
    let shown = show(world, key.show(&asked)).await.ok();
    (id, shown["code"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_does_in_place_of_a_code_after_the_password() {
    let world = world().await;
    for mut key in [Authenticator::es256(), Authenticator::eddsa()] {
        let name = if key.credential[0] % 2 == 0 {
            "alice"
        } else {
            "carol"
        };
        let name = format!("{name}{}", key.credential[1]);
        let who = guarded(&world, &name).await;
        let kept = add(&world, &name, &who, &key).await.ok();
        assert_eq!(kept["passkeys"][0]["name"], "blue key");
        let has = world
            .get("/api/second_factor", token(&who.person))
            .await
            .ok();
        assert_eq!(has["kinds"], json!(["totp", "backup_code", "passkey"]));
        // The login says so, and gives nothing else.
        let asked = login(&world, &name, &name.repeat(3), None).await.ok();
        assert_eq!(
            asked["second_factor"]["kinds"],
            json!(["totp", "backup_code", "passkey"])
        );
        let id = asked["second_factor"]["login_id"].as_str().unwrap();
        let asked = ask(&world, id).await;
        assert_eq!(asked["rp_id"], "chat.example.org");
        assert_eq!(asked["credentials"], json!([base64(&key.credential)]));
        let answer = show(&world, key.show(&asked)).await.ok();
        assert_eq!(answer.as_object().unwrap().len(), 1, "no session: {answer}");
        let shown = answer["code"].as_str().unwrap();
        let opened = code(&world, id, shown).await.ok();
        assert!(opened["session"]["token"].is_string());
        // It counted once; other kinds go on.
        let id = password(&world, &name).await;
        assert_eq!(code(&world, &id, shown).await.code(), "CODE_WRONG");
        code(&world, &id, &who.backup_codes[0]).await.ok();
        let list = world.get(PATH, token(&who.person)).await.ok();
        assert!(list["passkeys"][0]["last_used"].is_string());
        assert!(list["passkeys"][0].get("cloned").is_none());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_does_for_another_password_too() {
    let world = world().await;
    let (who, mut key) = owner(&world, "alice").await;
    world.clock.advance(3_600_000);
    let asked = world
        .post("/api/passkeys/ask", token(&who.person), json!({}))
        .await
        .ok();
    let shown = show(&world, key.show(&asked)).await.ok();
    let mut change = new_password(&world, "alice", &who.person.token, "another password").await;
    change["proof"] = json!({ "password": prove(&world, "alice").await });
    let without = world
        .post("/api/password", token(&who.person), change.clone())
        .await;
    assert_eq!(without.code(), "SECOND_FACTOR_REQUIRED");
    change = new_password(&world, "alice", &who.person.token, "another password").await;
    change["proof"] = json!({ "password": prove(&world, "alice").await });
    change["code"] = shown["code"].clone();
    world
        .post("/api/password", token(&who.person), change)
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_password_goes_before_any_passkey() {
    let world = world().await;
    let (_alice, mut key) = owner(&world, "alice").await;
    // Nobody is asked for a passkey who has neither a session nor shown the password.
    let bare = world.post("/api/passkeys/ask", None, json!({})).await;
    assert_eq!(bare.code(), "UNAUTHENTICATED");
    let made_up = json!({ "login_id": "0".repeat(32) });
    let made_up = world.post("/api/passkeys/ask", None, made_up).await;
    assert_eq!(made_up.code(), "LOGIN_FAILED");
    // The code is no session, and begins none without the password's leg.
    let (_, shown) = code_by(&world, "alice", &mut key).await;
    let rooms = world.get("/api/rooms", Some(&shown)).await;
    assert_eq!(rooms.code(), "UNAUTHENTICATED");
    let login = code(&world, &"0".repeat(32), &shown).await;
    assert_eq!(login.code(), "LOGIN_FAILED");
    let code_alone = json!({ "username": "alice", "code": shown });
    assert_eq!(
        world.post("/login", None, code_alone).await.code(),
        "BAD_JSON"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenge_has_one_answer_in_its_time() {
    let world = world().await;
    let (_alice, mut key) = owner(&world, "alice").await;
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    let shown = key.show(&asked);
    show(&world, shown.clone()).await.ok();
    assert_eq!(show(&world, shown).await.code(), "PASSKEY_REFUSED");
    // Nor another answer to the same one, nor one to a challenge that nobody drew.
    assert_eq!(
        show(&world, key.show(&asked)).await.code(),
        "PASSKEY_REFUSED"
    );
    let drawn = json!({ "challenge": base64(&[7; 32]) });
    assert_eq!(
        show(&world, key.show(&drawn)).await.code(),
        "PASSKEY_REFUSED"
    );
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    world.clock.advance(CODE_LEG_MILLIS);
    assert_eq!(
        show(&world, key.show(&asked)).await.code(),
        "PASSKEY_REFUSED"
    );
    // The code ends as well, and sooner.
    let (id, shown) = code_by(&world, "alice", &mut key).await;
    world.clock.advance(PASSKEY_CODE_MILLIS);
    assert_eq!(code(&world, &id, &shown).await.code(), "CODE_WRONG");
}

/// What is wrong with an answer.
type Change = fn(&mut Authenticator);

const CHANGES: &[(&str, Change)] = &[
    ("another origin", |key| {
        key.origin = "https://chat.example.evil".to_owned()
    }),
    ("another port", |key| {
        key.origin = "https://chat.example.org:8443".to_owned()
    }),
    ("no TLS", |key| {
        key.origin = "http://chat.example.org".to_owned()
    }),
    ("a page within a page", |key| key.cross_origin = true),
    ("another server's", |key| {
        key.rp_id = "example.org".to_owned()
    }),
    ("nobody there", |key| key.flags = VERIFIED),
    ("nobody known", |key| key.flags = PRESENT),
    ("extensions that are not there", |key| key.flags |= 128),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_of_elsewhere_is_refused() {
    let world = world().await;
    let (_alice, mut key) = owner(&world, "alice").await;
    for (what, change) in CHANGES {
        let id = password(&world, "alice").await;
        let asked = ask(&world, &id).await;
        let good = (key.origin.clone(), key.rp_id.clone(), key.flags);
        change(&mut key);
        let answer = show(&world, key.show(&asked)).await;
        assert_eq!(answer.code(), "PASSKEY_REFUSED", "{what}");
        (key.origin, key.rp_id, key.flags) = good;
        key.cross_origin = false;
    }
    world.clock.advance(16 * 60_000);
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    let other = key.show_as(&asked, "webauthn.create");
    assert_eq!(show(&world, other).await.code(), "PASSKEY_REFUSED");
    for field in ["client_data", "authenticator_data", "signature"] {
        let asked = ask(&world, &id).await;
        let mut shown = key.show(&asked);
        let mut bytes = crate::people::from_base64(&shown[field]);
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        shown[field] = json!(base64(&bytes));
        let code = show(&world, shown).await.code();
        assert!(
            ["PASSKEY_REFUSED", "BAD_REQUEST"].contains(&code.as_str()),
            "{field}: {code}"
        );
    }
    // As it should be.
    let asked = ask(&world, &id).await;
    show(&world, key.show(&asked)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_that_is_made_wrongly_is_not_kept() {
    let world = world().await;
    let who = guarded(&world, "alice").await;
    let with_format: (&str, Change) = ("an attestation", |key| key.format = "packed");
    for (what, change) in CHANGES.iter().chain([&with_format]) {
        let mut key = Authenticator::es256();
        change(&mut key);
        let answer = add(&world, "alice", &who, &key).await;
        assert_eq!(answer.code(), "PASSKEY_REFUSED", "{what}");
        world.clock.advance(60_000);
    }
    assert_eq!(
        world.get(PATH, token(&who.person)).await.ok()["passkeys"],
        json!([])
    );
    // An answer of another session, or to a challenge that was answered.
    let key = Authenticator::es256();
    let asked = start(&world, "alice", &who).await.ok();
    let bob = guarded(&world, "bob").await;
    let theirs = world.post(PATH, token(&bob.person), key.make(&asked)).await;
    assert_eq!(theirs.code(), "PASSKEY_REFUSED");
    let late = world.post(PATH, token(&who.person), key.make(&asked)).await;
    assert_eq!(late.code(), "PASSKEY_REFUSED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_found_by_its_counter_and_told() {
    let world = world().await;
    let mut alice = guarded_person(&world, "alice", administrator(&world, "alice").await).await;
    let mut key = Authenticator::es256();
    add(&world, "alice", &alice, &key).await.ok();
    let (id, shown) = code_by(&world, "alice", &mut key).await;
    code(&world, &id, &shown).await.ok();
    // Somebody has taken a copy before; the owner's goes on, and the copy comes later with a counter of then.
    let then = key.counter - 1;
    code_by(&world, "alice", &mut key).await;
    let now = std::mem::replace(&mut key.counter, then);
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    assert_eq!(
        show(&world, key.show(&asked)).await.code(),
        "PASSKEY_REFUSED"
    );
    let list = world.get(PATH, token(&alice.person)).await.ok();
    assert!(list["passkeys"][0]["cloned"].is_string(), "{list}");
    let audit = world
        .get("/api/admin/audit", token(&alice.person))
        .await
        .ok();
    let found = audit["acts"].as_array().unwrap().iter();
    let found: Vec<_> = found.filter(|act| act["act"] == "passkey_cloned").collect();
    assert_eq!(found.len(), 1, "{audit}");
    assert_eq!(found[0]["target_name"], "alice");
    // Which of the two is hers nobody can tell: neither counts, and she comes in by a code.
    key.counter = now;
    let id = password(&world, "alice").await;
    let nothing = json!({ "login_id": id });
    let nothing = world.post("/api/passkeys/ask", None, nothing).await;
    assert_eq!(nothing.code(), "PASSKEY_REFUSED");
    code(&world, &id, &alice.backup_codes.remove(0)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authenticator_that_does_not_count_is_taken() {
    let world = world().await;
    let who = guarded(&world, "alice").await;
    let mut key = Authenticator::es256();
    key.counter = 0;
    add(&world, "alice", &who, &key).await.ok();
    for _ in 0..2 {
        code_by(&world, "alice", &mut key).await;
    }
    // Once it has counted, 0 is a step back.
    key.counter = 5;
    code_by(&world, "alice", &mut key).await;
    key.counter = 0;
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    assert_eq!(
        show(&world, key.show(&asked)).await.code(),
        "PASSKEY_REFUSED"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_of_one_account() {
    let world = world().await;
    let (_alice, mut hers) = owner(&world, "alice").await;
    let (bob, mut his) = owner(&world, "bob").await;
    // Neither account takes the other's, with whatever signature.
    let id = password(&world, "alice").await;
    let asked = ask(&world, &id).await;
    assert_eq!(
        show(&world, his.show(&asked)).await.code(),
        "PASSKEY_REFUSED"
    );
    let asked = ask(&world, &id).await;
    let mut mixed = his.show(&asked);
    mixed["credential"] = json!(base64(&hers.credential));
    assert_eq!(show(&world, mixed).await.code(), "PASSKEY_REFUSED");
    // Nor a code of the other's, which is used up by it.
    let (_, of_bob) = code_by(&world, "bob", &mut his).await;
    assert_eq!(code(&world, &id, &of_bob).await.code(), "CODE_WRONG");
    // Nor is one kept twice.
    let again = add(&world, "bob", &bob, &hers).await;
    assert_eq!(again.code(), "PASSKEY_REFUSED");
    let (id, shown) = code_by(&world, "alice", &mut hers).await;
    code(&world, &id, &shown).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passkeys_come_and_go_with_password_and_code() {
    let world = world().await;
    let [carol] = world.people(["carol"]).await;
    // Without a second factor there is nothing beside which one would be.
    let body = json!({ "proof": prove(&world, "carol").await, "code": "000000" });
    let none = world.post(PATH, token(&carol), body).await;
    assert_eq!(none.code(), "NO_SECOND_FACTOR");
    let (who, mut key) = owner(&world, "alice").await;
    let wrong = json!({ "proof": prove(&world, "alice").await, "code": "zzzz" });
    let wrong = world.post(PATH, token(&who.person), wrong).await;
    assert_eq!(wrong.code(), "CODE_WRONG");
    let list = world.get(PATH, token(&who.person)).await.ok();
    let id = list["passkeys"][0]["passkey_id"].clone();
    let remove = async |id: &Value, code: String| {
        let proof = prove(&world, "alice").await;
        let body = json!({ "passkey_id": id, "proof": proof, "code": code });
        world
            .post("/api/passkeys/remove", token(&who.person), body)
            .await
    };
    let other = remove(&json!("0".repeat(32)), who.fresh(&world)).await;
    assert_eq!(other.code(), "NOT_FOUND");
    // By a code of the passkey itself.
    let (_, shown) = code_by(&world, "alice", &mut key).await;
    assert_eq!(remove(&id, shown).await.ok()["passkeys"], json!([]));
    // It is added anew, and goes with the second factor.
    add(&world, "alice", &who, &key).await.ok();
    let body = json!({ "proof": prove(&world, "alice").await, "code": who.fresh(&world) });
    let gone = world
        .post("/api/second_factor/remove", token(&who.person), body)
        .await
        .ok();
    let next = gone["session"]["token"].as_str().or(gone["token"].as_str());
    assert_eq!(world.get(PATH, next).await.ok()["passkeys"], json!([]));
}

/// Whoever guesses at codes makes the account wait; a passkey is nothing to guess at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_of_others_do_not_shut_a_passkey_out() {
    let world = world().await;
    let (_who, mut key) = owner(&world, "alice").await;
    let id = password(&world, "alice").await;
    for _ in 0..CODE_TRIES {
        assert_eq!(code(&world, &id, "zzzz").await.code(), "CODE_WRONG");
    }
    assert_eq!(code(&world, &id, "zzzz").await.code(), "RATE_LIMITED");
    let (id, shown) = code_by(&world, "alice", &mut key).await;
    code(&world, &id, &shown).await.ok();
}
