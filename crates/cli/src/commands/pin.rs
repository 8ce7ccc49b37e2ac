//! `pin`: the pin of a server's key.

use std::{env, path::PathBuf};

use protocol::error::ErrorCode;
use serde_json::json;
use server::{make_key, pin_of_file};

use crate::{exit::Problem, output::Output};

pub(super) fn run(
    output: Output,
    file: Option<PathBuf>,
    spare: Option<PathBuf>,
) -> Result<(), Problem> {
    let pin = match spare {
        Some(path) => make_key(&path),
        None => pin_of_file(&file.map_or_else(certificate, Ok)?),
    };
    let pin = pin.map_err(|error| Problem::new(ErrorCode::FileFailed, format!("{error}.")))?;
    output.line(&pin.to_string(), || json!({ "pin": pin }))
}

/// The one that this machine's server shows.
fn certificate() -> Result<PathBuf, Problem> {
    let path = env::var_os("SSL_CERT_PATH").filter(|path| !path.is_empty());
    path.map(PathBuf::from)
        .ok_or_else(|| Problem::usage("Name the file of a certificate, or set SSL_CERT_PATH."))
}
