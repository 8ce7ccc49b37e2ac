//! A Welcome, opened with any key (RFC 9420 section 12.4.3.1).

use openmls_traits::types::HpkeCiphertext;

use super::{
    Context, Epoch, KeyPair,
    commit::ciphertext,
    schedule::{node_keys, open, upwards},
};
use crate::{
    codec::{CodecError, Reader},
    suite::Suite,
};

/// Longer than any field.
const ANY: usize = 1 << 30;
/// More levels than any tree of ours has.
const LEVELS: usize = 16;

/// The sealed secrets of a Welcome.
pub struct Welcome {
    sealed: Vec<HpkeCiphertext>,
    info: Vec<u8>,
}

impl Welcome {
    /// Reads an MLSMessage with a Welcome, or nothing.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::parse(bytes).ok()
    }

    fn parse(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let (_version, _wire_format, _suite) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let mut secrets = Reader::new(reader.vec(ANY)?);
        let mut sealed = Vec::new();
        while !secrets.is_empty() {
            let _key_package = secrets.vec(ANY)?;
            sealed.push(ciphertext(&mut secrets)?);
        }
        let info = reader.vec(ANY)?.to_vec();
        Ok(Self { sealed, info })
    }

    /// The epoch that it leads into and the node keys that it gives, with an init key that opens it. `context` is the
    /// epoch's.
    #[must_use]
    pub fn open(
        &self,
        suite: Suite,
        init_keys: &[KeyPair],
        context: &Context,
    ) -> Option<(Epoch, Vec<KeyPair>)> {
        self.sealed.iter().find_map(|sealed| {
            init_keys.iter().find_map(|key| {
                let secrets = open(suite, sealed, &key.private, "Welcome", &self.info)?;
                take(suite, &secrets, context).ok().flatten()
            })
        })
    }
}

/// GroupSecrets.
fn take(
    suite: Suite,
    secrets: &[u8],
    context: &Context,
) -> Result<Option<(Epoch, Vec<KeyPair>)>, CodecError> {
    let mut reader = Reader::new(secrets);
    let joiner = reader.vec(ANY)?;
    let path = match reader.u8()? {
        0 => None,
        _ => Some(reader.vec(ANY)?),
    };
    let levels = path.and_then(|path| upwards(suite, path, LEVELS));
    let nodes = levels.into_iter().flatten();
    let keys = nodes.filter_map(|node| node_keys(suite, &node)).collect();
    let epoch = Epoch::of_joiner(suite, joiner, None, context);
    Ok(epoch.map(|epoch| (epoch, keys)))
}
