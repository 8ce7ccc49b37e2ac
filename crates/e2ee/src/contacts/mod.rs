//! Contacts: what an account remembers of the identities that it has met, so that a later swap shows (PROTOCOL
//! section 2).
//!
//! An account id is a hash of its identity, so an account cannot change its identity. What a server can do is to let a
//! second account show the name of a first: both are marked as twins then, and a mark that is newer than a verification
//! outweighs it.

mod pin;
#[cfg(test)]
mod tests;

use crate::{
    certificate::DeviceCertificate,
    codec::{CodecError, Reader, Writer},
    ids::AccountId,
    ordered::{Entry, Map},
    user_name::UserName,
};

use pin::Verification;
pub use pin::{Pin, Trust};

/// What a certificate says beside the pins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observation {
    /// The account is met for the first time, and is pinned now.
    New,
    /// Nothing new.
    Same,
    /// A device of the account was revoked: the pinned generation has risen.
    GenerationRaised,
    /// The certificate is of a generation below the pinned one, so a revoked device may have made it: refuse it.
    GenerationTooLow {
        /// The highest generation that was seen.
        pinned: u32,
    },
    /// Other accounts are known by this name. All are marked now.
    NameTwin {
        /// Those accounts, in order.
        others: Vec<AccountId>,
    },
}

/// The pins of an account's contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contacts {
    pins: Map<AccountId, Pin>,
}

impl Contacts {
    /// The pin of an account.
    #[must_use]
    pub fn pin(&self, account: AccountId) -> Option<&Pin> {
        self.pins.get(&account)
    }

    /// All pins, by account id.
    pub fn pins(&self) -> impl Iterator<Item = (&AccountId, &Pin)> {
        self.pins.iter()
    }

    /// What a screen may say about an account.
    #[must_use]
    pub fn trust(&self, account: AccountId) -> Trust {
        self.pin(account).map_or(Trust::Unknown, Pin::trust)
    }

    /// Compares a certificate with the pins and updates them. Of several findings the gravest is told: too low a
    /// generation, a new twin, a raised generation.
    pub fn observe(&mut self, certificate: &DeviceCertificate, now_ms: u64) -> Observation {
        let account = certificate.account();
        let others = self.accounts_named(certificate.name(), account);
        let (found, fresh) = match self.pins.entry(account) {
            Entry::Vacant(vacant) => {
                vacant.insert(Pin::first(certificate, now_ms));
                (Observation::New, others)
            }
            Entry::Occupied(pin) => {
                if certificate.generation() < pin.generation {
                    return Observation::GenerationTooLow {
                        pinned: pin.generation,
                    };
                }
                let raised = certificate.generation() > pin.generation;
                pin.generation = certificate.generation();
                let fresh = others
                    .into_iter()
                    .filter(|other| !pin.twins.contains(other))
                    .collect();
                (
                    if raised {
                        Observation::GenerationRaised
                    } else {
                        Observation::Same
                    },
                    fresh,
                )
            }
        };
        if fresh.is_empty() {
            return found;
        }
        self.mark_twins(account, &fresh);
        Observation::NameTwin { others: fresh }
    }

    /// Remembers that the person compared the safety number with this account, in full view of its twins. `false` if
    /// there is no pin to verify.
    #[must_use]
    pub fn verify(&mut self, account: AccountId, now_ms: u64) -> bool {
        let Some(pin) = self.pins.get_mut(&account) else {
            return false;
        };
        pin.verified = Some(Verification {
            // Also with a clock that has jumped back, what the person says last counts.
            at_ms: pin
                .verified
                .as_ref()
                .map_or(now_ms, |last| now_ms.max(last.at_ms.saturating_add(1))),
            withdrawn: false,
            despite: pin.twins.clone(),
        });
        true
    }

    /// Remembers that the person took a comparison back. `false` if there is no pin.
    #[must_use]
    pub fn withdraw(&mut self, account: AccountId, now_ms: u64) -> bool {
        let Some(pin) = self.pins.get_mut(&account) else {
            return false;
        };
        if let Some(last) = &mut pin.verified {
            last.at_ms = last.at_ms.max(now_ms);
            last.withdrawn = true;
        }
        true
    }

    /// Joins what two devices of one account remember: pins are united, generations are the higher ones, verification
    /// is the newest, and every twin stays known, so that "identity changed" outweighs a verification that did not see
    /// it. Commutative, associative and idempotent.
    pub fn merge(&mut self, other: &Self) {
        for (account, pin) in &other.pins {
            match self.pins.entry(*account) {
                Entry::Vacant(vacant) => {
                    vacant.insert(pin.clone());
                }
                Entry::Occupied(own) => own.merge(pin),
            }
        }
    }

    fn accounts_named(&self, name: &UserName, except: AccountId) -> Vec<AccountId> {
        self.pins
            .iter()
            .filter(|(account, pin)| **account != except && pin.name == *name)
            .map(|(account, _)| *account)
            .collect()
    }

    fn mark_twins(&mut self, account: AccountId, others: &[AccountId]) {
        if let Some(pin) = self.pins.get_mut(&account) {
            pin.twins.extend(others.iter().copied());
        }
        for other in others {
            if let Some(pin) = self.pins.get_mut(other) {
                pin.twins.insert(account);
            }
        }
    }

    /// The pins in order of account id.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        self.pins.values().for_each(|pin| pin.write(&mut writer));
        writer.finish()
    }

    /// Decodes what [`Contacts::encode`] gave.
    ///
    /// # Errors
    /// [`CodecError`] for damaged bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let mut pins = Map::new();
        while !reader.is_empty() {
            let pin = Pin::read(&mut reader)?;
            let account = pin.identity().account_id();
            if pins
                .last_key_value()
                .is_some_and(|(before, _)| *before >= account)
            {
                return Err(CodecError::NotCanonical);
            }
            pins.insert(account, pin);
        }
        Ok(Self { pins })
    }
}
