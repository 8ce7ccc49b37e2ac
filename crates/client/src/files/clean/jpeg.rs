//! JPEG (ITU-T T.81): a run of segments, between them the coded picture.

use super::take;

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const JFIF: u8 = 0xe0;
const EXIF: u8 = 0xe1;
const PROFILE: u8 = 0xe2;
const ADOBE: u8 = 0xee;
const LAST_APPLICATION: u8 = 0xef;
const COMMENT: u8 = 0xfe;

pub(super) fn clean(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = &mut &*bytes;
    (take(rest, 2)? == [0xff, START]).then_some(())?;
    let mut out = vec![0xff, START];
    let mut turned = None;
    let mut body = Vec::with_capacity(bytes.len());
    loop {
        match marker(rest)? {
            // Whatever follows the end is not this picture.
            END => {
                body.extend([0xff, END]);
                break;
            }
            kind => {
                let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                let segment = take(rest, length.max(2))?;
                let content = segment.get(2..)?;
                if kind == EXIF {
                    turned = turned.or_else(|| orientation(content));
                }
                if is_kept(kind, content) {
                    body.extend([0xff, kind]);
                    body.extend(segment);
                }
                if kind == SCAN {
                    body.extend(take(rest, scan_len(rest)?)?);
                }
            }
        }
    }
    // How the camera was held is needed to show the picture the right way up.
    out.extend(turned.map(only_orientation).unwrap_or_default());
    out.extend(body);
    Some(out)
}

/// The next marker; any number of fill bytes may stand before it.
fn marker(rest: &mut &[u8]) -> Option<u8> {
    (take(rest, 1)? == [0xff]).then_some(())?;
    loop {
        match take(rest, 1)? {
            [0xff] => {}
            [0 | 1 | 0xd0..=0xd8] => return None,
            [kind] => return Some(*kind),
            _ => return None,
        }
    }
}

fn is_kept(kind: u8, content: &[u8]) -> bool {
    match kind {
        JFIF => content.starts_with(b"JFIF\0"),
        PROFILE => content.starts_with(b"ICC_PROFILE\0"),
        ADOBE => content.starts_with(b"Adobe"),
        EXIF..=LAST_APPLICATION | COMMENT => false,
        _ => true,
    }
}

/// The coded picture ends before the next marker that is neither an escape nor a restart.
fn scan_len(rest: &[u8]) -> Option<usize> {
    let is_marker =
        |pair: &[u8]| matches!(pair, [0xff, after] if !matches!(after, 0 | 0xd0..=0xd7 | 0xff));
    rest.windows(2).position(is_marker)
}

/// The orientation (2 to 8) that an Exif segment tells, if it is not the usual one.
fn orientation(content: &[u8]) -> Option<u8> {
    let tiff = content.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.first_chunk()? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let start = *tiff.get(4..)?.first_chunk()?;
    let start = if little {
        u32::from_le_bytes(start)
    } else {
        u32::from_be_bytes(start)
    };
    let start = usize::try_from(start).ok()?;
    let fields = usize::from(short(start)?);
    let mut entries = (0..fields).map(|field| start.checked_add(2 + 12 * field));
    let entry = entries.find_map(|at| at.filter(|at| short(*at) == Some(0x0112)))?;
    let value = u8::try_from(short(entry + 8)?).ok()?;
    (2..=8).contains(&value).then_some(value)
}

/// An Exif segment that tells the orientation and nothing else.
fn only_orientation(value: u8) -> Vec<u8> {
    let tiff = [
        b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(),
        &[value],
        b"\0\0\0\0\0\0",
    ];
    [b"\xff\xe1\0\x22Exif\0\0".as_slice(), &tiff.concat()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xff, kind], length.as_slice(), content].concat()
    }

    const TABLE: u8 = 0xdb;
    /// With an escape and a restart inside, as a real one.
    const SCANNED: &[u8] = b"\x12\xff\x00\x34\xff\xd0\x56";

    fn picture(before: &[Vec<u8>]) -> Vec<u8> {
        let before = before.concat();
        let [tables, scan] = [segment(TABLE, &[7; 64]), segment(SCAN, &[1; 6])];
        let parts: [&[u8]; 8] = [
            &[0xff, START],
            &before,
            &tables,
            &scan,
            SCANNED,
            &scan,
            SCANNED,
            &[0xff, END],
        ];
        parts.concat()
    }

    fn exif(orientation: u8) -> Vec<u8> {
        let camera =
            b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x06\0\0\0\x40\0\0\0\x12\x01\x03\0\x01\0\0\0"
                .as_slice();
        let content = [
            b"Exif\0\0",
            camera,
            &[orientation, 0, 0, 0, 0, 0, 0, 0],
            b"Nikon, 48.2N 16.3E",
        ];
        segment(EXIF, &content.concat())
    }

    #[test]
    fn only_what_draws_the_picture_stays() {
        let jfif = segment(JFIF, b"JFIF\0rest");
        let profile = segment(PROFILE, b"ICC_PROFILE\0\x01\x01colours");
        let dirty = picture(&[
            jfif.clone(),
            exif(1),
            segment(EXIF, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
            segment(PROFILE, b"MPF\0second picture"),
            profile.clone(),
            segment(0xed, b"Photoshop 3.0\0place"),
            segment(COMMENT, b"by Alice"),
        ]);
        let dirty = [dirty.as_slice(), b"\xff\xd8 a preview behind the end"].concat();
        let wanted = picture(&[jfif, profile]);
        assert_eq!(clean(&dirty), Some(wanted));
    }

    #[test]
    fn the_way_up_is_kept_and_nothing_else_of_the_camera() {
        let cleaned = clean(&picture(&[exif(6)])).unwrap();
        let kept = only_orientation(6);
        assert_eq!(cleaned, picture(std::slice::from_ref(&kept)));
        assert_eq!(orientation(&kept[4..]), Some(6));
        assert!(!cleaned.windows(5).any(|part| part == b"Nikon"));
    }

    #[test]
    fn what_is_cut_short_is_not_called_clean() {
        let whole = picture(&[exif(6)]);
        assert!((0..whole.len()).all(|len| clean(&whole[..len]).is_none()));
    }
}
