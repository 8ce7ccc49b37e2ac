//! `members`: who is in a room, one a line.

use client::engine::api::MemberView;

use crate::{
    args::Global,
    describe,
    exit::Problem,
    find,
    output::{Output, clean_line},
    session::Session,
};

pub(super) async fn run(global: &Global, output: Output, room: &str) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let members = session.client.read(move |engine| engine.members(room));
    for member in members.await? {
        output.line(&line(&member), || describe::member(&member))?;
    }
    session.finish().await
}

fn line(member: &MemberView) -> String {
    let marks = [
        (member.own, "you"),
        (member.invited, "invited"),
        (member.verified, "verified"),
        (member.name_twin, "someone else has this name too"),
    ];
    let words: Vec<&str> = std::iter::once(describe::role_word(member.role))
        .chain(marks.iter().filter(|(on, _)| *on).map(|(_, word)| *word))
        .collect();
    format!("{}  ({})", clean_line(&member.user), words.join(", "))
}
