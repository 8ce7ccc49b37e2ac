//! For tests that run on the classical suite: what the one suite does not need comes from OpenMLS's own provider.

use openmls_rust_crypto::RustCrypto;
use openmls_traits::{
    crypto::OpenMlsCrypto,
    types::{
        AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig,
        HpkeKeyPair, KemOutput, SignatureScheme,
    },
};
use tls_codec::SecretVLBytes;

use super::{hpke, post_quantum::PostQuantum, seeded};

/// The one suite as it ships, and the others.
#[derive(Default)]
pub(crate) struct Either {
    ours: PostQuantum,
    others: RustCrypto,
}

impl OpenMlsCrypto for Either {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        self.others.supports(suite)
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        self.others.supported_ciphersuites()
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match hash {
            HashType::Sha2_384 => self.ours.hash(hash, data),
            _ => self.others.hash(hash, data),
        }
    }

    fn hkdf_extract(
        &self,
        hash: HashType,
        salt: &[u8],
        ikm: &[u8],
    ) -> Result<SecretVLBytes, CryptoError> {
        match hash {
            HashType::Sha2_384 => self.ours.hkdf_extract(hash, salt, ikm),
            _ => self.others.hkdf_extract(hash, salt, ikm),
        }
    }

    fn hmac(&self, hash: HashType, key: &[u8], m: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        match hash {
            HashType::Sha2_384 => self.ours.hmac(hash, key, m),
            _ => self.others.hmac(hash, key, m),
        }
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        match hash {
            HashType::Sha2_384 => self.ours.hkdf_expand(hash, prk, info, len),
            _ => self.others.hkdf_expand(hash, prk, info, len),
        }
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        match alg {
            AeadType::Aes256Gcm => self.ours.aead_encrypt(alg, key, data, nonce, aad),
            _ => self.others.aead_encrypt(alg, key, data, nonce, aad),
        }
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        match alg {
            AeadType::Aes256Gcm => self.ours.aead_decrypt(alg, key, data, nonce, aad),
            _ => self.others.aead_decrypt(alg, key, data, nonce, aad),
        }
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        self.ours.signature_key_gen(alg)
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        key: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.ours.verify_signature(alg, data, key, signature)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.ours.sign(alg, data, key)
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
        plain: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        seeded::follows_from(&[key, info, aad, plain]);
        if hpke::is_ours(&config) {
            return self.ours.hpke_seal(config, key, info, aad, plain);
        }
        match seeded::classical(&config) {
            Some(mut hpke) => seeded::seal(&mut hpke, key, info, aad, plain),
            None => self.others.hpke_seal(config, key, info, aad, plain),
        }
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        key: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        if hpke::is_ours(&config) {
            return self.ours.hpke_open(config, input, key, info, aad);
        }
        self.others.hpke_open(config, input, key, info, aad)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        key: &[u8],
        info: &[u8],
        context: &[u8],
        len: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        seeded::follows_from(&[key, info, context, &seeded::number()]);
        if hpke::is_ours(&config) {
            return self
                .ours
                .hpke_setup_sender_and_export(config, key, info, context, len);
        }
        match seeded::classical(&config) {
            Some(mut hpke) => seeded::export(&mut hpke, key, info, context, len),
            None => self
                .others
                .hpke_setup_sender_and_export(config, key, info, context, len),
        }
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
        if hpke::is_ours(&config) {
            return self
                .ours
                .hpke_setup_receiver_and_export(config, enc, key, info, context, len);
        }
        self.others
            .hpke_setup_receiver_and_export(config, enc, key, info, context, len)
    }

    fn derive_hpke_keypair(
        &self,
        config: HpkeConfig,
        ikm: &[u8],
    ) -> Result<HpkeKeyPair, CryptoError> {
        if hpke::is_ours(&config) {
            return self.ours.derive_hpke_keypair(config, ikm);
        }
        self.others.derive_hpke_keypair(config, ikm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    const HASH: HashType = HashType::Sha2_384;
    const AEAD: AeadType = AeadType::Aes256Gcm;
    const SIGNATURE: SignatureScheme = SignatureScheme::ED25519;

    fn config() -> HpkeConfig {
        Suite::POST_QUANTUM.mls().hpke_config()
    }

    /// What both make of the same input.
    fn both<T>(of: impl Fn(&dyn OpenMlsCrypto) -> T) -> [T; 2] {
        [of(&PostQuantum), of(&RustCrypto::default())]
    }

    #[test]
    fn hashes_and_derived_keys_are_equal() {
        for len in [0, 1, 47, 48, 127, 128, 129, 1000] {
            let data = vec![7; len];
            let [ours, library] = both(|with| with.hash(HASH, &data));
            assert_eq!(ours, library);
            let [ours, library] = both(|with| with.hmac(HASH, &data, b"message"));
            assert_eq!(ours.unwrap().as_slice(), library.unwrap().as_slice());
            let [ours, library] = both(|with| with.hkdf_extract(HASH, &data, b"ikm"));
            assert_eq!(ours.unwrap().as_slice(), library.unwrap().as_slice());
            let [ours, library] = both(|with| {
                let expanded = with.hkdf_expand(HASH, &data, b"info", len);
                expanded.map(|out| out.as_slice().to_vec())
            });
            assert_eq!(ours, library);
        }
        let [ours, library] = both(|with| {
            with.hkdf_expand(HASH, &[7; 48], b"", 255 * 48 + 1)
                .map(|out| out.as_slice().to_vec())
        });
        assert_eq!(ours, library);
    }

    #[test]
    fn sealed_and_opened_bytes_are_equal() {
        for key_len in [16, 32, 33] {
            let key = vec![3; key_len];
            let [ours, library] =
                both(|with| with.aead_encrypt(AEAD, &key, b"text", &[5; 12], b"aad"));
            assert_eq!(ours, library);
            let Ok(sealed) = ours else { continue };
            for (text, aad) in [(&sealed[..], b"aad"), (&sealed[..], b"not"), (&[], b"aad")] {
                let [ours, library] =
                    both(|with| with.aead_decrypt(AEAD, &key, text, &[5; 12], aad));
                assert_eq!(ours, library);
            }
        }
    }

    #[test]
    fn a_nonce_of_another_length_is_refused() {
        assert!(
            PostQuantum
                .aead_encrypt(AEAD, &[3; 32], b"", &[5; 11], b"")
                .is_err()
        );
        assert!(
            PostQuantum
                .aead_decrypt(AEAD, &[3; 32], &[0; 16], &[5; 13], b"")
                .is_err()
        );
    }

    #[test]
    fn signatures_are_equal_and_verified_alike() {
        let (key, public) = PostQuantum.signature_key_gen(SIGNATURE).unwrap();
        let [ours, library] = both(|with| with.sign(SIGNATURE, b"message", &key));
        assert_eq!(ours, library);
        let signature = ours.unwrap();
        let cases: [(&[u8], &[u8], &[u8]); 6] = [
            (b"message", &public, &signature),
            (b"another", &public, &signature),
            (b"message", &[0; 32], &signature),
            (b"message", &public[1..], &signature),
            (b"message", &public, &signature[1..]),
            (b"message", &public, &[0xff; 64]),
        ];
        for (message, key, signature) in cases {
            let [ours, library] =
                both(|with| with.verify_signature(SIGNATURE, message, key, signature));
            assert_eq!(ours, library);
        }
        let [ours, library] = both(|with| with.sign(SIGNATURE, b"message", &key[1..]));
        assert_eq!(ours, library);
    }

    #[test]
    fn each_opens_what_the_other_has_sealed() {
        let [ours, library] = both(|with| with.derive_hpke_keypair(config(), &[9; 48]).unwrap());
        assert_eq!(&*ours.private, &*library.private);
        assert_eq!(ours.public, library.public);
        for sealed in both(|with| with.hpke_seal(config(), &ours.public, b"i", b"a", b"text")) {
            let sealed = sealed.unwrap();
            for aad in [b"a", b"b"] {
                let [one, other] =
                    both(|with| with.hpke_open(config(), &sealed, &ours.private, b"i", aad));
                assert_eq!(one, other);
                assert_eq!(one.is_ok(), aad == b"a");
            }
        }
        let exported =
            both(|with| with.hpke_setup_sender_and_export(config(), &ours.public, b"i", b"c", 40));
        for exported in exported {
            let (enc, secret) = exported.unwrap();
            for received in both(|with| {
                let key = &ours.private;
                with.hpke_setup_receiver_and_export(config(), &enc, key, b"i", b"c", 40)
            }) {
                assert_eq!(*received.unwrap(), *secret);
            }
        }
    }

    #[test]
    fn bad_keys_are_refused_alike() {
        for key in [&[][..], &[1; 31], &[1; 33], &[0xff; 1216]] {
            let [ours, library] =
                both(|with| with.hpke_seal(config(), key, b"", b"", b"").map(|_| ()));
            assert_eq!(ours, library);
        }
        let input = HpkeCiphertext {
            kem_output: vec![1; 1119].into(),
            ciphertext: vec![1; 40].into(),
        };
        let [ours, library] = both(|with| with.hpke_open(config(), &input, &[1; 32], b"", b""));
        assert_eq!(ours, library);
    }

    #[test]
    fn what_ships_refuses_every_other_suite() {
        let classical = Suite::CLASSICAL.mls();
        assert!(PostQuantum.supports(classical).is_err());
        assert!(PostQuantum.supports(Suite::POST_QUANTUM.mls()).is_ok());
        assert!(PostQuantum.hash(HashType::Sha2_256, b"").is_err());
        assert!(
            PostQuantum
                .derive_hpke_keypair(classical.hpke_config(), &[9; 48])
                .is_err()
        );
        let p256 = SignatureScheme::ECDSA_SECP256R1_SHA256;
        assert!(PostQuantum.sign(p256, b"", &[1; 32]).is_err());
    }
}
