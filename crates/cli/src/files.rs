//! Files of this machine, to and from a room.

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use client::{
    Client,
    engine::{
        Engine,
        api::{Content, FILE_NAME_MAX, FileContent, ItemBody},
    },
    files::{
        About, CLEANED_MAX, FileRoad, Picture, Source as _, download, safe_name, upload,
        without_metadata,
    },
    native::{FileSink, FileSource},
    store::Range,
    transport::ServerUrl,
};
use protocol::{
    error::ErrorCode,
    ids::{BlobId, RoomId, Seq},
};
use rand_core::{OsRng, RngCore as _};

use crate::{
    exit::Problem,
    output::{clean_line, note},
};

/// Enough to see what a file is.
const HEAD: usize = 16;

/// A file to send: opened, and a picture is cleaned.
pub(crate) struct Picked {
    pub(crate) name: String,
    media_type: String,
    bytes: Bytes,
}

enum Bytes {
    OnDisk(FileSource),
    InMemory(Vec<u8>),
}

impl Picked {
    /// Opens a file. A picture comes without what its camera wrote into it, unless it is to go as it is.
    pub(crate) async fn open(path: &Path, as_is: bool) -> Result<Self, Problem> {
        let mut source = FileSource::open(path)?;
        let length = source.length();
        let head = source.read(0, usize::try_from(length).map_or(HEAD, |len| len.min(HEAD)));
        let picture = Picture::of(&head.await?);
        let bytes = match picture.filter(|_| !as_is) {
            None => Bytes::OnDisk(source),
            Some(picture) => Bytes::InMemory(cleaned(picture, source).await?),
        };
        Ok(Self {
            name: name(path)?,
            media_type: picture.map_or_else(String::new, |picture| picture.media_type().to_owned()),
            bytes,
        })
    }
}

fn name(path: &Path) -> Result<String, Problem> {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    match name {
        Some(name) if name.len() <= FILE_NAME_MAX => Ok(name),
        Some(name) => Ok(safe_name(&name)),
        None => Err(Problem::usage("That path names no file.")),
    }
}

async fn cleaned(picture: Picture, mut source: FileSource) -> Result<Vec<u8>, Problem> {
    let uncleaned = |why: &str| {
        let sentence = format!(
            "{why}, so what its camera wrote into it (place, time, owner) can't be taken out. To send it with that, use --as-is."
        );
        Err(Problem::new(ErrorCode::FileFailed, sentence))
    };
    let length = source.length();
    let Ok(len) = usize::try_from(length.min(CLEANED_MAX + 1)) else {
        return uncleaned("This picture is too large");
    };
    if length > CLEANED_MAX {
        return uncleaned("This picture is larger than 32 MB");
    }
    match without_metadata(picture, &source.read(0, len).await?) {
        Some(clean) => Ok(clean),
        None => uncleaned("This picture is damaged"),
    }
}

/// Puts a file on the server; what comes back is for a message.
pub(crate) async fn send(
    client: &Client<Engine>,
    url: &ServerUrl,
    room: RoomId,
    file: Picked,
    progress: Progress,
) -> Result<Content, Problem> {
    let road = road(client, url, room).await?;
    let mut blob = [0; 16];
    OsRng.fill_bytes(&mut blob);
    let blob = BlobId::from_bytes(blob);
    let about = About {
        name: file.name,
        media_type: file.media_type,
        thumbnail: Vec::new(),
    };
    let told = |done, of| progress.tell(done, of);
    let sent = match file.bytes {
        Bytes::OnDisk(mut source) => {
            upload(&road, blob, &mut source, about, &mut OsRng, told).await
        }
        Bytes::InMemory(mut bytes) => {
            upload(&road, blob, &mut bytes, about, &mut OsRng, told).await
        }
    };
    Ok(Content::File(Box::new(sent?)))
}

/// The file at a place of a room.
pub(crate) async fn at(
    client: &Client<Engine>,
    room: RoomId,
    seq: Seq,
) -> Result<FileContent, Problem> {
    let range = Range::after(seq.0.saturating_sub(1), 1);
    let items = client.timeline(room, range).await?;
    let item = items.into_iter().find(|item| item.key.seq() == Some(seq));
    match item.map(|item| item.body) {
        Some(ItemBody::File(file)) => Ok(*file),
        _ => Err(Problem::new(
            ErrorCode::NotFound,
            format!("There is no file at place {seq} of that room."),
        )),
    }
}

/// Saves a file under `path`, in the directory `path`, or here under its own name. Nothing is written over.
pub(crate) async fn save(
    client: &Client<Engine>,
    url: &ServerUrl,
    room: RoomId,
    file: &FileContent,
    path: Option<&Path>,
    progress: Progress,
) -> Result<PathBuf, Problem> {
    let road = road(client, url, room).await?;
    let path = match path {
        Some(path) if !path.is_dir() => path.to_owned(),
        directory => free(
            &directory
                .unwrap_or(Path::new(""))
                .join(safe_name(&file.name)),
        ),
    };
    let mut sink = FileSink::create(&path)?;
    download(&road, file, &mut sink, |done, of| progress.tell(done, of)).await?;
    sink.keep()?;
    Ok(path)
}

/// The path itself, or with a number before its ending, whichever is free.
fn free(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path
        .extension()
        .map(|ending| format!(".{}", ending.to_string_lossy()));
    let ending = ending.unwrap_or_default();
    let numbered = |number| path.with_file_name(format!("{stem} ({number}){ending}"));
    let others = (2..1000).map(numbered);
    std::iter::once(path.to_owned())
        .chain(others)
        .find(|path| !path.exists())
        .unwrap_or_else(|| path.to_owned())
}

async fn road(client: &Client<Engine>, url: &ServerUrl, room: RoomId) -> Result<FileRoad, Problem> {
    let token = client.read(|engine| Engine::session_token(engine).map(str::to_owned));
    let token = token
        .await?
        .ok_or_else(|| Problem::of(ErrorCode::NotLoggedIn))?;
    Ok(FileRoad::new(url.clone(), token, room)?)
}

/// Tells somebody at a terminal how far it is.
pub(crate) struct Progress {
    words: Option<String>,
}

impl Progress {
    pub(crate) fn new(verb: &str, name: &str) -> Self {
        let shown = std::io::stderr().is_terminal();
        Self {
            words: shown.then(|| format!("{verb} {}", clean_line(name))),
        }
    }

    /// For where nobody looks on.
    pub(crate) const fn silent() -> Self {
        Self { words: None }
    }

    fn tell(&self, done: u32, of: u32) {
        let Some(words) = &self.words else { return };
        let percent = u64::from(done) * 100 / u64::from(of.max(1));
        if done == of {
            note(&format!("\r{words}: {percent} %"));
        } else {
            // A terminal that is gone has nobody before it.
            let _ = write!(std::io::stderr().lock(), "\r{words}: {percent} %");
        }
    }
}

/// A length for people.
pub(crate) fn size(length: u64) -> String {
    let units = ["kB", "MB", "GB"];
    if length < 1000 {
        return format!("{length} bytes");
    }
    let (mut tenths, mut unit) = (length / 100, 0);
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!(
        "{}.{} {}",
        tenths / 10,
        tenths % 10,
        units.get(unit).unwrap_or(&"GB")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_words() {
        for (length, words) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (1_500_000, "1.5 MB"),
            (104_857_600, "104.8 MB"),
            (9_900_000_000, "9.9 GB"),
        ] {
            assert_eq!(size(length), words);
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.tar.gz");
        assert_eq!(free(&path), path);
        std::fs::write(&path, "").unwrap();
        assert_eq!(free(&path), home.path().join("a.tar (2).gz"));
    }
}
