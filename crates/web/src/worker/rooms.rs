//! The list of rooms and the members of one, as the screen shows them.

use client::{
    Client,
    engine::{
        Engine,
        api::{ItemBody, RoomStage, RoomView, TimelineItem},
    },
    store::Range,
};
use protocol::ids::{AccountId, RoomId};

use crate::{
    wire::{Member, RoomLine, Standing, Tell},
    words,
};

/// All rooms, those with the newest activity first.
pub(super) async fn all(client: &Client<Engine>) -> Option<Tell> {
    let rooms = client.read(Engine::rooms).await.ok()?;
    let own = client.read(Engine::account).await.ok()?;
    let own = own.map(|own| own.account);
    let mut lines = Vec::new();
    for room in rooms {
        let last = client.timeline(room.room, Range::newest(1)).await;
        let last = last.ok().and_then(|mut items| items.pop());
        let at = last.as_ref().map(|item| item.time.millis());
        lines.push((at, line(client, room, last, own).await));
    }
    lines.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
    let lines = lines.into_iter().map(|(_, line)| line).collect();
    Some(Tell::Rooms(lines))
}

async fn line(
    client: &Client<Engine>,
    room: RoomView,
    last: Option<TimelineItem>,
    own: Option<AccountId>,
) -> RoomLine {
    let standing = match room.stage {
        RoomStage::Invited => Standing::Invited,
        RoomStage::Joined if room.unconfirmed => Standing::Unconfirmed,
        RoomStage::Joined => Standing::In,
        RoomStage::NotOnThisDevice => Standing::Waiting,
        RoomStage::Suspect | RoomStage::TooNew => Standing::Paused,
        RoomStage::Leaving
        | RoomStage::Left
        | RoomStage::Removed
        | RoomStage::RemovedUnconfirmed => Standing::Over,
    };
    let about = match standing {
        Standing::Invited => {
            let inviter = room.inviter;
            let name = client.read(move |engine: &Engine| engine.known_name(inviter?));
            let name = name.await.ok().flatten();
            let name = name.map_or_else(|| "Somebody".to_owned(), |name| words::one_line(&name));
            format!("{name} invites you.")
        }
        Standing::Waiting if room.waiting => {
            "This device gets in when somebody who is in the room is online.".to_owned()
        }
        Standing::In | Standing::Unconfirmed => {
            last.map_or_else(String::new, |last| said(last, own))
        }
        _ => words::stage(room.stage).to_owned(),
    };
    RoomLine {
        room: room.room,
        name: words::one_line(room.name.as_deref().unwrap_or("A room")),
        topic: words::one_line(room.topic.as_deref().unwrap_or_default()),
        standing,
        about,
        people: room.accounts,
        history: words::history(room.history).to_owned(),
        role: room.role,
        unread: room.unread,
        muted: room.muted,
        shared_key: room.shared_key.map(|link| link.expose().to_owned()),
    }
}

/// The last words of a room; what merely happened there is not worth a line in the list.
fn said(item: TimelineItem, own: Option<AccountId>) -> String {
    let name = if own.is_some() && item.sender == own {
        "You".to_owned()
    } else {
        item.sender_name.unwrap_or_default()
    };
    match item.body {
        ItemBody::Text(text) | ItemBody::Unsalted(text) | ItemBody::Reply { text, .. } => {
            words::one_line(&format!("{name}: {text}"))
        }
        ItemBody::File(file) => words::one_line(&format!("{name}: {}", file.name)),
        _ => String::new(),
    }
}

/// Who is in a room: oneself first, then by name.
pub(super) async fn members(client: &Client<Engine>, room: RoomId) -> Option<Tell> {
    let members = client.read(move |engine: &Engine| engine.members(room));
    let members = members.await.ok()?;
    let mut members: Vec<Member> = members
        .into_iter()
        .map(|member| Member {
            account: member.account,
            user: words::one_line(&member.user),
            role: member.role,
            invited: member.invited,
            verified: member.verified,
            own: member.own,
        })
        .collect();
    members.sort_unstable_by(|one, other| (!one.own, &one.user).cmp(&(!other.own, &other.user)));
    Some(Tell::Members(room, members))
}
