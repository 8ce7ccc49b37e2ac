//! Events as lines.

use engine::{
    Engine,
    api::{Event, Failure, ItemKey, TimelineChange, TimelineItem},
};
use protocol::ids::RoomId;
use serde_json::{Value, json};

use crate::{
    Client,
    words::{self, Names},
};

/// The lines of one event; none for what the answers to commands say already.
///
/// # Errors
/// The driver has ended.
pub async fn lines(client: &Client<Engine>, event: &Event) -> Result<Vec<Value>, Failure> {
    Ok(match event {
        // A bot types nothing, and reads everything.
        Event::Done(..) | Event::TypedChanged | Event::MarksChanged => Vec::new(),
        Event::RoomsChanged => vec![json!({ "event": "rooms_changed" })],
        Event::MembersChanged(room) => {
            vec![json!({ "event": "members_changed", "room": room })]
        }
        Event::Timeline(room, changes) => timeline(client, *room, changes).await?,
        Event::LinkEnded { room, label } => {
            vec![json!({ "event": "link_ended", "room": room, "label": label })]
        }
        Event::NewDevice(device) => {
            vec![json!({ "event": "new_device", "device": device })]
        }
        Event::AccountChanged => {
            let changes = client.read(Engine::changes).await?;
            let line =
                |change| json!({ "event": "account_changed", "text": words::changed(change) });
            changes.iter().map(line).collect()
        }
        Event::Settled(settled) => {
            let text = words::settled(*settled);
            let line = text.map(|text| json!({ "event": "account_changed", "text": text }));
            line.into_iter().collect()
        }
        Event::SignedOut => vec![json!({ "event": "signed_out" })],
        Event::UpgradeRequired => vec![json!({ "event": "upgrade_required" })],
        Event::Alarm(alarm) => {
            vec![json!({ "event": "alarm", "text": words::alarm(alarm) })]
        }
    })
}

fn lines_of(changes: &[TimelineChange]) -> impl Iterator<Item = &TimelineItem> {
    changes.iter().filter_map(|change| match change {
        TimelineChange::Set(item) => Some(item),
        TimelineChange::Remove(_) => None,
    })
}

async fn timeline(
    client: &Client<Engine>,
    room: RoomId,
    changes: &[TimelineChange],
) -> Result<Vec<Value>, Failure> {
    let names = Names::of(client, lines_of(changes)).await?;
    let line = |change: &TimelineChange| match change {
        TimelineChange::Set(item) => {
            let mut line = words::item(room, item, &names);
            let word = match item.key {
                ItemKey::Logged(_) => "item",
                ItemKey::Draft(_) => "draft",
            };
            words::put(&mut line, "event", json!(word));
            line
        }
        TimelineChange::Remove(ItemKey::Draft(id)) => {
            json!({ "event": "draft_gone", "room": room, "draft": id })
        }
        TimelineChange::Remove(ItemKey::Logged(seq)) => {
            json!({ "event": "item_gone", "room": room, "seq": seq })
        }
    };
    Ok(changes.iter().map(line).collect())
}
