//! Administrators of the server: who is one, what they may do, and what the server tells them.

mod acts;
mod first_run;
mod invites;
mod look;

use protocol::names::UserName;
use serde_json::{Value, json};
use server::Setup;

use crate::{
    people::{Person, register_by},
    world::{Answer, World},
};

pub(crate) const CANARY: &str = "canary-0123456789abcdef0123456789abcdef";

pub(crate) async fn set_up(world: &World) -> Setup {
    let name = UserName::parse("admin").unwrap();
    world.server().set_up(&name).await.unwrap()
}

/// The invite of a server that nobody administrates.
pub(crate) async fn setup_invite(world: &World) -> String {
    match set_up(world).await {
        Setup::Administrator(invite) => invite.0,
        other => panic!("{other:?}"),
    }
}

/// Somebody who administrates the server from its start.
pub(crate) async fn administrator(world: &World, name: &str) -> Person {
    let invite = setup_invite(world).await;
    let person = register_by(world, name, &name.repeat(3), Some(&invite)).await;
    person.unwrap_or_else(|answer| panic!("{}", answer.body))
}

pub(crate) async fn refusal(result: Result<Person, Answer>) -> String {
    result
        .err()
        .map_or_else(|| "no refusal".to_owned(), |answer| answer.code())
}

pub(crate) async fn act(world: &World, by: &Person, act: &str, on: &Person) -> Answer {
    let path = format!("/api/admin/users/{}", on.account);
    world
        .post(&path, Some(&by.token), json!({ "act": act }))
        .await
}

pub(crate) async fn invite(world: &World, by: &Person, request: Value) -> Value {
    world
        .post("/api/admin/invites", Some(&by.token), request)
        .await
        .ok()
}
