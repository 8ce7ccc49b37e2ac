//! A text as a picture that another device reads with its camera.

use std::fmt::Write as _;

use leptos::{html, prelude::*, svg};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

/// Light modules around the picture, as the standard wants them.
const MARGIN: i32 = 4;

/// With a name for those who do not see it, and words above it. Nothing where the text is too long for one.
pub(super) fn picture(text: &str, name: &'static str, words: &'static str) -> AnyView {
    let text = [QrSegment::make_bytes(text.as_bytes())];
    // More of it may be hidden or dirty where that makes the picture no larger.
    let Ok(code) = QrCode::encode_segments(&text, QrCodeEcc::Low) else {
        return ().into_any();
    };
    let side = code.size() + 2 * MARGIN;
    let square = svg::path().attr("d", path(&code));
    let picture = svg::svg()
        .attr("viewBox", format!("0 0 {side} {side}"))
        .attr("class", "qr")
        .attr("role", "img")
        .attr("aria-label", name)
        .child(square);
    (html::p().class("hint").child(words), picture).into_any()
}

/// All dark modules, one square each.
fn path(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            // A string takes all that is written.
            let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
        }
    }
    path
}
