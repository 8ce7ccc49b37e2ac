//! The keys that a revocation makes, and the request that hands them out.

use e2ee::{
    account_key::AccountKey,
    account_key_mail::NextKeys,
    key_package::PeerKeyPackage,
    ordered::set,
    root_box::{RootBox, RootSecret},
    signing::SigningKey,
    suite::Suite,
    vault::{AccountItem, ItemName, seal_item},
};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::DeviceId,
    rest::{ACCOUNT_KEY, MailBody, MailDrop, RevokeDevices, VaultPut},
};
use zeroize::Zeroizing;

use super::read::Read;
use crate::{
    account::{
        home::Home,
        key_packages::FULL,
        vault::{ROOT, put},
    },
    convert,
    engine::Engine,
    turn::Turn,
};

/// This device in the next generation.
pub(super) struct Fresh {
    pub(super) home: Home,
    key_packages: Vec<Bytes>,
    last_resort: Bytes,
}

impl Engine {
    pub(super) fn make_fresh(
        &mut self,
        root_box: &RootBox,
        devices: &[DeviceId],
        turn: &mut Turn<'_>,
    ) -> Result<Fresh, ErrorCode> {
        let home = self.home.as_ref().ok_or(ErrorCode::NotLoggedIn)?;
        let generation = home.generation().saturating_add(1);
        let version = home.account_key.version().saturating_add(1);
        let identity = root_box.identity().ok_or(ErrorCode::NoIdentity)?;
        let signing = SigningKey::generate(identity, generation, &mut turn.rng);
        let account_key = AccountKey::generate(version, &mut turn.rng);
        let mut home = home
            .next(account_key, signing, devices, turn)
            .ok_or(ErrorCode::BadMls)?;
        // The certificate goes with the revocation itself.
        home.certified = generation;
        let kept = &mut self.key_packages;
        let last_resort = kept
            .make_last_resort(&home, &self.config, turn)
            .ok_or(ErrorCode::BadMls)?;
        let key_packages = kept.make(&home, &self.config, FULL, turn);
        Ok(Fresh {
            home,
            key_packages,
            last_resort,
        })
    }
}

impl Fresh {
    /// Whether it is still the generation after this one.
    pub(super) fn follows(&self, home: &Home) -> bool {
        self.home.generation() == home.generation().saturating_add(1)
    }

    pub(super) fn request(
        &self,
        (devices, remaining): (&[DeviceId], &[DeviceId]),
        peers: &[PeerKeyPackage],
        read: &Read,
        root: &RootSecret,
        suite: Suite,
        turn: &mut Turn<'_>,
    ) -> Result<RevokeDevices, ErrorCode> {
        Ok(RevokeDevices {
            devices: devices.to_vec(),
            remaining: remaining.to_vec(),
            certificate: self.home.device.certificate().as_bytes().into(),
            key_packages: self.key_packages.clone(),
            last_resort: self.last_resort.clone(),
            vault: self.vault(read, root, turn)?,
            mails: self.mails(devices, peers, suite)?,
        })
    }

    /// Every item as it was read, under the new key; but the signing key is the new one.
    fn vault(
        &self,
        read: &Read,
        root_secret: &RootSecret,
        turn: &mut Turn<'_>,
    ) -> Result<Vec<VaultPut>, ErrorCode> {
        let (key, account) = (&self.home.account_key, self.home.device.account());
        let mut items = Vec::with_capacity(read.items.len());
        for (name, plaintext) in &read.items {
            let plaintext = if *name == ItemName::account() {
                self.account_item(plaintext)?
            } else {
                plaintext.clone()
            };
            let listed = read.root.listed(name).ok_or(ErrorCode::BadAnswer)?;
            let version = listed.version.saturating_add(1);
            let sealed = seal_item(
                key,
                account,
                name.clone(),
                version,
                &plaintext,
                &mut turn.rng,
            );
            items.push(sealed.map_err(|_| ErrorCode::TooLarge)?);
        }
        let mut root = read.root.clone();
        let expected = root.version();
        root.enter(&items);
        let mut puts: Vec<VaultPut> = items.into_iter().map(put).collect();
        let sealed_key = key.seal(root_secret, account, &mut turn.rng);
        let sealed_root = root.seal(key, account, &mut turn.rng);
        puts.push(VaultPut {
            name: ACCOUNT_KEY.to_owned(),
            expected: read.account_key,
            sealed: sealed_key.map_err(|_| ErrorCode::BadMls)?.into(),
        });
        puts.push(VaultPut {
            name: ROOT.to_owned(),
            expected,
            sealed: sealed_root.map_err(|_| ErrorCode::BadMls)?.into(),
        });
        Ok(puts)
    }

    fn account_item(&self, before: &[u8]) -> Result<Zeroizing<Vec<u8>>, ErrorCode> {
        let account = self.home.device.account();
        let mut item =
            AccountItem::decode(before, account).map_err(|_| ErrorCode::IdentityMismatch)?;
        // A higher one there than this device's would be another device's revocation.
        if !item.raise(self.home.keys.signing().duplicate()) {
            return Err(ErrorCode::VersionConflict);
        }
        Ok(item.encode())
    }

    fn mails(
        &self,
        devices: &[DeviceId],
        peers: &[PeerKeyPackage],
        suite: Suite,
    ) -> Result<Vec<MailDrop>, ErrorCode> {
        let revoked = set(devices.iter().copied());
        let keys = NextKeys {
            account_key: self.home.account_key.duplicate(),
            signing: self.home.keys.signing().duplicate(),
            revoked: revoked.into_iter().map(convert::device).collect(),
        };
        let mail = |peer: &PeerKeyPackage| {
            let sealed = keys.seal(peer, suite).map_err(|_| ErrorCode::BadMls)?;
            Ok(MailDrop {
                account_id: self.home.account,
                device_id: convert::device_out(peer.certificate().device()),
                body: MailBody::AccountKey {
                    sealed: sealed.into(),
                },
            })
        };
        peers.iter().map(mail).collect()
    }
}
