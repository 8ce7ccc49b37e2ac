//! Tokens beside the session's own.

mod access;
mod api;

use serde_json::Value;

use crate::{
    people::Person,
    world::{Answer, World},
};

/// The same person by another token.
fn by(person: &Person, token: &Value) -> Person {
    Person {
        token: token.as_str().unwrap().to_owned(),
        ..person.clone()
    }
}

/// What a request for the account's rooms is answered.
async fn rooms(world: &World, person: &Person) -> Answer {
    world.get("/api/rooms", Some(&person.token)).await
}

/// The code with which the account's rooms are refused; none if they are not.
async fn refused(world: &World, person: &Person) -> Option<String> {
    let answer = rooms(world, person).await;
    (answer.status != 200).then(|| answer.code())
}
