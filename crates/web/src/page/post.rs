//! The way to the worker and back.

use std::{cell::RefCell, collections::BTreeMap};

use futures_util::FutureExt;
use protocol::error::ErrorCode;
use tokio::sync::oneshot;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{MessageEvent, Worker};

use super::state::State;
use crate::{
    posted,
    wire::{Ask, Done, Tell, Trouble, Wish},
    words,
};

type Waiting = oneshot::Sender<Result<Done, Trouble>>;

struct Post {
    worker: Worker,
    next: u64,
    waiting: BTreeMap<u64, Waiting>,
}

thread_local! {
    // A page has one worker, and its closures may be anywhere in the tree.
    static POST: RefCell<Option<Post>> = const { RefCell::new(None) };
}

/// Listens to this worker from now on.
pub(super) fn open(worker: Worker, state: State) {
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(tell) = posted::read::<Tell>(&event) {
            state.take(tell);
        }
    });
    worker.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
    let post = Post {
        worker,
        next: 0,
        waiting: BTreeMap::new(),
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
    let Some(form) = posted::form(ask) else {
        return;
    };
    POST.with_borrow(|post| {
        if let Some(post) = post {
            // Bytes can always be posted.
            let _ = post.worker.post_message(&form);
        }
    });
}

/// Wishes something, and waits for how it ends.
pub(super) async fn wish(wish: Wish) -> Result<Done, Trouble> {
    let (sender, ended) = oneshot::channel();
    let number = POST.with_borrow_mut(|post| {
        let post = post.as_mut()?;
        post.next += 1;
        post.waiting.insert(post.next, sender);
        Some(post.next)
    });
    if let Some(number) = number {
        ask(&Ask::Wish(number, wish));
    }
    let stopped = || Err(words::trouble(ErrorCode::StoreFailed));
    ended.map(|ended| ended.unwrap_or_else(|_| stopped())).await
}

/// Passes on how a wish ended.
pub(super) fn done(number: u64, done: Result<Done, Trouble>) {
    let waiting = POST.with_borrow_mut(|post| post.as_mut()?.waiting.remove(&number));
    if let Some(waiting) = waiting {
        // Whoever wished may be gone.
        let _ = waiting.send(done);
    }
}
