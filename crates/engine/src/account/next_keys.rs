//! Another device of the account has revoked one: this one takes the keys that come by mail (PROTOCOL section 2).

use e2ee::account_key_mail::{NextKeys, Receiver};
use protocol::ids::DeviceId;

use crate::{convert, engine::Engine, turn::Turn};

impl Engine {
    /// Takes the next keys. What is not of this account's identity, not newer, or not for this device lapses: anybody
    /// may have put it there.
    pub(crate) fn account_key_mailed(&mut self, sealed: &[u8], turn: &mut Turn<'_>) {
        let Some(home) = &self.home else { return };
        let key_packages = self.key_packages.last_resorts();
        let receiver = Receiver {
            account: home.device.account(),
            device: home.device.id(),
            generation: home.generation(),
            version: home.account_key.version(),
            key_packages: &key_packages,
        };
        let Ok(keys) = NextKeys::open(sealed, &receiver, self.config.suite) else {
            return;
        };
        let revoked: Vec<DeviceId> = keys.revoked.into_iter().map(convert::device_out).collect();
        if let Some(home) = home.next(keys.account_key, keys.signing, &revoked, turn) {
            self.take_keys(home, None, turn);
        }
    }
}
