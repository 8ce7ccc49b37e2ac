//! Rows as CBOR (RFC 8949): the subset that serde's derived types need, without floats, tags and split strings.
//!
//! Written for small code: a browser downloads one reader for each of some hundred types, so what does not depend on
//! the type stands in plain functions, and an error says nothing but that the row is damaged.

mod fields;
mod read;
mod write;

use serde::{Serialize, de::DeserializeOwned};

use read::Reader;
use write::Writer;

/// The bytes are not the CBOR form of such a value, or the value has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no CBOR form of such a value")]
pub struct CborError;

impl serde::ser::Error for CborError {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

impl serde::de::Error for CborError {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Appends the value to the bytes.
///
/// # Errors
/// The value holds a float or a number beyond 64 bits.
pub fn write<T: Serialize>(value: &T, bytes: &mut Vec<u8>) -> Result<(), CborError> {
    value.serialize(&mut Writer::new(bytes))
}

/// Begins an array whose items follow one by one until [`end`].
pub fn begin_array(bytes: &mut Vec<u8>) {
    bytes.push((Major::Array as u8) << 5 | INDEFINITE);
}

/// Begins a map whose keys and values follow in turn until [`end`].
pub fn begin_map(bytes: &mut Vec<u8>) {
    bytes.push((Major::Map as u8) << 5 | INDEFINITE);
}

/// Ends what was begun last.
pub fn end(bytes: &mut Vec<u8>) {
    bytes.push((Major::Simple as u8) << 5 | INDEFINITE);
}

/// Reads a value; what follows it is not looked at.
///
/// # Errors
/// The bytes do not begin with such a value.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    T::deserialize(&mut Reader::new(bytes))
}

/// The first three bits of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Major {
    Unsigned = 0,
    Negative = 1,
    Bytes = 2,
    Text = 3,
    Array = 4,
    Map = 5,
    Tag = 6,
    Simple = 7,
}

const FALSE: u8 = 20;
const TRUE: u8 = 21;
const NULL: u8 = 22;
/// The low bits of an array or map whose length is not told, and of its end.
const INDEFINITE: u8 = 31;

#[cfg(test)]
mod tests;
