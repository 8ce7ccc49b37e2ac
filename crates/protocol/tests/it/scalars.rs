//! Ids, numbers, bytes and names: one spelling each, and what is written is read.

use std::fmt::{Debug, Display};

use proptest::prelude::*;
use protocol::{
    bytes::Bytes,
    ids::{AccountId, ClientId, EntryId, IdError, MAX_SAFE_INTEGER, RoomId, Seq},
    names::UserName,
};
use serde::{Serialize, de::DeserializeOwned};

/// A scalar's text, JSON and value agree.
fn alike<T>(value: &T, json: &str) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    prop_assert_eq!(&serde_json::to_string(value).unwrap(), json);
    prop_assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
    prop_assert_eq!(
        &serde_json::from_reader::<_, T>(json.as_bytes()).unwrap(),
        value
    );
    Ok(())
}

/// What is parsed prints as it was read.
fn canonical<T: std::str::FromStr + Display>(text: &str) -> Result<(), TestCaseError> {
    if let Ok(value) = text.parse::<T>() {
        prop_assert_eq!(value.to_string(), text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn byte_ids_round_trip(bytes: [u8; 16]) {
        let id = AccountId::from_bytes(bytes);
        alike(&id, &format!("\"{}\"", hex::encode(bytes)))?;
        prop_assert_eq!(id.to_string().parse::<AccountId>(), Ok(id));
        prop_assert_eq!(id.as_bytes(), &bytes);
    }

    #[test]
    fn number_ids_round_trip(number in 1..=MAX_SAFE_INTEGER) {
        let id = RoomId::new(number).unwrap();
        alike(&id, &number.to_string())?;
        prop_assert_eq!(number.to_string().parse::<RoomId>(), Ok(id));
    }

    #[test]
    fn seqs_round_trip(number in 0..=MAX_SAFE_INTEGER) {
        alike(&Seq(number), &number.to_string())?;
    }

    #[test]
    fn bytes_round_trip(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bytes = Bytes(bytes);
        let text = bytes.to_base64();
        prop_assert_eq!(text.len(), bytes.len().div_ceil(3) * 4);
        alike(&bytes, &format!("\"{text}\""))?;
    }

    #[test]
    fn base64_has_one_spelling(text in "[A-Za-z0-9+/=_ -]{0,12}") {
        if let Ok(bytes) = Bytes::from_base64(&text) {
            prop_assert_eq!(bytes.to_base64(), text);
        }
    }

    #[test]
    fn ids_have_one_spelling(text in "[0-9a-fA-F+ -]{30,34}", number in "[+-]?[0-9]{1,18}") {
        canonical::<ClientId>(&text)?;
        canonical::<EntryId>(&number)?;
    }

    #[test]
    fn names_within_the_rule_are_read(name in "[a-z0-9][a-z0-9._-]{0,30}[a-z0-9]") {
        alike(&UserName::parse(&name).unwrap(), &format!("\"{name}\""))?;
    }

    #[test]
    fn other_letters_are_no_names(head in "[a-z0-9]{1,5}", odd in "[^a-z0-9._-]", tail in "[a-z0-9]{1,5}") {
        let name = format!("{head}{odd}{tail}");
        prop_assert!(UserName::parse(&name).is_err());
    }
}

#[test]
fn malformed_byte_ids_are_refused() {
    let good = "1f0c6a5be2d94c7f8a3b5d6e7f809112";
    assert!(good.parse::<AccountId>().is_ok());
    for bad in [
        "",
        "1f0c6a5be2d94c7f8a3b5d6e7f80911",
        "1f0c6a5be2d94c7f8a3b5d6e7f8091123",
        "1F0C6A5BE2D94C7F8A3B5D6E7F809112",
        "1f0c6a5be2d94c7f8a3b5d6e7f80911g",
        " f0c6a5be2d94c7f8a3b5d6e7f809112",
        "1f0c6a5b-e2d9-4c7f-8a3b-5d6e7f809112",
        "１f0c6a5be2d94c7f8a3b5d6e7f8091",
    ] {
        assert_eq!(bad.parse::<AccountId>(), Err(IdError::NotHex), "{bad}");
    }
}

#[test]
fn numbers_outside_the_range_are_refused() {
    for bad in [
        "0",
        "-1",
        "+5",
        "007",
        "5 ",
        "",
        "1.0",
        "1e3",
        "9007199254740992",
        "18446744073709551616",
    ] {
        assert_eq!(bad.parse::<RoomId>(), Err(IdError::OutOfRange), "{bad}");
        assert!(
            serde_json::from_str::<RoomId>(bad).is_err() || bad == "5 ",
            "{bad}"
        );
    }
    for bad in [
        "-1",
        "1.0",
        "1e3",
        "\"5\"",
        "9007199254740992",
        "18446744073709551615",
        "null",
    ] {
        assert!(serde_json::from_str::<Seq>(bad).is_err(), "{bad}");
    }
    assert_eq!(RoomId::new(MAX_SAFE_INTEGER + 1), Err(IdError::OutOfRange));
    assert_eq!(Seq(u64::MAX).next(), Seq(u64::MAX));
}

#[test]
fn other_spellings_of_base64_are_refused() {
    assert_eq!(Bytes::from_base64("+/8="), Ok(Bytes(vec![251, 255])));
    for bad in [
        "+/8", "-_8=", "+/8=\n", " +/8=", "+/\r\n8=", "+/8==", "+/9=", "====", "=", "A", "AA=",
        "+/8=+/8=", "+/8é",
    ] {
        assert!(Bytes::from_base64(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn names_outside_the_rule_are_refused() {
    let long = "a".repeat(33);
    for bad in [
        "", "a", "Alice", "-al", "al-", ".al", "al_", "a l", "alicé", "аlice", "al\0ce", &long,
    ] {
        assert!(UserName::parse(bad).is_err(), "{bad:?}");
    }
    assert!(UserName::parse(&long[1..]).is_ok());
}

#[test]
fn debug_of_bytes_shows_their_length_only() {
    assert_eq!(format!("{:?}", Bytes(vec![1, 2, 3])), "Bytes(3 B)");
}
