//! What is typed in each room and not said. The owner of the store keeps it, so that it outlives the page, and all tabs
//! show the same.

use std::{cell::RefCell, time::Duration};

use client::engine::ordered::Map;
use leptos::{prelude::*, task::spawn_local};
use protocol::ids::RoomId;

use super::{browser, post, state::State};
use crate::wire::{Done, Trouble, Wish};

/// How long what was typed waits for more, so that not every key is written down.
const WAIT: Duration = Duration::from_millis(400);

#[derive(Default)]
struct Way {
    /// The rooms in which something was typed that has yet to be handed on.
    typed: Vec<RoomId>,
    /// The rooms of which something is on its way to the store, once for each.
    keeping: Vec<RoomId>,
    /// Something was typed here since another tab was heard of.
    writing: bool,
}

thread_local! {
    // Nothing of it is drawn but whether it is empty.
    static WAY: RefCell<Way> = RefCell::default();
}

fn change<T>(state: State, change: impl FnOnce(&mut Way) -> T) -> T {
    let (changed, unkept) = WAY.with_borrow_mut(|way| {
        let changed = change(way);
        (changed, !(way.typed.is_empty() && way.keeping.is_empty()))
    });
    state.unkept.set(unkept);
    changed
}

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
    let read = |drafts: &Map<u64, String>| drafts.get(&room.get()).cloned();
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
    note(state, room, true);
}

fn note(state: State, room: RoomId, writing: bool) {
    let waits = change(state, |way| {
        way.writing = writing;
        let waits = !way.typed.is_empty();
        if !way.typed.contains(&room) {
            way.typed.push(room);
        }
        waits
    });
    if !waits {
        set_timeout(move || hand_on(state), WAIT);
    }
}

/// It is said: the message takes its place in the store too.
pub(super) fn said(state: State, room: RoomId) {
    set(state, room, String::new());
    change(state, |way| way.typed.retain(|it| *it != room));
}

/// Hands on what was typed since the last time.
pub(super) fn hand_on(state: State) {
    for room in change(state, |way| std::mem::take(&mut way.typed)) {
        let text = untrack(|| text(state, room));
        spawn_local(async move {
            // What cannot be kept stands on the page at least.
            let _ = wish(state, room, Wish::KeepTyped { room, text }).await;
        });
    }
}

/// Wishes something that changes what is kept of a room.
pub(super) async fn wish(state: State, room: RoomId, wish: Wish) -> Result<Done, Trouble> {
    change(state, |way| way.keeping.push(room));
    let done = post::wish(wish).await;
    change(state, |way| {
        if let Some(place) = way.keeping.iter().position(|it| *it == room) {
            way.keeping.swap_remove(place);
        }
    });
    done
}

/// What is kept of all rooms, whichever tab it was typed in.
pub(super) fn told(state: State, all: Vec<(RoomId, String)>) {
    let here = |drafts: &Map<u64, String>| drafts.keys().copied().collect::<Vec<_>>();
    for room in state.drafts.with_untracked(here) {
        if let Ok(room) = RoomId::new(room)
            && all.iter().all(|(it, _)| *it != room)
        {
            told_of(state, room, String::new());
        }
    }
    for (room, text) in all {
        told_of(state, room, text);
    }
}

fn told_of(state: State, room: RoomId, kept: String) {
    let here = untrack(|| text(state, room));
    let is_newer = change(state, |way| {
        way.typed.contains(&room) || way.keeping.contains(&room)
    });
    // What was typed here and is not kept yet is newer.
    if here == kept || is_newer {
        return;
    }
    let is_here = state.room.get_untracked() == Some(room) && browser::is_in("composer");
    let writes = is_here && change(state, |way| way.writing);
    if writes && !here.is_empty() {
        // Nobody's text changes while they write it. Said once, so that two who both write come to an end.
        note(state, room, false);
    } else {
        change(state, |way| way.writing = false);
        set(state, room, kept);
    }
}
