//! `room link`, `links`, `unlink` and `join`: ways in that need nobody online.

use client::{
    engine::{
        Engine,
        api::{Command, HistoryChoice, LinkPreview, LinkText, LinkView, Outcome},
    },
    transport::ServerUrl,
};
use protocol::{
    error::ErrorCode,
    ids::{AccountId, RoomId},
    time::Timestamp,
};
use serde_json::json;

use super::basic;
use crate::{
    args::{Global, Span},
    exit::Problem,
    find,
    output::{Output, clean_line, note},
    prompt,
    session::Session,
};

/// Members whose names a preview shows.
const NAMES_SHOWN: usize = 8;

/// What the command line says of a new link.
pub(super) struct NewLink {
    pub(super) expires: Option<Span>,
    pub(super) uses: Option<u32>,
    pub(super) label: String,
    pub(super) spoken: bool,
}

pub(super) async fn make(
    global: &Global,
    output: Output,
    room: &str,
    new: NewLink,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?;
    if let Some(link) = &room.shared_key {
        basic::tell_link(&session, output, link)?;
        return session.finish().await;
    }
    let room = room.room;
    let command = Command::CreateLink {
        room,
        label: new.label,
        lasts_ms: new.expires.map(|span| span.millis),
        uses: new.uses,
        spoken: new.spoken,
    };
    let Outcome::LinkCreated { link, text } = session.command(command).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    let text = handed_on(&session, &text)?;
    output.line(&text, || {
        if new.spoken {
            json!({ "id": link, "words": text })
        } else {
            json!({ "id": link, "url": text })
        }
    })?;
    session.finish().await
}

/// The link as people hand it on. What stands behind the `#` never reaches a server; what is said has no URL.
pub(super) fn handed_on(session: &Session, text: &LinkText) -> Result<String, Problem> {
    if text.expose().contains(' ') {
        return Ok(text.expose().to_owned());
    }
    Ok(format!("{}/join#{}", session.url(), text.expose()))
}

pub(super) async fn list(
    global: &Global,
    output: Output,
    room: &str,
    show: bool,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let links = links(&session, room).await?;
    if links.is_empty() && !output.json {
        output.say("No links. Make one: secure-chat room link ROOM")?;
    }
    for link in links {
        let maker = maker(&session, link.maker).await?;
        let shown = link.text.as_ref().filter(|_| show);
        let shown = shown.map(|text| handed_on(&session, text)).transpose()?;
        let mut text = line(&link, &maker);
        if let Some(shown) = &shown {
            text.push_str("\n  ");
            text.push_str(shown);
        }
        output.line(&text, || {
            json!({
                "id": link.link,
                "label": link.label,
                "by": maker,
                "own": link.own,
                "created": link.created,
                "expires": link.expires,
                "uses_left": link.uses_left,
                "used": link.used,
                "link": shown,
            })
        })?;
    }
    session.finish().await
}

async fn links(session: &Session, room: RoomId) -> Result<Vec<LinkView>, Problem> {
    match session.command(Command::Links { room }).await? {
        Outcome::Links(links) => Ok(links),
        _ => Err(Problem::of(ErrorCode::BadAnswer)),
    }
}

async fn maker(session: &Session, account: AccountId) -> Result<String, Problem> {
    let name = session
        .client
        .read(move |engine: &Engine| engine.known_name(account));
    Ok(clean_line(
        &name.await?.unwrap_or_else(|| account.to_string()),
    ))
}

fn line(link: &LinkView, maker: &str) -> String {
    let label = link.label.as_deref().filter(|label| !label.is_empty());
    let label = label.map_or_else(String::new, |label| format!("  {}", clean_line(label)));
    let expires = link.expires.map_or_else(
        || "never ends".to_owned(),
        |time: Timestamp| format!("ends {time}"),
    );
    let used = match link.used {
        0 => "not used yet".to_owned(),
        1 => "used once".to_owned(),
        count => format!("used {count} times"),
    };
    let left = link
        .uses_left
        .map_or_else(String::new, |left| format!(", {left} left"));
    format!("{}  by {maker}, {expires}, {used}{left}{label}", link.link)
}

pub(super) async fn end(
    global: &Global,
    output: Output,
    room: &str,
    link: &str,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let mut matching = links(&session, room).await?;
    matching.retain(|known| known.link.to_string().starts_with(link));
    let [found] = matching.as_slice() else {
        let sentence = "No link has that id, or more than one begins so.";
        return Err(Problem::new(ErrorCode::NotFound, sentence));
    };
    let link = found.link;
    session.command(Command::EndLink { room, link }).await?;
    output.say("That link has ended.")?;
    session.finish().await
}

pub(super) async fn join(
    global: &Global,
    output: Output,
    link: Vec<String>,
    into: basic::Into,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let link = LinkText::new(here(session.url(), link.join(" "))?);
    if link.is_shared_key() {
        return basic::join(session, output, link, into).await;
    }
    let preview = Command::PreviewLink { link: link.clone() };
    let Outcome::LinkPreview(preview) = session.command(preview).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    let verified = {
        let account = preview.maker;
        let read = move |engine: &Engine| engine.is_verified(account);
        session.client.read(read).await?
    };
    note(&words(&preview, verified));
    if !preview.inside && !prompt::agrees("Come in?")? {
        note("You stayed outside.");
        return session.finish().await;
    }
    let Outcome::RoomJoined(room) = session.command(Command::JoinByLink { link }).await? else {
        return Err(Problem::of(ErrorCode::BadAnswer));
    };
    output.line(&room.to_string(), || json!({ "id": room }))?;
    session.finish().await
}

/// What stands behind the `#`, if the link is one of this home's server.
pub(crate) fn here(own: &ServerUrl, link: String) -> Result<String, Problem> {
    let Some((server, fragment)) = link.split_once('#') else {
        return Ok(link);
    };
    let other = server.strip_suffix("/join").unwrap_or(server);
    if ServerUrl::parse(other).ok().as_ref() != Some(own) {
        let sentence = "That link leads to another server than this home's.";
        return Err(Problem::new(ErrorCode::BadLink, sentence));
    }
    let pins = LinkText::new(fragment.to_owned()).server_pins();
    let shown = own.trust().shown();
    if !pins.is_empty() && shown.is_some_and(|shown| !pins.contains(&shown)) {
        return Err(Problem::new(
            ErrorCode::ServerKeyChanged,
            "Whoever made that link sees other keys of this server than you do. Somebody may stand in between, or the server has new keys since. Ask for a new link.",
        ));
    }
    Ok(fragment.to_owned())
}

/// What will be shared, and with whom.
fn words(preview: &LinkPreview, verified: bool) -> String {
    let name = preview.name.as_deref().map_or_else(
        || format!("Room {}", preview.room),
        |name| format!("\"{}\"", clean_line(name)),
    );
    let maker = clean_line(&preview.maker_name);
    let proof = if verified { "verified" } else { "not verified" };
    let reads = match preview.history {
        HistoryChoice::None => "You will read what is said from now on, on this device only.",
        HistoryChoice::SinceJoin => "You will read what is said from now on.",
        HistoryChoice::Shared => "You will read everything that was ever said in it.",
    };
    format!(
        "{name}: a link of {maker} ({proof}).\nIn it: {}.\n{reads} They will see that you came in by a link.",
        names(&preview.members)
    )
}

fn names(members: &[String]) -> String {
    let shown: Vec<String> = members
        .iter()
        .take(NAMES_SHOWN)
        .map(|n| clean_line(n))
        .collect();
    let more = members.len().saturating_sub(NAMES_SHOWN);
    let shown = shown.join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}
