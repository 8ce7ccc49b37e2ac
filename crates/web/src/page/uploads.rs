//! Files on their way to the server: one after the other, in the order in which they were picked.

use std::cell::RefCell;

use leptos::{prelude::*, task::spawn_local};
use protocol::{error::ErrorCode, ids::RoomId};
use web_sys::{Blob, File};

use super::{browser, post, state::State};
use crate::wire::{Done, Transfer, Trouble, Way, Wish};

/// A file that was picked.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Upload {
    /// Of its transfer.
    pub(super) number: u64,
    pub(super) room: RoomId,
    pub(super) name: String,
    pub(super) stage: Stage,
    /// A picture goes with what its camera wrote into it.
    as_is: bool,
}

/// Where it stands.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Going,
    Failed(Trouble),
}

thread_local! {
    // Handles of the browser stay on this thread; the list of uploads is a signal.
    static FILES: RefCell<Vec<(u64, File)>> = const { RefCell::new(Vec::new()) };
}

/// Takes files to a room.
pub(super) fn pick(state: State, room: RoomId, files: Vec<File>) {
    for file in files {
        let number = post::number();
        let upload = Upload {
            number,
            room,
            name: file.name(),
            stage: Stage::Waiting,
            as_is: false,
        };
        FILES.with_borrow_mut(|all| all.push((number, file)));
        state.uploads.update(|uploads| uploads.push(upload));
    }
    next(state);
}

/// It is not to be sent any more.
pub(super) fn stop(state: State, number: u64) {
    post::stop(number);
    end(state, number);
}

/// What failed is tried again.
pub(super) fn again(state: State, number: u64, as_is: bool) {
    change(state, number, |upload| {
        upload.stage = Stage::Waiting;
        upload.as_is |= as_is;
    });
    next(state);
}

fn change(state: State, number: u64, change: impl FnOnce(&mut Upload)) {
    state.uploads.update(|uploads| {
        if let Some(upload) = uploads.iter_mut().find(|it| it.number == number) {
            change(upload);
        }
    });
}

/// It is over, and the next one begins.
fn end(state: State, number: u64) {
    FILES.with_borrow_mut(|all| all.retain(|(of, _)| *of != number));
    state
        .uploads
        .update(|uploads| uploads.retain(|upload| upload.number != number));
    next(state);
}

fn next(state: State) {
    let due = state.uploads.with_untracked(|uploads| {
        let is_going = |upload: &Upload| upload.stage == Stage::Going;
        if uploads.iter().any(is_going) {
            return None;
        }
        uploads
            .iter()
            .find(|it| it.stage == Stage::Waiting)
            .cloned()
    });
    if let Some(upload) = due {
        change(state, upload.number, |upload| upload.stage = Stage::Going);
        spawn_local(async move {
            let number = upload.number;
            match send(upload).await {
                Ok(()) => end(state, number),
                Err(trouble) => {
                    change(state, number, |upload| {
                        upload.stage = Stage::Failed(trouble)
                    });
                    next(state);
                }
            }
        });
    }
}

async fn send(upload: Upload) -> Result<(), Trouble> {
    let Upload {
        number,
        room,
        name,
        as_is,
        ..
    } = upload;
    let file = FILES.with_borrow(|all| {
        let file = all.iter().find(|(of, _)| *of == number);
        file.map(|(_, file)| file.clone())
    });
    let lost = || crate::words::trouble(ErrorCode::FileFailed);
    let file = file.ok_or_else(lost)?;
    let way = Way::Up {
        name,
        media_type: file.type_(),
        as_is,
    };
    let transfer = transfer(room, way).await?;
    match post::transfer(number, transfer, Some(&file)).await? {
        (Done::File(file), _) => post::wish(Wish::SendFile { room, file }).await.map(drop),
        _ => Err(lost()),
    }
}

/// A transfer in this session.
pub(super) async fn transfer(room: RoomId, way: Way) -> Result<Transfer, Trouble> {
    match post::wish(Wish::Token).await? {
        Done::Token(token) => Ok(Transfer {
            origin: browser::origin(),
            token,
            room,
            way,
        }),
        _ => Err(crate::words::trouble(ErrorCode::NotLoggedIn)),
    }
}

/// Fetches a file that somebody sent, under this number.
pub(super) async fn fetch(
    number: u64,
    room: RoomId,
    item: client::engine::api::ItemKey,
) -> Result<(Option<String>, Blob), Trouble> {
    let gone = || crate::words::trouble(ErrorCode::FileGone);
    let Done::File(file) = post::wish(Wish::File { room, item }).await? else {
        return Err(gone());
    };
    let transfer = transfer(room, Way::Down(file)).await?;
    match post::transfer(number, transfer, None).await? {
        (Done::Here(kind), Some(file)) => Ok((kind, file)),
        _ => Err(gone()),
    }
}
