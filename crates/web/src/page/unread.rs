//! What is unread: noted as read where it is on the screen, counted in the title of the page where it is not.

use client::engine::api::ItemKey;
use leptos::{prelude::*, task::spawn_local};
use protocol::ids::Seq;
use web_sys::Element;

use super::{browser, post, state::State};
use crate::wire::Wish;

/// Whoever has scrolled up no further than this, in pixels, sees the newest line.
const NEAR: i32 = 40;

/// Begins to look.
pub(super) fn watch(state: State) {
    for event in ["focus", "visibilitychange"] {
        drop(window_event_listener_untyped(event, move |_| note(state)));
    }
    Effect::new(move || {
        let count = state.rooms.with(|rooms| {
            let told = rooms.iter().filter(|line| !line.muted);
            told.map(|line| line.unread).sum::<u32>()
        });
        let title = match count {
            0 => "Secure Chat".to_owned(),
            count => format!("({count}) Secure Chat"),
        };
        browser::set_title(&title);
    });
    Effect::new(move || {
        // Whichever comes last: the count or the lines.
        state.rooms.track();
        state.lines.track();
        state.below.track();
        note(state);
    });
}

/// The person turned the lines to another place.
pub(super) fn scrolled(state: State, lines: &Element) {
    let below = lines.scroll_top() < -NEAR;
    if state.below.get_untracked() != below {
        state.below.set(below);
    }
}

/// Tells what is on the screen, if the person can see it.
fn note(state: State) {
    if !browser::is_seen() || state.below.get_untracked() || state.reading.get_untracked() {
        return;
    }
    let Some(line) = untrack(|| state.line()) else {
        return;
    };
    let (Some(seq), true) = (newest(state), line.unread > 0) else {
        return;
    };
    let room = line.room;
    state.reading.set(true);
    spawn_local(async move {
        // What is not noted stays unread, and is tried again with the next change.
        let _ = post::wish(Wish::Read { room, seq }).await;
        state.reading.set(false);
        // The list may say that something is unread before the line itself is here.
        if newest(state) > Some(seq) {
            note(state);
        }
    });
}

/// The last line on the screen that stands in the log.
fn newest(state: State) -> Option<Seq> {
    state.lines.with_untracked(|lines| {
        let mut logged = lines.iter().rev().filter_map(|line| match line.key {
            ItemKey::Logged(seq) => Some(seq),
            ItemKey::Draft(_) => None,
        });
        logged.next()
    })
}
