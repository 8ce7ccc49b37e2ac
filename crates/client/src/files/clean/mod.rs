//! Pictures without what a camera wrote beside them: place, time, owner, device, comments, older versions.
//!
//! Only what draws the picture is kept. The coded picture itself is copied as it is, so nothing of its quality is lost.

mod gif;
mod jpeg;
mod png;
mod webp;

use super::Picture;

/// Larger pictures are not cleaned: they would have to be in memory as a whole.
pub const CLEANED_MAX: u64 = 32 * 1024 * 1024;

/// The picture without its metadata; none where its form is not understood, so that nothing can be said of what is in it.
pub fn without_metadata(picture: Picture, bytes: &[u8]) -> Option<Vec<u8>> {
    match picture {
        Picture::Jpeg => jpeg::clean(bytes),
        Picture::Png => png::clean(bytes),
        Picture::Gif => gif::clean(bytes),
        Picture::WebP => webp::clean(bytes),
    }
}

/// Takes the front of what is left.
fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (front, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    Some(front)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Picture; 4] = [Picture::Jpeg, Picture::Png, Picture::Gif, Picture::WebP];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn any_bytes_are_cleaned_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), which in 0_usize..4) {
            let heads: [&[u8]; 4] = [b"\xff\xd8\xff\xe1\0\x20Exif\0\0", b"\x89PNG\r\n\x1a\n\0\0\0\x02", b"GIF89a\x01\0\x01\0\0\0\0", b"RIFF\x40\0\0\0WEBPVP8X"];
            let whole = [heads[which], &bytes].concat();
            if let Some(clean) = without_metadata(ALL[which], &whole) {
                prop_assert_eq!(Picture::of(&clean), Some(ALL[which]));
                // What is clean stays as it is.
                prop_assert_eq!(without_metadata(ALL[which], &clean), Some(clean));
            }
        }
    }
}
