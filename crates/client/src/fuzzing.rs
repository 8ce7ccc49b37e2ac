//! Every reader of bytes that come from elsewhere, under one signature: for tests that feed them what nobody wrote.
//!
//! A target says whether it took the bytes.

use crate::{
    files::{Picture, safe_name, without_metadata},
    transport::fuzzing::{answer, frame},
};

/// A reader: its name, and whether it takes these bytes.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// All of them.
pub const TARGETS: &[Target] = &[
    ("answer", answer),
    ("file_name", file_name),
    ("frame", frame),
    ("picture", picture),
];

/// What a name becomes is a name, and stays as it is.
fn file_name(bytes: &[u8]) -> bool {
    let Ok(given) = std::str::from_utf8(bytes) else {
        return false;
    };
    let made = safe_name(given);
    assert!((1..=180).contains(&made.len()), "{made:?}");
    assert!(!made.contains(['/', '\\']) && !made.chars().any(char::is_control));
    assert!(
        !made.starts_with('.') && !made.ends_with(['.', ' ']),
        "{made:?}"
    );
    assert_eq!(safe_name(&made), made, "it changes by being made twice");
    true
}

/// A picture that was cleaned is a picture of its kind, and clean.
fn picture(bytes: &[u8]) -> bool {
    let Some(picture) = Picture::of(bytes) else {
        return false;
    };
    let Some(clean) = without_metadata(picture, bytes) else {
        return false;
    };
    assert_eq!(Picture::of(&clean), Some(picture));
    assert_eq!(without_metadata(picture, &clean).as_ref(), Some(&clean));
    // Room for how the camera was held.
    assert!(clean.len() <= bytes.len() + 36, "it grows");
    true
}
