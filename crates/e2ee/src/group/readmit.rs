//! Way (d) of PROTOCOL section 4, from inside: whom a member may add because the account is in already.

use super::{Group, LeafInfo};
use crate::{
    check::MAX_DEVICES,
    ids::AccountId,
    key_package::PeerKeyPackage,
    readmission::{self, ReadmissionError},
    roster_log,
};

impl Group {
    /// The KeyPackage of a request for readmission, if this room is to add its device.
    ///
    /// That the device has neither come nor gone since it asked rests on the roster log, which the caller has read.
    ///
    /// # Errors
    /// [`ReadmissionError`].
    pub fn readmits(&self, request: &[u8]) -> Result<PeerKeyPackage, ReadmissionError> {
        let (wanted, peer) = readmission::verify(request, self.policy.suite)?;
        if (wanted.room, wanted.group) != (self.scope.room, self.scope.group) {
            return Err(ReadmissionError::OtherRoom);
        }
        let certificate = peer.certificate();
        let device = certificate.device();
        let another = |leaf: &LeafInfo| {
            let (old, new) = (&leaf.certificate, certificate);
            (old.account(), old.device_key()) != (new.account(), new.device_key())
        };
        if self.leaves.device(device).is_some_and(another) {
            return Err(ReadmissionError::Seated);
        }
        if !self.leaves.has_account(certificate.account()) {
            return Err(ReadmissionError::NotAMember);
        }
        if self.leaves.outdates(certificate) {
            return Err(ReadmissionError::Generation);
        }
        let rows = self.provider.rows();
        if wanted.epoch > self.epoch() || roster_log::moved_after(rows, device, wanted.epoch) {
            return Err(ReadmissionError::Stale);
        }
        Ok(peer)
    }

    /// How many more devices of an account may come in.
    #[must_use]
    pub fn free_seats(&self, account: AccountId) -> usize {
        MAX_DEVICES.saturating_sub(self.leaves.of(account).count())
    }
}
