//! Files to the server and from there, by the worker of the tab that wants it.

use client::engine::ordered::Map;
use std::cell::RefCell;

use client::{
    engine::api::{Failure, FileContent, THUMBNAIL_MAX},
    files::{
        About, CLEANED_MAX, FileRoad, Picture, Sink, Source, download, upload, without_metadata,
    },
    transport::ServerUrl,
};
use futures_util::future::{AbortHandle, abortable};
use js_sys::Uint8Array;
use protocol::{error::ErrorCode, ids::BlobId};
use rand_core::{OsRng, RngCore as _};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::port;
use crate::{
    wire::{Done, Tell, Transfer, Trouble, Way},
    words,
};

/// What was lent for a download is taken back after this time, in milliseconds.
const LENT: f64 = 3_600_000.0;

// `worker.js`.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = chatFiles)]
    async fn bytes(file: &Blob, from: f64, to: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = chatFiles)]
    fn blob(bytes: &[u8], kind: &str) -> Blob;
    #[wasm_bindgen(catch, js_namespace = chatFiles)]
    async fn thumbnail(file: &Blob, limit: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = chatFiles, js_name = sweep)]
    async fn sweep_files(age: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_namespace = chatFiles)]
    async fn sink(length: f64) -> Result<JsValue, JsValue>;
    type Lent;
    #[wasm_bindgen(method, catch)]
    fn write(this: &Lent, bytes: &[u8]) -> Result<bool, JsValue>;
    #[wasm_bindgen(method, catch)]
    async fn whole(this: &Lent) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = drop)]
    async fn give_back(this: &Lent) -> Result<JsValue, JsValue>;
}

/// A transfer under way, and what it would leave on the server.
struct Open {
    ends: AbortHandle,
    road: FileRoad,
    blob: Option<BlobId>,
}

thread_local! {
    // The worker's one thread takes messages and does all transfers.
    static OPEN: RefCell<Map<u64, Open>> = const { RefCell::new(Map::new()) };
}

/// Begins a transfer; its end is told under the same number.
pub(super) fn begin(number: u64, transfer: Transfer, file: Option<Blob>) {
    let Transfer {
        origin,
        token,
        room,
        way,
    } = transfer;
    let road = ServerUrl::of_page(&origin)
        .map_err(|_| Failure::from(ErrorCode::ServerGone))
        .and_then(|url| FileRoad::new(url, token, room));
    let road = match road {
        Ok(road) => road,
        Err(failure) => return tell(number, Err(failure)),
    };
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let id = BlobId::from_bytes(id);
    let uploads = matches!(way, Way::Up { .. });
    let way_there = road.clone();
    let (work, ends) = abortable(async move {
        match (way, file) {
            (
                Way::Up {
                    name,
                    media_type,
                    as_is,
                },
                Some(file),
            ) => {
                let about = About {
                    name,
                    media_type,
                    thumbnail: Vec::new(),
                };
                let sent = up(number, &way_there, id, file, about, as_is).await;
                tell(number, sent.map(|file| Done::File(Box::new(file))));
            }
            (Way::Up { .. }, None) => tell(number, Err(ErrorCode::FileFailed.into())),
            (Way::Down(file), _) => match down(number, &way_there, &file).await {
                Ok((kind, file)) => {
                    port::tell_with(&Tell::Done(number, Ok(Done::Here(kind))), &file);
                }
                Err(failure) => tell(number, Err(failure)),
            },
        }
    });
    let open = Open {
        ends,
        road,
        blob: uploads.then_some(id),
    };
    OPEN.with_borrow_mut(|all| all.insert(number, open));
    spawn_local(async move {
        // What was stopped tells nothing.
        let _ = work.await;
        OPEN.with_borrow_mut(|all| all.remove(&number));
    });
}

/// Ends a transfer, and takes what there is of it from the server.
pub(super) fn stop(number: u64) {
    let Some(open) = OPEN.with_borrow_mut(|all| all.remove(&number)) else {
        return;
    };
    open.ends.abort();
    if let Some(blob) = open.blob {
        spawn_local(async move {
            // The server drops what is not whole after a day.
            let _ = open.road.remove(blob).await;
        });
    }
}

/// Removes what was lent for downloads long ago.
pub(super) fn sweep() {
    spawn_local(async {
        // A browser that lends nothing has nothing to remove.
        let _ = sweep_files(LENT).await;
    });
}

/// Removes all that was lent.
pub(super) async fn sweep_all() {
    let _ = sweep_files(0.0).await;
}

fn tell(number: u64, done: Result<Done, Failure>) {
    let done = done.map_err(|failure| Trouble {
        sentence: match failure.code {
            ErrorCode::FileFailed => failure.sentence,
            code => words::trouble(code).sentence,
        },
        code: failure.code,
    });
    port::tell(&Tell::Done(number, done));
}

fn told(number: u64) -> impl FnMut(u32, u32) {
    move |done, of| port::tell(&Tell::Progress(number, done, of))
}

async fn up(
    number: u64,
    road: &FileRoad,
    id: BlobId,
    file: Blob,
    mut about: About,
    as_is: bool,
) -> Result<FileContent, Failure> {
    let mut source = Picked(file);
    let len = usize::try_from(source.length()).map_or(16, |length| length.min(16));
    if let Some(picture) = Picture::of(&source.read(0, len).await?) {
        picture.media_type().clone_into(&mut about.media_type);
        if !as_is {
            source.0 = cleaned(picture, &mut source).await?;
        }
        // Without one, the picture is shown when somebody wants to see it.
        let small = thumbnail(&source.0, THUMBNAIL_MAX as f64).await;
        about.thumbnail =
            small.map_or_else(|_| Vec::new(), |small| Uint8Array::new(&small).to_vec());
    }
    upload(road, id, &mut source, about, &mut OsRng, told(number)).await
}

async fn cleaned(picture: Picture, source: &mut Picked) -> Result<Blob, Failure> {
    let uncleaned = || Failure {
        code: ErrorCode::FileFailed,
        sentence:
            "What a camera wrote into this picture (place, time, owner) can't be taken out of it."
                .to_owned(),
    };
    if source.length() > CLEANED_MAX {
        return Err(uncleaned());
    }
    let len = usize::try_from(source.length()).map_err(|_| uncleaned())?;
    let clean = without_metadata(picture, &source.read(0, len).await?).ok_or_else(uncleaned)?;
    Ok(blob(&clean, picture.media_type()))
}

async fn down(
    number: u64,
    road: &FileRoad,
    file: &FileContent,
) -> Result<(Option<String>, Blob), Failure> {
    let lent = sink(file.length as f64).await.map_err(unkept)?;
    let mut place = Place {
        lent: lent.unchecked_into(),
        kind: None,
        begun: false,
    };
    let came = download(road, file, &mut place, told(number)).await;
    if let Err(failure) = came {
        let _ = place.lent.give_back().await;
        return Err(failure);
    }
    let whole = place.lent.whole().await.map_err(unkept)?;
    let kind = place.kind.map(|picture| picture.media_type().to_owned());
    Ok((kind, whole.unchecked_into()))
}

fn unkept(_: JsValue) -> Failure {
    Failure {
        code: ErrorCode::FileFailed,
        sentence: "This browser has no room for that file. Make room on the disk, and try again."
            .to_owned(),
    }
}

/// A file that a person picked.
struct Picked(Blob);

impl Source for Picked {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of files are whole numbers"
    )]
    fn length(&self) -> u64 {
        self.0.size() as u64
    }

    async fn read(&mut self, from: u64, len: usize) -> Result<Vec<u8>, Failure> {
        let (from, to) = (from as f64, from as f64 + len as f64);
        let read = bytes(&self.0, from, to).await;
        let read = read.map_err(|_| Failure {
            code: ErrorCode::FileFailed,
            sentence: "That file can't be read any more. Pick it again.".to_owned(),
        });
        Ok(Uint8Array::new(&read?).to_vec())
    }
}

/// Where a file that comes in is put, and what it is.
struct Place {
    lent: Lent,
    begun: bool,
    kind: Option<Picture>,
}

impl Sink for Place {
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if !self.begun {
            self.begun = true;
            self.kind = Picture::of(bytes);
        }
        match self.lent.write(bytes) {
            Ok(true) => Ok(()),
            Ok(false) => Err(unkept(JsValue::NULL)),
            Err(error) => Err(unkept(error)),
        }
    }
}
