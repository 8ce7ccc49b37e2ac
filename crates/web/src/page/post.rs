//! The way to the worker and back.

use client::engine::ordered::Map;
use std::cell::RefCell;

use futures_util::FutureExt;
use protocol::error::ErrorCode;
use tokio::sync::oneshot;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, MessageEvent, Worker};

use super::state::State;
use crate::{
    posted,
    wire::{Ask, Done, Tell, Transfer, Trouble, Wish},
    words,
};

type Waiting = oneshot::Sender<Result<Done, Trouble>>;

struct Post {
    worker: Worker,
    next: u64,
    waiting: Map<u64, Waiting>,
    /// Files that came for transfers.
    files: Vec<(u64, Blob)>,
}

thread_local! {
    // A page has one worker, and its closures may be anywhere in the tree.
    static POST: RefCell<Option<Post>> = const { RefCell::new(None) };
}

/// Listens to this worker from now on.
pub(super) fn open(worker: Worker, state: State) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(tell) = posted::read::<Tell>(&event) else {
            return;
        };
        if let (Tell::Done(number, _), Some(file)) = (&tell, posted::file(&event)) {
            POST.with_borrow_mut(|post| {
                if let Some(post) = post {
                    post.files.push((*number, file));
                }
            });
        }
        state.take(tell);
    });
    worker.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    let post = Post {
        worker,
        next: 0,
        waiting: Map::new(),
        files: Vec::new(),
    };
    POST.with_borrow_mut(|slot| slot.replace(post));
}

/// Ends the worker, and with it whatever it holds: what is durable stays, and another tab goes on. Whoever still waits for
/// it hears that nothing comes any more, so that a message which was not written down goes back to where it was typed.
pub(super) fn close() {
    let waiting = POST.with_borrow_mut(|post| {
        let post = post.as_mut()?;
        post.worker.terminate();
        Some(std::mem::take(&mut post.waiting))
    });
    drop(waiting);
}

/// Says something to the worker.
pub(super) fn ask(ask: &Ask) {
    if let Some(form) = posted::form(ask) {
        post(&form);
    }
}

fn post(form: &JsValue) {
    POST.with_borrow(|post| {
        if let Some(post) = post {
            // Bytes and files can always be posted.
            let _ = post.worker.post_message(form);
        }
    });
}

/// A number for what is to be answered.
pub(super) fn number() -> u64 {
    POST.with_borrow_mut(|post| {
        post.as_mut().map_or(0, |post| {
            post.next += 1;
            post.next
        })
    })
}

/// Wishes something, and waits for how it ends.
pub(super) async fn wish(wish: Wish) -> Result<Done, Trouble> {
    let number = number();
    let ended = wait_for(number);
    ask(&Ask::Wish(number, wish));
    ended.await
}

/// Has a file carried under a number of its own, and waits for how that ends; what comes is returned too.
pub(super) async fn transfer(
    number: u64,
    transfer: Transfer,
    file: Option<&Blob>,
) -> Result<(Done, Option<Blob>), Trouble> {
    let ended = wait_for(number);
    let message = Ask::Transfer(number, transfer);
    match file.and_then(|file| posted::form_with(&message, file)) {
        Some(form) => post(&form),
        None => ask(&message),
    }
    let done = ended.await?;
    let file = POST.with_borrow_mut(|post| {
        let files = &mut post.as_mut()?.files;
        let place = files.iter().position(|(of, _)| *of == number)?;
        Some(files.swap_remove(place).1)
    });
    Ok((done, file))
}

/// Nobody waits for a transfer any more.
pub(super) fn stop(number: u64) {
    ask(&Ask::Stop(number));
    POST.with_borrow_mut(|post| post.as_mut()?.waiting.remove(&number));
}

fn wait_for(number: u64) -> impl Future<Output = Result<Done, Trouble>> {
    let (sender, ended) = oneshot::channel();
    POST.with_borrow_mut(|post| post.as_mut()?.waiting.insert(number, sender));
    let stopped = || Err(words::trouble(ErrorCode::StoreFailed));
    ended.map(move |ended| ended.unwrap_or_else(|_| stopped()))
}

/// Passes on how a wish ended.
pub(super) fn done(number: u64, done: Result<Done, Trouble>) {
    let waiting = POST.with_borrow_mut(|post| post.as_mut()?.waiting.remove(&number));
    if let Some(waiting) = waiting {
        // Whoever wished may be gone.
        let _ = waiting.send(done);
    }
}
