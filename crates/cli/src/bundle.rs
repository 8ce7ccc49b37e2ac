//! The files of the web client, put here by the build script.

#[allow(
    unused_imports,
    reason = "a program without the web client names no files"
)]
use server::Asset;
use server::Site;

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));
