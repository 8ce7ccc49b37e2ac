//! A text as a picture in the terminal, for a camera.

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around the picture, as the standard wants them.
const MARGIN: i32 = 4;

/// Two rows of modules a line, light ones drawn: on a dark terminal it is dark on light, as cameras like it; the other way
/// round most read it too. None for a text that is too long for one.
pub(crate) fn picture(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    // Outside of the code there is nothing but light.
    let light = |x, y| !code.get_module(x, y);
    let end = code.size() + MARGIN;
    let mut picture = String::new();
    for y in (-MARGIN..end).step_by(2) {
        for x in -MARGIN..end {
            picture.push(match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        picture.push('\n');
    }
    Some(picture)
}
