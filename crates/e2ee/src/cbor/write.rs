//! The writing half.

use serde::{
    Serialize, Serializer,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{CborError, FALSE, INDEFINITE, Major, NULL, TRUE};
use crate::secret::make_room;

type Done = Result<(), CborError>;

pub(super) struct Writer<'a>(&'a mut Vec<u8>);

impl<'a> Writer<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What is written may be a secret: no copy stays where there was too little room.
    fn put(&mut self, bytes: &[u8]) {
        make_room(self.0, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// The shortest form, as the deterministic encoding wants it.
    fn head(&mut self, major: Major, value: u64) {
        let first = (major as u8) << 5;
        let bytes = value.to_be_bytes();
        let (low, skip) = match value {
            0..24 => {
                self.put(&[first | bytes[7]]);
                return;
            }
            24..=0xff => (24, 7),
            0x100..=0xffff => (25, 6),
            0x1_0000..=0xffff_ffff => (26, 4),
            _ => (27, 0),
        };
        self.put(&[first | low]);
        self.put(bytes.get(skip..).unwrap_or_default());
    }

    fn simple(&mut self, value: u8) {
        self.put(&[(Major::Simple as u8) << 5 | value]);
    }

    fn signed(&mut self, value: i64) {
        match u64::try_from(value) {
            Ok(value) => self.head(Major::Unsigned, value),
            Err(_) => self.head(Major::Negative, !value.cast_unsigned()),
        }
    }

    fn text(&mut self, text: &str) {
        self.head(Major::Text, text.len() as u64);
        self.put(text.as_bytes());
    }

    fn variant(&mut self, name: &str) {
        self.head(Major::Map, 1);
        self.text(name);
    }

    fn items(&mut self, major: Major, len: Option<usize>) -> bool {
        match len {
            Some(len) => self.head(major, len as u64),
            None => self.put(&[(major as u8) << 5 | INDEFINITE]),
        }
        len.is_none()
    }
}

/// An array or map whose items come one by one.
pub(super) struct Items<'w, 'a> {
    writer: &'w mut Writer<'a>,
    /// Its length was not told, so that its end must be.
    open: bool,
}

impl Items<'_, '_> {
    fn close(self) {
        if self.open {
            self.writer.simple(INDEFINITE);
        }
    }
}

impl<'w, 'a> Serializer for &'w mut Writer<'a> {
    type Ok = ();
    type Error = CborError;
    type SerializeSeq = Items<'w, 'a>;
    type SerializeTuple = Items<'w, 'a>;
    type SerializeTupleStruct = Items<'w, 'a>;
    type SerializeTupleVariant = Items<'w, 'a>;
    type SerializeMap = Items<'w, 'a>;
    type SerializeStruct = Items<'w, 'a>;
    type SerializeStructVariant = Items<'w, 'a>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Done {
        self.simple(if value { TRUE } else { FALSE });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Done {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Done {
        self.signed(value);
        Ok(())
    }

    /// What a library keeps as a list of numbers comes here byte by byte, and a tree has millions.
    fn serialize_u8(self, value: u8) -> Done {
        match value {
            0..24 => self.put(&[value]),
            _ => self.put(&[24, value]),
        }
        Ok(())
    }

    fn serialize_u16(self, value: u16) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Done {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Done {
        self.head(Major::Unsigned, value);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Done {
        Err(CborError)
    }

    fn serialize_f64(self, _: f64) -> Done {
        Err(CborError)
    }

    fn serialize_char(self, value: char) -> Done {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Done {
        self.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Done {
        self.head(Major::Bytes, value.len() as u64);
        self.put(value);
        Ok(())
    }

    fn serialize_none(self) -> Done {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Done {
        self.simple(NULL);
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.text(variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.variant(variant);
        value.serialize(self)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Items<'w, 'a>, CborError> {
        let open = self.items(Major::Array, len);
        Ok(Items { writer: self, open })
    }

    fn serialize_tuple(self, len: usize) -> Result<Items<'w, 'a>, CborError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'a>, CborError> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'a>, CborError> {
        self.variant(variant);
        self.serialize_seq(Some(len))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Items<'w, 'a>, CborError> {
        let open = self.items(Major::Map, len);
        Ok(Items { writer: self, open })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Items<'w, 'a>, CborError> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Items<'w, 'a>, CborError> {
        self.variant(variant);
        self.serialize_map(Some(len))
    }
}

macro_rules! elements {
    ($of:ident, $function:ident) => {
        impl $of for Items<'_, '_> {
            type Ok = ();
            type Error = CborError;

            fn $function<T: ?Sized + Serialize>(&mut self, value: &T) -> Done {
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    };
}

elements!(SerializeSeq, serialize_element);
elements!(SerializeTuple, serialize_element);
elements!(SerializeTupleStruct, serialize_field);
elements!(SerializeTupleVariant, serialize_field);

macro_rules! fields {
    ($of:ident) => {
        impl $of for Items<'_, '_> {
            type Ok = ();
            type Error = CborError;

            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Done {
                self.writer.text(key);
                value.serialize(&mut *self.writer)
            }

            fn end(self) -> Done {
                self.close();
                Ok(())
            }
        }
    };
}

fields!(SerializeStruct);
fields!(SerializeStructVariant);

impl SerializeMap for Items<'_, '_> {
    type Ok = ();
    type Error = CborError;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Done {
        key.serialize(&mut *self.writer)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Done {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Done {
        self.close();
        Ok(())
    }
}
