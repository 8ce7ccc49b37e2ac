//! Passkeys (WebAuthn Level 3), as a further kind of second factor: what authenticators say is read and checked here, and what
//! they are asked waits here. Of two algorithms and without attestation: who made an authenticator is nobody's business here.

mod authenticator;
mod client_data;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
mod key;

use protocol::{
    ids::{AccountId, PasskeyId},
    limits::{CODE_LEG_MILLIS, PASSKEY_CODE_MILLIS},
    rest::{FactorCode, PasskeyMade, PasskeyShown},
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};

use crate::{
    entropy::Entropy,
    login::Pending,
    public_url::PublicUrl,
    session::Token,
    store::{credentials::Proven, session::TokenHash},
};

use authenticator::AuthenticatorData;
use client_data::{Ceremony, ClientData};
pub(crate) use key::PublicKey;

/// What an authenticator signs: 32 random bytes, for one answer.
pub(crate) type Challenge = [u8; 32];

/// What an authenticator says is not what was asked for; why is nobody's to know who cannot see it himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotShown;

/// What was asked of authenticators, and what came of it.
pub(crate) struct Passkeys {
    /// For passkeys to come, each of one session.
    pub(crate) making: Pending<Challenge, Making>,
    /// For those that are there.
    pub(crate) asked: Pending<Challenge, AccountId>,
    /// Codes that stand for an answer.
    codes: Pending<TokenHash, AccountId>,
}

/// A passkey to come.
pub(crate) struct Making {
    /// Whose session asked for it.
    pub(crate) token: TokenHash,
    /// The password that was shown for it.
    pub(crate) proven: Proven,
}

/// A passkey that was made just now.
pub(crate) struct Made {
    pub(crate) credential: Vec<u8>,
    pub(crate) key: PublicKey,
    pub(crate) counter: u32,
}

impl Passkeys {
    pub(crate) fn new() -> Self {
        Self {
            making: Pending::new(CODE_LEG_MILLIS),
            asked: Pending::new(CODE_LEG_MILLIS),
            codes: Pending::new(PASSKEY_CODE_MILLIS),
        }
    }

    /// A code that stands for an answer which was right: once, for a short time, wherever a code of a second factor is asked for.
    pub(crate) fn code(&self, account: AccountId, entropy: &Entropy, now: Timestamp) -> FactorCode {
        let token = Token::draw(entropy);
        self.codes.keep(token.hash(), account, now);
        FactorCode(token.reveal().to_owned())
    }

    /// Uses such a code up; whether it was one, of this account.
    pub(crate) fn take_code(&self, account: AccountId, code: &FactorCode, now: Timestamp) -> bool {
        let shown = Token::shown(&code.0);
        let of = shown.and_then(|token| self.codes.take(token.hash(), now));
        of == Some(account)
    }
}

/// The challenge that an answer is to, as it says itself.
pub(crate) fn challenge_of(client_data: &[u8]) -> Result<Challenge, NotShown> {
    ClientData::read(client_data)?.challenge()
}

/// Reads what an authenticator made, after its challenge was found to be one of ours.
pub(crate) fn made(answer: &PasskeyMade, at: &PublicUrl) -> Result<Made, NotShown> {
    let said = ClientData::read(answer.client_data.as_slice())?;
    said.check(Ceremony::Create, at)?;
    let data = authenticator::attested(answer.attestation.as_slice())?;
    data.check(at)?;
    let (credential, key) = data.credential.ok_or(NotShown)?;
    Ok(Made {
        credential,
        key,
        counter: data.counter,
    })
}

/// Checks what an authenticator shows, after its challenge was found to be one of ours; its counter.
pub(crate) fn shown(
    answer: &PasskeyShown,
    key: &PublicKey,
    at: &PublicUrl,
) -> Result<u32, NotShown> {
    let said = ClientData::read(answer.client_data.as_slice())?;
    said.check(Ceremony::Get, at)?;
    let signed = answer.authenticator_data.as_slice();
    let data = AuthenticatorData::read(signed)?;
    data.check(at)?;
    let hash = Sha256::digest(answer.client_data.as_slice());
    key.verify(&[signed, &hash].concat(), answer.signature.as_slice())?;
    Ok(data.counter)
}

/// What a passkey is called in lists.
pub(crate) fn id_of(credential: &[u8]) -> PasskeyId {
    let hash: [u8; 32] = Sha256::digest(credential).into();
    let (id, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    PasskeyId::from_bytes(*id)
}
