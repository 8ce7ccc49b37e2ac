//! GIF (GIF89a specification): a screen, then blocks.

use super::take;

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const END: u8 = 0x3b;
const CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
/// How often a moving picture is shown: the one extension of an application that draws it.
const LOOP: &[u8] = b"\x0bNETSCAPE2.0";

pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = &mut &*bytes;
    let mut out = Vec::with_capacity(bytes.len());
    let screen = take(rest, 13)?;
    out.extend(screen);
    out.extend(take(rest, colours(*screen.get(10)?))?);
    loop {
        match *take(rest, 1)? {
            [EXTENSION] => {
                let kind = *take(rest, 1)?.first()?;
                let content = take(rest, blocks_len(rest)?)?;
                let kept = kind == CONTROL || kind == APPLICATION && content.starts_with(LOOP);
                if kept {
                    out.extend([EXTENSION, kind]);
                    out.extend(content);
                }
            }
            [PICTURE] => {
                let place = take(rest, 9)?;
                out.push(PICTURE);
                out.extend(place);
                out.extend(take(rest, colours(*place.get(8)?))?);
                out.extend(take(rest, 1)?);
                out.extend(take(rest, blocks_len(rest)?)?);
            }
            [END] => {
                out.push(END);
                return Some(out);
            }
            _ => return None,
        }
    }
}

/// The length of the table of colours that such flags announce.
const fn colours(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        return 0;
    }
    3 << ((flags & 7) + 1)
}

/// The length of a run of blocks with the empty one at its end.
fn blocks_len(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *rest.get(at)? {
            0 => return Some(at + 1),
            length => at += usize::from(length) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_draws_the_picture_stays() {
        let screen = b"GIF89a\x01\0\x01\0\x80\0\0abcdef".as_slice();
        let repeat = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".as_slice();
        let control = b"\x21\xf9\x04\0\0\0\0\0".as_slice();
        let picture = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0".as_slice();
        let dirty = [
            screen,
            repeat,
            b"\x21\xfe\x08by Alice\0",
            b"\x21\xff\x0bXMP DataXMP\x03<x>\0",
            control,
            picture,
            b"\x3bbehind the end",
        ]
        .concat();
        let wanted = [screen, repeat, control, picture, b"\x3b"].concat();
        assert_eq!(clean(&dirty), Some(wanted.clone()));
        assert!((0..wanted.len()).all(|len| clean(&wanted[..len]).is_none()));
    }
}
