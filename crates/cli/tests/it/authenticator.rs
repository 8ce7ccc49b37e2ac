//! What an authenticator app does (RFC 6238), for the tests.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha1::Sha1;

/// Codes by the clock.
pub(crate) struct Authenticator {
    seed: Vec<u8>,
    /// The last step whose code was read off: nobody shows one twice.
    last: u64,
}

impl Authenticator {
    /// Takes in what a QR code says.
    pub(crate) fn scanned(uri: &str) -> Self {
        let (_, query) = uri.split_once('?').unwrap();
        let secret = query.split('&').find_map(|it| it.strip_prefix("secret="));
        let signs = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let (mut seed, mut waiting, mut bits) = (Vec::new(), 0_u32, 0);
        for byte in secret.unwrap().bytes() {
            let five = signs.iter().position(|sign| *sign == byte).unwrap();
            waiting = (waiting << 5 | u32::try_from(five).unwrap()) & 0xffff;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                seed.push(u8::try_from(waiting >> bits & 0xff).unwrap());
            }
        }
        assert_eq!(seed.len(), 20);
        Self { seed, last: 0 }
    }

    /// The code of so many seconds from now.
    pub(crate) fn at(&self, ahead: i64) -> String {
        self.of(now().checked_add_signed(ahead).unwrap() / 30)
    }

    /// A code that counts and was not read off before: of a step around now.
    pub(crate) fn code(&mut self) -> String {
        // The step of now counts for at least half a minute yet, the next one longer.
        let step = (now() / 30).max(self.last + 1);
        assert!(step <= now() / 30 + 1, "no step is left that counts now");
        self.last = step;
        self.of(step)
    }

    fn of(&self, step: u64) -> String {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.seed).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 0xf);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000)
    }
}

#[expect(clippy::disallowed_methods, reason = "codes go by the clock")]
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}
