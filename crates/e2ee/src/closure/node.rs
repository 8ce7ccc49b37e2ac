//! A stored value whose type is the library's own, taken apart without it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};

/// One CBOR value.
pub enum Node {
    /// Nothing, a truth value, or a number below zero.
    Other,
    /// A number.
    Number(u64),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Node>),
    /// A map, in its order.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Reads one value, or nothing.
    #[must_use]
    pub fn read(cbor: &[u8]) -> Option<Self> {
        crate::cbor::read(cbor).ok()
    }

    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        let Self::Map(fields) = self else { return None };
        let named = |key: &Self| matches!(key, Self::Text(text) if text == name);
        let field = fields.iter().find(|(key, _)| named(key));
        field.map(|(_, value)| value)
    }

    /// The bytes of a value that holds nothing else, however it wraps them.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::Map(fields) => match fields.as_slice() {
                [(_, value)] => value.bytes(),
                _ => None,
            },
            Self::List(items) => match items.as_slice() {
                [item @ (Self::Bytes(_) | Self::Map(_) | Self::List(_))] => item.bytes(),
                numbers => numbers.iter().map(Self::byte).collect(),
            },
            Self::Other | Self::Number(_) | Self::Text(_) => None,
        }
    }

    /// The items of an array.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The values of all fields of a name, however deep.
    #[must_use]
    pub fn find(&self, name: &str) -> Vec<&Self> {
        let mut found: Vec<&Self> = self.field(name).into_iter().collect();
        match self {
            Self::List(items) => found.extend(items.iter().flat_map(|item| item.find(name))),
            Self::Map(fields) => {
                found.extend(fields.iter().flat_map(|(_, value)| value.find(name)));
            }
            _ => {}
        }
        found
    }

    fn byte(&self) -> Option<u8> {
        match self {
            Self::Number(number) => u8::try_from(*number).ok(),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node, E> {
        Ok(Node::Other)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Node, E> {
        Ok(Node::Bytes(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Node::Map(fields))
    }
}
