//! `export`: everything that this device can read, in a directory.

use std::path::Path;

use serde_json::json;

use crate::{
    args::Global,
    clock::Clock,
    exit::Problem,
    export::{self, Count, Wanted},
    output::{Output, clean_line},
    session::Session,
};

pub(super) async fn run(
    global: &Global,
    output: Output,
    path: &Path,
    files: bool,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let now = client::clock::Clock::now(&Clock {
        days_ahead: global.days_ahead,
    });
    let count = export::write(&session, path, Wanted { files }, now).await?;
    let shown = path.display().to_string();
    output.line(&words(&shown, count), || {
        json!({
            "path": shown,
            "rooms": count.rooms,
            "lines": count.lines,
            "files": count.files,
            "missing": count.missing,
        })
    })?;
    session.finish().await
}

fn words(path: &str, count: Count) -> String {
    let path = clean_line(path);
    let Count {
        rooms,
        lines,
        files,
        missing,
    } = count;
    let mut words = format!(
        "Wrote {rooms} rooms, {lines} lines and {files} files to {path}. They are not sealed there: keep the directory as you keep a letter."
    );
    if missing > 0 {
        words.push_str(&format!(
            " {missing} files are not on the server any more, or are damaged there."
        ));
    }
    words
}
