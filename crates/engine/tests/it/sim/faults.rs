//! What goes wrong, and how often.

use rand_chacha::ChaCha20Rng;
use rand_core::RngCore;

/// Chances in a thousand, and delays in virtual milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    /// A request never reaches the server.
    pub(crate) request_lost: u32,
    /// An answer never reaches the client.
    pub(crate) answer_lost: u32,
    /// A request that may be repeated reaches the server twice.
    pub(crate) doubled: u32,
    /// A socket is cut by an event on it.
    pub(crate) cut: u32,
    /// An acknowledgement is given up on though the socket stays.
    pub(crate) impatient: u32,
    /// Between the server's look into a log and its answer, others speak, and what they say goes out first.
    pub(crate) late_page: u32,
    /// An input ends in a crash at one of its steps.
    pub(crate) crash: u32,
    /// Longest way of one packet.
    pub(crate) delay: u64,
}

impl Faults {
    /// Nothing goes wrong, and everything is quick.
    pub(crate) const NONE: Self = Self {
        request_lost: 0,
        answer_lost: 0,
        doubled: 0,
        cut: 0,
        impatient: 0,
        late_page: 0,
        crash: 0,
        delay: 20,
    };

    /// One of several kinds of weather.
    pub(crate) fn draw(rng: &mut ChaCha20Rng) -> Self {
        let mut up_to = |most: u32| below(rng, u64::from(most) + 1) as u32;
        match up_to(3) {
            0 => Self {
                late_page: 200,
                delay: 300,
                ..Self::NONE
            },
            1 => Self {
                late_page: 100,
                crash: 10 + up_to(20),
                delay: 100,
                ..Self::NONE
            },
            2 => Self {
                request_lost: up_to(80),
                answer_lost: up_to(80),
                doubled: up_to(80),
                cut: up_to(30),
                impatient: up_to(30),
                late_page: 100,
                crash: 0,
                delay: 2_000,
            },
            _ => Self {
                request_lost: up_to(60),
                answer_lost: up_to(60),
                doubled: up_to(100),
                cut: up_to(20),
                impatient: up_to(20),
                late_page: 100,
                crash: up_to(20),
                delay: 1_000,
            },
        }
    }
}

/// A number below `end`.
pub(crate) fn below(rng: &mut ChaCha20Rng, end: u64) -> u64 {
    // The modulus leans a little towards small numbers; a schedule does not mind.
    rng.next_u64() % end.max(1)
}

/// True so many times in a thousand.
pub(crate) fn chance(rng: &mut ChaCha20Rng, in_thousand: u32) -> bool {
    in_thousand > 0 && below(rng, 1_000) < u64::from(in_thousand)
}

/// One of these, if there is any.
pub(crate) fn pick<'a, T>(rng: &mut ChaCha20Rng, from: &'a [T]) -> Option<&'a T> {
    from.get(below(rng, from.len() as u64) as usize)
}
