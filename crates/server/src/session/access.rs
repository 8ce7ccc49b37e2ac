//! Access tokens: JWTs of one algorithm (HS256), under a key that is derived from `SECRET_KEY` for each month, and that both
//! of a month's last minutes and of the next one's first know. Nobody but this server reads them.

use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
};
use protocol::{
    error::ErrorCode, ids::AccountId, limits::ACCESS_TOKEN_MILLIS, rest::BearerToken,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha384};
use signature::{Signer, Verifier};
use zeroize::Zeroizing;

use super::FamilyId;
use crate::{failure::Refusal, labels, secrets::SecretKey};

/// The one algorithm. No key of another kind exists, so that no header can name one.
const ALGORITHM: Algorithm = Algorithm::HS256;
const TYPE: &str = "at+jwt";
const ISSUER: &str = "secure-chat";
const AUDIENCE: &str = "secure-chat/api";
/// A key signs for so long.
const PERIOD_MILLIS: u64 = 30 * 24 * 3_600_000;
/// The clock of a server may be set a little.
const SKEW_MILLIS: u64 = 30_000;

/// What an access token says.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    /// The family.
    sid: String,
    iat: u64,
    exp: u64,
}

/// Signs and checks access tokens.
pub(crate) struct AccessKey(Zeroizing<Vec<u8>>);

/// The key of one period, and its name.
struct Dated {
    kid: String,
    key: Zeroizing<[u8; 32]>,
}

impl AccessKey {
    /// Of a server's secret key.
    pub(crate) fn new(key: &SecretKey) -> Self {
        // One provider for the process, whichever server of it comes first: there is no other to install.
        let _installed_before = PROVIDER.install_default();
        Self(Zeroizing::new(key.as_bytes().to_vec()))
    }

    /// A token for the account, and when it ends.
    ///
    /// # Errors
    /// `SERVER_ERROR`, never for keys of this length.
    pub(crate) fn sign(
        &self,
        account: AccountId,
        family: FamilyId,
        now: Timestamp,
    ) -> Result<(BearerToken, Timestamp), Refusal> {
        let failed = Refusal::of(ErrorCode::ServerError);
        let dated = self.of_period(now.millis() / PERIOD_MILLIS);
        let dated = dated.ok_or(failed)?;
        // Whole seconds (RFC 7519 section 2): it ends no later than is said.
        let seconds = now.millis() / 1_000;
        let ends = seconds + ACCESS_TOKEN_MILLIS / 1_000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            sid: family.to_string(),
            iat: seconds,
            exp: ends,
        };
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(dated.kid),
            ..Header::new(ALGORITHM)
        };
        let key = EncodingKey::from_secret(dated.key.as_slice()).map_err(|_| failed)?;
        let token = jsonwebtoken::encode(&header, &claims, &key).map_err(|_| failed)?;
        Ok((BearerToken(token), Timestamp::from_millis(ends * 1_000)))
    }

    /// The family that a token names, and its account.
    ///
    /// # Errors
    /// `SESSION_EXPIRED` for one of ours that is over, `UNAUTHENTICATED` for all else.
    pub(crate) fn check(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<(AccountId, FamilyId), Refusal> {
        let unknown = Refusal::of(ErrorCode::Unauthenticated);
        let header = jsonwebtoken::decode_header(token).map_err(|_| unknown)?;
        let kid = header.kid.as_deref().ok_or(unknown)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(unknown);
        }
        let dated = self.named(kid, now).ok_or(unknown)?;
        let key = DecodingKey::from_secret(dated.key.as_slice()).map_err(|_| unknown)?;
        let claims: Claims = jsonwebtoken::decode(token, &key, &rules())
            .map_err(|_| unknown)?
            .claims;
        // The library would ask the machine's clock.
        let (now, skew) = (now.millis(), SKEW_MILLIS);
        let millis = |seconds: u64| seconds.saturating_mul(1_000);
        if millis(claims.iat) > now.saturating_add(skew) {
            return Err(unknown);
        }
        if now >= millis(claims.exp).saturating_add(skew) {
            return Err(Refusal::of(ErrorCode::SessionExpired));
        }
        let family = FamilyId::parse(&claims.sid).ok_or(unknown)?;
        Ok((claims.sub, family))
    }

    /// The key of that name, of those that may have signed what still counts.
    fn named(&self, kid: &str, now: Timestamp) -> Option<Dated> {
        let lives = ACCESS_TOKEN_MILLIS + SKEW_MILLIS;
        let here = now.millis() / PERIOD_MILLIS;
        let before = now.millis().saturating_sub(lives) / PERIOD_MILLIS;
        (before..=here)
            .filter_map(|period| self.of_period(period))
            .find(|dated| dated.kid == kid)
    }

    /// The key of a period; none if HKDF refuses the length, which it does not.
    fn of_period(&self, period: u64) -> Option<Dated> {
        let mut bytes = Zeroizing::new([0; 40]);
        Hkdf::<Sha384>::new(None, &self.0)
            .expand_multi_info(
                &[labels::ACCESS_TOKENS, &period.to_be_bytes()],
                bytes.as_mut(),
            )
            .ok()?;
        let (kid, key) = bytes.split_first_chunk::<8>()?;
        Some(Dated {
            kid: hex::encode(kid),
            key: Zeroizing::new(key.try_into().ok()?),
        })
    }
}

fn rules() -> Validation {
    let mut rules = Validation::new(ALGORITHM);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[ISSUER]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    rules.validate_exp = false;
    rules
}

/// HMAC-SHA-256 of the crates that are here anyway, in place of a second set of all algorithms that there are.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| {
        Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, Error> {
        if algorithm != ALGORITHM {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        let mac = Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?;
        Ok(Self(mac))
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mac = self.0.clone().chain_update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], tag: &Vec<u8>) -> Result<(), signature::Error> {
        let mac = self.0.clone().chain_update(message);
        mac.verify_slice(tag).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }
}

#[cfg(test)]
mod tests;
