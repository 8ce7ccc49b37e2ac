//! Zero padding to a power of two, so that a ciphertext's length says little about its content.

use crate::codec::CodecError;

/// The smallest power of two that is at least `len` and at least `min`.
fn bucket(len: usize, min: usize) -> Option<usize> {
    len.checked_next_power_of_two()
        .map(|bucket| bucket.max(min))
}

/// Appends zeros up to the next bucket. `false`, and nothing done, if that bucket is above `max`.
///
/// `min` and `max` are powers of two.
#[must_use]
pub(crate) fn pad(bytes: &mut Vec<u8>, min: usize, max: usize) -> bool {
    match bucket(bytes.len(), min) {
        Some(bucket) if bucket <= max => {
            bytes.resize(bucket, 0);
            true
        }
        _ => false,
    }
}

/// Checks that `bytes` are `used` bytes of content and then nothing but the padding that [`pad`] appends.
pub(crate) fn check(bytes: &[u8], used: usize, min: usize) -> Result<(), CodecError> {
    if bucket(used, min) != Some(bytes.len()) {
        return Err(CodecError::NotCanonical);
    }
    let padding = bytes.get(used..).ok_or(CodecError::Truncated)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(CodecError::NotCanonical);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_goes_to_the_next_power_of_two_and_is_all_zero() {
        for (used, padded) in [(0, 8), (8, 8), (9, 16), (16, 16), (17, 32), (32, 32)] {
            let mut bytes = vec![1; used];
            assert!(pad(&mut bytes, 8, 32));
            assert_eq!(bytes.len(), padded);
            assert_eq!(check(&bytes, used, 8), Ok(()));
            bytes.resize(padded * 2, 0);
            assert_eq!(check(&bytes, used, 8), Err(CodecError::NotCanonical));
        }
        assert!(!pad(&mut vec![1; 33], 8, 32));
        assert_eq!(
            check(&[1, 0, 0, 0, 0, 0, 0, 1], 1, 8),
            Err(CodecError::NotCanonical)
        );
    }
}
