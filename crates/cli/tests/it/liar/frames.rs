//! Frames of a WebSocket (RFC 6455 section 5.2).

use std::io::{self, Read, Write};

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const TEXT: u8 = 1;

/// One frame, without its mask.
pub(super) struct Frame {
    /// Whether it is the last of its message, and what it is.
    first: u8,
    payload: Vec<u8>,
}

impl Frame {
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            first: FINAL | TEXT,
            payload: text.as_bytes().to_vec(),
        }
    }

    /// The text of a message in one frame, which is how both sides write them.
    pub(super) fn text(&self) -> Option<&str> {
        let whole = self.first == FINAL | TEXT;
        whole.then(|| std::str::from_utf8(&self.payload).ok())?
    }

    pub(super) fn read(from: &mut impl Read) -> io::Result<Self> {
        let mut start = [0; 2];
        from.read_exact(&mut start)?;
        let [first, second] = start;
        let length = match second & !MASKED {
            126 => {
                let mut bytes = [0; 2];
                from.read_exact(&mut bytes)?;
                usize::from(u16::from_be_bytes(bytes))
            }
            127 => {
                let mut bytes = [0; 8];
                from.read_exact(&mut bytes)?;
                usize::try_from(u64::from_be_bytes(bytes)).map_err(io::Error::other)?
            }
            short => usize::from(short),
        };
        let mut mask = [0; 4];
        if second & MASKED != 0 {
            from.read_exact(&mut mask)?;
        }
        let mut payload = vec![0; length];
        from.read_exact(&mut payload)?;
        for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= mask;
        }
        Ok(Self { first, payload })
    }

    /// Writes it as a server does, or as a client: under a mask, which may be zeros.
    pub(super) fn write(&self, to: &mut impl Write, masked: bool) -> io::Result<()> {
        let mask = if masked { MASKED } else { 0 };
        let mut bytes = vec![self.first];
        match self.payload.len() {
            short @ 0..126 => bytes.push(mask | u8::try_from(short).map_err(io::Error::other)?),
            middle @ 126..65_536 => {
                bytes.push(mask | 126);
                bytes.extend(
                    u16::try_from(middle)
                        .map_err(io::Error::other)?
                        .to_be_bytes(),
                );
            }
            long => {
                bytes.push(mask | 127);
                bytes.extend((long as u64).to_be_bytes());
            }
        }
        if masked {
            bytes.extend([0; 4]);
        }
        bytes.extend(&self.payload);
        to.write_all(&bytes)
    }
}
