//! A link into a room: what its holder knows, and how it is written into the fragment of a URL, which
//! browsers do not send (PROTOCOL section 4).
//!
//! ```text
//! version u8 | kind u8 | room u64 | link id 16 | secret 32 | creator 16 | number of pins u8 | pins 32 each
//! ```
//!
//! in URL-safe base 64 without padding. The creator is named by the account id, which is a 128-bit
//! hash of the identity key: with it, nobody else can vouch for what the grant says. The pins are
//! SHA-256 hashes of server keys.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRngCore;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    codec::{CodecError, Reader, Writer},
    ids::{AccountId, LinkId, RoomId},
    kdf,
    labels::KdfLabel,
    secret::Secret,
};

/// The version of everything that stands behind the `#` of a URL of ours.
pub(crate) const VERSION: u8 = 1;
/// A room that is an MLS group.
const GROUP: u8 = 1;
/// The most server pins in a link.
pub const MAX_PINS: usize = 8;
const MAX_LEN: usize = 1 + 1 + 8 + 16 + 32 + 16 + 1 + MAX_PINS * 32;
/// The longest fragment that is looked at.
pub const MAX_FRAGMENT: usize = MAX_LEN.div_ceil(3) * 4;

/// The secret L of a link: who knows it may fetch the grant and open it.
pub struct LinkSecret(Secret<32>);

/// A link as its URL says it.
pub struct Link {
    /// The room.
    pub room: RoomId,
    /// The link's id.
    pub id: LinkId,
    /// Its secret.
    pub secret: LinkSecret,
    /// Who made it, and must have signed the grant.
    pub creator: AccountId,
    /// SHA-256 hashes of the server's keys; none if the server is certified in the usual way.
    pub pins: Vec<[u8; 32]>,
}

/// A fragment is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is longer than [`MAX_FRAGMENT`].
    #[error("the link is too long")]
    TooLong,
    /// It is not URL-safe base 64 without padding: a character got lost or was added.
    #[error("the link is not complete, or something else")]
    Encoding,
    /// It is of another version.
    #[error("link version {0} is unknown")]
    Version(u8),
    /// It leads into a room of another kind.
    #[error("a link into a room of unknown kind {0}")]
    Kind(u8),
    /// It does not have the form of a link.
    #[error("malformed link: {0}")]
    Codec(#[from] CodecError),
}

impl LinkSecret {
    /// A fresh secret.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::random(rng))
    }

    /// The secret with these bytes, for the vault and for a link that is read.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_secret(&self) -> &Secret<32> {
        &self.0
    }

    /// A second copy, made knowingly.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.duplicate())
    }

    /// The token K(L, "token"): shown to the server to fetch what the link gives. It opens nothing.
    #[must_use]
    pub fn token(&self) -> Secret<32> {
        kdf::derive(&self.0, KdfLabel::LinkToken, &[])
    }

    /// SHA-256 of the token: what the server gets when the link is made.
    #[must_use]
    pub fn token_hash(&self) -> [u8; 32] {
        Sha256::digest(self.token().expose()).into()
    }
}

impl Link {
    /// The fragment of the URL, without `#`. `None` if there are more than [`MAX_PINS`] pins.
    #[must_use]
    pub fn to_fragment(&self) -> Option<Zeroizing<String>> {
        let pins = u8::try_from(self.pins.len()).ok();
        let pins = pins.filter(|count| usize::from(*count) <= MAX_PINS)?;
        let mut writer = Writer::with_capacity(MAX_LEN);
        writer.u8(VERSION);
        writer.u8(GROUP);
        writer.u64(self.room.get());
        writer.fixed(self.id.as_bytes());
        writer.fixed(self.secret.0.expose());
        writer.fixed(self.creator.as_bytes());
        writer.u8(pins);
        self.pins.iter().for_each(|pin| writer.fixed(pin));
        let bytes = Zeroizing::new(writer.finish());
        Some(Zeroizing::new(URL_SAFE_NO_PAD.encode(&*bytes)))
    }

    /// Reads a fragment. Every link has one spelling.
    ///
    /// # Errors
    /// [`LinkError`] says what does not fit.
    pub fn parse(fragment: &str) -> Result<Self, LinkError> {
        if fragment.len() > MAX_FRAGMENT {
            return Err(LinkError::TooLong);
        }
        let bytes = URL_SAFE_NO_PAD.decode(fragment);
        let bytes = Zeroizing::new(bytes.map_err(|_| LinkError::Encoding)?);
        let mut reader = Reader::new(&bytes);
        match reader.u8()? {
            VERSION => {}
            version => return Err(LinkError::Version(version)),
        }
        match reader.u8()? {
            GROUP => {}
            kind => return Err(LinkError::Kind(kind)),
        }
        let room = RoomId::new(reader.u64()?).map_err(|_| CodecError::BadValue)?;
        let id = reader.array::<16>()?.into();
        let secret = Secret::from_slice(reader.fixed(32)?).ok_or(CodecError::Truncated)?;
        let creator = reader.array::<16>()?.into();
        let count = usize::from(reader.u8()?);
        if count > MAX_PINS {
            return Err(CodecError::TooLong.into());
        }
        let pins: Result<Vec<_>, _> = (0..count).map(|_| reader.array()).collect();
        let pins = pins?;
        reader.finish()?;
        Ok(Self {
            room,
            id,
            secret: LinkSecret(secret),
            creator,
            pins,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::testing::rng;

    fn link(pins: usize) -> Link {
        let rng = &mut rng(1);
        Link {
            room: RoomId::new(7).unwrap(),
            id: LinkId::random(rng),
            secret: LinkSecret::random(rng),
            creator: [5; 16].into(),
            pins: (0..pins).map(|_| *Secret::random(rng).expose()).collect(),
        }
    }

    fn encoded(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    #[test]
    fn what_is_written_is_read() {
        for pins in [0, 1, MAX_PINS] {
            let link = link(pins);
            let fragment = link.to_fragment().unwrap();
            assert!(fragment.len() <= MAX_FRAGMENT);
            let read = Link::parse(&fragment).unwrap();
            assert_eq!((read.room, read.id), (link.room, link.id));
            assert_eq!((read.creator, &read.pins), (link.creator, &link.pins));
            assert!(read.secret.as_secret().same_as(link.secret.as_secret()));
        }
        assert_eq!(link(0).to_fragment().unwrap().len(), 100);
        assert!(link(MAX_PINS + 1).to_fragment().is_none());
    }

    #[test]
    fn what_is_no_link_has_its_error() {
        let fragment = link(1).to_fragment().unwrap();
        let bytes = URL_SAFE_NO_PAD.decode(&*fragment).unwrap();
        let changed = |at: usize, value| {
            let mut bytes = bytes.clone();
            bytes[at] = value;
            encoded(&bytes)
        };
        for (name, text, error) in [
            ("nothing", String::new(), CodecError::Truncated.into()),
            ("long", "A".repeat(MAX_FRAGMENT + 1), LinkError::TooLong),
            ("padded", format!("{}=", *fragment), LinkError::Encoding),
            ("spaced", format!(" {}", *fragment), LinkError::Encoding),
            ("hashed", format!("#{}", *fragment), LinkError::Encoding),
            ("version", changed(0, 2), LinkError::Version(2)),
            ("kind", changed(1, 9), LinkError::Kind(9)),
            ("room", changed(2, 0xFF), CodecError::BadValue.into()),
            ("pins", changed(74, 9), CodecError::TooLong.into()),
            ("fewer pins", changed(74, 0), CodecError::Trailing.into()),
        ] {
            assert_eq!(Link::parse(&text).err(), Some(error), "{name}");
        }
        for len in 0..bytes.len() {
            assert!(Link::parse(&encoded(&bytes[..len])).is_err(), "{len}");
        }
    }

    #[test]
    fn the_token_is_bound_to_the_secret_and_gives_nothing_away() {
        let [one, other] = [1, 2].map(|seed| LinkSecret::random(&mut rng(seed)));
        assert_eq!(one.token_hash(), one.duplicate().token_hash());
        assert_ne!(one.token_hash(), other.token_hash());
        assert!(!one.token().same_as(one.as_secret()));
        let hash: [u8; 32] = Sha256::digest(one.token().expose()).into();
        assert_eq!(one.token_hash(), hash);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_fragment_is_refused_or_the_only_spelling(text in "[A-Za-z0-9_-]{0,160}") {
            if let Ok(link) = Link::parse(&text) {
                let again = link.to_fragment().unwrap();
                prop_assert_eq!(again.as_str(), text.as_str());
            }
        }

        #[test]
        fn bytes_too(mut bytes in proptest::collection::vec(any::<u8>(), 75..140)) {
            bytes[..3].copy_from_slice(&[VERSION, GROUP, 0]);
            let text = encoded(&bytes);
            if let Ok(link) = Link::parse(&text) {
                let again = link.to_fragment().unwrap();
                prop_assert_eq!(again.as_str(), text.as_str());
            }
        }
    }
}
