//! `send_message`.

use std::future::Future;

use protocol::{
    error::ErrorCode,
    events::SendMessage,
    ids::ClientId,
    limits::{
        ENCRYPTED_CONTENT_CHARS, HISTORY_KEY_BYTES, IV_CHARS, KEY_BYTES, SHARED_KEY_ID_CHARS,
    },
    log::{Key, Message},
    rest::Receipt,
};

use super::event::{self, Ack, Begun, Caller, Entered};
use crate::{
    app::App,
    failure::Refusal,
    push::Line,
    store::{
        Store as _,
        log::{Author, MessagePost},
    },
};

/// Longest `message_hash` as text: 64 hex digits, or what a relay room's clients agreed on.
const HASH_CHARS: usize = 128;

/// The body runs in the order of the events, the future that it returns is spawned.
pub(super) fn send_message(
    caller: Caller,
    ack: Ack,
    entered: Entered<SendMessage>,
) -> impl Future<Output = ()> + Send + 'static {
    let begun = entered.and_then(|(request, place)| {
        let post = post(&caller.app, &caller.line, request)?;
        let app = caller.app.clone();
        Ok((
            place,
            Begun::new(async move { app.store.append_message(post).await }),
        ))
    });
    async move {
        let (result, place): (Result<Receipt, Refusal>, _) = match begun {
            Ok((place, begun)) => (begun.finish().await.map_err(Refusal::from), Some(place)),
            Err(refusal) => (Err(refusal), None),
        };
        event::answer(&caller, ack, &result, place);
        event::touch(&caller).await;
    }
}

fn post(app: &App, line: &Line, request: SendMessage) -> Result<MessagePost, Refusal> {
    let caller = &line.caller;
    if caller.device.is_none() && !caller.classic {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    check(&request.message)?;
    let counted = app.windows.messages.count(caller.account, app.clock.now());
    counted.map_err(Refusal::rate_limited)?;
    let author = Author {
        account: caller.account,
        device: caller.device,
    };
    let client_id = request
        .client_id
        .ok_or_else(|| ClientId::from_bytes(app.entropy.bytes()));
    let SendMessage {
        room_id,
        handshake_seq,
        message,
        ..
    } = request;
    MessagePost::new(room_id, author, client_id, handshake_seq, message)
        .ok_or(Refusal::of(ErrorCode::ServerError))
}

fn check(message: &Message) -> Result<(), Refusal> {
    let key_fits = match &message.key {
        Key::Mls(bytes) => bytes.len() <= KEY_BYTES,
        Key::Shared(id) => id.len() <= SHARED_KEY_ID_CHARS,
    };
    let fits = key_fits
        && message.encrypted_content.len() <= ENCRYPTED_CONTENT_CHARS
        && message.iv.len() <= IV_CHARS
        && message.message_hash.len() <= HASH_CHARS
        && message
            .history_key
            .as_ref()
            .is_none_or(|key| key.len() <= HISTORY_KEY_BYTES);
    if fits {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::TooLarge))
    }
}
