//! The reading half.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{CborError, FALSE, INDEFINITE, Major, NULL, TRUE, fields::Fields};

/// Values within values, so that damage does not end the program.
const DEPTH_MAX: u8 = 128;

pub(super) struct Reader<'de> {
    pub(super) rest: &'de [u8],
    pub(super) depth: u8,
}

/// What begins an item: its kind, the low five bits, and the number that they or the next bytes tell.
struct Head {
    major: Major,
    low: u8,
    value: u64,
}

impl<'de> Reader<'de> {
    pub(super) fn new(bytes: &'de [u8]) -> Self {
        Self {
            rest: bytes,
            depth: 0,
        }
    }

    fn take(&mut self, len: u64) -> Result<&'de [u8], CborError> {
        let len = usize::try_from(len).map_err(|_| CborError)?;
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(CborError)?;
        self.rest = rest;
        Ok(taken)
    }

    fn peek(&self) -> Result<u8, CborError> {
        self.rest.first().copied().ok_or(CborError)
    }

    fn head(&mut self) -> Result<Head, CborError> {
        let first = self.peek()?;
        self.take(1)?;
        let low = first & 31;
        let value = match low {
            0..24 | INDEFINITE => u64::from(low),
            24..=27 => {
                let bytes = self.take(1 << (low - 24))?;
                bytes
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            _ => return Err(CborError),
        };
        let major = major(first);
        Ok(Head { major, low, value })
    }

    /// The length of an array or map, `None` where it is not told.
    pub(super) fn items(&mut self, wanted: Major) -> Result<Option<u64>, CborError> {
        let head = self.head()?;
        if head.major != wanted {
            return Err(CborError);
        }
        Ok((head.low != INDEFINITE).then_some(head.value))
    }

    fn string(&mut self, wanted: Major) -> Result<&'de [u8], CborError> {
        match self.items(wanted)? {
            Some(len) => self.take(len),
            None => Err(CborError),
        }
    }

    pub(super) fn text(&mut self) -> Result<&'de str, CborError> {
        std::str::from_utf8(self.string(Major::Text)?).map_err(|_| CborError)
    }

    /// A number, negative or not.
    fn number(&mut self) -> Result<Result<u64, i64>, CborError> {
        let head = self.head()?;
        match head.major {
            Major::Unsigned if head.low != INDEFINITE => Ok(Ok(head.value)),
            Major::Negative => {
                let value = i64::try_from(head.value).map_err(|_| CborError)?;
                Ok(Err(!value))
            }
            _ => Err(CborError),
        }
    }

    fn simple(&mut self) -> Result<u8, CborError> {
        match self.items(Major::Simple)? {
            Some(value) => u8::try_from(value).map_err(|_| CborError),
            None => Err(CborError),
        }
    }

    fn null(&mut self) -> Result<(), CborError> {
        if self.simple()? == NULL {
            Ok(())
        } else {
            Err(CborError)
        }
    }

    pub(super) fn enter(&mut self) -> Result<(), CborError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(CborError);
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The bytes of one item, which is passed over.
    pub(super) fn passed(&mut self) -> Result<&'de [u8], CborError> {
        let all = self.rest;
        self.skip()?;
        let len = all.len() - self.rest.len();
        all.get(..len).ok_or(CborError)
    }

    /// Passes over one item, whatever it is.
    fn skip(&mut self) -> Result<(), CborError> {
        let head = self.head()?;
        let told = head.low != INDEFINITE;
        match head.major {
            Major::Unsigned | Major::Negative if told => Ok(()),
            Major::Simple if told => Ok(()),
            Major::Bytes | Major::Text if told => self.take(head.value).map(|_| ()),
            Major::Array => self.skip_items(told.then_some(head.value)),
            Major::Map => {
                let len = told.then(|| head.value.checked_mul(2).ok_or(CborError));
                self.skip_items(len.transpose()?)
            }
            _ => Err(CborError),
        }
    }

    fn skip_items(&mut self, len: Option<u64>) -> Result<(), CborError> {
        self.enter()?;
        let mut left = len;
        while self.more(&mut left)? {
            self.skip()?;
        }
        self.leave();
        Ok(())
    }

    /// Whether another item of an array or map follows, which is then counted.
    pub(super) fn more(&mut self, left: &mut Option<u64>) -> Result<bool, CborError> {
        match left {
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None if self.peek()? == END => {
                self.take(1)?;
                *left = Some(0);
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

/// The end of an array or map whose length is not told.
const END: u8 = (Major::Simple as u8) << 5 | INDEFINITE;

fn major(first: u8) -> Major {
    match first >> 5 {
        0 => Major::Unsigned,
        1 => Major::Negative,
        2 => Major::Bytes,
        3 => Major::Text,
        4 => Major::Array,
        5 => Major::Map,
        6 => Major::Tag,
        _ => Major::Simple,
    }
}

/// The items of an array or map.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: Option<u64>,
}

impl Items<'_, '_> {
    /// Nothing may be left: a shorter tuple would read the rest as what follows it.
    fn end(&mut self) -> Result<(), CborError> {
        if self.reader.more(&mut self.left)? {
            return Err(CborError);
        }
        self.reader.leave();
        Ok(())
    }
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = CborError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, CborError> {
        if !self.reader.more(&mut self.left)? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        self.left.and_then(|left| usize::try_from(left).ok())
    }
}

impl<'de> MapAccess<'de> for Items<'_, 'de> {
    type Error = CborError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, CborError> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, CborError> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        SeqAccess::size_hint(self)
    }
}

/// A variant: its name alone, or a map with its content under its name.
struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
    has_content: bool,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), CborError> {
        let name = seed.deserialize(&mut *self.reader)?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = CborError;

    fn unit_variant(self) -> Result<(), CborError> {
        if self.has_content {
            return self.reader.null();
        }
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, CborError> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, CborError> {
        self.content()?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CborError> {
        visitor.visit_seq(Fields::read(self.content()?, fields)?)
    }
}

impl<'r, 'de> Variant<'r, 'de> {
    fn content(self) -> Result<&'r mut Reader<'de>, CborError> {
        if self.has_content {
            Ok(self.reader)
        } else {
            Err(CborError)
        }
    }
}

macro_rules! numbers {
    ($($function:ident)*) => {
        $(fn $function<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
            match self.number()? {
                Ok(number) => visitor.visit_u64(number),
                Err(negative) => visitor.visit_i64(negative),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = CborError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        match major(self.peek()?) {
            Major::Unsigned | Major::Negative => self.deserialize_u64(visitor),
            Major::Bytes => self.deserialize_bytes(visitor),
            Major::Text => self.deserialize_str(visitor),
            Major::Array => self.deserialize_seq(visitor),
            Major::Map => self.deserialize_map(visitor),
            Major::Tag => Err(CborError),
            Major::Simple => match self.simple()? {
                FALSE => visitor.visit_bool(false),
                TRUE => visitor.visit_bool(true),
                NULL => visitor.visit_unit(),
                _ => Err(CborError),
            },
        }
    }

    numbers!(deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    numbers!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        match self.simple()? {
            FALSE => visitor.visit_bool(false),
            TRUE => visitor.visit_bool(true),
            _ => Err(CborError),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, _: V) -> Result<V::Value, CborError> {
        Err(CborError)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, _: V) -> Result<V::Value, CborError> {
        Err(CborError)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        visitor.visit_borrowed_bytes(self.string(Major::Bytes)?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        if self.peek()? == (Major::Simple as u8) << 5 | NULL {
            self.null()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.null()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CborError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, CborError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        let left = self.items(Major::Array)?;
        self.enter()?;
        let mut items = Items { reader: self, left };
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, CborError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, CborError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        let left = self.items(Major::Map)?;
        self.enter()?;
        let mut items = Items { reader: self, left };
        let value = visitor.visit_map(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CborError> {
        visitor.visit_seq(Fields::read(self, fields)?)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, CborError> {
        let has_content = major(self.peek()?) == Major::Map;
        if has_content && self.items(Major::Map)? != Some(1) {
            return Err(CborError);
        }
        self.enter()?;
        let value = visitor.visit_enum(Variant {
            reader: self,
            has_content,
        })?;
        self.leave();
        Ok(value)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, CborError> {
        self.skip()?;
        visitor.visit_unit()
    }
}
