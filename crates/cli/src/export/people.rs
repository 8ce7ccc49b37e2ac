//! Whom the account knows, and whom it has compared safety numbers with.

use std::collections::BTreeMap;

use client::engine::{Engine, api::RoomView};
use protocol::ids::{AccountId, RoomId};
use serde_json::{Value, json};

use crate::{exit::Problem, session::Session};

/// Everybody of these rooms, once.
pub(super) async fn known(session: &Session, rooms: &[RoomView]) -> Result<Vec<Value>, Problem> {
    let rooms: Vec<RoomId> = rooms.iter().map(|room| room.room).collect();
    let people = session.client.read(move |engine: &Engine| {
        let members = rooms.iter().flat_map(|room| engine.members(*room));
        let people: BTreeMap<AccountId, Value> = members
            .map(|member| {
                let person = json!({
                    "account": member.account,
                    "user": member.user,
                    "verified": member.verified,
                    "own": member.own,
                });
                (member.account, person)
            })
            .collect();
        people
    });
    Ok(people.await?.into_values().collect())
}
