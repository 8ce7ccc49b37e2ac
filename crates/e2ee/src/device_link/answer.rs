//! What the device of the account says before it knows the new device's key: whose account it is, and a nonce.

use rand_core::CryptoRngCore;

use super::{DeviceLinkError, VERSION};
use crate::{
    codec::{CodecError, Reader, Writer},
    device::Device,
    ids::{AccountId, DeviceId},
    user_name::UserName,
};

/// The answer of a device of the account. Nothing in it is proven until the keys have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The account that the new device will belong to.
    pub account: AccountId,
    /// The device that answers.
    pub device: DeviceId,
    /// The account's name, to be shown.
    pub name: UserName,
    pub(super) nonce: [u8; 32],
}

impl Answer {
    /// The answer of this device, with a fresh nonce.
    #[must_use]
    pub fn of(device: &Device, rng: &mut impl CryptoRngCore) -> Self {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        Self {
            account: device.account(),
            device: device.id(),
            name: device.certificate().name().clone(),
            nonce,
        }
    }

    /// As it stands on the wire: version u16, account 16, device 16, nonce 32, name (length before it).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u16(VERSION);
        writer.fixed(self.account.as_bytes());
        writer.fixed(self.device.as_bytes());
        writer.fixed(&self.nonce);
        writer.vec(self.name.as_str().as_bytes());
        writer.finish()
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`DeviceLinkError`] if it is none, of another version, or names nobody.
    pub fn parse(bytes: &[u8]) -> Result<Self, DeviceLinkError> {
        if bytes.len() > super::MAX_LEN {
            return Err(CodecError::BadValue.into());
        }
        let mut reader = Reader::new(bytes);
        let version = reader.u16()?;
        if version != VERSION {
            return Err(DeviceLinkError::Version(version));
        }
        let account = reader.array::<16>()?.into();
        let device = reader.array::<16>()?.into();
        let nonce = reader.array()?;
        let name = UserName::parse(reader.vec(UserName::MAX_LEN)?)?;
        reader.finish()?;
        Ok(Self {
            account,
            device,
            name,
            nonce,
        })
    }
}
