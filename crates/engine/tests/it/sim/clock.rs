//! Wrong clocks: everybody has an offset of hours to months and a clock that runs fast or slow.

use protocol::time::Timestamp;

/// When every simulation begins, by a right clock: January 2027.
const BEGIN: u64 = 1_800_000_000_000;

/// One person's clock as a function of virtual time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    /// Milliseconds ahead, or behind if negative.
    pub(crate) offset: i64,
    /// Milliseconds gained in a million.
    pub(crate) drift: i64,
}

impl Clock {
    /// A right clock: the server's.
    pub(crate) const RIGHT: Self = Self {
        offset: 0,
        drift: 0,
    };

    /// What the clock shows at a virtual time in milliseconds.
    pub(crate) fn at(&self, virtual_ms: u64) -> Timestamp {
        let elapsed = i64::try_from(virtual_ms).unwrap();
        let shown = elapsed + elapsed * self.drift / 1_000_000 + self.offset;
        Timestamp::from_millis(BEGIN.saturating_add_signed(shown))
    }

    /// The first virtual time from `now` on at which the clock shows `wanted`.
    pub(crate) fn when(&self, wanted: Timestamp, now: u64) -> u64 {
        let missing = wanted.since(self.at(now));
        let guess = i128::from(missing) * 1_000_000 / i128::from(1_000_000 + self.drift);
        let mut when = now + u64::try_from(guess).unwrap();
        while self.at(when) < wanted {
            when += 1;
        }
        when
    }
}

#[test]
fn a_wish_is_met_at_the_first_moment() {
    for drift in [-400, 0, 400] {
        for offset in [-8_640_000_000, 0, 8_640_000_000] {
            let clock = Clock { offset, drift };
            for wait in [0, 1, 999, 86_400_000] {
                let wanted = clock.at(5_000).plus(wait);
                let when = clock.when(wanted, 5_000);
                assert!(clock.at(when) >= wanted);
                assert!(when == 5_000 || clock.at(when - 1) <= wanted);
            }
        }
    }
}
