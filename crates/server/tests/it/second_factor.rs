//! The second factor: enrolment, login by code, what does not count, and its end.

mod changes;
mod tickets;

use protocol::limits::{CODE_LEG_MILLIS, CODE_TRIES, CODE_WAIT_MILLIS};
use serde_json::{Value, json};
use server::Clock as _;

use crate::{
    people::{Person, from_base64, hex_id, login, password_proof},
    socket::Packet,
    totp,
    world::{Answer, World},
};

const STEP: u64 = 30_000;
const PATH: &str = "/api/second_factor";

/// Somebody with an authenticator app.
pub(crate) struct Guarded {
    pub(crate) person: Person,
    pub(crate) seed: Vec<u8>,
    pub(crate) backup_codes: Vec<String>,
}

impl Guarded {
    /// The code so many milliseconds from now.
    fn code(&self, world: &World, ahead: i64) -> String {
        let now = world.clock.now().millis();
        totp::code_at(&self.seed, now.checked_add_signed(ahead).unwrap())
    }

    /// A code that was never used: the clock goes on to the next step.
    pub(crate) fn fresh(&self, world: &World) -> String {
        world.clock.advance(STEP);
        self.code(world, 0)
    }

    fn wrong(&self, world: &World) -> String {
        let codes: Vec<_> = (-2..=2)
            .map(|n| self.code(world, n * STEP as i64))
            .collect();
        let free = |code: &String| !codes.contains(code);
        (0..6).map(|n| format!("{n:06}")).find(free).unwrap()
    }
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap().iter();
    texts.map(|it| it.as_str().unwrap().to_owned()).collect()
}

pub(crate) async fn prove(world: &World, name: &str) -> Value {
    let proof = password_proof(world, name, &name.repeat(3)).await;
    proof.unwrap_or_else(|answer| panic!("{}", answer.body))
}

async fn enrol_start(world: &World, name: &str, token: &str) -> Answer {
    let body = json!({ "proof": prove(world, name).await });
    world.post(PATH, Some(token), body).await
}

pub(crate) async fn guarded(world: &World, name: &str) -> Guarded {
    let [person] = world.people([name]).await;
    guarded_person(world, name, person).await
}

/// The same for somebody who is there.
pub(crate) async fn guarded_person(world: &World, name: &str, mut person: Person) -> Guarded {
    let started = enrol_start(world, name, &person.token).await.ok();
    let seed = from_base64(&started["seed"]);
    let code = totp::code_at(&seed, world.clock.now().millis());
    let done = json!({ "code": code });
    let done = world.post(PATH, Some(&person.token), done).await.ok();
    person.token = done["session"]["token"].as_str().unwrap().to_owned();
    Guarded {
        person,
        seed,
        backup_codes: texts(&done["backup_codes"]),
    }
}

/// The first two legs; the login id that waits for a code.
pub(crate) async fn password(world: &World, name: &str) -> String {
    let answer = login(world, name, &name.repeat(3), None).await.ok();
    let id = &answer["second_factor"]["login_id"];
    id.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

pub(crate) async fn code(world: &World, login_id: &str, code: &str) -> Answer {
    let body = json!({ "login_id": login_id, "code": code });
    world.post("/login", None, body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_needs_the_code_and_gives_nothing_before_it() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let device = Some(alice.person.device.as_str());
    let asked = login(&world, "alice", "alicealicealice", device).await;
    assert!(asked.headers.get("set-cookie").is_none());
    let asked = asked.ok();
    let fields: Vec<_> = asked.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["second_factor"], "no session, no box: {asked}");
    assert_eq!(
        asked["second_factor"]["kinds"],
        json!(["totp", "backup_code"])
    );
    let id = asked["second_factor"]["login_id"].as_str().unwrap();
    let opened = code(&world, id, &alice.fresh(&world)).await;
    assert!(opened.headers.contains_key("set-cookie"));
    let opened = opened.ok();
    assert_eq!(opened["session"]["device_id"], json!(alice.person.device));
    assert!(opened["root_box"]["by_password"].is_string());
    let token = opened["session"]["token"].as_str().unwrap();
    world.get("/api/devices", Some(token)).await.ok();
    // That login is done.
    assert_eq!(
        code(&world, id, &alice.fresh(&world)).await.code(),
        "LOGIN_FAILED"
    );
    // Nobody without the password learns that there is a second factor.
    let [_bob] = world.people(["bob"]).await;
    let wrong = login(&world, "alice", "not her password", None).await;
    let plain = login(&world, "bob", "not his password", None).await;
    assert_eq!(wrong.code(), "LOGIN_FAILED");
    assert_eq!(wrong.body, plain.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_counts_once_and_only_in_its_time() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    // The one of the enrolment is used.
    let id = password(&world, "alice").await;
    let used = alice.code(&world, 0);
    assert_eq!(code(&world, &id, &used).await.code(), "CODE_WRONG");
    let fresh = alice.fresh(&world);
    code(&world, &id, &fresh).await.ok();
    let id = password(&world, "alice").await;
    assert_eq!(code(&world, &id, &fresh).await.code(), "CODE_WRONG");
    // One step behind the one that was used is used as well.
    let before = alice.code(&world, -(STEP as i64));
    assert_eq!(code(&world, &id, &before).await.code(), "CODE_WRONG");
    // Half a minute off is allowed for; a minute is not.
    let minute = alice.code(&world, 2 * STEP as i64);
    assert_eq!(code(&world, &id, &minute).await.code(), "CODE_WRONG");
    let ahead = alice.code(&world, STEP as i64);
    code(&world, &id, &ahead).await.ok();
    // And then the code of now is older than the last one.
    let id = password(&world, "alice").await;
    let now = alice.code(&world, 0);
    assert_eq!(code(&world, &id, &now).await.code(), "CODE_WRONG");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_an_hour_off_is_refused_both_ways() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    world.clock.advance(2 * 3_600_000);
    let id = password(&world, "alice").await;
    for ahead in [-3_600_000, 3_600_000] {
        let off = alice.code(&world, ahead);
        let refused = code(&world, &id, &off).await;
        assert_eq!(refused.code(), "CODE_WRONG");
        let now = world.clock.now().to_string();
        assert_eq!(refused.body["timestamp"], json!(now));
    }
    // The wrong ones leave the login where it is.
    code(&world, &id, &alice.code(&world, -(STEP as i64)))
        .await
        .ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_requests_with_one_code_open_one_session() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let ids = [
        password(&world, "alice").await,
        password(&world, "alice").await,
    ];
    let fresh = alice.fresh(&world);
    let [one, other] = &ids;
    let (one, other) = tokio::join!(code(&world, one, &fresh), code(&world, other, &fresh));
    let opened = [&one, &other]
        .into_iter()
        .filter(|it| it.status == 200)
        .count();
    assert_eq!(opened, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_slowed_and_sessions_go_on() {
    let mut world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let id = password(&world, "alice").await;
    for _ in 0..CODE_TRIES {
        let guess = alice.wrong(&world);
        assert_eq!(code(&world, &id, &guess).await.code(), "CODE_WRONG");
    }
    // Not even the right one is looked at, in this login or another.
    let limited = code(&world, &id, &alice.code(&world, STEP as i64)).await;
    assert_eq!(limited.code(), "RATE_LIMITED");
    assert_eq!(limited.body["retry_after_ms"], json!(CODE_WAIT_MILLIS));
    let other = password(&world, "alice").await;
    let backup = &alice.backup_codes[0];
    assert_eq!(code(&world, &other, backup).await.code(), "RATE_LIMITED");
    // Whoever is in stays in.
    let token = Some(alice.person.token.as_str());
    world.get("/api/devices", token).await.ok();
    // A restart forgets nothing.
    world.stop().await;
    world.start().await;
    let id = password(&world, "alice").await;
    assert_eq!(
        code(&world, &id, &alice.code(&world, 0)).await.code(),
        "RATE_LIMITED"
    );
    // Each further wrong one doubles the wait.
    for doubled in 1..=3 {
        world.clock.advance(CODE_WAIT_MILLIS << (doubled - 1));
        let guess = alice.wrong(&world);
        assert_eq!(code(&world, &id, &guess).await.code(), "CODE_WRONG");
        let limited = code(&world, &id, &alice.code(&world, 0)).await;
        assert_eq!(limited.code(), "RATE_LIMITED");
        let wait = CODE_WAIT_MILLIS << doubled;
        assert_eq!(limited.body["retry_after_ms"], json!(wait));
    }
    world.clock.advance(CODE_WAIT_MILLIS << 3);
    let id = password(&world, "alice").await;
    code(&world, &id, &alice.code(&world, 0)).await.ok();
    // A right one begins the count anew.
    let id = password(&world, "alice").await;
    for _ in 1..CODE_TRIES {
        let guess = alice.wrong(&world);
        assert_eq!(code(&world, &id, &guess).await.code(), "CODE_WRONG");
    }
    code(&world, &id, &alice.fresh(&world)).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_code_counts_once() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let bob = guarded(&world, "bob").await;
    assert_eq!(alice.backup_codes.len(), 10);
    let left = async || {
        let kept = world.get(PATH, Some(&alice.person.token)).await.ok();
        kept["backup_codes_left"].clone()
    };
    let id = password(&world, "alice").await;
    // Another account's is no code.
    let foreign = &bob.backup_codes[0];
    assert_eq!(code(&world, &id, foreign).await.code(), "CODE_WRONG");
    let written = alice.backup_codes[0].to_uppercase().replace('-', " ");
    code(&world, &id, &written).await.ok();
    assert_eq!(left().await, 9);
    let id = password(&world, "alice").await;
    let again = code(&world, &id, &alice.backup_codes[0]).await;
    assert_eq!(again.code(), "CODE_WRONG");
    code(&world, &id, &alice.backup_codes[1]).await.ok();
    // New ones end those that were left; a backup code is enough to ask for them.
    let body = json!({ "proof": prove(&world, "alice").await, "code": alice.backup_codes[2] });
    let path = format!("{PATH}/backup_codes");
    let token = Some(alice.person.token.as_str());
    let new = texts(&world.post(&path, token, body).await.ok()["backup_codes"]);
    assert_eq!(left().await, 10);
    let id = password(&world, "alice").await;
    let old = code(&world, &id, &alice.backup_codes[3]).await;
    assert_eq!(old.code(), "CODE_WRONG");
    code(&world, &id, &new[9]).await.ok();
    let large = "0".repeat(65);
    let id = password(&world, "alice").await;
    assert_eq!(code(&world, &id, &large).await.code(), "TOO_LARGE");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_third_leg_has_five_minutes() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let id = password(&world, "alice").await;
    world.clock.advance(CODE_LEG_MILLIS - 1);
    let guess = alice.wrong(&world);
    assert_eq!(code(&world, &id, &guess).await.code(), "CODE_WRONG");
    world.clock.advance(1);
    let late = code(&world, &id, &alice.code(&world, 0)).await;
    assert_eq!(late.code(), "LOGIN_FAILED");
    let unknown = code(&world, &hex_id(), &alice.code(&world, 0)).await;
    assert_eq!(unknown.code(), "LOGIN_FAILED");
    // An id of the first leg is none of the third.
    let proof = prove(&world, "alice").await;
    let first = code(&world, proof["login_id"].as_str().unwrap(), "123456").await;
    assert_eq!(first.code(), "LOGIN_FAILED");
    let both = json!({ "login_id": hex_id(), "code": "123456", "finish": "" });
    assert_eq!(world.post("/login", None, both).await.code(), "BAD_JSON");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_needs_password_and_code() {
    let world = World::new().await;
    let [alice, bob] = world.people(["alice", "bob"]).await;
    let token = Some(alice.token.as_str());
    assert_eq!(
        world.get(PATH, token).await.ok(),
        json!({ "kinds": [], "backup_codes_left": 0 })
    );
    // A session alone does not do, nor does somebody else's password, nor a proof that was shown before.
    let proof = json!({ "proof": password_proof(&world, "alice", "not hers").await.ok() });
    assert_eq!(world.post(PATH, token, proof).await.code(), "LOGIN_FAILED");
    let foreign = enrol_start(&world, "bob", &alice.token).await;
    assert_eq!(foreign.code(), "LOGIN_FAILED");
    let shown = json!({ "proof": prove(&world, "alice").await });
    world.post(PATH, token, shown.clone()).await.ok();
    assert_eq!(world.post(PATH, token, shown).await.code(), "LOGIN_FAILED");
    let done = json!({ "code": "123456" });
    let bobs = world.post(PATH, Some(&bob.token), done.clone()).await;
    assert_eq!(bobs.code(), "NO_SECOND_FACTOR");
    let neither = world.post(PATH, token, json!({})).await;
    assert_eq!(neither.code(), "BAD_JSON");
    assert_eq!(world.post(PATH, None, done).await.code(), "UNAUTHENTICATED");
    // Until a code was shown a login needs none.
    let open = login(&world, "alice", "alicealicealice", None).await.ok();
    assert!(open["session"]["token"].is_string());
    let seed = from_base64(&enrol_start(&world, "alice", &alice.token).await.ok()["seed"]);
    assert_eq!(seed.len(), 20);
    let now = world.clock.now().millis();
    let late = json!({ "code": totp::code_at(&seed, now + 3_600_000) });
    assert_eq!(world.post(PATH, token, late).await.code(), "CODE_WRONG");
    world.clock.advance(CODE_LEG_MILLIS);
    let now = world.clock.now().millis();
    let right = json!({ "code": totp::code_at(&seed, now) });
    let over = world.post(PATH, token, right).await;
    assert_eq!(over.code(), "NO_SECOND_FACTOR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_second_factor_needs_password_and_code() {
    let world = World::new().await;
    let alice = guarded(&world, "alice").await;
    let token = Some(alice.person.token.as_str());
    let remove = format!("{PATH}/remove");
    let again = enrol_start(&world, "alice", &alice.person.token).await;
    assert_eq!(again.code(), "SECOND_FACTOR_EXISTS");
    let with = async |code: String| json!({ "proof": prove(&world, "alice").await, "code": code });
    let wrong = with(alice.wrong(&world)).await;
    assert_eq!(world.post(&remove, token, wrong).await.code(), "CODE_WRONG");
    let mut wrong = with(alice.fresh(&world)).await;
    wrong["proof"] = json!(password_proof(&world, "alice", "not hers").await.ok());
    assert_eq!(
        world.post(&remove, token, wrong).await.code(),
        "LOGIN_FAILED"
    );
    let none = json!({ "proof": prove(&world, "alice").await });
    assert_eq!(world.post(&remove, token, none).await.code(), "BAD_JSON");
    // A wrong password uses no code up.
    let right = with(alice.code(&world, 0)).await;
    let session = world.post(&remove, token, right).await.ok();
    let new = session["token"].as_str().unwrap();
    assert_ne!(new, alice.person.token);
    let old = world.get("/api/devices", token).await;
    assert_eq!(old.code(), "SESSION_EXPIRED");
    assert_eq!(world.get(PATH, Some(new)).await.ok()["kinds"], json!([]));
    let open = login(&world, "alice", "alicealicealice", None).await.ok();
    assert!(open["session"]["token"].is_string());
    let gone = with(alice.fresh(&world)).await;
    for path in [remove, format!("{PATH}/backup_codes")] {
        let mut gone = gone.clone();
        gone["proof"] = prove(&world, "alice").await;
        let gone = world.post(&path, Some(new), gone).await;
        assert_eq!(gone.code(), "NO_SECOND_FACTOR");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_token_turns_when_a_second_factor_comes() {
    let world = World::new().await;
    let [alice] = world.people(["alice"]).await;
    let mut socket = world.socket(&alice).await;
    let seed = from_base64(&enrol_start(&world, "alice", &alice.token).await.ok()["seed"]);
    let code = totp::code_at(&seed, world.clock.now().millis());
    let done = json!({ "code": code });
    let done = world.post(PATH, Some(&alice.token), done).await;
    let cookie = done.headers["set-cookie"].to_str().unwrap().to_owned();
    let done = done.ok();
    let token = done["session"]["token"].as_str().unwrap();
    assert!(cookie.starts_with(&format!("secure_chat={token};")));
    assert_eq!(done["session"]["device_id"], json!(alice.device));
    let old = world.get("/api/devices", Some(&alice.token)).await;
    assert_eq!(old.code(), "SESSION_EXPIRED");
    world.get("/api/devices", Some(token)).await.ok();
    // The socket under the old one closes, and nobody is told that a session ended.
    assert!(matches!(socket.packet().await, Packet::Disconnected));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seed_and_codes_rest_sealed() {
    let mut world = World::new().await;
    let alice = guarded(&world, "alice").await;
    world.stop().await;
    let mut kept = Vec::new();
    for file in std::fs::read_dir(&world.config.data).unwrap().flatten() {
        if file.file_type().unwrap().is_file() {
            kept.extend(std::fs::read(file.path()).unwrap());
        }
    }
    let has = |needle: &[u8]| kept.windows(needle.len()).any(|window| window == needle);
    assert!(has(b"alice"), "the database was read");
    assert!(!has(&alice.seed));
    for code in &alice.backup_codes {
        let plain = code.replace('-', "");
        assert!(!has(code.as_bytes()) && !has(plain.as_bytes()));
        let hash = <sha2::Sha256 as sha2::Digest>::digest(plain);
        assert!(!has(&hash), "a plain hash could be tried offline");
    }
    world.start().await;
    let id = password(&world, "alice").await;
    code(&world, &id, &alice.fresh(&world)).await.ok();
}
