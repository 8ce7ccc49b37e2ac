//! A certificate that the server gets itself, by ACME (RFC 8555), and renews. The authority is convinced over TLS alone
//! (`tls-alpn-01`, RFC 8737): nothing but the port of https has to be open.

mod challenge;
mod files;
mod order;

use std::{path::Path, sync::Arc, time::Duration};

use protocol::time::Timestamp;

pub(crate) use challenge::{Challenges, PROTOCOL};
pub use files::AcmeFilesError;
pub(crate) use files::{place, prepare};

use super::{Facts, Shown, look};
use crate::{clock::Clock, config::Acme};

/// Whether it is time, is asked this often.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// After a failure it is tried again after this time, and then after twice the time before: authorities count failures.
const FIRST_WAIT: Duration = Duration::from_secs(60);
const LAST_WAIT: Duration = Duration::from_secs(12 * 3_600);

/// Gets a certificate where there is none, and another one in the last third of its life. For ever.
pub(crate) async fn keep(acme: Acme, data: Arc<Path>, shown: Arc<Shown>, clock: Arc<dyn Clock>) {
    let mut wait = FIRST_WAIT;
    loop {
        if !is_due(&shown.certificate().facts, clock.now()) {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        }
        match order::certificate(&acme, &data, &shown).await {
            Ok(()) => {
                look(&shown);
                wait = FIRST_WAIT;
                // Also where it cannot be read: an authority is not asked again at once.
                tokio::time::sleep(LOOK_EVERY).await;
            }
            Err(error) => {
                let again = wait.as_secs();
                tracing::warn!(%error, again, "no certificate was got; it is tried again after so many seconds");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LAST_WAIT);
            }
        }
    }
}

/// Whether somebody should ask for another one: this one is only the server's own word, or near its end.
fn is_due(facts: &Facts, now: Timestamp) -> bool {
    let life = facts.until.since(facts.from);
    facts.self_signed || facts.until.since(now) < life / 3
}

#[cfg(test)]
mod tests {
    use protocol::pin::Pin;

    use super::*;

    #[test]
    fn a_certificate_is_renewed_in_its_last_third() {
        let day = |day: u64| Timestamp::from_millis(day * 24 * 3_600_000);
        let mut facts = Facts {
            pin: Pin::from_bytes([0; 32]),
            from: day(100),
            until: day(190),
            names: Vec::new(),
            self_signed: false,
        };
        assert!(!is_due(&facts, day(100)) && !is_due(&facts, day(159)));
        assert!(is_due(&facts, day(161)) && is_due(&facts, day(500)));
        facts.self_signed = true;
        assert!(is_due(&facts, day(100)));
    }
}
