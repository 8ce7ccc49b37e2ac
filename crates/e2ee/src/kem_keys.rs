//! The public keys of the KEM in a commit's path and in a ratchet tree (RFC 9420 sections 7.6 and 7.8). The library reads
//! both and keeps what it reads to itself, so the bytes are walked along once more.

use crate::codec::{CodecError, Reader};

/// Longer than any field: what is walked along has been bounded before.
const ANY: usize = 1 << 30;

/// The keys of the path of a commit in a PublicMessage: the leaf's, then those of the nodes above. None without a path.
///
/// # Errors
/// [`CodecError`] if it is no such commit.
pub(crate) fn of_path(commit: &[u8]) -> Result<Vec<&[u8]>, CodecError> {
    let mut reader = Reader::new(commit);
    let (_version, _wire_format) = (reader.u16()?, reader.u16()?);
    let (_group, _epoch) = (reader.vec(ANY)?, reader.u64()?);
    sender(&mut reader)?;
    let (_authenticated, _content_type) = (reader.vec(ANY)?, reader.u8()?);
    let _proposals = reader.vec(ANY)?;
    if !is_there(&mut reader)? {
        return Ok(Vec::new());
    }
    let mut keys = vec![leaf(&mut reader)?];
    let mut nodes = Reader::new(reader.vec(ANY)?);
    while !nodes.is_empty() {
        keys.push(nodes.vec(ANY)?);
        let _ciphertexts = nodes.vec(ANY)?;
    }
    Ok(keys)
}

/// The keys of a ratchet tree, leaves and nodes.
///
/// # Errors
/// [`CodecError`] if it is none.
pub(crate) fn of_tree(tree: &[u8]) -> Result<Vec<&[u8]>, CodecError> {
    let mut whole = Reader::new(tree);
    let mut nodes = Reader::new(whole.vec(ANY)?);
    whole.finish()?;
    let mut keys = Vec::new();
    while !nodes.is_empty() {
        if !is_there(&mut nodes)? {
            continue;
        }
        keys.push(match nodes.u8()? {
            1 => leaf(&mut nodes)?,
            2 => parent(&mut nodes)?,
            _ => return Err(CodecError::BadValue),
        });
    }
    Ok(keys)
}

/// Whether an optional value follows.
pub(crate) fn is_there(reader: &mut Reader<'_>) -> Result<bool, CodecError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(CodecError::BadValue),
    }
}

/// Sender (section 6).
pub(crate) fn sender(reader: &mut Reader<'_>) -> Result<(), CodecError> {
    match reader.u8()? {
        // A member and an external sender have an index.
        1 | 2 => reader.u32().map(|_| ()),
        3 | 4 => Ok(()),
        _ => Err(CodecError::BadValue),
    }
}

/// ParentNode (section 7.1).
fn parent<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    let key = reader.vec(ANY)?;
    let (_parent_hash, _unmerged) = (reader.vec(ANY)?, reader.vec(ANY)?);
    Ok(key)
}

/// LeafNode (section 7.2), with a basic credential, the only one that a leaf of ours has.
pub(crate) fn leaf<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    const BASIC: u16 = 1;
    let (key, _signature_key) = (reader.vec(ANY)?, reader.vec(ANY)?);
    if reader.u16()? != BASIC {
        return Err(CodecError::BadValue);
    }
    let _identity = reader.vec(ANY)?;
    let _capabilities: [&[u8]; 5] = [
        reader.vec(ANY)?,
        reader.vec(ANY)?,
        reader.vec(ANY)?,
        reader.vec(ANY)?,
        reader.vec(ANY)?,
    ];
    match reader.u8()? {
        // From a KeyPackage: its lifetime.
        1 => reader.array::<16>().map(|_| ())?,
        // From an Update.
        2 => {}
        // From a commit: the parent hash.
        3 => reader.vec(ANY).map(|_| ())?,
        _ => return Err(CodecError::BadValue),
    }
    let (_extensions, _signature) = (reader.vec(ANY)?, reader.vec(ANY)?);
    Ok(key)
}
