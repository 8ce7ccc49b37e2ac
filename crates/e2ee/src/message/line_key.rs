//! What is kept beside a line that is shown, so that it can be reported: MLS gives a content key out once, and a room may
//! have no history keys.

use zeroize::Zeroizing;

use crate::{
    codec::{Reader, Writer},
    ids::GroupId,
};

use super::MessageKey;

const VERSION: u16 = 1;
const LEN: usize = 2 + 16 + 8 + 32 + 32;

/// The key of one message, and where it was sealed.
pub struct LineKey {
    /// The room's MLS group.
    pub group: GroupId,
    /// The epoch.
    pub epoch: u64,
    /// Content key and hash of the payload.
    pub message: MessageKey,
}

impl LineKey {
    /// The bytes to be kept in the device's sealed store: version, group (16 bytes), epoch, content key and hash.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut writer = Writer::with_capacity(LEN);
        writer.u16(VERSION);
        writer.fixed(self.group.as_bytes());
        writer.u64(self.epoch);
        writer.fixed(self.message.encode().expose());
        Zeroizing::new(writer.finish())
    }

    /// Reads what [`LineKey::encode`] gave; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let version = reader.u16().ok()?;
        let line = Self {
            group: reader.array::<16>().ok()?.into(),
            epoch: reader.u64().ok()?,
            message: MessageKey::decode(reader.rest())?,
        };
        (version == VERSION).then_some(line)
    }
}
