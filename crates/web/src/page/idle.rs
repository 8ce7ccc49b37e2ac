//! A page that nobody uses for a while locks itself, if the person wants that and there is a lock.

use std::{cell::Cell, time::Duration};

use client::{browser::SystemClock, clock::Clock as _};
use leptos::{prelude::*, task::spawn_local};

use super::{browser, post, state::State, typed};
use crate::wire::{Own, Wish};

/// What the person can choose: minutes without use, and what that is called.
pub(super) const CHOICES: [(u64, &str); 4] = [
    (0, "When the last tab is closed"),
    (5, "After 5 minutes without use"),
    (30, "After half an hour"),
    (240, "After 4 hours"),
];

/// How often is looked.
const LOOK: Duration = Duration::from_secs(5);
const MINUTE_MILLIS: u64 = 60_000;

thread_local! {
    static USED: Cell<u64> = const { Cell::new(0) };
}

/// Begins to look.
pub(super) fn watch(state: State) {
    used();
    for event in ["keydown", "pointerdown", "pointermove", "wheel"] {
        drop(window_event_listener_untyped(event, |_| used()));
    }
    // A page without timers is one in which nothing goes on.
    let _ = set_interval_with_handle(move || look(state), LOOK);
}

fn now() -> u64 {
    SystemClock.now().millis()
}

fn used() {
    USED.set(now());
}

fn look(state: State) {
    let minutes = browser::lock_after();
    let locks = |own: &Option<Own>| own.as_ref().is_some_and(|own| own.locks);
    if minutes == 0 || !state.own.with_untracked(locks) {
        return;
    }
    // All tabs are one desk: each tells the others of its use.
    let (here, anywhere) = (USED.get(), browser::used());
    if here > anywhere {
        browser::set_used(here);
    }
    if now().saturating_sub(here.max(anywhere)) >= minutes * MINUTE_MILLIS {
        // What was typed goes to the store before it.
        typed::hand_on(state);
        spawn_local(async {
            // If it is refused, the next look asks again.
            let _ = post::wish(Wish::Lock).await;
        });
    }
}
