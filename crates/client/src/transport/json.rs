//! The server's JSON.

use engine::cbor;
use serde::{
    de::{DeserializeOwned, Error as _},
    ser,
};

/// Reads a value, by way of CBOR: the reader for rows is small, and knows many of the types already, while one of JSON
/// for each type is a good part of what a browser downloads.
///
/// # Errors
/// The text is not JSON, or not of that form; numbers are whole and below two to the 64.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let value: serde_json::Value = serde_json::from_str(text)?;
    let mut bytes = Vec::with_capacity(text.len());
    cbor::write(&value, &mut bytes).map_err(<serde_json::Error as ser::Error>::custom)?;
    cbor::read(&bytes).map_err(serde_json::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn values_come_through() {
        let text = "{\"a\": [1, -2, null], \"b\": []}";
        let wanted = BTreeMap::from([
            ("a".to_owned(), vec![Some(1), Some(-2), None]),
            ("b".to_owned(), vec![]),
        ]);
        assert_eq!(
            read::<BTreeMap<String, Vec<Option<i64>>>>(text).unwrap(),
            wanted
        );
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["", "{", "[1.5]", "[256]", "[1] 2", "[18446744073709551616]"] {
            assert!(read::<Vec<u8>>(text).is_err(), "{text}");
        }
    }
}
