//! An authenticator in software, and the browser before it: what they say is spelt out byte by byte.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use ed25519_dalek::{Signer as _, SigningKey as EdKey};
use p256::ecdsa::{Signature as EcSignature, SigningKey as EcKey};
use rand_core::{OsRng, RngCore as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::people::{base64, from_base64};

pub const PRESENT: u8 = 1;
pub const VERIFIED: u8 = 4;
const HAS_CREDENTIAL: u8 = 64;

enum Key {
    Es256(EcKey),
    EdDsa(EdKey),
}

/// One passkey, in one authenticator.
pub struct Authenticator {
    key: Key,
    pub credential: Vec<u8>,
    pub counter: u32,
    /// What differs in tests; else as it should be.
    pub origin: String,
    pub rp_id: String,
    pub flags: u8,
    pub cross_origin: bool,
    pub format: &'static str,
}

impl Authenticator {
    pub fn es256() -> Self {
        Self::with(Key::Es256(EcKey::random(&mut OsRng)))
    }

    pub fn eddsa() -> Self {
        let mut seed = [0; 32];
        OsRng.fill_bytes(&mut seed);
        Self::with(Key::EdDsa(EdKey::from_bytes(&seed)))
    }

    fn with(key: Key) -> Self {
        let mut credential = vec![0; 32];
        OsRng.fill_bytes(&mut credential);
        Self {
            key,
            credential,
            counter: 1,
            origin: "https://chat.example.org".to_owned(),
            rp_id: "chat.example.org".to_owned(),
            flags: PRESENT | VERIFIED,
            cross_origin: false,
            format: "none",
        }
    }

    fn client_data(&self, ceremony: &str, challenge: &[u8]) -> Vec<u8> {
        let said = json!({
            "type": ceremony,
            "challenge": URL_SAFE_NO_PAD.encode(challenge),
            "origin": self.origin,
            "crossOrigin": self.cross_origin,
        });
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let hash = Sha256::digest(&self.rp_id);
        [&hash[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn cose(&self) -> Vec<u8> {
        let number = |n: i64| Cbor::Integer(n.into());
        let key = match &self.key {
            Key::Es256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                let (x, y) = (point.x().unwrap().to_vec(), point.y().unwrap().to_vec());
                vec![
                    (number(1), number(2)),
                    (number(3), number(-7)),
                    (number(-1), number(1)),
                    (number(-2), Cbor::Bytes(x)),
                    (number(-3), Cbor::Bytes(y)),
                ]
            }
            Key::EdDsa(key) => vec![
                (number(1), number(1)),
                (number(3), number(-8)),
                (number(-1), number(6)),
                (
                    number(-2),
                    Cbor::Bytes(key.verifying_key().to_bytes().to_vec()),
                ),
            ],
        };
        encoded(&Cbor::Map(key))
    }

    /// The answer to a first leg of `POST /api/passkeys`.
    pub fn make(&self, asked: &Value) -> Value {
        let challenge = from_base64(&asked["challenge"]);
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let data = [
            self.data(self.flags | HAS_CREDENTIAL).as_slice(),
            &[0; 16],
            &length,
            &self.credential,
            &self.cose(),
        ]
        .concat();
        let text = |text: &str| Cbor::Text(text.to_owned());
        let object = encoded(&Cbor::Map(vec![
            (text("fmt"), text(self.format)),
            (text("attStmt"), Cbor::Map(Vec::new())),
            (text("authData"), Cbor::Bytes(data)),
        ]));
        json!({
            "name": "blue key",
            "client_data": base64(&self.client_data("webauthn.create", &challenge)),
            "attestation": base64(&object),
        })
    }

    /// The answer to `POST /api/passkeys/ask`; each counts on.
    pub fn show(&mut self, asked: &Value) -> Value {
        self.show_as(asked, "webauthn.get")
    }

    pub fn show_as(&mut self, asked: &Value, ceremony: &str) -> Value {
        if self.counter > 0 {
            self.counter += 1;
        }
        let challenge = from_base64(&asked["challenge"]);
        let client_data = self.client_data(ceremony, &challenge);
        let data = self.data(self.flags);
        let signed = [&data[..], &Sha256::digest(&client_data)].concat();
        let signature = match &self.key {
            Key::Es256(key) => {
                let signature: EcSignature = key.sign(&signed);
                signature.to_der().as_bytes().to_vec()
            }
            Key::EdDsa(key) => key.sign(&signed).to_bytes().to_vec(),
        };
        json!({
            "credential": base64(&self.credential),
            "client_data": base64(&client_data),
            "authenticator_data": base64(&data),
            "signature": base64(&signature),
        })
    }
}

fn encoded(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}
