//! The cryptography of the one suite, 0x004E, and of no other: so a program carries no code that it never runs.

use ed25519_dalek::{SIGNATURE_LENGTH, Signature, Signer, SigningKey, VerifyingKey};
use hpke_rs::HpkeError;
use openmls_traits::{
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};
use tls_codec::SecretVLBytes;
use zeroize::Zeroizing;

use super::{
    hpke::{self, Backend},
    primitives::{self, AeadError},
};
use crate::suite::Suite;

/// The suite's algorithms; every other one is refused as unsupported.
#[derive(Default)]
pub(crate) struct PostQuantum;

impl OpenMlsCrypto for PostQuantum {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        if suite == Suite::POST_QUANTUM.mls() {
            Ok(())
        } else {
            Err(CryptoError::UnsupportedCiphersuite)
        }
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        vec![Suite::POST_QUANTUM.mls()]
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        sha_384(hash)?;
        Ok(primitives::hash(data))
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        sha_384(hash)?;
        Ok(primitives::hkdf_extract(salt, ikm).into())
    }

    fn hmac(&self, hash: HashType, key: &[u8], m: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        sha_384(hash)?;
        let mac = primitives::hmac(key, m).ok_or(CryptoError::InvalidLength)?;
        Ok(mac.into())
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        sha_384(hash)?;
        let out = primitives::hkdf_expand(prk, info, len);
        Ok(out.ok_or(CryptoError::HkdfOutputLengthInvalid)?.into())
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        aes_256(alg)?;
        primitives::aead_encrypt(key, data, nonce, aad).ok_or(CryptoError::CryptoLibraryError)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        aes_256(alg)?;
        primitives::aead_decrypt(key, data, nonce, aad).map_err(|error| match error {
            AeadError::Length => CryptoError::CryptoLibraryError,
            AeadError::Tag => CryptoError::AeadDecryptionError,
        })
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        ed25519(alg)?;
        let mut seed = Zeroizing::new([0; 32]);
        ChaCha20Rng::from_entropy().fill_bytes(seed.as_mut());
        let public = SigningKey::from_bytes(&seed).verifying_key();
        Ok((seed.to_vec(), public.to_bytes().to_vec()))
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        ed25519(alg)?;
        let key = VerifyingKey::try_from(key).map_err(|_| CryptoError::CryptoLibraryError)?;
        let signature: [u8; SIGNATURE_LENGTH] = signature
            .try_into()
            .map_err(|_| CryptoError::CryptoLibraryError)?;
        key.verify_strict(data, &Signature::from(signature))
            .map_err(|_| CryptoError::InvalidSignature)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        ed25519(alg)?;
        let key = SigningKey::try_from(key).map_err(|_| CryptoError::CryptoLibraryError)?;
        Ok(key.sign(data).to_bytes().to_vec())
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        let sealed = base(&config)?.seal(&key.into(), info, aad, plain, None, None, None);
        let (kem_output, ciphertext) = sealed.map_err(|error| refused(&error))?;
        Ok(HpkeCiphertext {
            kem_output: kem_output.into(),
            ciphertext: ciphertext.into(),
        })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let (enc, sealed) = (input.kem_output.as_slice(), input.ciphertext.as_slice());
        base(&config)?
            .open(enc, &key.into(), info, aad, sealed, None, None, None)
            .map_err(|_| CryptoError::HpkeDecryptionError)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        let (kem_output, sender) = base(&config)?
            .setup_sender(&key.into(), info, None, None, None)
            .map_err(|_| CryptoError::SenderSetupError)?;
        let secret = sender.export(context, len);
        let secret = secret.map_err(|_| CryptoError::ExporterError)?;
        Ok((kem_output, secret.into()))
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        let receiver = base(&config)?
            .setup_receiver(enc, &key.into(), info, None, None, None)
            .map_err(|_| CryptoError::ReceiverSetupError)?;
        let secret = receiver.export(context, len);
        Ok(secret.map_err(|_| CryptoError::ExporterError)?.into())
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        let pair = base(&config)?.derive_key_pair(ikm);
        let (private, public) = pair.map_err(|error| refused(&error))?.into_keys();
        Ok(HpkeKeyPair {
            private: private.as_slice().into(),
            public: public.as_slice().into(),
        })
    }
}

fn base(config: &HpkeConfig) -> Result<hpke_rs::Hpke<Backend>, CryptoError> {
    hpke::base(config).ok_or(CryptoError::UnsupportedCiphersuite)
}

fn refused(error: &HpkeError) -> CryptoError {
    match error {
        HpkeError::InvalidInput => CryptoError::InvalidLength,
        _ => CryptoError::CryptoLibraryError,
    }
}

fn sha_384(hash: HashType) -> Result<(), CryptoError> {
    match hash {
        HashType::Sha2_384 => Ok(()),
        _ => Err(CryptoError::UnsupportedHashAlgorithm),
    }
}

fn aes_256(alg: AeadType) -> Result<(), CryptoError> {
    match alg {
        AeadType::Aes256Gcm => Ok(()),
        _ => Err(CryptoError::UnsupportedAeadAlgorithm),
    }
}

fn ed25519(alg: SignatureScheme) -> Result<(), CryptoError> {
    match alg {
        SignatureScheme::ED25519 => Ok(()),
        _ => Err(CryptoError::UnsupportedSignatureScheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bad_keys;

    /// R is the neutral point and S is zero: it fits every message under the neutral point as a key, and every eighth
    /// message under the other points of small order, for whoever does not look at the order of a key.
    #[test]
    fn no_signature_verifies_under_a_bad_key() {
        let mut fits_all = [0; SIGNATURE_LENGTH];
        fits_all[0] = 1;
        for key in bad_keys::ed25519() {
            for message in 0..32_u8 {
                let scheme = SignatureScheme::ED25519;
                let verified = PostQuantum.verify_signature(scheme, &[message], &key, &fits_all);
                assert!(verified.is_err(), "{key:02x?}");
            }
        }
    }
}
