//! What is typed in each room and not said. The owner of the store keeps it, so that it outlives the page, and all tabs
//! show the same.

use std::{collections::BTreeMap, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use protocol::ids::RoomId;

use super::{browser, post, state::State};
use crate::wire::{Done, Trouble, Wish};

/// How long what was typed waits for more, so that not every key is written down.
const WAIT: Duration = Duration::from_millis(400);

/// Hands on what was typed when the person turns to something else.
pub(super) fn watch(state: State) {
    for event in ["blur", "visibilitychange"] {
        drop(window_event_listener_untyped(event, move |_| {
            hand_on(state)
        }));
    }
}

/// What stands in the field.
pub(super) fn text(state: State, room: RoomId) -> String {
    let read = |drafts: &BTreeMap<u64, String>| drafts.get(&room.get()).cloned();
    state.drafts.with(read).unwrap_or_default()
}

fn set(state: State, room: RoomId, text: String) {
    state
        .drafts
        .update(|drafts| drop(drafts.insert(room.get(), text)));
}

/// The person typed, or what could not be said comes back.
pub(super) fn write(state: State, room: RoomId, text: String) {
    set(state, room, text);
    state.writing.set(true);
    note(state, room);
}

fn note(state: State, room: RoomId) {
    let mut waits = false;
    state.typed.update(|rooms| {
        waits = !rooms.is_empty();
        if !rooms.contains(&room) {
            rooms.push(room);
        }
    });
    if !waits {
        set_timeout(move || hand_on(state), WAIT);
    }
}

/// It is said: the message takes its place in the store too.
pub(super) fn said(state: State, room: RoomId) {
    set(state, room, String::new());
    state.typed.update(|rooms| rooms.retain(|it| *it != room));
}

/// Hands on what was typed since the last time.
pub(super) fn hand_on(state: State) {
    if state.typed.with_untracked(Vec::is_empty) {
        return;
    }
    let rooms = state.typed.try_update(std::mem::take);
    for room in rooms.unwrap_or_default() {
        let text = untrack(|| text(state, room));
        spawn_local(async move {
            // What cannot be kept stands on the page at least.
            let _ = wish(state, room, Wish::KeepTyped { room, text }).await;
        });
    }
}

/// Wishes something that changes what is kept of a room.
pub(super) async fn wish(state: State, room: RoomId, wish: Wish) -> Result<Done, Trouble> {
    state.keeping.update(|rooms| rooms.push(room));
    let done = post::wish(wish).await;
    state.keeping.update(|rooms| {
        if let Some(place) = rooms.iter().position(|it| *it == room) {
            rooms.swap_remove(place);
        }
    });
    done
}

/// Whether all that was typed is kept.
pub(super) fn is_kept(state: State) -> bool {
    state.typed.with(Vec::is_empty) && state.keeping.with(Vec::is_empty)
}

/// What is kept of all rooms, whichever tab it was typed in.
pub(super) fn told(state: State, all: Vec<(RoomId, String)>) {
    let here = |drafts: &BTreeMap<u64, String>| drafts.keys().copied().collect::<Vec<_>>();
    let here = state.drafts.with_untracked(here).into_iter();
    let gone = here.filter_map(|room| RoomId::new(room).ok());
    let gone = gone.filter(|room| all.iter().all(|(it, _)| it != room));
    let gone: Vec<_> = gone.map(|room| (room, String::new())).collect();
    for (room, text) in all.into_iter().chain(gone) {
        told_of(state, room, text);
    }
}

fn told_of(state: State, room: RoomId, kept: String) {
    let is_in = |rooms: &Vec<RoomId>| rooms.contains(&room);
    let here = untrack(|| text(state, room));
    // What was typed here and is not kept yet is newer.
    if here == kept || state.typed.with_untracked(is_in) || state.keeping.with_untracked(is_in) {
        return;
    }
    let is_here = state.room.get_untracked() == Some(room) && browser::is_in("composer");
    let writes = is_here && state.writing.try_update(std::mem::take) == Some(true);
    if writes && !here.is_empty() {
        // Nobody's text changes while they write it. Said once, so that two who both write come to an end.
        note(state, room);
    } else {
        set(state, room, kept);
    }
}
