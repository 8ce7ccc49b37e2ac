//! TLS-style encoding (RFC 8446 section 3): fixed-size integers in network order and length-prefixed vectors.
//!
//! A vector's length is the variable-size integer of RFC 9420 section 2.1.2, in its shortest form. A [`Reader`] never
//! allocates: it hands out slices of its input, so a huge length costs nothing, and every vector has a limit.

use crate::secret::make_room;

/// Bytes did not have the form that a type requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The input ends inside a field.
    #[error("the input ends too early")]
    Truncated,
    /// There is input behind the last field.
    #[error("the input has trailing bytes")]
    Trailing,
    /// A vector is longer than its field allows.
    #[error("a field is longer than its limit")]
    TooLong,
    /// A length or number is not in its only accepted form.
    #[error("a field is not in canonical form")]
    NotCanonical,
    /// A number, enum or text has a value that the field does not know.
    #[error("a field has an unknown value")]
    BadValue,
}

/// Builds an encoding. It may hold secrets, so it has no `Debug`, and who writes secrets wraps what
/// [`Writer::finish`] gives.
#[derive(Clone, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// An empty encoding.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// An empty encoding with room for `len` bytes.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Self(Vec::with_capacity(len))
    }

    /// Adds one byte.
    pub fn u8(&mut self, value: u8) {
        self.fixed(&[value]);
    }

    /// Adds two bytes.
    pub fn u16(&mut self, value: u16) {
        self.fixed(&value.to_be_bytes());
    }

    /// Adds four bytes.
    pub fn u32(&mut self, value: u32) {
        self.fixed(&value.to_be_bytes());
    }

    /// Adds eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.fixed(&value.to_be_bytes());
    }

    /// Adds bytes without a length: a field of fixed size.
    pub fn fixed(&mut self, bytes: &[u8]) {
        make_room(&mut self.0, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Adds a length and the bytes.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each arm holds the bound of its type"
    )]
    pub fn vec(&mut self, bytes: &[u8]) {
        match bytes.len() as u64 {
            len @ 0..0x40 => self.u8(len as u8),
            len @ 0x40..0x4000 => self.u16(len as u16 | 0x4000),
            len @ 0x4000..0x4000_0000 => self.u32(len as u32 | 0x8000_0000),
            // Readers refuse this form; it keeps the writer total.
            len => self.u64(len | 0xC000_0000_0000_0000),
        }
        self.fixed(bytes);
    }

    /// What has been written so far.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The encoding.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes an encoding apart.
#[derive(Debug, Clone)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads from the start of `input`.
    #[must_use]
    pub const fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        self.array().map(|[byte]| byte)
    }

    /// Two bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u16(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn u64(&mut self) -> Result<u64, CodecError> {
        self.array().map(u64::from_be_bytes)
    }

    /// A field of fixed size, as an array.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (field, rest) = self.0.split_first_chunk().ok_or(CodecError::Truncated)?;
        self.0 = rest;
        Ok(*field)
    }

    /// A field whose size is known from elsewhere.
    ///
    /// # Errors
    /// [`CodecError::Truncated`].
    pub fn fixed(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let (field, rest) = self.0.split_at_checked(len).ok_or(CodecError::Truncated)?;
        self.0 = rest;
        Ok(field)
    }

    /// A vector of at most `max` bytes.
    ///
    /// # Errors
    /// [`CodecError::Truncated`], [`CodecError::TooLong`], or [`CodecError::NotCanonical`] for a length that is not in
    /// its shortest form.
    pub fn vec(&mut self, max: usize) -> Result<&'a [u8], CodecError> {
        let len = self.length()?;
        if len > max {
            return Err(CodecError::TooLong);
        }
        self.fixed(len)
    }

    fn length(&mut self) -> Result<usize, CodecError> {
        let first = self.0.first().ok_or(CodecError::Truncated)?;
        let (len, shortest) = match first >> 6 {
            0 => (u32::from(self.u8()?), 0),
            1 => (u32::from(self.u16()? & 0x3FFF), 0x40),
            2 => (self.u32()? & 0x3FFF_FFFF, 0x4000),
            _ => return Err(CodecError::TooLong),
        };
        if len < shortest {
            return Err(CodecError::NotCanonical);
        }
        usize::try_from(len).map_err(|_| CodecError::TooLong)
    }

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Whether all has been read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`CodecError::Trailing`] if input is left.
    pub const fn finish(self) -> Result<(), CodecError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(CodecError::Trailing)
        }
    }
}

/// A hash from its one spelling in text: 64 lower-case hex digits.
#[must_use]
pub fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != 32 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn vector(len: usize) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.vec(&vec![7; len]);
        writer.finish()
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        for (len, prefix) in [(0, 1), (63, 1), (64, 2), (16_383, 2), (16_384, 4)] {
            let bytes = vector(len);
            assert_eq!(bytes.len(), len + prefix);
            let mut reader = Reader::new(&bytes);
            assert_eq!(reader.vec(len), Ok(vec![7; len].as_slice()));
            assert_eq!(reader.finish(), Ok(()));
        }
    }

    #[test]
    fn bad_vectors_are_refused_before_they_are_read() {
        for (name, bytes, error) in [
            ("no length", &[][..], CodecError::Truncated),
            ("half a length", &[0x40], CodecError::Truncated),
            ("less than it says", &[3, 1, 2], CodecError::Truncated),
            ("above the limit", &[17], CodecError::TooLong),
            ("a gigabyte", &[0xBF, 0xFF, 0xFF, 0xFF], CodecError::TooLong),
            (
                "eight-byte length",
                &[0xC0, 0, 0, 0, 0, 0, 0, 0],
                CodecError::TooLong,
            ),
            ("1 in two bytes", &[0x40, 1, 7], CodecError::NotCanonical),
            (
                "1 in four bytes",
                &[0x80, 0, 0, 1, 7],
                CodecError::NotCanonical,
            ),
        ] {
            assert_eq!(Reader::new(bytes).vec(16), Err(error), "{name}");
        }
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut reader = Reader::new(&[1, 2]);
        assert_eq!(reader.u8(), Ok(1));
        assert_eq!(reader.finish(), Err(CodecError::Trailing));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_written_is_read(a: u8, b: u16, c: u32, d: u64, e: [u8; 5], f in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut writer = Writer::new();
            writer.u8(a);
            writer.u16(b);
            writer.u32(c);
            writer.u64(d);
            writer.fixed(&e);
            writer.vec(&f);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!((reader.u8(), reader.u16(), reader.u32(), reader.u64()), (Ok(a), Ok(b), Ok(c), Ok(d)));
            prop_assert_eq!((reader.array(), reader.vec(200)), (Ok(e), Ok(f.as_slice())));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }
}
