//! JSON as the server and simple clients write it.

use std::fmt;

use e2ee::cbor;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};

/// Reads a value, by way of CBOR: the reader for rows is small, and knows many of the types already, while one of JSON
/// for each type is a good part of what a browser downloads.
///
/// # Errors
/// The text is not JSON, or not of that form; numbers are whole and below two to the 64.
pub fn read<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    cbor::read(&form(text)?).map_err(other_form)
}

fn other_form(error: cbor::CborError) -> serde_json::Error {
    serde_json::Error::custom(error)
}

/// The same for every type: the value in CBOR.
fn form(text: &str) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut reader = serde_json::Deserializer::from_str(text);
    Form(&mut bytes).deserialize(&mut reader)?;
    reader.end()?;
    Ok(bytes)
}

/// Takes a value of any kind over into CBOR. It says itself what it does not take: the words that serde has for that write
/// floats, which is a good part of a download too.
struct Form<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Form<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Form<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        cbor::write(&value, self.0).map_err(E::custom)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        cbor::write(&value, self.0).map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        cbor::write(&value, self.0).map_err(E::custom)
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<(), E> {
        Err(E::custom("a number that is not whole"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        cbor::write(&value, self.0).map_err(E::custom)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        cbor::write(&(), self.0).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        cbor::begin_array(self.0);
        while items.next_element_seed(Form(self.0))?.is_some() {}
        cbor::end(self.0);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        cbor::begin_map(self.0);
        while items.next_key_seed(Form(self.0))?.is_some() {
            items.next_value_seed(Form(self.0))?;
        }
        cbor::end(self.0);
        Ok(())
    }
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
