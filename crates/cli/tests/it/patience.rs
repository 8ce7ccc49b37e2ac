//! Waiting for what another process does.

use std::{sync::mpsc::channel, time::Duration};

/// How long there is between two looks.
const PAUSE: Duration = Duration::from_millis(2);
/// After so many looks it will not happen any more: two minutes and more.
const LOOKS: usize = 60_000;

/// Looks until there is something to see.
#[track_caller]
pub(crate) fn until<T>(look: impl FnMut() -> Option<T>) -> T {
    looks(LOOKS, PAUSE, look).expect("it does not happen")
}

/// Looks so often for something to see.
pub(crate) fn looks<T>(
    times: usize,
    pause: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    let (_kept, nothing) = channel::<()>();
    for _ in 0..times {
        if let Some(seen) = look() {
            return Some(seen);
        }
        let _ = nothing.recv_timeout(pause);
    }
    None
}
