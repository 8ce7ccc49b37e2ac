//! What is no public key, and every place that reads a public key of Ed25519, with each of them in it.

use crate::{
    certificate::{CertificateError, DeviceCertificate},
    contacts::Contacts,
    device::{Device, DeviceError},
    ed25519::PublicKeyError,
    identity::IdentityKey,
    signing::{SigningCertificate, SigningCertificateError},
    suite::Suite,
    testing::{NOW_MS, kem_public_key, person},
};

/// u of the points of small order of the curve and its twist, in hex.
const SMALL_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
];

/// y of the points of order 8, in hex; those of lower order are the first three above.
const ORDER_8: [&str; 2] = [
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
];

/// The bytes of a point, with the highest bit clear or set.
fn point(hex: &str, highest: u8) -> [u8; 32] {
    let mut bytes: [u8; 32] = core::array::from_fn(|at| {
        let digits = hex.get(2 * at..2 * at + 2).unwrap_or_default();
        u8::from_str_radix(digits, 16).unwrap_or_default()
    });
    bytes[31] |= highest;
    bytes
}

/// Every encoding of a coordinate that is not below p, with the highest bit clear and set.
fn beyond_p() -> impl Iterator<Item = [u8; 32]> {
    (0xED..=0xFF).flat_map(|low| {
        [0x7F, 0xFF].map(|top| {
            let mut bytes = [0xFF; 32];
            (bytes[0], bytes[31]) = (low, top);
            bytes
        })
    })
}

/// What is no public key of X25519: every point of small order in every encoding, every encoding that is not below p,
/// and other lengths.
pub(crate) fn x25519() -> Vec<(String, Vec<u8>)> {
    let mut bad: Vec<[u8; 32]> = SMALL_ORDER
        .into_iter()
        .flat_map(|hex| [0, 0x80].map(|highest| point(hex, highest)))
        .collect();
    bad.extend(beyond_p());
    let mut second = [9; 32];
    second[31] = 0x89;
    bad.push(second);
    let lengths = [0, 1, 31, 33, 1184, 1216].map(|len| vec![9; len]);
    bad.into_iter()
        .map(|bytes| bytes.to_vec())
        .chain(lengths)
        .map(|bytes| (format!("{} bytes, {bytes:02x?}", bytes.len()), bytes))
        .collect()
}

/// What is no public key of the suite's KEM, each with what is wrong with it.
pub(crate) fn kem(suite: Suite) -> Vec<(String, Vec<u8>)> {
    if suite == Suite::CLASSICAL {
        return x25519();
    }
    let good = kem_public_key(suite, 1);
    let (ml_kem, classical) = good.split_at(1184);
    let mut bad: Vec<_> = x25519()
        .into_iter()
        .map(|(name, point)| (name, [ml_kem, &point].concat()))
        .collect();
    for (name, at, bytes) in [
        ("the first coefficient is q", 0, [0x01, 0x0D, 0x00]),
        ("the last coefficient is 4095", 1149, [0x00, 0xF0, 0xFF]),
    ] {
        let mut key = ml_kem.to_vec();
        key.splice(at..at + 3, bytes);
        bad.push((name.to_owned(), [&key, classical].concat()));
    }
    bad.push(("only X25519".to_owned(), classical.to_vec()));
    bad.push(("only ML-KEM".to_owned(), ml_kem.to_vec()));
    bad.push(("all ones".to_owned(), vec![0xFF; 1216]));
    bad.push(("all zero".to_owned(), vec![0; 1216]));
    bad
}

/// What is no public key of Ed25519: the eight points of small order, each encoding that is not the canonical one, and
/// what is no point.
pub(crate) fn ed25519() -> Vec<[u8; 32]> {
    let small = SMALL_ORDER.iter().take(3).chain(&ORDER_8);
    let mut bad: Vec<_> = small
        .flat_map(|hex| [0, 0x80].map(|highest| point(hex, highest)))
        .collect();
    bad.extend(beyond_p());
    // y = 2 is on no point.
    bad.push(point("02", 0));
    bad
}

/// Reads a key somewhere: what is wrong with it, or nothing.
type Read = fn(&[u8]) -> Option<PublicKeyError>;

fn in_identity(bytes: &[u8]) -> Option<PublicKeyError> {
    let bytes = bytes.try_into().ok()?;
    IdentityKey::parse(bytes).err()
}

fn in_signing_certificate(bytes: &[u8]) -> Option<PublicKeyError> {
    match SigningCertificate::parse(bytes).err()? {
        SigningCertificateError::Key(error) => Some(error),
        _ => None,
    }
}

fn in_certificate(bytes: &[u8]) -> Option<PublicKeyError> {
    of_certificate(DeviceCertificate::validate(bytes).err()?)
}

fn of_certificate(error: CertificateError) -> Option<PublicKeyError> {
    match error {
        CertificateError::DeviceKey(error)
        | CertificateError::Signing(SigningCertificateError::Key(error)) => Some(error),
        _ => None,
    }
}

/// What a device keeps of itself carries its certificate.
fn in_device(bytes: &[u8]) -> Option<PublicKeyError> {
    match Device::decode(bytes).err()? {
        DeviceError::Certificate(error) => of_certificate(error),
        _ => None,
    }
}

/// The contacts of a vault have one error for whatever is malformed; its cause is that of the key alone.
fn in_contacts(bytes: &[u8]) -> Option<PublicKeyError> {
    let refused = Contacts::decode(bytes).is_err();
    let key = bytes.windows(32).filter_map(in_identity).next();
    key.filter(|_| refused)
}

/// Where keys are read.
struct Place {
    name: &'static str,
    read: Read,
    /// An honest encoding.
    honest: Vec<u8>,
    /// The keys in it.
    keys: Vec<[u8; 32]>,
}

fn places() -> [Place; 5] {
    let alice = person("alice", 1);
    let certificate = alice.device.certificate();
    let identity = *certificate.identity().as_bytes();
    let signing = *alice.signing.key_pair().public().as_bytes();
    let device = *certificate.device_key().as_bytes();
    let mut contacts = Contacts::default();
    contacts.observe(certificate, NOW_MS);
    [
        Place {
            name: "an identity",
            read: in_identity,
            honest: identity.to_vec(),
            keys: vec![identity],
        },
        Place {
            name: "a signing key's certificate",
            read: in_signing_certificate,
            honest: alice.signing.certificate().encode(),
            keys: vec![identity, signing],
        },
        Place {
            name: "a device's certificate",
            read: in_certificate,
            honest: certificate.as_bytes().to_vec(),
            keys: vec![identity, signing, device],
        },
        Place {
            name: "a device's own record",
            read: in_device,
            honest: alice.device.encode().to_vec(),
            keys: vec![identity, signing, device],
        },
        Place {
            name: "a pin",
            read: in_contacts,
            honest: contacts.encode(),
            keys: vec![identity],
        },
    ]
}

/// The honest bytes with another key in the place of one.
fn with(honest: &[u8], key: &[u8; 32], bad: &[u8; 32]) -> Option<Vec<u8>> {
    let at = honest.windows(32).position(|window| window == key)?;
    let mut bytes = honest.to_vec();
    bytes.splice(at..at + 32, *bad);
    Some(bytes)
}

#[test]
fn every_place_refuses_every_bad_key_for_what_is_wrong_with_it() {
    let bad = ed25519();
    assert_eq!(bad.len(), 10 + 2 * 19 + 1);
    for place in places() {
        let name = place.name;
        assert_eq!((place.read)(&place.honest), None, "{name}");
        for key in &place.keys {
            for bad in &bad {
                let bytes = with(&place.honest, key, bad).unwrap_or_default();
                let refused = (place.read)(&bytes);
                let reason = IdentityKey::parse(bad).err();
                assert!(reason.is_some(), "{bad:02x?}");
                assert_eq!(refused, reason, "{name}: {bad:02x?}");
            }
        }
    }
}

#[test]
fn all_eight_points_of_small_order_are_among_the_bad_keys() {
    let small: Vec<_> = ed25519()
        .into_iter()
        .filter(|bad| IdentityKey::parse(bad).err() == Some(PublicKeyError::SmallOrder))
        .collect();
    assert_eq!(small.len(), 8);
}
