//! Codes by the clock: TOTP (RFC 6238) with HMAC-SHA-1, six digits and steps of 30 seconds, which is what authenticator apps
//! speak.

use hmac::{Hmac, Mac as _};
use protocol::time::Timestamp;
use sha1::Sha1;
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};

/// As long as the hash, as RFC 4226 section 4 recommends.
pub(super) const SEED_BYTES: usize = 20;
const DIGITS: usize = 6;
const STEP_MILLIS: u64 = 30_000;

/// Whether a text has the form of such a code.
pub(super) fn is_one(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}

/// The step whose code this is: the one of now, the one before or the one after (RFC 6238 section 5.2). Which of them it is,
/// or that it is none, does not show in the time it takes.
pub(super) fn step_of(seed: &[u8], code: &[u8], now: Timestamp) -> Option<u64> {
    let here = now.millis() / STEP_MILLIS;
    // Steps count from 1970, so that 0 stands for none.
    let mut found = 0_u64;
    for step in [here.saturating_sub(1), here, here.saturating_add(1)] {
        let same = code_at(seed, step)?.as_slice().ct_eq(code);
        found.conditional_assign(&step, same);
    }
    (found != 0).then_some(found)
}

/// HOTP of a step (RFC 4226 section 5.3); none if HMAC refuses the seed, which it does of no length.
fn code_at(seed: &[u8], step: u64) -> Option<[u8; DIGITS]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).ok()?;
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let offset = usize::from(hash.last()? & 15);
    let bytes: [u8; 4] = hash.get(offset..offset + 4)?.try_into().ok()?;
    let mut number = (u32::from_be_bytes(bytes) & 0x7fff_ffff) % 1_000_000;
    let mut code = [b'0'; DIGITS];
    for digit in code.iter_mut().rev() {
        // Below ten.
        *digit += (number % 10) as u8;
        number /= 10;
    }
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 4226 appendix D and RFC 6238 appendix B.
    const SEED: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_4226() {
        let codes = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, code) in (0..).zip(codes) {
            assert_eq!(code_at(SEED, step).unwrap(), code.as_bytes(), "{step}");
        }
    }

    /// RFC 6238 appendix B, SHA-1: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_millis(second * 1_000);
            let step = step_of(SEED, code.as_bytes(), now);
            assert_eq!(step, Some(second / 30), "{second}");
        }
    }

    #[test]
    fn a_code_counts_one_step_each_way_and_no_further() {
        let code = code_at(SEED, 1_000).unwrap();
        for (at, counts) in [
            (998, false),
            (999, true),
            (1_000, true),
            (1_001, true),
            (1_002, false),
        ] {
            let now = Timestamp::from_millis(at * STEP_MILLIS + 29_999);
            assert_eq!(step_of(SEED, &code, now), counts.then_some(1_000), "{at}");
        }
        let hour = Timestamp::from_millis(1_000 * STEP_MILLIS + 3_600_000);
        assert_eq!(step_of(SEED, &code, hour), None);
        assert_eq!(step_of(SEED, b"", hour), None);
        assert_eq!(
            step_of(
                SEED,
                &code[1..],
                Timestamp::from_millis(1_000 * STEP_MILLIS)
            ),
            None
        );
    }
}
