//! Hidden names.

use engine::api::{Key, Space};

use super::{Name, StoreError, StoreKey, Tag, space};

/// What a shelf knows of a space: 16 bytes that only the key holder can match to it.
pub(super) fn tag(key: &StoreKey, space: Space) -> Result<Tag, StoreError> {
    let hidden = key.hide("space", &space::bytes(space))?;
    Ok(Tag(hidden.to_vec()))
}

/// What a shelf knows of a row's name, and what must stand in the sealed value to read the name back.
pub(super) fn hide(key: &StoreKey, row: &Key) -> Result<(Name, Vec<u8>), StoreError> {
    let own = match row {
        Key::Numbered(space, number) if space::is_ordered(*space) => {
            return Ok((Name::Number(*number), Vec::new()));
        }
        Key::Numbered(_, number) => [b"#".as_slice(), number.to_be_bytes().as_slice()].concat(),
        Key::Named(_, name) => [b"=".as_slice(), name.as_slice()].concat(),
    };
    let place = [space::bytes(row.space()).as_slice(), &[0], &own].concat();
    Ok((Name::Bytes(key.hide("name", &place)?.to_vec()), own))
}

/// The inverse of [`hide`].
pub(super) fn show(space: Space, name: &Name, own: &[u8]) -> Result<Key, StoreError> {
    let damaged = StoreError::Corrupt("a row has no name");
    match (name, own.split_first()) {
        (Name::Number(number), None) => Ok(Key::Numbered(space, *number)),
        (Name::Bytes(_), Some((b'=', name))) => Ok(Key::Named(space, name.to_vec())),
        (Name::Bytes(_), Some((b'#', number))) => {
            let number = number.try_into().map_err(|_| damaged)?;
            Ok(Key::Numbered(space, u64::from_be_bytes(number)))
        }
        _ => Err(damaged),
    }
}
