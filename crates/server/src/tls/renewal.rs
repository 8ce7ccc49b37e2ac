//! Looking at the files from time to time: whoever renews a certificate need not tell the server.

use std::{sync::Arc, time::Duration};

use super::Shown;
use crate::clock::Clock;

/// The files are read this often. A renewal is due a month before the old certificate ends.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// With less than this left somebody should hear of it.
const SOON: u64 = 14 * 24 * 3_600_000;
/// How often that is said.
const SAY_EVERY: u32 = 24 * 60;

/// Looks for ever. On Unix the signal SIGHUP makes it look at once.
pub(crate) async fn watch(shown: Arc<Shown>, clock: Arc<dyn Clock>) {
    let mut told = Told::new();
    let mut looks = 0;
    loop {
        if looks % SAY_EVERY == 0 {
            warn(&shown, clock.as_ref());
        }
        looks += 1;
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = told.next() => {}
        }
        if look(&shown) {
            looks = 0;
        }
    }
}

/// Looks once; whether there is another certificate.
pub(crate) fn look(shown: &Shown) -> bool {
    match shown.look_again() {
        Ok(false) => false,
        Ok(true) => {
            tracing::info!(pin = %shown.certificate().facts.pin, "another certificate is shown from now on");
            true
        }
        Err(error) => {
            tracing::warn!(%error, "the certificate cannot be read again; the old one stays");
            false
        }
    }
}

fn warn(shown: &Shown, clock: &dyn Clock) {
    let (facts, now) = (&shown.certificate().facts, clock.now());
    if !facts.holds_at(now) {
        tracing::error!(until = %facts.until, "the certificate does not hold now: clients will refuse it");
    } else if !facts.holds_at(now.plus(SOON)) {
        tracing::warn!(until = %facts.until, "the certificate ends soon and was not renewed");
    }
}

/// SIGHUP, where it exists.
struct Told {
    #[cfg(unix)]
    hang_up: Option<tokio::signal::unix::Signal>,
}

impl Told {
    fn new() -> Self {
        Self {
            #[cfg(unix)]
            hang_up: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::hangup()).ok()
            },
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(hang_up) = &mut self.hang_up
            && hang_up.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
}
