//! Time, as an argument of the driver.

use futures_util::future::LocalBoxFuture;
use protocol::time::Timestamp;

/// The wall clock and its alarm.
pub trait Clock: 'static {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Ends after so many milliseconds.
    fn sleep(&self, millis: u64) -> LocalBoxFuture<'static, ()>;
}
