//! WebP (RFC 9649): a RIFF container of chunks.

use super::take;

const KEPT: [&[u8; 4]; 7] = [
    b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];
/// Flags of the first chunk that announce metadata.
const METADATA: u8 = 0x0c;

pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
    let end = usize::try_from(length).ok()?.checked_add(8)?;
    // Whatever follows the container is not this picture.
    let rest = &mut bytes.get(12..end)?;
    let mut body = Vec::with_capacity(bytes.len());
    while !rest.is_empty() {
        let length = u32::from_le_bytes(*rest.get(4..)?.first_chunk()?);
        let length = usize::try_from(length).ok()?;
        let chunk = take(rest, length.checked_add(8)?.checked_next_multiple_of(2)?)?;
        let kind: &[u8; 4] = chunk.first_chunk()?;
        let at = body.len();
        if KEPT.contains(&kind) {
            body.extend(chunk);
        }
        if kind == b"VP8X" {
            *body.get_mut(at + 8)? &= !METADATA;
        }
    }
    let length = u32::try_from(body.len() + 4).ok()?.to_le_bytes();
    Some([b"RIFF", length.as_slice(), b"WEBP", &body].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap().to_le_bytes();
        let even = usize::from(!content.len().is_multiple_of(2));
        [kind, length.as_slice(), content, &[0].repeat(even)].concat()
    }

    fn container(chunks: &[Vec<u8>]) -> Vec<u8> {
        let body = chunks.concat();
        let length = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
        [b"RIFF", length.as_slice(), b"WEBP", &body].concat()
    }

    #[test]
    fn only_what_draws_the_picture_stays() {
        let profile = chunk(b"ICCP", b"odd");
        let data = chunk(b"VP8 ", b"picture");
        let head = |flags| chunk(b"VP8X", &[flags, 0, 0, 0, 9, 0, 0, 9, 0, 0]);
        let dirty = container(&[
            head(0x2c),
            profile.clone(),
            data.clone(),
            chunk(b"EXIF", b"place"),
            chunk(b"XMP ", b"<author/>"),
            chunk(b"MINE", b"?"),
        ]);
        let dirty = [dirty.as_slice(), b"behind the end"].concat();
        let wanted = container(&[head(0x20), profile, data]);
        assert_eq!(clean(&dirty), Some(wanted.clone()));
        assert!((0..wanted.len()).all(|len| clean(&wanted[..len]).is_none()));
    }
}
