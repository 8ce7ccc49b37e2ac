//! KeyPackages of this device: the private halves of what the server hands out.

use e2ee::ordered::Map;

use e2ee::{key_package::OwnKeyPackage, rows::Row};
use protocol::{
    bytes::Bytes,
    call::Call,
    limits::KEY_PACKAGES_LOW,
    rest::{KeyPackageCount, KeyPackageUpload},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    account::home::Home,
    api::Space,
    engine::{Config, Engine},
    jobs::Job,
    records::{self, RecordError},
    turn::Turn,
};

/// One-time KeyPackages on the server after a top-up.
pub(crate) const FULL: usize = 2 * KEY_PACKAGES_LOW;
/// Private halves kept at most; the oldest one-time ones go first. Those that the server never got are among them.
const KEPT: usize = 10 * KEY_PACKAGES_LOW;
/// Private halves of former last-resort KeyPackages kept, for Welcomes that are still on their way.
const FORMER_LAST_RESORTS: usize = 2;

/// The private half of one KeyPackage.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    rows: Vec<(serde_bytes::ByteBuf, serde_bytes::ByteBuf)>,
    last_resort: bool,
    made: Timestamp,
    /// A later last-resort KeyPackage took its place.
    #[serde(default)]
    former: bool,
}

impl Stored {
    fn rows(&self) -> Vec<Row> {
        let rows = self.rows.iter();
        rows.map(|(key, value)| (key.to_vec(), Zeroizing::new(value.to_vec())))
            .collect()
    }
}

/// The private halves, by reference.
#[derive(Default)]
pub(crate) struct KeyPackages {
    stored: Map<Vec<u8>, Stored>,
    /// The server is to be asked how many are left.
    pub(crate) count_wanted: bool,
    /// One-time ones to be made and uploaded.
    missing: usize,
    /// The last-resort one was used: it is to be replaced.
    rotate: bool,
    /// The generation of the certificate that an upload on its way carries.
    certifying: Option<u32>,
}

impl KeyPackages {
    pub(crate) fn load(&mut self, reference: Vec<u8>, row: &[u8]) -> Result<(), RecordError> {
        self.stored.insert(reference, records::decode(row)?);
        Ok(())
    }

    /// The private rows of the first of these references that is of this device.
    pub(crate) fn find(&self, references: &[Vec<u8>]) -> Option<(Vec<u8>, Vec<Row>)> {
        let reference = references
            .iter()
            .find(|reference| self.stored.contains_key(*reference))?;
        let stored = self.stored.get(reference)?;
        Some((reference.clone(), stored.rows()))
    }

    /// A Welcome used it: a one-time one is gone, a last-resort one is to be replaced.
    pub(crate) fn used(&mut self, reference: &[u8], turn: &mut Turn<'_>) {
        match self.stored.get(reference) {
            Some(stored) if stored.last_resort => self.rotate |= !stored.former,
            Some(_) => {
                self.stored.remove(reference);
                turn.delete(Space::KeyPackages, reference);
            }
            None => {}
        }
        self.count_wanted = true;
    }

    /// The private halves of the last-resort ones, former ones too.
    pub(crate) fn last_resorts(&self) -> Vec<Vec<Row>> {
        let last_resorts = self.stored.values().filter(|stored| stored.last_resort);
        last_resorts.map(Stored::rows).collect()
    }

    /// What was made in place of the server's last-resort one does not go there: another one does.
    pub(crate) const fn replace_last_resort(&mut self) {
        self.rotate = true;
    }

    pub(crate) fn forget(&mut self, turn: &mut Turn<'_>) {
        for reference in std::mem::take(&mut self.stored).into_keys() {
            turn.delete(Space::KeyPackages, &reference);
        }
    }

    fn keep(&mut self, made: &OwnKeyPackage, turn: &mut Turn<'_>) {
        let bytes = |bytes: &[u8]| serde_bytes::ByteBuf::from(bytes.to_vec());
        let stored = Stored {
            rows: made
                .rows
                .iter()
                .map(|(key, value)| (bytes(key), bytes(value)))
                .collect(),
            last_resort: made.last_resort,
            made: turn.now,
            former: false,
        };
        turn.put(
            Space::KeyPackages,
            &made.reference,
            records::encode(&stored),
        );
        self.stored.insert(made.reference.clone(), stored);
    }

    /// Makes one-time KeyPackages and keeps their private halves.
    pub(crate) fn make(
        &mut self,
        home: &Home,
        config: &Config,
        count: usize,
        turn: &mut Turn<'_>,
    ) -> Vec<Bytes> {
        // The library refuses only if it has no randomness; the next count asks again.
        let made = OwnKeyPackage::make(&home.device, config.suite, count, &mut turn.rng)
            .unwrap_or_default();
        self.discard_oldest(made.len(), turn);
        made.iter()
            .map(|one| {
                self.keep(one, turn);
                one.bytes.clone().into()
            })
            .collect()
    }

    /// Makes one that does not go through the server's stock: its bytes and its reference.
    pub(crate) fn make_one(
        &mut self,
        home: &Home,
        config: &Config,
        turn: &mut Turn<'_>,
    ) -> Option<(Vec<u8>, Vec<u8>)> {
        let made = OwnKeyPackage::make(&home.device, config.suite, 1, &mut turn.rng).ok()?;
        let one = made.into_iter().next()?;
        self.discard_oldest(1, turn);
        self.keep(&one, turn);
        Some((one.bytes, one.reference))
    }

    /// Whether the private half of a KeyPackage is here.
    pub(crate) fn holds(&self, reference: &[u8]) -> bool {
        self.stored.contains_key(reference)
    }

    /// Makes a new last-resort KeyPackage; those before it are former ones now.
    pub(crate) fn make_last_resort(
        &mut self,
        home: &Home,
        config: &Config,
        turn: &mut Turn<'_>,
    ) -> Option<Bytes> {
        let made =
            OwnKeyPackage::make_last_resort(&home.device, config.suite, &mut turn.rng).ok()?;
        let mut former: Vec<(Timestamp, Vec<u8>)> = Vec::new();
        for (reference, stored) in self.stored.iter_mut().filter(|(_, one)| one.last_resort) {
            former.push((stored.made, reference.clone()));
            if !stored.former {
                stored.former = true;
                turn.put(Space::KeyPackages, reference, records::encode(stored));
            }
        }
        former.sort_unstable();
        let surplus = former.len().saturating_sub(FORMER_LAST_RESORTS);
        for (_, reference) in former.into_iter().take(surplus) {
            self.stored.remove(&reference);
            turn.delete(Space::KeyPackages, &reference);
        }
        self.keep(&made, turn);
        Some(made.bytes.into())
    }

    fn discard_oldest(&mut self, coming: usize, turn: &mut Turn<'_>) {
        let mut one_time: Vec<(Timestamp, Vec<u8>)> = self
            .stored
            .iter()
            .filter(|(_, stored)| !stored.last_resort)
            .map(|(reference, stored)| (stored.made, reference.clone()))
            .collect();
        one_time.sort_unstable();
        let surplus = (one_time.len() + coming).saturating_sub(KEPT);
        for (_, reference) in one_time.into_iter().take(surplus) {
            self.stored.remove(&reference);
            turn.delete(Space::KeyPackages, &reference);
        }
    }
}

impl Engine {
    pub(crate) fn key_package_work(&mut self, turn: &mut Turn<'_>) {
        if self.devices.revocation.is_under_way() {
            return;
        }
        let outdated = self.is_certificate_outdated();
        let kept = &mut self.key_packages;
        if kept.missing > 0 || kept.rotate || outdated {
            if self.jobs.may_start(&Job::KeyPackageUpload, turn.now) {
                self.upload_key_packages(turn);
            }
        } else if kept.count_wanted && self.jobs.may_start(&Job::KeyPackageCount, turn.now) {
            self.jobs
                .start(Job::KeyPackageCount, Call::KeyPackageCount, turn);
        }
    }

    /// Whether the server's certificate and KeyPackages of this device are of a former generation.
    fn is_certificate_outdated(&self) -> bool {
        let home = self.home.as_ref();
        home.is_some_and(|home| home.certified < home.generation())
    }

    fn upload_key_packages(&mut self, turn: &mut Turn<'_>) {
        let outdated = self.is_certificate_outdated();
        let Some(home) = &self.home else { return };
        let kept = &mut self.key_packages;
        let count = if outdated { FULL } else { kept.missing };
        let certificate = outdated.then(|| home.device.certificate().as_bytes().into());
        kept.certifying = outdated.then(|| home.generation());
        let upload = KeyPackageUpload {
            key_packages: kept.make(home, &self.config, count, turn),
            last_resort: if kept.rotate || outdated {
                kept.make_last_resort(home, &self.config, turn)
            } else {
                None
            },
            replace: outdated,
            certificate,
        };
        self.jobs
            .start(Job::KeyPackageUpload, Call::UploadKeyPackages(upload), turn);
    }

    /// After an upload whose answer did not come: the count tells whether it arrived.
    pub(crate) fn key_package_upload_lost(&mut self) {
        self.key_packages.missing = 0;
        self.key_packages.certifying = None;
        self.key_packages.count_wanted = true;
    }

    pub(crate) fn key_packages_counted(
        &mut self,
        count: KeyPackageCount,
        uploaded: bool,
        turn: &mut Turn<'_>,
    ) {
        let left = usize::try_from(count.left).unwrap_or(usize::MAX);
        let kept = &mut self.key_packages;
        kept.count_wanted = false;
        // One more upload after one that only replaced the last-resort one; never again and again on the server's word.
        let may_fill = !uploaded || kept.missing == 0;
        kept.missing = if left < KEY_PACKAGES_LOW && may_fill {
            FULL - left
        } else {
            0
        };
        if uploaded {
            kept.rotate = false;
            if let (Some(generation), Some(home)) = (kept.certifying.take(), &mut self.home) {
                home.certified = generation;
                home.save(turn);
            }
        }
    }

    pub(crate) fn key_packages_pending(&self) -> bool {
        let kept = &self.key_packages;
        kept.count_wanted || kept.missing > 0 || kept.rotate || self.is_certificate_outdated()
    }
}
