//! Records as bytes: CBOR.

use engine::cbor;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;

use crate::store::{Name, RowWrite, SealedKey, StoreError, Tag};

/// The form of the records. Another one is refused, never guessed at.
const FORMAT: u8 = 1;

/// What opens the store's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Needs {
    Passphrase,
    Secret,
}

/// The first record.
#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    format: u8,
    pub(super) needs: Needs,
    salt: ByteBuf,
    sealed: ByteBuf,
}

impl Header {
    pub(super) fn new(needs: Needs, key: SealedKey) -> Self {
        Self {
            format: FORMAT,
            needs,
            salt: ByteBuf::from(key.salt),
            sealed: ByteBuf::from(key.sealed),
        }
    }

    pub(super) fn key(&self) -> SealedKey {
        SealedKey {
            salt: self.salt.to_vec(),
            sealed: self.sealed.to_vec(),
        }
    }
}

/// A row of a batch: tag, name, value.
#[derive(Serialize, Deserialize)]
struct Row(ByteBuf, RowName, Option<ByteBuf>);

#[derive(Serialize, Deserialize)]
enum RowName {
    Bytes(ByteBuf),
    Number(u64),
}

pub(super) fn read_header(record: &[u8]) -> Result<Header, StoreError> {
    let header: Header = read(record)?;
    if header.format == FORMAT {
        Ok(header)
    } else {
        Err(StoreError::Corrupt("the header has another form"))
    }
}

pub(super) fn write_batch(writes: &[RowWrite]) -> Result<Vec<u8>, StoreError> {
    let bytes = |bytes: &Vec<u8>| ByteBuf::from(bytes.clone());
    let row = |row: &RowWrite| {
        let name = match &row.name {
            Name::Bytes(name) => RowName::Bytes(bytes(name)),
            Name::Number(number) => RowName::Number(*number),
        };
        Row(bytes(&row.tag.0), name, row.value.as_ref().map(bytes))
    };
    write(&writes.iter().map(row).collect::<Vec<_>>())
}

pub(super) fn read_batch(record: &[u8]) -> Result<Vec<RowWrite>, StoreError> {
    let rows: Vec<Row> = read(record)?;
    let row = |Row(tag, name, value)| RowWrite {
        tag: Tag(tag.into_vec()),
        name: match name {
            RowName::Bytes(name) => Name::Bytes(name.into_vec()),
            RowName::Number(number) => Name::Number(number),
        },
        value: value.map(ByteBuf::into_vec),
    };
    Ok(rows.into_iter().map(row).collect())
}

pub(super) fn write(record: &impl Serialize) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::new();
    cbor::write(record, &mut bytes)
        .map_err(|_| StoreError::Failed("a batch cannot be written down".to_owned()))?;
    Ok(bytes)
}

fn read<T: DeserializeOwned>(record: &[u8]) -> Result<T, StoreError> {
    cbor::read(record).map_err(|_| StoreError::Corrupt("a record of the log is not one of a store"))
}
