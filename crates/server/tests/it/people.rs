//! People with a real OPAQUE client; what would be sealed is any bytes here, as it is to the server.

use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration,
    ClientRegistrationFinishParameters, CredentialResponse, Identifiers, RegistrationResponse,
};
use protocol::{
    bytes::Bytes,
    opaque::{CONTEXT, SERVER_IDENTITY, Suite},
};
use rand_core::{OsRng, RngCore};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    socket::Socket,
    world::{Answer, World},
};

pub fn hex_id() -> String {
    let mut bytes = [0; 16];
    OsRng.fill_bytes(&mut bytes);
    hex::encode(bytes)
}

pub fn base64(bytes: &[u8]) -> String {
    Bytes::from(bytes).to_base64()
}

pub fn from_base64(value: &Value) -> Vec<u8> {
    Bytes::from_base64(value.as_str().unwrap()).unwrap().0
}

/// A registered person on one device.
#[derive(Clone)]
pub struct Person {
    pub account: String,
    pub device: String,
    pub token: String,
}

fn identifiers(name: &str) -> Identifiers<'_> {
    Identifiers {
        client: Some(name.as_bytes()),
        server: Some(SERVER_IDENTITY),
    }
}

/// A further device, for an account whose key nobody has written.
pub fn further_device(device: &str, packages: usize) -> Value {
    json!({ "device": new_device(device, packages), "account_key": 0 })
}

pub fn new_device(device: &str, packages: usize) -> Value {
    let packages: Vec<_> = (0..packages)
        .map(|i| base64(format!("{device} {i}").as_bytes()))
        .collect();
    json!({
        "device_id": device,
        "certificate": base64(b"certificate"),
        "key_packages": packages,
        "last_resort": base64(format!("{device} last").as_bytes()),
    })
}

/// What logs in with somebody's recovery code.
pub fn code_token(name: &str) -> [u8; 32] {
    Sha256::digest(format!("the code of {name}")).into()
}

/// The second leg's body of a registration, after a real first leg.
pub async fn registration(world: &World, name: &str, password: &str) -> Result<Value, Answer> {
    registration_by(world, name, password, None).await
}

/// The same with an invite in both legs.
pub async fn registration_by(
    world: &World,
    name: &str,
    password: &str,
    invite: Option<&str>,
) -> Result<Value, Answer> {
    let started = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let message = base64(&started.message.serialize());
    let answer = world
        .post(
            "/register",
            None,
            json!({ "username": name, "start": message, "invite": invite }),
        )
        .await;
    if answer.status != 200 {
        return Err(answer);
    }
    let response =
        RegistrationResponse::deserialize(&from_base64(&answer.body["response"])).unwrap();
    let parameters = ClientRegistrationFinishParameters::new(identifiers(name), None);
    let finished = started
        .state
        .finish(&mut OsRng, password.as_bytes(), response, parameters)
        .unwrap();
    let identity = Sha256::digest(name.as_bytes());
    let account = Sha256::new()
        .chain_update(b"secure-chat/1 account")
        .chain_update(identity)
        .finalize();
    Ok(json!({
        "username": name,
        "finish": base64(&finished.message.serialize()),
        "account_id": hex::encode(&account[..16]),
        "identity_key": base64(&identity),
        "root_box": { "by_password": base64(b"by password"), "by_code": base64(b"by code") },
        "token_hash": base64(&Sha256::digest(code_token(name))),
        "vault": [{ "name": "root", "expected": 0, "sealed": base64(b"listing") }],
        "device": new_device(&hex_id(), 3),
        "invite": invite,
    }))
}

pub async fn register(world: &World, name: &str, password: &str) -> Result<Person, Answer> {
    register_by(world, name, password, None).await
}

/// The same by an invite.
pub async fn register_by(
    world: &World,
    name: &str,
    password: &str,
    invite: Option<&str>,
) -> Result<Person, Answer> {
    let body = registration_by(world, name, password, invite).await?;
    let answer = world.post("/register", None, body).await;
    if answer.status != 200 {
        return Err(answer);
    }
    let session = answer.body;
    Ok(Person {
        account: session["account_id"].as_str().unwrap().to_owned(),
        device: session["device_id"].as_str().unwrap().to_owned(),
        token: session["token"].as_str().unwrap().to_owned(),
    })
}

/// Gives a registration another identity than the one that goes with its name.
pub fn with_identity(registration: &mut Value, seed: &[u8]) {
    let identity = Sha256::digest(seed);
    let account = Sha256::new()
        .chain_update(b"secure-chat/1 account")
        .chain_update(identity)
        .finalize();
    registration["account_id"] = json!(hex::encode(&account[..16]));
    registration["identity_key"] = json!(base64(&identity));
}

/// Both legs of a login.
pub async fn login(world: &World, name: &str, password: &str, device: Option<&str>) -> Answer {
    match password_proof(world, name, password).await {
        Ok(proof) => login_finish(world, proof, device).await,
        Err(answer) => answer,
    }
}

/// The first leg of a login, and what its second one says.
pub async fn password_proof(world: &World, name: &str, password: &str) -> Result<Value, Answer> {
    let started = ClientLogin::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let message = base64(&started.message.serialize());
    let answer = world
        .post(
            "/login",
            None,
            json!({ "username": name, "start": message }),
        )
        .await;
    if answer.status != 200 {
        return Err(answer);
    }
    let response = CredentialResponse::deserialize(&from_base64(&answer.body["response"])).unwrap();
    let parameters = ClientLoginFinishParameters::new(Some(CONTEXT), identifiers(name), None);
    let finished = started
        .state
        .finish(&mut OsRng, password.as_bytes(), response, parameters);
    // A client that cannot finish sends something of the right size: the server's answer must not differ.
    let message = finished.map_or(vec![0; 64], |finished| {
        finished.message.serialize().to_vec()
    });
    Ok(json!({ "login_id": answer.body["login_id"], "finish": base64(&message) }))
}

/// The first leg of a change of password, and what its second one says, but for the proof.
pub async fn new_password(world: &World, name: &str, token: &str, password: &str) -> Value {
    let started = ClientRegistration::<Suite>::start(&mut OsRng, password.as_bytes()).unwrap();
    let body = json!({ "start": base64(&started.message.serialize()) });
    let answer = world.post("/api/password", Some(token), body).await.ok();
    let response = RegistrationResponse::deserialize(&from_base64(&answer["response"])).unwrap();
    let parameters = ClientRegistrationFinishParameters::new(identifiers(name), None);
    let finished = started
        .state
        .finish(&mut OsRng, password.as_bytes(), response, parameters)
        .unwrap();
    json!({
        "finish": base64(&finished.message.serialize()),
        "by_password": base64(format!("box of {password}").as_bytes()),
        "token": hex::encode(Sha256::digest(hex_id()))[..43],
    })
}

/// The second leg of a login.
pub async fn login_finish(world: &World, mut body: Value, device: Option<&str>) -> Answer {
    if let Some(device) = device {
        body["device_id"] = json!(device);
    }
    world.post("/login", None, body).await
}

/// Opens a sealed room with side files of a few bytes.
pub async fn sealed_room(world: &World, owner: &Person) -> u64 {
    let room = (OsRng.next_u64() >> 12) + 1;
    let answer = world
        .post("/api/rooms", Some(&owner.token), new_room(room))
        .await;
    assert_eq!(answer.ok()["role"], "owner");
    room
}

pub fn new_room(room: u64) -> Value {
    json!({
        "encryption": "mls", "room_id": room, "group_id": hex_id(), "client_id": hex_id(),
        "door": base64(b"door 0"), "state": base64(b"state 0"), "roster": base64(b"roster 0"),
        "tree": base64(b"tree 0"),
    })
}

pub fn message(room: u64, handshake: u64, text: &str) -> Value {
    json!({
        "room_id": room, "client_id": hex_id(), "handshake_seq": handshake,
        "encrypted_content": base64(text.as_bytes()), "iv": base64(&[0; 12]),
        "message_hash": hex::encode(Sha256::digest(text)), "key": { "mls": base64(b"private message") },
    })
}

pub fn relay_message(room: u64, text: &str) -> Value {
    json!({
        "room_id": room, "encrypted_content": text, "iv": "[1,2,3]", "message_hash": "hash of it",
        "key": { "shared": "k1" },
    })
}

pub fn commit(handshake: u64, effects: Value) -> Value {
    json!({
        "client_id": hex_id(), "handshake_seq": handshake, "commit": base64(b"public message"),
        "effects": effects, "door": base64(format!("door {handshake}").as_bytes()),
    })
}

/// Posts a commit and answers the place of its entry.
pub async fn commit_ok(
    world: &World,
    room: u64,
    by: &Person,
    handshake: u64,
    effects: Value,
) -> u64 {
    let path = format!("/api/rooms/{room}/commits");
    let answer = world
        .post(&path, Some(&by.token), commit(handshake, effects))
        .await;
    answer.ok()["seq"].as_u64().unwrap()
}

impl World {
    /// Registers people; the password is the name, three times.
    pub async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::new();
        for name in names {
            let person = register(self, name, &name.repeat(3)).await;
            people.push(person.unwrap_or_else(|answer| panic!("{}", answer.body)));
        }
        people
            .try_into()
            .unwrap_or_else(|_| panic!("as many people as names"))
    }

    pub async fn socket(&self, person: &Person) -> Socket {
        Socket::connect(&self.address(), &person.token).await
    }
}
