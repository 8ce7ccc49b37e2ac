//! `GET /api/admin/sees`: what this server can see.

use axum::{Json, extract::State};
use protocol::rest::Sees;

use crate::{
    app::Shared,
    http::{answer::Answer, caller::Administrator},
    store::admin::AdminStore as _,
};

/// What it sees that stands in no table.
const ELSEWHERE: [&str; 5] = [
    "Addresses: from which network address each device connects, while it is connected. They are not stored and not logged.",
    "Times and sizes: when something is sent or fetched, and how many bytes it has, padded as clients pad it.",
    "Files: one file on the disk for each sealed file, under a random name. The server has no key to any.",
    "Passing words: what devices of one room say to each other without its being stored is passed on sealed.",
    "The log: what the server did and what failed, without names, texts, addresses or tokens.",
];

/// Every stored column with its meaning, and the rest in words.
pub(super) async fn read(State(app): State<Shared>, _who: Administrator) -> Answer<Sees> {
    Ok(Json(Sees {
        columns: app.store.columns().await?,
        elsewhere: ELSEWHERE.map(str::to_owned).to_vec(),
    }))
}
