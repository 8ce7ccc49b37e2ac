//! The account key and the ticket on their way to the new device: sealed by HPKE to the key that was revealed, bound to the transcript,
//! signed by the device that answered.
//!
//! Without the signature a server that has let the numbers be compared could send a key of its own afterwards.

use openmls_traits::{crypto::OpenMlsCrypto, types::HpkeCiphertext};
use zeroize::Zeroizing;

use super::{Answer, DeviceLinkError, MAX_LEN, Offer, Reveal, Transcript, VERSION};
use crate::{
    account_key::AccountKey,
    certificate::DeviceCertificate,
    codec::{CodecError, Reader, Writer},
    crypto::Crypto,
    device::Device,
    ed25519::SIGNATURE_LEN,
    labels::{SealLabel, SignLabel},
    seal::{Aad, SealError},
    suite::Suite,
};

/// The longest ticket, in bytes.
const TICKET_MAX: usize = 128;

/// What a new device is given.
pub struct Keys {
    /// It opens the account's vault.
    pub account_key: AccountKey,
    /// What the server lets the new device in by, as it gave it.
    pub ticket: Zeroizing<Vec<u8>>,
}

/// Seals both for the new device of this transcript.
///
/// # Errors
/// [`SealError`] if what was revealed is no key of the suite.
pub fn seal(
    keys: &Keys,
    reveal: &Reveal,
    transcript: &Transcript,
    device: &Device,
    suite: Suite,
) -> Result<Vec<u8>, SealError> {
    let plain = keys.encode();
    let sealed = Crypto::default()
        .hpke_seal(
            suite.mls().hpke_config(),
            &reveal.key,
            SealLabel::DeviceLink.bytes(),
            aad(transcript).as_slice(),
            plain.as_slice(),
        )
        .map_err(|_| SealError)?;
    let mut writer = Writer::new();
    writer.u16(VERSION);
    writer.vec(device.certificate().as_bytes());
    writer.vec(sealed.kem_output.as_slice());
    writer.vec(sealed.ciphertext.as_slice());
    let signed = signed(transcript, writer.as_slice());
    let signature = device.key().sign(SignLabel::DeviceLink, &signed);
    writer.fixed(&signature);
    Ok(writer.finish())
}

/// Opens what came for this offer. Nothing in it is believed before the device that answered has signed it.
///
/// # Errors
/// [`DeviceLinkError`] says what is wrong.
pub fn open(
    bytes: &[u8],
    offer: &Offer,
    answer: &Answer,
    transcript: &Transcript,
) -> Result<Keys, DeviceLinkError> {
    if bytes.len() > MAX_LEN {
        return Err(CodecError::BadValue.into());
    }
    let (body, signature) = bytes
        .split_last_chunk::<SIGNATURE_LEN>()
        .ok_or(CodecError::Truncated)?;
    let mut reader = Reader::new(body);
    let version = reader.u16()?;
    if version != VERSION {
        return Err(DeviceLinkError::Version(version));
    }
    let certificate = DeviceCertificate::validate(reader.vec(MAX_LEN)?)?;
    let sealed = HpkeCiphertext {
        kem_output: reader.vec(MAX_LEN)?.to_vec().into(),
        ciphertext: reader.vec(MAX_LEN)?.to_vec().into(),
    };
    reader.finish()?;
    if certificate.account() != answer.account || certificate.device() != answer.device {
        return Err(DeviceLinkError::OtherDevice);
    }
    let key = certificate.device_key();
    key.verify(SignLabel::DeviceLink, &signed(transcript, body), signature)?;
    let own = offer.key_pair()?;
    let plain = Crypto::default()
        .hpke_open(
            offer.suite().mls().hpke_config(),
            &sealed,
            &own.private,
            SealLabel::DeviceLink.bytes(),
            aad(transcript).as_slice(),
        )
        .map_err(|_| SealError)?;
    Ok(Keys::decode(&Zeroizing::new(plain))?)
}

impl Keys {
    /// Account key and ticket, with a length before each.
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Of its whole length from the start: a buffer that grows leaves copies behind.
        let mut writer = Writer::with_capacity(256);
        writer.vec(&self.account_key.encode());
        writer.vec(&self.ticket);
        Zeroizing::new(writer.finish())
    }

    fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let account_key = AccountKey::decode(reader.vec(MAX_LEN)?)?;
        let ticket = Zeroizing::new(reader.vec(TICKET_MAX)?.to_vec());
        reader.finish()?;
        Ok(Self {
            account_key,
            ticket,
        })
    }
}

fn aad(transcript: &Transcript) -> Aad {
    Aad::new(SealLabel::DeviceLink).bytes(transcript.as_bytes())
}

fn signed(transcript: &Transcript, body: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(32 + body.len());
    writer.fixed(transcript.as_bytes());
    writer.fixed(body);
    writer.finish()
}
