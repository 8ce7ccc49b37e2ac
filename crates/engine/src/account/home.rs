//! The account's own row: name, device, account key, signing key.

use e2ee::ordered::Set;

use e2ee::{
    account_key::AccountKey,
    contacts::Contacts,
    device::{Device, Validity},
    root_box::RootBox,
    signing::SigningKey,
    user_name::UserName as CertifiedName,
    vault::AccountItem,
};
use protocol::{
    ids::{AccountId, DeviceId},
    names::UserName,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    account::{
        devices::Devices,
        reseal,
        reseal::Reseal,
        revoke, session,
        vault::{self, Vault},
    },
    api::Space,
    contacts, convert,
    engine::Engine,
    records::{self, RecordError},
    turn::Turn,
};

/// How long a device certificate lasts: commits need one that has not ended.
const CERTIFICATE_DAYS: u32 = 400;
/// A certificate that ends within this time is renewed before the next commit.
const RENEW_BEFORE_MS: u64 = 60 * 86_400_000;

pub(crate) const ROW: &[u8] = b"home";

/// The account and this device of it.
pub(crate) struct Home {
    pub(crate) user: UserName,
    pub(crate) account: AccountId,
    pub(crate) device: Device,
    pub(crate) account_key: AccountKey,
    pub(crate) keys: AccountItem,
    /// Devices that the account is without: their leaves go wherever this device finds them.
    pub(crate) revoked: Set<DeviceId>,
    /// The generation of the certificate and KeyPackages that the server has of this device.
    pub(crate) certified: u32,
    /// The recovery code of a registration whose answer has not come, so that it can still be shown.
    pub(crate) unregistered: Option<Zeroizing<String>>,
    /// The root box holds no identity any more, as far as this device knows: nothing can be revoked.
    pub(crate) reduced: bool,
    /// The account is no more.
    pub(crate) deleted: bool,
}

#[derive(Serialize, Deserialize)]
struct Row {
    user: UserName,
    #[serde(with = "serde_bytes")]
    device: Vec<u8>,
    #[serde(with = "serde_bytes")]
    account_key: Vec<u8>,
    #[serde(with = "serde_bytes")]
    keys: Vec<u8>,
    #[serde(default)]
    revoked: Set<DeviceId>,
    /// None in rows from before there were revocations.
    #[serde(default)]
    certified: Option<u32>,
    #[serde(default)]
    unregistered: Option<String>,
    #[serde(default)]
    reduced: bool,
    #[serde(default)]
    deleted: bool,
}

impl Home {
    pub(crate) fn save(&self, turn: &mut Turn<'_>) {
        turn.put(Space::Account, ROW, self.row());
    }

    pub(crate) fn row(&self) -> Vec<u8> {
        records::encode(&Row {
            user: self.user.clone(),
            device: self.device.encode().to_vec(),
            account_key: self.account_key.encode().to_vec(),
            keys: self.keys.encode().to_vec(),
            revoked: self.revoked.clone(),
            certified: Some(self.certified),
            unregistered: self.unregistered.as_deref().cloned(),
            reduced: self.reduced,
            deleted: self.deleted,
        })
    }

    pub(crate) fn load(bytes: &[u8]) -> Result<Self, RecordError> {
        let row: Row = records::decode(bytes)?;
        let device = Device::decode(&row.device).map_err(|_| RecordError::Damaged)?;
        let account = device.account();
        Ok(Self {
            user: row.user,
            account: convert::account_out(account),
            account_key: AccountKey::decode(&row.account_key).map_err(|_| RecordError::Damaged)?,
            keys: AccountItem::decode(&row.keys, account).map_err(|_| RecordError::Damaged)?,
            revoked: row.revoked,
            certified: row
                .certified
                .unwrap_or_else(|| device.certificate().generation()),
            device,
            unregistered: row.unregistered.map(Zeroizing::new),
            reduced: row.reduced,
            deleted: row.deleted,
        })
    }

    /// Whether the server is known to have the account.
    pub(crate) fn is_registered(&self) -> bool {
        self.unregistered.is_none()
    }

    /// A new device of an account, from the account's signing key.
    pub(crate) fn with_new_device(
        user: UserName,
        account_key: AccountKey,
        keys: AccountItem,
        turn: &mut Turn<'_>,
    ) -> Result<Self, RecordError> {
        // Every name of the wire is a name of a certificate: the wire's rule is the stricter one.
        let name = CertifiedName::new(user.as_str()).map_err(|_| RecordError::Damaged)?;
        let validity = Validity::days(turn.now.millis(), CERTIFICATE_DAYS);
        let device = Device::create(name, keys.signing(), validity, &mut turn.rng);
        Ok(Self {
            user,
            account: convert::account_out(device.account()),
            certified: device.certificate().generation(),
            device,
            account_key,
            keys,
            revoked: Set::new(),
            unregistered: None,
            reduced: false,
            deleted: false,
        })
    }

    /// Notes whether the root box, which was opened, still holds the identity.
    pub(crate) fn learn_of_box(&mut self, root_box: Option<&RootBox>) {
        self.reduced |= root_box.is_some_and(|it| it.identity().is_none());
    }

    /// The generation of this device's keys.
    pub(crate) fn generation(&self) -> u32 {
        self.keys.signing().certificate().generation()
    }

    /// The same device after a revocation: new keys, a new certificate.
    pub(crate) fn next(
        &self,
        account_key: AccountKey,
        signing: SigningKey,
        revoked: &[DeviceId],
        turn: &Turn<'_>,
    ) -> Option<Self> {
        let account = self.device.account();
        let mut keys = AccountItem::decode(&self.keys.encode(), account).ok()?;
        if !keys.raise(signing) {
            return None;
        }
        let validity = Validity::days(turn.now.millis(), CERTIFICATE_DAYS);
        let device = Device::decode(&self.device.encode()).ok()?;
        Some(Self {
            user: self.user.clone(),
            account: self.account,
            device: device.renew(keys.signing(), validity),
            account_key,
            keys,
            revoked: self.revoked.iter().chain(revoked).copied().collect(),
            certified: self.certified,
            unregistered: None,
            reduced: self.reduced,
            deleted: self.deleted,
        })
    }

    /// Renews the device's certificate if it ends soon. The renewed one enters a room with the next commit there.
    pub(crate) fn renew_certificate(&mut self, turn: &mut Turn<'_>) {
        let now = turn.now.millis();
        let fields = self.device.certificate().fields();
        if fields.not_after_ms >= now.saturating_add(RENEW_BEFORE_MS) {
            return;
        }
        let Ok(copy) = Device::decode(&self.device.encode()) else {
            return;
        };
        self.device = copy.renew(self.keys.signing(), Validity::days(now, CERTIFICATE_DAYS));
        self.save(turn);
    }
}

impl Engine {
    /// Forgets an account that the server never had: a registration that did not arrive.
    pub(crate) fn forget_home(&mut self, turn: &mut Turn<'_>) {
        self.home = None;
        self.session = None;
        self.former_token = None;
        self.contacts = Contacts::default();
        self.vault = Vault::default();
        self.devices = Devices::default();
        self.reseal = Reseal::default();
        self.key_packages.forget(turn);
        for row in [
            ROW,
            session::ROW,
            session::FORMER_ROW,
            contacts::ROW,
            vault::ROW,
            vault::DIRTY_ROW,
            vault::MARKS_ROW,
            revoke::ROW,
            reseal::ROW,
        ] {
            turn.delete(Space::Account, row);
        }
    }
}
