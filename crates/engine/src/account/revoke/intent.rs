//! The request on its way, and what holds once it is taken.

use e2ee::vault::VaultRoot;
use protocol::{
    bytes::Bytes,
    call::{Call, Reply},
    error::ErrorCode,
    rest::{ACCOUNT_KEY, RevokeDevices, VaultItem},
};
use serde::{Deserialize, Serialize};

use super::ask::Asking;
use crate::{
    account::{home::Home, vault::ROOT},
    api::{CallError, Event, Space},
    engine::Engine,
    jobs::Job,
    records::{self, RecordError},
    turn::Turn,
};

/// The row of a revocation that was posted.
pub(crate) const ROW: &[u8] = b"revocation";

/// What is posted, and the home that stands if it is taken.
#[derive(Serialize, Deserialize)]
pub(super) struct Intent {
    request: RevokeDevices,
    #[serde(with = "serde_bytes")]
    home: Vec<u8>,
    /// It waits for the change of password that it is part of.
    #[serde(default)]
    pub(super) held: bool,
    /// The server has refused it, or a former sending of it has arrived: its account key tells.
    #[serde(skip)]
    checking: bool,
}

impl Intent {
    pub(super) fn load(row: &[u8]) -> Result<Self, RecordError> {
        records::decode(row)
    }

    pub(super) fn call(&self) -> Call {
        if self.checking {
            Call::VaultItem(ACCOUNT_KEY.to_owned())
        } else {
            Call::RevokeDevices(Box::new(self.request.clone()))
        }
    }

    pub(super) fn release(&mut self, turn: &mut Turn<'_>) {
        self.held = false;
        turn.put(Space::Account, ROW, records::encode(self));
    }

    fn sealed(&self, name: &str) -> Option<&Bytes> {
        let puts = self.request.vault.iter();
        puts.rev()
            .find(|put| put.name == name)
            .map(|put| &put.sealed)
    }

    /// Whether the server's account key is the one of this request: then all of it was taken.
    fn was_taken(&self, item: &VaultItem) -> bool {
        item.name == ACCOUNT_KEY && self.sealed(ACCOUNT_KEY) == Some(&item.sealed)
    }
}

impl Engine {
    pub(super) fn keep_intent(
        &mut self,
        request: RevokeDevices,
        home: Vec<u8>,
        turn: &mut Turn<'_>,
    ) {
        let asking = self.devices.revocation.asking.as_ref();
        let held = asking.is_some_and(|asking| asking.command.is_none() && !asking.after_password);
        let intent = Intent {
            request,
            home,
            held,
            checking: false,
        };
        turn.put(Space::Account, ROW, records::encode(&intent));
        self.devices.revocation.intent = Some(intent);
    }

    pub(super) fn intent_answered(
        &mut self,
        answer: Result<Reply, CallError>,
        turn: &mut Turn<'_>,
    ) {
        let Some(intent) = &mut self.devices.revocation.intent else {
            return;
        };
        match answer {
            Ok(Reply::Done) if !intent.checking => self.intent_taken(turn),
            Ok(Reply::VaultItem(item)) if intent.checking => {
                if intent.was_taken(&item) {
                    self.intent_taken(turn);
                } else {
                    self.intent_lapsed(turn);
                }
            }
            Err(CallError::Refused(body)) if !intent.checking && is_final(body.code) => {
                intent.checking = true;
                self.jobs.clear(&Job::Revoke);
            }
            // Not understood, not reached, not now: it is asked again until the answer is clear.
            Err(CallError::Refused(body)) if body.retry_after_ms.is_some() => {
                let wait = body.retry_after_ms.unwrap_or_default();
                self.jobs.delay(Job::Revoke, turn.now, wait);
            }
            _ => self.jobs.back_off(Job::Revoke, turn.now, turn.rng),
        }
    }

    /// All of it holds from now on.
    fn intent_taken(&mut self, turn: &mut Turn<'_>) {
        let Some(intent) = self.devices.revocation.intent.take() else {
            return;
        };
        turn.delete(Space::Account, ROW);
        // Both are what this device made itself.
        let home = Home::load(&intent.home).ok();
        let generation = self.home.as_ref().map(Home::generation);
        // A mail of a revocation after this one may have been faster than this answer.
        let home = home.filter(|home| Some(home.generation()) > generation);
        if let (Some(home), Some(sealed)) = (home, intent.sealed(ROOT)) {
            let account = home.device.account();
            let root = VaultRoot::open(sealed.as_slice(), &home.account_key, account).ok();
            self.take_keys(home, root, turn);
        }
        self.revocation_done(turn);
    }

    /// It was not taken, and never will be: what it expects of the vault is past.
    fn intent_lapsed(&mut self, turn: &mut Turn<'_>) {
        self.devices.revocation.intent = None;
        turn.delete(Space::Account, ROW);
        self.jobs.clear(&Job::Revoke);
        let asking = self.devices.revocation.asking.as_mut();
        match asking.map(Asking::again) {
            Some(true) => {}
            Some(false) => self.revocation_failed(ErrorCode::VersionConflict, turn),
            // A former life made it: who asked for it sees in the list of devices that it did not happen.
            None => self.key_packages.replace_last_resort(),
        }
    }

    /// This account goes on with other keys: everything that was sealed or certified with the former ones is done anew.
    pub(crate) fn take_keys(&mut self, home: Home, root: Option<VaultRoot>, turn: &mut Turn<'_>) {
        self.jobs.clear(&Job::VaultRead);
        self.jobs.clear(&Job::VaultWrite);
        home.save(turn);
        self.vault.rekey(&home, root, turn);
        self.home = Some(home);
        turn.event(Event::RoomsChanged);
    }
}

/// Whether a refusal stands for good. It says nothing of an earlier sending of the same request.
pub(crate) const fn is_final(code: ErrorCode) -> bool {
    !matches!(
        code,
        ErrorCode::RateLimited
            | ErrorCode::ServerError
            | ErrorCode::ShuttingDown
            | ErrorCode::StorageFull
            | ErrorCode::UpgradeRequired
    )
}
