//! Mail that is sealed to a device: the account key after a revocation, and history keys.

use super::Key;
use crate::{
    account_key_mail::{NextKeys, Receiver},
    history_answer::SignedAnswer,
    ids::{AccountId, DeviceId},
    rows::Row,
    secret::Secret,
    suite::Suite,
};

/// The account key in a mail to a device, with the private halves of KeyPackages.
#[must_use]
pub fn account_key(
    mail: &[u8],
    account: AccountId,
    device: DeviceId,
    key_packages: &[Vec<Row>],
    suite: Suite,
) -> Option<Key> {
    let receiver = Receiver {
        account,
        device,
        generation: 0,
        version: 0,
        key_packages,
    };
    let keys = NextKeys::open(mail, &receiver, suite).ok()?;
    Some(*keys.account_key.secret().expose())
}

/// The history keys in an answer, with the seed of the request.
#[must_use]
pub fn history_keys(answer: &[u8], seed: &Key, suite: Suite) -> Vec<Key> {
    let Ok(answer) = SignedAnswer::read(answer) else {
        return Vec::new();
    };
    let keys = answer.open(&Secret::from_bytes(seed), suite);
    let keys = keys.into_iter().flatten();
    keys.map(|(_, key)| *key.expose()).collect()
}
