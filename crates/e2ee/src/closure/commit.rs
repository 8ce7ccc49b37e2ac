//! A commit of the log, followed from whatever state somebody has.

use openmls_traits::types::HpkeCiphertext;

use super::{
    Context, Epoch, Key, KeyPair,
    schedule::{node_keys, open, path_info, psk_secret, upwards},
};
use crate::{
    codec::{CodecError, Reader, Writer},
    kem_keys,
    suite::Suite,
};

/// Longer than any field.
const ANY: usize = 1 << 30;
/// The sender of a commit from outside (RFC 9420 section 6).
const NEW_MEMBER_COMMIT: u8 = 4;

/// The parts of a commit that secrets pass through.
pub struct Commit {
    /// The epoch that it ends.
    pub epoch: u64,
    /// For a commit from outside: the encapsulation, and the encoded id of the PSK.
    external: Option<(Vec<u8>, Vec<u8>)>,
    /// The sealed path secrets of each node of the path, from below.
    path: Vec<Vec<HpkeCiphertext>>,
}

impl Commit {
    /// Reads a PublicMessage with a commit, or nothing.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::parse(bytes).ok()
    }

    fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let (_version, _wire_format) = (reader.u16()?, reader.u16()?);
        let (_group, epoch) = (reader.vec(ANY)?, reader.u64()?);
        let from_outside = reader.rest().first() == Some(&NEW_MEMBER_COMMIT);
        kem_keys::sender(&mut reader)?;
        let (_authenticated, _content_type) = (reader.vec(ANY)?, reader.u8()?);
        let proposals = reader.vec(ANY)?;
        let external = from_outside.then(|| external(proposals));
        let mut path = Vec::new();
        let mut nodes = Reader::new(&[]);
        if kem_keys::is_there(&mut reader)? {
            let _leaf = kem_keys::leaf(&mut reader)?;
            nodes = Reader::new(reader.vec(ANY)?);
        }
        while !nodes.is_empty() {
            let _public = nodes.vec(ANY)?;
            path.push(ciphertexts(nodes.vec(ANY)?)?);
        }
        Ok(Self {
            epoch,
            external: external.transpose()?,
            path,
        })
    }

    /// Whether it is from outside.
    #[must_use]
    pub const fn is_external(&self) -> bool {
        self.external.is_some()
    }

    /// The commit secrets and node keys that open with one of these keys. `before` and `after` are the contexts around it.
    #[must_use]
    pub fn open_path(
        &self,
        suite: Suite,
        keys: &[&KeyPair],
        before: &Context,
        after: &Context,
    ) -> Vec<(Vec<u8>, Vec<KeyPair>)> {
        let Some(info) = path_info(before, after) else {
            return Vec::new();
        };
        let mut opened = Vec::new();
        for (level, sealed) in self.path.iter().enumerate() {
            for (sealed, key) in pairs(sealed, keys) {
                let secret = open(suite, sealed, &key.private, "UpdatePathNode", &info);
                let above = self.path.len() - level;
                let secrets = secret.and_then(|secret| upwards(suite, &secret, above));
                if let Some((commit_secret, nodes)) =
                    secrets.as_deref().and_then(<[Vec<u8>]>::split_last)
                {
                    let nodes = nodes.iter().filter_map(|node| node_keys(suite, node));
                    opened.push((commit_secret.clone(), nodes.collect()));
                }
            }
        }
        opened
    }

    /// The epoch behind it, for somebody with the epoch before and a commit secret. A commit from outside takes one of
    /// the PSKs as well.
    #[must_use]
    pub fn lead_on(
        &self,
        suite: Suite,
        from: &Epoch,
        commit_secret: &[u8],
        psks: &[Key],
        after: &Context,
    ) -> Vec<Epoch> {
        let Some((kem_output, id)) = &self.external else {
            let next = Epoch::after(suite, from.init(), commit_secret, None, after);
            return next.into_iter().collect();
        };
        let Some(init) = from.external_init(suite, kem_output) else {
            return Vec::new();
        };
        let next = |psk: &Key| {
            let psk = psk_secret(suite, psk, id)?;
            Epoch::after(suite, &init, commit_secret, Some(&psk), after)
        };
        psks.iter().filter_map(next).collect()
    }

    /// A commit secret of zeros: what a commit without a path has (section 12.4.2).
    #[must_use]
    pub fn without_path(&self, suite: Suite) -> Option<Vec<u8>> {
        self.path
            .is_empty()
            .then(|| vec![0; suite.mls().hash_length()])
    }
}

fn pairs<'a>(
    sealed: &'a [HpkeCiphertext],
    keys: &'a [&'a KeyPair],
) -> impl Iterator<Item = (&'a HpkeCiphertext, &'a KeyPair)> {
    sealed
        .iter()
        .flat_map(move |sealed| keys.iter().map(move |key| (sealed, *key)))
}

/// HPKECiphertext (section 7.6), a vector of them.
pub(super) fn ciphertexts(bytes: &[u8]) -> Result<Vec<HpkeCiphertext>, CodecError> {
    let mut reader = Reader::new(bytes);
    let mut sealed = Vec::new();
    while !reader.is_empty() {
        sealed.push(ciphertext(&mut reader)?);
    }
    Ok(sealed)
}

pub(super) fn ciphertext(reader: &mut Reader<'_>) -> Result<HpkeCiphertext, CodecError> {
    Ok(HpkeCiphertext {
        kem_output: reader.vec(ANY)?.to_vec().into(),
        ciphertext: reader.vec(ANY)?.to_vec().into(),
    })
}

/// Encapsulation and PSK of a commit from outside, which holds nothing beside them but a Remove.
fn external(proposals: &[u8]) -> Result<(Vec<u8>, Vec<u8>), CodecError> {
    const BY_VALUE: u8 = 1;
    let mut reader = Reader::new(proposals);
    let (mut kem_output, mut psk) = (None, None);
    while !reader.is_empty() {
        if reader.u8()? != BY_VALUE {
            return Err(CodecError::BadValue);
        }
        match reader.u16()? {
            3 => reader.u32().map(|_| ())?,
            4 => {
                let mut id = Writer::new();
                id.u8(reader.u8()?);
                id.vec(reader.vec(ANY)?);
                id.vec(reader.vec(ANY)?);
                psk = Some(id.finish());
            }
            6 => kem_output = Some(reader.vec(ANY)?.to_vec()),
            _ => return Err(CodecError::BadValue),
        }
    }
    kem_output.zip(psk).ok_or(CodecError::BadValue)
}
