//! The second factor of a login: codes by the clock, and backup codes. It guards what an honest server gives; keys are
//! guarded by the password.

mod backup;
mod backup_keys;
mod check;
mod pending;
mod totp;

use protocol::{ids::AccountId, limits::CODE_LEG_MILLIS, rest::FactorCode, time::Timestamp};
use zeroize::Zeroizing;

pub(crate) use backup_keys::BackupKeys;
pub(crate) use check::check;
pub(crate) use pending::{Enrolling, Shown};

use crate::{
    entropy::Entropy,
    login::Pending,
    secrets::{NotOpened, Sealed, Sealer},
    store::{second_factor::ShownCode, session::TokenHash},
};

/// The seed of an account's codes.
pub(crate) type Seed = Zeroizing<[u8; totp::SEED_BYTES]>;

/// The keys for what is kept of second factors, and what waits for a code.
pub(crate) struct SecondFactors {
    sealer: Sealer,
    backup_keys: BackupKeys,
    /// Logins that have shown what opens the account.
    pub(crate) logins: Pending<protocol::ids::LoginId, Shown>,
    /// Enrolments, each of one session.
    pub(crate) enrolments: Pending<TokenHash, Enrolling>,
}

impl SecondFactors {
    /// The state of a server with these keys.
    pub(crate) fn new(sealer: Sealer, backup_keys: BackupKeys) -> Self {
        Self {
            sealer,
            backup_keys,
            logins: Pending::new(CODE_LEG_MILLIS),
            enrolments: Pending::new(CODE_LEG_MILLIS),
        }
    }

    /// A fresh seed, and as it is kept.
    pub(crate) fn draw_seed(
        &self,
        account: AccountId,
        entropy: &Entropy,
    ) -> Result<(Seed, Vec<u8>), NotOpened> {
        let seed = Zeroizing::new(entropy.bytes());
        let what = Sealed::TotpSeed(account);
        let sealed = self
            .sealer
            .seal(what, seed.as_slice(), &mut entropy.fork())?;
        Ok((seed, sealed))
    }

    /// What somebody shows, as the store compares it.
    pub(crate) fn shown(
        &self,
        account: AccountId,
        sealed: &[u8],
        code: &FactorCode,
        now: Timestamp,
    ) -> Result<ShownCode, NotOpened> {
        let plain = backup::plain(&code.0);
        if !totp::is_one(&plain) {
            let hash = self.backup_keys.hash(account, &plain).ok_or(NotOpened)?;
            return Ok(ShownCode::Backup(hash));
        }
        let seed = self.sealer.open(Sealed::TotpSeed(account), sealed)?;
        Ok(totp::step_of(&seed, plain.as_bytes(), now).map_or(ShownCode::Wrong, ShownCode::Step))
    }

    /// The step whose code this is, of a seed that is being enrolled.
    pub(crate) fn step(seed: &Seed, code: &FactorCode, now: Timestamp) -> Option<u64> {
        let plain = Zeroizing::new(backup::plain(&code.0));
        totp::step_of(seed.as_slice(), plain.as_bytes(), now)
    }

    /// Ten fresh backup codes, and as they are kept.
    pub(crate) fn draw_backup_codes(
        &self,
        account: AccountId,
        entropy: &Entropy,
    ) -> Result<(Vec<FactorCode>, Vec<[u8; 32]>), NotOpened> {
        let codes = backup::draw(entropy);
        let hash = |code: &FactorCode| self.backup_keys.hash(account, &backup::plain(&code.0));
        let hashes: Option<Vec<_>> = codes.iter().map(hash).collect();
        Ok((codes, hashes.ok_or(NotOpened)?))
    }
}
