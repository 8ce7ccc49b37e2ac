//! One case per check, and the life of a certificate.

use proptest::prelude::*;

use super::*;
use crate::{
    ed25519::KeyPair,
    testing::{NOW_MS, Person, flipped, person, rng, user_name},
};

fn fields() -> DeviceFields {
    DeviceFields {
        name: user_name("alice"),
        device: [5; 16].into(),
        device_key: *KeyPair::generate(&mut rng(7)).public(),
        created_ms: NOW_MS,
        not_after_ms: NOW_MS + 1,
    }
}

/// A certificate of which each part can be wrong, though its last signature is right.
fn forge(alice: &Person, fields: &DeviceFields, change: impl FnOnce(&mut Forged)) -> Vec<u8> {
    let mut forged = Forged {
        account: alice.identity.account_id(),
        generation: 0,
        signing: *alice.signing.certificate(),
        trailing: Vec::new(),
        patch: None,
    };
    change(&mut forged);
    let mut writer = Writer::new();
    write_signed_part(&mut writer, forged.account, fields, forged.generation);
    let mut signed = writer.finish();
    if let Some((at, byte)) = forged.patch {
        signed[at] = byte;
    }
    let signature = alice
        .signing
        .key_pair()
        .sign(SignLabel::DeviceCertificate, &signed);
    [
        signed.as_slice(),
        &forged.signing.encode(),
        &signature,
        &forged.trailing,
    ]
    .concat()
}

type Change = fn(&mut Forged);

struct Forged {
    account: AccountId,
    generation: u32,
    signing: SigningCertificate,
    trailing: Vec<u8>,
    patch: Option<(usize, u8)>,
}

#[test]
fn every_check_has_its_case() {
    let [alice, mallory] = [person("alice", 1), person("mallory", 2)];
    let forged =
        |change: fn(&mut Forged)| DeviceCertificate::validate(&forge(&alice, &fields(), change));
    assert_eq!(
        forged(|_| ()),
        Ok(DeviceCertificate::issue(fields(), &alice.signing))
    );

    let cases: &[(Change, CertificateError)] = &[
        (|f| f.patch = Some((1, 2)), CertificateError::Version(2)),
        (
            |f| f.patch = Some((0, 1)),
            CertificateError::Version(0x0101),
        ),
        (
            |f| f.patch = Some((18, 0)),
            CertificateError::Name(UserNameError::Length),
        ),
        (
            |f| f.patch = Some((18, 0x1F)),
            CertificateError::Name(UserNameError::Character),
        ),
        (
            |f| f.patch = Some((18, 0x7F)),
            CertificateError::Codec(CodecError::TooLong),
        ),
        (
            |f| f.patch = Some((19, b'\n')),
            CertificateError::Name(UserNameError::Character),
        ),
        (|f| f.account = [0; 16].into(), CertificateError::Account),
        (|f| f.generation = 1, CertificateError::Generation),
        (
            |f| f.trailing = vec![0],
            CertificateError::Codec(CodecError::Trailing),
        ),
        (|f| f.trailing = vec![0; MAX_LEN], CertificateError::TooLong),
    ];
    for (change, error) in cases {
        let refused = forged(*change);
        match error {
            // What stands where the name is cut off is arbitrary.
            CertificateError::Name(UserNameError::Character) => {
                assert!(
                    matches!(refused, Err(CertificateError::Name(_))),
                    "{refused:?}"
                );
            }
            error => assert_eq!(refused, Err(*error)),
        }
    }

    let others = forge(&alice, &fields(), |f| {
        f.account = mallory.identity.account_id();
        f.signing = *mallory.signing.certificate();
    });
    assert_eq!(
        DeviceCertificate::validate(&others),
        Err(CertificateError::Signature(SignatureError))
    );
}

#[test]
fn dates_that_never_hold_are_refused() {
    let alice = person("alice", 1);
    let reversed = DeviceFields {
        not_after_ms: NOW_MS - 1,
        ..fields()
    };
    let refused = DeviceCertificate::validate(&forge(&alice, &reversed, |_| ()));
    assert_eq!(refused, Err(CertificateError::Dates));
}

#[test]
fn a_device_key_of_small_order_is_refused() {
    let alice = person("alice", 1);
    let good = DeviceCertificate::issue(fields(), &alice.signing);
    let key_at = 2 + 16 + 1 + 5 + 16;
    let mut bytes = good.as_bytes().to_vec();
    bytes[key_at..key_at + 32].fill(0);
    assert_eq!(
        DeviceCertificate::validate(&bytes),
        Err(CertificateError::DeviceKey(PublicKeyError::SmallOrder))
    );
}

#[test]
fn one_flipped_bit_is_refused() {
    let certificate = person("alice", 1).device.certificate().clone();
    assert!(
        flipped(certificate.as_bytes()).all(|bytes| DeviceCertificate::validate(&bytes).is_err())
    );
}

#[test]
fn only_the_maker_of_a_commit_looks_at_the_dates() {
    let certificate = DeviceCertificate::issue(fields(), &person("alice", 1).signing);
    assert!(certificate.is_current(NOW_MS - 1) && certificate.is_current(NOW_MS + 1));
    assert!(!certificate.is_current(NOW_MS + 2));
}

#[test]
fn a_device_survives_its_store_and_a_renewal() {
    let alice = person("alice", 1);
    let key = *alice.device.key().public();
    let loaded = crate::device::Device::decode(&alice.device.encode());
    let loaded = loaded.unwrap_or_else(|error| unreachable!("{error}"));
    assert_eq!(loaded.certificate(), alice.device.certificate());
    assert_eq!(*loaded.key().public(), key);

    let raised = SigningKey::generate(&alice.identity, 1, &mut rng(3));
    let renewed = alice
        .device
        .renew(&raised, crate::device::Validity::days(NOW_MS, 1));
    assert_eq!((renewed.id(), *renewed.key().public()), (loaded.id(), key));
    assert_eq!(renewed.certificate().generation(), 1);
    assert!(DeviceCertificate::validate(renewed.certificate().as_bytes()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn certificates_survive_the_wire(name in "[a-z0-9]{2,32}", device: [u8; 16], created in 0..u64::MAX / 2) {
        let fields = DeviceFields {
            name: user_name(&name),
            device: device.into(),
            created_ms: created,
            not_after_ms: created * 2,
            ..fields()
        };
        let issued = DeviceCertificate::issue(fields, &person("alice", 1).signing);
        prop_assert!(issued.as_bytes().len() <= MAX_LEN);
        prop_assert_eq!(DeviceCertificate::validate(issued.as_bytes()), Ok(issued));
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(DeviceCertificate::validate(&bytes).is_err());
    }
}
