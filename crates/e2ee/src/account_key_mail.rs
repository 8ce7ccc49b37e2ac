//! The account key on its way to a device that remains after a revocation (PROTOCOL section 2): sealed by HPKE to the
//! device's last-resort KeyPackage, signed under the new signing key, which the identity has certified.
//!
//! With the account key goes the seed of the signing key, which the vault would give to whoever has the account key
//! anyway: so a device goes from one generation to the next in one step, and not by way of a vault that the server may
//! withhold.

use openmls::prelude::KeyPackageBundle;
use openmls_traits::{crypto::OpenMlsCrypto, types::HpkeCiphertext};
use zeroize::Zeroizing;

use crate::{
    account_key::AccountKey,
    codec::{CodecError, Reader, Writer},
    crypto::Crypto,
    ed25519::{SIGNATURE_LEN, SignatureError},
    ids::{AccountId, DeviceId},
    key_package::PeerKeyPackage,
    labels::{SealLabel, SignLabel},
    rows::{Row, Rows, Slot},
    seal::{Aad, SealError},
    secret::Secret,
    signing::{SigningCertificate, SigningCertificateError, SigningKey, SigningKeyMismatch},
    suite::Suite,
};

/// The longest mail that is looked at, in bytes.
pub const MAX_LEN: usize = 16 * 1024;
/// No account has more devices than this to revoke at once.
const MAX_REVOKED: usize = 64;

/// What a remaining device learns.
pub struct NextKeys {
    /// A_{n+1}.
    pub account_key: AccountKey,
    /// S_{g+1}.
    pub signing: SigningKey,
    /// The devices that the account is without from now on.
    pub revoked: Vec<DeviceId>,
}

/// What the receiving device knows.
pub struct Receiver<'a> {
    /// Its account.
    pub account: AccountId,
    /// Itself.
    pub device: DeviceId,
    /// The generation of its signing key.
    pub generation: u32,
    /// The version of its account key.
    pub version: u32,
    /// The private halves of its last-resort KeyPackages, former ones too.
    pub key_packages: &'a [Vec<Row>],
}

/// A mail with an account key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountKeyMailError {
    /// It does not have the form of such a mail.
    #[error("malformed account key mail: {0}")]
    Codec(#[from] CodecError),
    /// The certificate in it is refused.
    #[error(transparent)]
    Certificate(#[from] SigningCertificateError),
    /// Another identity certified the signing key.
    #[error("the account key is of another account")]
    Account,
    /// Generation or version is not above that of the device.
    #[error("the account key is not newer than this device's")]
    Outdated,
    /// The new signing key did not sign it for this device.
    #[error("the new signing key did not sign this mail")]
    Signature(#[from] SignatureError),
    /// It does not open with any of the KeyPackages.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The signing key in it is not the one that was certified.
    #[error(transparent)]
    Mismatch(#[from] SigningKeyMismatch),
}

impl NextKeys {
    /// Seals them to a device of the same account.
    ///
    /// # Errors
    /// [`SealError`] if the KeyPackage is of another account or the library refuses its key.
    pub fn seal(&self, to: &PeerKeyPackage, suite: Suite) -> Result<Vec<u8>, SealError> {
        let certificate = *self.signing.certificate();
        let (account, device) = (to.certificate().account(), to.certificate().device());
        if account != certificate.account() {
            return Err(SealError);
        }
        let sealed = Crypto::default()
            .hpke_seal(
                suite.mls().hpke_config(),
                to.key_package().hpke_init_key().as_slice(),
                SealLabel::AccountKeyMail.bytes(),
                aad(account, device, &certificate).as_slice(),
                &self.encode(),
            )
            .map_err(|_| SealError)?;
        let mut writer = Writer::new();
        certificate.write(&mut writer);
        writer.vec(sealed.kem_output.as_slice());
        writer.vec(sealed.ciphertext.as_slice());
        let signature = self.signing.key_pair().sign(
            SignLabel::AccountKeyMail,
            &signed_bytes(account, device, writer.as_slice()),
        );
        writer.fixed(&signature);
        Ok(writer.finish())
    }

    /// Opens a mail for this device. Nothing in it is believed before the identity, the generation and the signature
    /// are right.
    ///
    /// # Errors
    /// [`AccountKeyMailError`] says what is wrong.
    pub fn open(
        mail: &[u8],
        receiver: &Receiver<'_>,
        suite: Suite,
    ) -> Result<Self, AccountKeyMailError> {
        if mail.len() > MAX_LEN {
            return Err(CodecError::BadValue.into());
        }
        let mut reader = Reader::new(mail);
        let certificate = SigningCertificate::read(&mut reader)?;
        let kem_output = reader.vec(MAX_LEN)?;
        let ciphertext = reader.vec(MAX_LEN)?;
        let signed = mail
            .get(..mail.len() - reader.rest().len())
            .unwrap_or_default();
        let signature: [u8; SIGNATURE_LEN] = reader.array()?;
        reader.finish()?;
        if certificate.account() != receiver.account {
            return Err(AccountKeyMailError::Account);
        }
        if certificate.generation() <= receiver.generation {
            return Err(AccountKeyMailError::Outdated);
        }
        certificate.signing_key().verify(
            SignLabel::AccountKeyMail,
            &signed_bytes(receiver.account, receiver.device, signed),
            &signature,
        )?;
        let sealed = HpkeCiphertext {
            kem_output: kem_output.to_vec().into(),
            ciphertext: ciphertext.to_vec().into(),
        };
        let plaintext = open(&sealed, &certificate, receiver, suite).ok_or(SealError)?;
        let keys = Self::decode(&plaintext, certificate)?;
        if keys.account_key.version() <= receiver.version {
            return Err(AccountKeyMailError::Outdated);
        }
        Ok(keys)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(36 + 32 + 16 * self.revoked.len());
        writer.fixed(&self.account_key.encode());
        writer.fixed(self.signing.seed().expose());
        for device in &self.revoked {
            writer.fixed(device.as_bytes());
        }
        Zeroizing::new(writer.finish())
    }

    fn decode(bytes: &[u8], certificate: SigningCertificate) -> Result<Self, AccountKeyMailError> {
        let mut reader = Reader::new(bytes);
        let account_key = AccountKey::decode(reader.fixed(36)?)?;
        let seed = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let mut revoked = Vec::new();
        while !reader.is_empty() {
            if revoked.len() == MAX_REVOKED {
                return Err(CodecError::BadValue.into());
            }
            revoked.push(reader.array::<16>()?.into());
        }
        Ok(Self {
            account_key,
            signing: SigningKey::from_parts(&seed, certificate)?,
            revoked,
        })
    }
}

/// Tries the private keys: the sender sealed to the last-resort KeyPackage that the server had, which may be a former
/// one by now.
fn open(
    sealed: &HpkeCiphertext,
    certificate: &SigningCertificate,
    receiver: &Receiver<'_>,
    suite: Suite,
) -> Option<Zeroizing<Vec<u8>>> {
    let aad = aad(receiver.account, receiver.device, certificate);
    receiver.key_packages.iter().find_map(|rows| {
        let rows = Rows::load(rows.iter().cloned());
        let name = rows.keys(Slot::KeyPackage).into_iter().next()?;
        let bundle: KeyPackageBundle = rows.fetch(Slot::KeyPackage, &name).ok().flatten()?;
        let opened = Crypto::default().hpke_open(
            suite.mls().hpke_config(),
            sealed,
            bundle.init_private_key(),
            SealLabel::AccountKeyMail.bytes(),
            aad.as_slice(),
        );
        opened.ok().map(Zeroizing::new)
    })
}

fn aad(account: AccountId, device: DeviceId, certificate: &SigningCertificate) -> Aad {
    Aad::new(SealLabel::AccountKeyMail)
        .bytes(account.as_bytes())
        .bytes(device.as_bytes())
        .number(certificate.generation().into())
}

fn signed_bytes(account: AccountId, device: DeviceId, mail: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(32 + mail.len());
    writer.fixed(account.as_bytes());
    writer.fixed(device.as_bytes());
    writer.fixed(mail);
    writer.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use crate::{
        key_package::OwnKeyPackage,
        testing::{Person, flipped, person, rng},
    };

    const SUITE: Suite = Suite::CLASSICAL;

    fn next(of: &Person, generation: u32) -> NextKeys {
        let rng = &mut rng(7);
        NextKeys {
            account_key: AccountKey::generate(generation, rng),
            signing: SigningKey::generate(&of.identity, generation, rng),
            revoked: vec![DeviceId::random(rng), DeviceId::random(rng)],
        }
    }

    fn last_resort(of: &Person, suite: Suite, seed: u64) -> (PeerKeyPackage, Vec<Row>) {
        let own = OwnKeyPackage::make_last_resort(&of.device, suite, &mut rng(seed)).unwrap();
        (PeerKeyPackage::parse(&own.bytes, suite).unwrap(), own.rows)
    }

    fn receiver<'a>(of: &Person, key_packages: &'a [Vec<Row>]) -> Receiver<'a> {
        Receiver {
            account: of.device.account(),
            device: of.device.id(),
            generation: of.device.certificate().generation(),
            version: 1,
            key_packages,
        }
    }

    fn refusal(mail: &[u8], receiver: &Receiver<'_>) -> AccountKeyMailError {
        NextKeys::open(mail, receiver, SUITE).err().unwrap()
    }

    #[test]
    fn a_remaining_device_gets_the_next_keys_in_both_suites() {
        let alice = person("alice", 1);
        for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
            let (peer, rows) = last_resort(&alice, suite, 3);
            let (_, later) = last_resort(&alice, suite, 4);
            let keys = next(&alice, 5);
            let mail = keys.seal(&peer, suite).unwrap();
            // The KeyPackage may be a former one by the time that the mail comes.
            let own = [later, rows];
            let opened = NextKeys::open(&mail, &receiver(&alice, &own), suite).unwrap();
            assert!(
                opened
                    .account_key
                    .secret()
                    .same_as(keys.account_key.secret())
            );
            assert_eq!(opened.account_key.version(), 5);
            assert_eq!(opened.signing.certificate(), keys.signing.certificate());
            assert_eq!(opened.revoked, keys.revoked);
        }
    }

    #[test]
    fn no_changed_byte_gets_through() {
        let alice = person("alice", 1);
        let (peer, rows) = last_resort(&alice, SUITE, 3);
        let (mail, own) = (next(&alice, 5).seal(&peer, SUITE).unwrap(), [rows]);
        for bad in flipped(&mail) {
            assert!(NextKeys::open(&bad, &receiver(&alice, &own), SUITE).is_err());
        }
        let trailing = [mail.as_slice(), &[0]].concat();
        assert_eq!(
            refusal(&trailing, &receiver(&alice, &own)),
            CodecError::Trailing.into()
        );
        let long = vec![0; MAX_LEN + 1];
        assert_eq!(
            refusal(&long, &receiver(&alice, &own)),
            CodecError::BadValue.into()
        );
    }

    #[test]
    fn another_identity_cannot_hand_out_account_keys() {
        let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
        let (peer, rows) = last_resort(&alice, SUITE, 3);
        let keys = next(&mallory, 5);
        assert_eq!(keys.seal(&peer, SUITE), Err(SealError));
        let (own_peer, _) = last_resort(&mallory, SUITE, 3);
        let mail = keys.seal(&own_peer, SUITE).unwrap();
        assert_eq!(
            refusal(&mail, &receiver(&alice, &[rows])),
            AccountKeyMailError::Account
        );
    }

    #[test]
    fn keys_that_are_not_newer_are_refused() {
        let alice = person("alice", 1);
        let (peer, rows) = last_resort(&alice, SUITE, 3);
        let own = [rows];
        let generation = alice.device.certificate().generation();
        let same = next(&alice, generation).seal(&peer, SUITE).unwrap();
        assert_eq!(
            refusal(&same, &receiver(&alice, &own)),
            AccountKeyMailError::Outdated
        );
        let old_key = NextKeys {
            account_key: AccountKey::generate(1, &mut rng(9)),
            ..next(&alice, 5)
        };
        let mail = old_key.seal(&peer, SUITE).unwrap();
        assert_eq!(
            refusal(&mail, &receiver(&alice, &own)),
            AccountKeyMailError::Outdated
        );
    }

    #[test]
    fn a_mail_for_another_device_or_key_package_is_refused() {
        let alice = person("alice", 1);
        let (peer, rows) = last_resort(&alice, SUITE, 3);
        let (_, other) = last_resort(&alice, SUITE, 4);
        let mail = next(&alice, 5).seal(&peer, SUITE).unwrap();
        assert_eq!(
            refusal(&mail, &receiver(&alice, &[other])),
            SealError.into()
        );
        assert_eq!(refusal(&mail, &receiver(&alice, &[])), SealError.into());
        let own = [rows];
        let elsewhere = Receiver {
            device: DeviceId::random(&mut rng(8)),
            ..receiver(&alice, &own)
        };
        assert_eq!(refusal(&mail, &elsewhere), SignatureError.into());
    }

    #[test]
    fn a_signing_key_that_was_not_certified_is_refused() {
        let alice = person("alice", 1);
        let certified = next(&alice, 5);
        let other = SigningKey::generate(&alice.identity, 5, &mut rng(8));
        let mixed = NextKeys {
            signing: other,
            ..next(&alice, 5)
        };
        let decoded = NextKeys::decode(&mixed.encode(), *certified.signing.certificate());
        assert_eq!(decoded.err(), Some(SigningKeyMismatch.into()));
    }
}
