//! The answer to a request for history keys: sealed by HPKE to the request's one-time key, signed by the device that
//! answers. The server sees who answers whom, and how many keys there are.

use openmls_traits::{
    crypto::OpenMlsCrypto,
    types::{HpkeCiphertext, HpkeKeyPair},
};
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    crypto::Crypto,
    device::Device,
    ed25519::{PublicKey, SIGNATURE_LEN, SignatureError},
    history_request::{HistoryRequest, HistoryRequestError, RequestId, VERSION},
    ids::DeviceId,
    keys::Scope,
    labels::{SealLabel, SignLabel},
    seal::{Aad, SealError},
    secret::Secret,
    suite::Suite,
};

/// Keys that one answer carries at most.
pub(crate) const KEYS_MAX: usize = 4096;
/// The longest answer that is looked at, in bytes.
const MAX_LEN: usize = 256 * 1024;

/// History keys and the epochs with which they began.
pub(crate) type Keys = Vec<(u64, Secret<32>)>;

/// The one-time key pair of a request, from its seed.
pub(crate) fn key_pair(seed: &Secret<32>, suite: Suite) -> Result<HpkeKeyPair, SealError> {
    Crypto::default()
        .derive_hpke_keypair(suite.mls().hpke_config(), seed.expose())
        .map_err(|_| SealError)
}

/// Seals keys to the key of a request, and signs what goes out.
pub(crate) fn seal(
    keys: &Keys,
    request: &HistoryRequest,
    device: &Device,
    suite: Suite,
) -> Result<Vec<u8>, SealError> {
    let mut plain = Writer::with_capacity(40 * keys.len());
    for (epoch, key) in keys {
        plain.u64(*epoch);
        plain.fixed(key.expose());
    }
    let plain = Zeroizing::new(plain.finish());
    let scope = Scope {
        room: request.room,
        group: request.group,
    };
    let sealed = Crypto::default()
        .hpke_seal(
            suite.mls().hpke_config(),
            &request.key,
            SealLabel::HistoryKeys.bytes(),
            aad(scope, &request.id, device.id()).as_slice(),
            &plain,
        )
        .map_err(|_| SealError)?;
    let mut writer = Writer::new();
    writer.u16(VERSION);
    writer.u64(request.room.get());
    writer.fixed(request.group.as_bytes());
    writer.fixed(&request.id);
    writer.fixed(device.id().as_bytes());
    writer.vec(sealed.kem_output.as_slice());
    writer.vec(sealed.ciphertext.as_slice());
    let signature = device.key().sign(SignLabel::HistoryKeys, writer.as_slice());
    writer.fixed(&signature);
    Ok(writer.finish())
}

/// An answer whose signature is yet to be verified.
pub(crate) struct SignedAnswer<'a> {
    pub(crate) scope: Scope,
    pub(crate) id: RequestId,
    /// Who answers.
    pub(crate) device: DeviceId,
    sealed: HpkeCiphertext,
    signed: &'a [u8],
    signature: [u8; SIGNATURE_LEN],
}

impl<'a> SignedAnswer<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, HistoryRequestError> {
        if bytes.len() > MAX_LEN {
            return Err(CodecError::BadValue.into());
        }
        let (signed, signature) = bytes
            .split_last_chunk::<SIGNATURE_LEN>()
            .ok_or(CodecError::Truncated)?;
        let mut reader = Reader::new(signed);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(HistoryRequestError::Version(version));
        }
        let answer = Self {
            scope: Scope {
                room: crate::ids::RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?,
                group: reader.array::<16>()?.into(),
            },
            id: reader.array()?,
            device: reader.array::<16>()?.into(),
            sealed: HpkeCiphertext {
                kem_output: reader.vec(MAX_LEN)?.to_vec().into(),
                ciphertext: reader.vec(MAX_LEN)?.to_vec().into(),
            },
            signed,
            signature: *signature,
        };
        reader.finish()?;
        Ok(answer)
    }

    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        key.verify(SignLabel::HistoryKeys, self.signed, &self.signature)
    }

    /// Opens it with the seed of the request's key.
    pub(crate) fn open(
        &self,
        seed: &Secret<32>,
        suite: Suite,
    ) -> Result<Keys, HistoryRequestError> {
        let own = key_pair(seed, suite)?;
        let plain = Crypto::default()
            .hpke_open(
                suite.mls().hpke_config(),
                &self.sealed,
                &own.private,
                SealLabel::HistoryKeys.bytes(),
                aad(self.scope, &self.id, self.device).as_slice(),
            )
            .map_err(|_| SealError)?;
        let plain = Zeroizing::new(plain);
        let mut reader = Reader::new(&plain);
        let mut keys = Vec::new();
        while !reader.is_empty() {
            if keys.len() == KEYS_MAX {
                return Err(CodecError::BadValue.into());
            }
            let epoch = reader.u64()?;
            let key = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
            keys.push((epoch, key));
        }
        Ok(keys)
    }
}

fn aad(scope: Scope, id: &RequestId, from: DeviceId) -> Aad {
    Aad::new(SealLabel::HistoryKeys)
        .number(scope.room.get())
        .bytes(scope.group.as_bytes())
        .bytes(id)
        .bytes(from.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{
        ids::RoomId,
        testing::{flipped, person, rng},
    };

    fn asked(seed: &Secret<32>, suite: Suite) -> HistoryRequest {
        let alice = person("alice", 1).device;
        HistoryRequest {
            room: RoomId::new(7).unwrap(),
            group: [2; 16].into(),
            account: alice.account(),
            device: alice.id(),
            id: [3; 16],
            key: key_pair(seed, suite).unwrap().public,
            epochs: vec![0..=9],
        }
    }

    #[test]
    fn an_answer_opens_with_the_seed_of_its_request_in_both_suites() {
        let rng = &mut rng(1);
        let bob = person("bobby", 2).device;
        for suite in [Suite::CLASSICAL, Suite::POST_QUANTUM] {
            let [seed, other, key] = [(); 3].map(|()| Secret::random(rng));
            let keys = vec![(4, key.duplicate())];
            let bytes = seal(&keys, &asked(&seed, suite), &bob, suite).unwrap();
            let answer = SignedAnswer::read(&bytes).unwrap();
            answer.verify(bob.certificate().device_key()).unwrap();
            let opened = answer.open(&seed, suite).unwrap();
            assert_eq!(opened.len(), 1);
            assert!(
                opened
                    .iter()
                    .all(|(epoch, got)| *epoch == 4 && got.same_as(&key))
            );
            assert!(answer.open(&other, suite).is_err());
        }
    }

    #[test]
    fn no_changed_byte_gets_through() {
        let rng = &mut rng(1);
        let bob = person("bobby", 2).device;
        let seed = Secret::random(rng);
        let keys = vec![(4, Secret::random(rng))];
        let suite = Suite::CLASSICAL;
        let bytes = seal(&keys, &asked(&seed, suite), &bob, suite).unwrap();
        for bad in flipped(&bytes) {
            let key = bob.certificate().device_key();
            let read = SignedAnswer::read(&bad);
            assert!(!read.is_ok_and(|answer| answer.verify(key).is_ok()));
        }
    }
}
