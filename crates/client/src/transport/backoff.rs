//! How long to wait before the next attempt.

use rand_core::RngCore;

const FIRST_MILLIS: u64 = 500;
const LAST_MILLIS: u64 = 60_000;

/// Doubling pauses with jitter, so that many clients do not return to a restarted server at one moment.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause in milliseconds after one more failure: between half and all of 0.5 s, 1 s, 2 s, … 60 s.
    pub fn next_millis(&mut self, rng: &mut dyn RngCore) -> u64 {
        let whole = FIRST_MILLIS
            .saturating_mul(1 << self.failures.min(16))
            .min(LAST_MILLIS);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        half + u64::from(rng.next_u32()) % (half + 1)
    }

    /// It worked: the next failure waits briefly again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute_and_start_again_after_success() {
        let mut backoff = Backoff::default();
        for whole in [
            500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
        ] {
            let pause = backoff.next_millis(&mut OsRng);
            assert!(
                (whole / 2..=whole).contains(&pause),
                "{pause} is not within {whole}"
            );
        }
        backoff.reset();
        assert!(backoff.next_millis(&mut OsRng) <= 500);
    }
}
