//! PNG (W3C Portable Network Graphics, third edition): a signature, then chunks.

use super::take;

/// What draws the picture, besides the critical chunks, or makes it move.
const KEPT: [&[u8; 4]; 12] = [
    b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"pHYs", b"bKGD", b"acTL",
    b"fcTL", b"fdAT",
];

pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = &mut &*bytes;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend(take(rest, 8)?);
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?);
        // Length, kind, content and checksum.
        let chunk = take(rest, usize::try_from(length).ok()?.checked_add(12)?)?;
        let kind: &[u8; 4] = chunk.get(4..)?.first_chunk()?;
        if kind[0].is_ascii_uppercase() || KEPT.contains(&kind) {
            out.extend(chunk);
        }
        // Whatever follows the end is not this picture.
        if kind == b"IEND" {
            return Some(out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length, kind.as_slice(), content, b"crc."].concat()
    }

    #[test]
    fn only_what_draws_the_picture_stays() {
        let (head, data, end) = (
            chunk(b"IHDR", &[1; 13]),
            chunk(b"IDAT", b"x"),
            chunk(b"IEND", b""),
        );
        let profile = chunk(b"iCCP", b"colours");
        let start = b"\x89PNG\r\n\x1a\n";
        let dirty = [
            start.as_slice(),
            &head,
            &chunk(b"tEXt", b"Author\0Alice"),
            &profile,
            &chunk(b"eXIf", b"MM\0*place"),
            &chunk(b"tIME", b"1234567"),
            &data,
            &chunk(b"caNv", b"screen"),
            &end,
            b"behind the end",
        ]
        .concat();
        let wanted = [start.as_slice(), &head, &profile, &data, &end].concat();
        assert_eq!(clean(&dirty), Some(wanted.clone()));
        assert!((0..wanted.len()).all(|len| clean(&wanted[..len]).is_none()));
    }
}
