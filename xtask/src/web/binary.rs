//! How a wasm file is written: sections, numbers and names.

use anyhow::{Context, Result, bail};

const HEADER: usize = 8;
/// What has a name and no meaning for the machine.
pub(super) const CUSTOM: u8 = 0;
pub(super) const IMPORTS: u8 = 2;
/// The type of each function.
pub(super) const FUNCTIONS: u8 = 3;
pub(super) const EXPORTS: u8 = 7;
/// What each function does.
pub(super) const CODE: u8 = 10;
/// An import or export that is a function.
pub(super) const FUNCTION: u8 = 0;

/// Its kind and what is in it.
pub(super) type Section<'a> = (u8, &'a [u8]);

/// The beginning of the file, and its sections.
///
/// # Errors
/// It is no wasm.
pub(super) fn sections(wasm: &[u8]) -> Result<(Vec<u8>, Vec<Section<'_>>)> {
    let (header, rest) = wasm.split_at_checked(HEADER).context("no wasm")?;
    let mut rest = Reader(rest);
    let mut sections = Vec::new();
    while !rest.0.is_empty() {
        let kind = rest.byte()?;
        let len = usize::try_from(rest.number()?)?;
        sections.push((kind, rest.take(len)?));
    }
    Ok((header.to_vec(), sections))
}

pub(super) fn write_section(out: &mut Vec<u8>, kind: u8, content: &[u8]) -> Result<()> {
    out.push(kind);
    write(out, content.len())?;
    out.extend(content);
    Ok(())
}

/// Reads from the beginning of its bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self
            .0
            .split_at_checked(len)
            .context("the wasm is cut off")?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        self.take(1)?
            .first()
            .copied()
            .context("the wasm is cut off")
    }

    /// Seven bits in each byte, the lowest first.
    pub(super) fn number(&mut self) -> Result<u32> {
        let mut number = 0;
        for shift in (0..32).step_by(7) {
            let byte = self.byte()?;
            number |= u32::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(number);
            }
        }
        bail!("a number of the wasm is too long")
    }

    pub(super) fn name(&mut self) -> Result<&'a str> {
        let len = usize::try_from(self.number()?)?;
        Ok(std::str::from_utf8(self.take(len)?)?)
    }
}

pub(super) fn write(out: &mut Vec<u8>, number: usize) -> Result<()> {
    let mut number = u32::try_from(number)?;
    while number > 127 {
        out.push(u8::try_from(number & 127)? | 128);
        number >>= 7;
    }
    out.push(u8::try_from(number)?);
    Ok(())
}

pub(super) fn write_name(out: &mut Vec<u8>, name: &str) -> Result<()> {
    write(out, name.len())?;
    out.extend(name.as_bytes());
    Ok(())
}
