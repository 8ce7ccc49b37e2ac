//! `save`: a file that somebody sent; prints where it lies.

use std::path::Path;

use protocol::ids::Seq;
use serde_json::json;

use crate::{
    args::Global,
    exit::Problem,
    files::{self, Progress},
    find,
    output::{Output, clean_line},
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    room: &str,
    seq: Seq,
    path: Option<&Path>,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let file = files::at(&session.client, room, seq).await?;
    let progress = Progress::new("Saving", &file.name);
    let url = session.url();
    let path = files::save(&session.client, url, room, &file, path, progress).await?;
    let shown = path.display().to_string();
    output.line(&clean_line(&shown), || json!({ "path": shown }))?;
    session.finish().await
}
