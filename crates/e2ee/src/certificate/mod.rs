//! The device certificate: the MLS credential of every leaf, and the one function that validates it (PROTOCOL
//! section 2).

use crate::{
    codec::{CodecError, Reader, Writer},
    ed25519::{PublicKey, PublicKeyError, SIGNATURE_LEN, SignatureError},
    identity::IdentityKey,
    ids::{AccountId, DeviceId},
    labels::SignLabel,
    signing::{SigningCertificate, SigningCertificateError, SigningKey},
    user_name::{UserName, UserNameError},
};

#[cfg(test)]
mod tests;

/// The version of the form below.
pub const VERSION: u16 = 1;
/// The longest encoding that is looked at.
pub const MAX_LEN: usize = 1024;

/// A device certificate was refused. None of these depends on a clock, a pin or a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is longer than [`MAX_LEN`].
    #[error("the certificate is too long")]
    TooLong,
    /// It is of another version.
    #[error("certificate version {0} is unknown")]
    Version(u16),
    /// It does not have the form of a certificate.
    #[error("malformed certificate: {0}")]
    Codec(#[from] CodecError),
    /// The name breaks the rules for names.
    #[error("bad name in a certificate: {0}")]
    Name(#[from] UserNameError),
    /// The device key is unacceptable.
    #[error("bad device key: {0}")]
    DeviceKey(#[from] PublicKeyError),
    /// The identity's certificate for the signing key is refused.
    #[error(transparent)]
    Signing(#[from] SigningCertificateError),
    /// The account id is not the hash of the identity key.
    #[error("the account id does not follow from the identity key")]
    Account,
    /// The generation is not that of the signing key.
    #[error("the certificate is not of the signing key's generation")]
    Generation,
    /// It ends before it begins.
    #[error("the certificate is never valid")]
    Dates,
    /// The signing key did not sign it.
    #[error("the signing key did not sign this certificate")]
    Signature(#[from] SignatureError),
}

/// A validated device certificate: the only ways to get one are [`DeviceCertificate::validate`] and
/// [`DeviceCertificate::issue`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCertificate {
    bytes: Vec<u8>,
    fields: DeviceFields,
    account: AccountId,
    signing: SigningCertificate,
}

/// What a signing key certifies about a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceFields {
    /// The name that the account shows. It proves nothing.
    pub name: UserName,
    /// The device's id.
    pub device: DeviceId,
    /// The device's key: signature key of its MLS leaves and of its payloads.
    pub device_key: PublicKey,
    /// When the certificate was made, in unix milliseconds.
    pub created_ms: u64,
    /// The last moment at which a commit may be made with it, in unix milliseconds.
    pub not_after_ms: u64,
}

impl DeviceCertificate {
    /// Certifies a device.
    #[must_use]
    pub fn issue(fields: DeviceFields, signing: &SigningKey) -> Self {
        let signing_certificate = *signing.certificate();
        let account = signing_certificate.account();
        let mut writer = Writer::with_capacity(MAX_LEN);
        write_signed_part(
            &mut writer,
            account,
            &fields,
            signing_certificate.generation(),
        );
        let signature = signing
            .key_pair()
            .sign(SignLabel::DeviceCertificate, writer.as_slice());
        signing_certificate.write(&mut writer);
        writer.fixed(&signature);
        Self {
            bytes: writer.finish(),
            fields,
            account,
            signing: signing_certificate,
        }
    }

    /// Validates a certificate wherever it appears. Checks everything but the dates: form, sizes, name, keys, the
    /// account id, the generation and both signatures of the chain.
    ///
    /// Whether the generation is high enough is for the tree or the pin to say, see PROTOCOL sections 2 and 5.
    ///
    /// # Errors
    /// [`CertificateError`] says what is wrong.
    pub fn validate(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > MAX_LEN {
            return Err(CertificateError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        let (account, generation, fields) = read_signed_part(&mut reader)?;
        let signed = bytes
            .get(..bytes.len() - reader.rest().len())
            .unwrap_or_default();
        let signing = SigningCertificate::read(&mut reader)?;
        let signature: [u8; SIGNATURE_LEN] = reader.array()?;
        reader.finish()?;
        if account != signing.account() {
            return Err(CertificateError::Account);
        }
        if generation != signing.generation() {
            return Err(CertificateError::Generation);
        }
        if fields.not_after_ms < fields.created_ms {
            return Err(CertificateError::Dates);
        }
        signing
            .signing_key()
            .verify(SignLabel::DeviceCertificate, signed, &signature)?;
        Ok(Self {
            bytes: bytes.to_vec(),
            fields,
            account,
            signing,
        })
    }

    /// Whether a commit may be made with it at `now_ms`. For makers of commits only: a verdict on somebody else's
    /// commit never looks at a clock (PROTOCOL section 1).
    #[must_use]
    pub const fn is_current(&self, now_ms: u64) -> bool {
        now_ms <= self.fields.not_after_ms
    }

    /// The bytes that were validated, for a credential.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The account that the device belongs to.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The identity at the root of the chain.
    #[must_use]
    pub const fn identity(&self) -> &IdentityKey {
        self.signing.identity()
    }

    /// The generation of the signing key.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.signing.generation()
    }

    /// The device's id.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.fields.device
    }

    /// The device's key.
    #[must_use]
    pub const fn device_key(&self) -> &PublicKey {
        &self.fields.device_key
    }

    /// The name that the account shows.
    #[must_use]
    pub const fn name(&self) -> &UserName {
        &self.fields.name
    }

    /// What was certified.
    #[must_use]
    pub const fn fields(&self) -> &DeviceFields {
        &self.fields
    }
}

/// The account that a certificate names, for one that was validated before.
pub(crate) fn account_of(bytes: &[u8]) -> Option<AccountId> {
    let mut reader = Reader::new(bytes);
    let _version = reader.u16().ok()?;
    Some(reader.array::<16>().ok()?.into())
}

fn write_signed_part(
    writer: &mut Writer,
    account: AccountId,
    fields: &DeviceFields,
    generation: u32,
) {
    writer.u16(VERSION);
    writer.fixed(account.as_bytes());
    writer.vec(fields.name.as_str().as_bytes());
    writer.fixed(fields.device.as_bytes());
    writer.fixed(fields.device_key.as_bytes());
    writer.u32(generation);
    writer.u64(fields.created_ms);
    writer.u64(fields.not_after_ms);
}

fn read_signed_part(
    reader: &mut Reader<'_>,
) -> Result<(AccountId, u32, DeviceFields), CertificateError> {
    let version = reader.u16()?;
    if version != VERSION {
        return Err(CertificateError::Version(version));
    }
    let account = reader.array::<16>()?.into();
    let name = UserName::parse(reader.vec(UserName::MAX_LEN)?)?;
    let device = reader.array::<16>()?.into();
    let device_key = PublicKey::parse(&reader.array()?)?;
    let generation = reader.u32()?;
    let (created_ms, not_after_ms) = (reader.u64()?, reader.u64()?);
    Ok((
        account,
        generation,
        DeviceFields {
            name,
            device,
            device_key,
            created_ms,
            not_after_ms,
        },
    ))
}
