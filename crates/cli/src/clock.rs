//! The machine's clock, for the server and for a device; a story turns it ahead to see what becomes of things in time.

use std::{future::Future, pin::Pin};

use client::native::SystemClock;
use protocol::time::Timestamp;

const DAY_MILLIS: u64 = 24 * 3_600_000;

/// The machine's clock, so many days ahead.
pub(crate) struct Clock {
    pub(crate) days_ahead: u32,
}

impl client::clock::Clock for Clock {
    fn now(&self) -> Timestamp {
        SystemClock
            .now()
            .plus(u64::from(self.days_ahead).saturating_mul(DAY_MILLIS))
    }

    fn sleep(&self, millis: u64) -> Pin<Box<dyn Future<Output = ()>>> {
        SystemClock.sleep(millis)
    }
}

impl server::Clock for Clock {
    fn now(&self) -> Timestamp {
        client::clock::Clock::now(self)
    }
}
