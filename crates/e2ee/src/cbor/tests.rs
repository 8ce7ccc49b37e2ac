//! Held against `ciborium`, which wrote the rows of earlier versions.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    numbers: (u8, u16, u32, u64),
    signed: (i8, i16, i32, i64),
    flag: bool,
    letter: char,
    text: String,
    bytes: ByteBuf,
    fixed: [u8; 3],
    unit: (),
    maybe: Option<Box<Everything>>,
    list: Vec<Choice>,
    map: BTreeMap<u64, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Choice {
    Plain,
    One(Newtype),
    Two(u64, Option<u8>),
    Named { first: String, second: i64 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Newtype(u32);

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![
        Just(Choice::Plain),
        any::<u32>().prop_map(|number| Choice::One(Newtype(number))),
        any::<(u64, Option<u8>)>().prop_map(|(one, other)| Choice::Two(one, other)),
        any::<(String, i64)>().prop_map(|(first, second)| Choice::Named { first, second }),
    ]
}

fn plain() -> impl Strategy<Value = Everything> {
    (
        any::<(u8, u16, u32, u64)>(),
        any::<(i8, i16, i32, i64)>(),
        any::<(bool, char, String, Vec<u8>, [u8; 3])>(),
        proptest::collection::vec(choice(), 0..30),
        any::<BTreeMap<u64, String>>(),
    )
        .prop_map(|(numbers, signed, rest, list, map)| Everything {
            numbers,
            signed,
            flag: rest.0,
            letter: rest.1,
            text: rest.2,
            bytes: ByteBuf::from(rest.3),
            fixed: rest.4,
            unit: (),
            maybe: None,
            list,
            map,
        })
}

fn everything() -> impl Strategy<Value = Everything> {
    (plain(), proptest::option::of(plain())).prop_map(|(outer, inner)| Everything {
        maybe: inner.map(Box::new),
        ..outer
    })
}

fn written<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(value, &mut bytes).unwrap();
    bytes
}

fn by_ciborium<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

proptest! {
    #[test]
    fn bytes_are_those_of_ciborium_and_read_back(value in everything()) {
        let bytes = written(&value);
        prop_assert_eq!(&bytes, &by_ciborium(&value));
        prop_assert_eq!(read::<Everything>(&bytes), Ok(value));
    }

    #[test]
    fn damaged_bytes_are_an_error_or_another_value(
        value in everything(),
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let mut bytes = written(&value);
        prop_assert!(read::<Everything>(&bytes[..cut.index(bytes.len())]).is_err());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read::<Everything>(&bytes);
    }
}

#[test]
fn lengths_that_are_not_told_end() {
    /// A map and a list whose lengths serde is not told.
    struct Untold;

    impl Serialize for Untold {
        fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            let entries = [(1, vec![2, 3]), (4, vec![])].into_iter();
            to.collect_map(entries.filter(|_| true))
        }
    }

    let bytes = written(&Untold);
    assert_eq!(bytes, by_ciborium(&Untold));
    let wanted = BTreeMap::from([(1, vec![2, 3]), (4, vec![])]);
    assert_eq!(read::<BTreeMap<u8, Vec<u8>>>(&bytes), Ok(wanted));
}

#[test]
fn unknown_fields_of_every_form_are_passed_over() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Older {
        flag: bool,
    }

    let mut newer = BTreeMap::new();
    let list = vec![Choice::Plain, Choice::Two(1 << 40, None)];
    newer.insert("a", ciborium::Value::serialized(&list).unwrap());
    newer.insert("b", ciborium::Value::Bytes(vec![1; 300]));
    newer.insert("flag", ciborium::Value::Bool(true));
    newer.insert("z", ciborium::Value::Null);
    assert_eq!(read(&by_ciborium(&newer)), Ok(Older { flag: true }));
}

#[derive(Debug, PartialEq, Deserialize)]
enum Grown {
    Named {
        needed: u8,
        maybe: Option<u8>,
        #[serde(default)]
        list: Vec<u8>,
        last: String,
    },
}

fn grown(fields: &[(&str, ciborium::Value)]) -> Result<Grown, CborError> {
    let named = fields
        .iter()
        .map(|(name, value)| (ciborium::Value::Text((*name).to_owned()), value.clone()));
    let named = ciborium::Value::Map(named.collect());
    read(&by_ciborium(&BTreeMap::from([("Named", named)])))
}

#[test]
fn fields_come_in_any_order_and_some_not_at_all() {
    let last = ("last", ciborium::Value::Text("end".to_owned()));
    let needed = ("needed", ciborium::Value::from(7));
    let list = ("list", ciborium::Value::Array(vec![1.into(), 2.into()]));
    let wanted = |list: &[u8]| {
        Ok(Grown::Named {
            needed: 7,
            maybe: None,
            list: list.to_vec(),
            last: "end".to_owned(),
        })
    };
    assert_eq!(grown(&[last.clone(), needed.clone()]), wanted(&[]));
    let all = [list.clone(), last.clone(), needed.clone()];
    assert_eq!(grown(&all), wanted(&[1, 2]));
    // One that is needed is not there, one is of another form, one is there twice.
    assert_eq!(grown(&[last.clone(), list]), Err(CborError));
    let wrong = ("list", ciborium::Value::from(3));
    assert_eq!(
        grown(&[last.clone(), needed.clone(), wrong]),
        Err(CborError)
    );
    let twice = [last, needed.clone(), needed];
    assert_eq!(grown(&twice), Err(CborError));
}

#[test]
fn a_field_of_two_names_is_one_field() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Renamed {
        first: u8,
        #[serde(alias = "max_past_epochs")]
        past_epoch_deletion_policy: u8,
        last: u8,
    }

    for name in ["max_past_epochs", "past_epoch_deletion_policy"] {
        let fields = BTreeMap::from([("first", 1), (name, 2), ("last", 3)]);
        let wanted = Renamed {
            first: 1,
            past_epoch_deletion_policy: 2,
            last: 3,
        };
        assert_eq!(read(&by_ciborium(&fields)), Ok(wanted));
    }
}

#[test]
fn a_tag_chooses_the_type_of_what_follows() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        One { bytes: ByteBuf, number: i16 },
        Two { list: Vec<Option<bool>> },
    }

    let one = Tagged::One {
        bytes: ByteBuf::from([7]),
        number: -3,
    };
    let two = Tagged::Two {
        list: vec![None, Some(true)],
    };
    for value in [one, two] {
        assert_eq!(read(&written(&value)), Ok(value));
    }
}

#[test]
fn what_would_be_misread_is_refused() {
    assert_eq!(read::<(u8, u8)>(&written(&(1, 2, 3))), Err(CborError));
    assert_eq!(read::<u8>(&written(&256)), Err(CborError));
    assert_eq!(
        read::<i64>(&[0x3b, 0xff, 0, 0, 0, 0, 0, 0, 0]),
        Err(CborError)
    );
    assert_eq!(read::<Option<u8>>(&[0xc0, 1]), Err(CborError), "a tag");
    assert_eq!(write(&1.5, &mut Vec::new()), Err(CborError));
}

#[test]
fn deep_damage_does_not_end_the_program() {
    let deep = vec![0x81; 1_000_000];
    assert_eq!(read::<serde::de::IgnoredAny>(&deep).err(), Some(CborError));
}
