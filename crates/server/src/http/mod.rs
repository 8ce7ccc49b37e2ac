//! HTTP: one file per operation, one readable list of routes.

mod accounts;
mod admin;
mod answer;
mod api_tokens;
mod blobs;
mod body;
mod caller;
mod check;
mod classic;
mod commits;
mod cors;
mod deletion;
mod devices;
mod docs;
mod enter;
mod entries;
#[cfg(feature = "fuzzing-for-tests")]
pub(crate) mod fuzzing;
mod health;
mod home;
mod key_packages;
mod links;
mod login;
mod logout;
mod mail;
mod mailbox;
mod meetings;
mod members;
mod octets;
mod outer;
mod passkeys;
mod password;
mod path;
mod proof;
mod proposals;
mod readmissions;
mod recovery;
mod register;
mod reset;
mod revoke;
mod rooms;
mod scopes;
mod second_factor;
mod server_info;
mod sessions;
mod side;
mod ticket;
mod token;
mod vault;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{delete, get, post, put},
};

pub(crate) use sessions::cut as cut_sessions;

use crate::{
    app::Shared,
    config::Origin,
    socket::direct::{self, Direct},
};

/// All routes, with what surrounds every answer; `direct` and `library` answer `/socket.io/`.
pub(crate) fn router(
    app: &Shared,
    direct: &Arc<Direct>,
    library: socketioxide::layer::SocketIoLayer,
    origins: &[Origin],
) -> Router {
    let inner = routes()
        .merge(docs::routes())
        .fallback(outer::not_found)
        .method_not_allowed_fallback(outer::method_not_allowed)
        .with_state(app.clone())
        .layer(library)
        .layer(middleware::from_fn_with_state(
            direct.clone(),
            direct::or_next,
        ));
    let inner = match cors::layer(origins) {
        Some(cors) => inner.layer(cors),
        None => inner,
    };
    surrounded(inner, app)
}

/// Routes, with what surrounds every answer.
pub(crate) fn surrounded(routes: Router, app: &Shared) -> Router {
    routes.layer(middleware::from_fn_with_state(app.clone(), outer::surround))
}

fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(home::page))
        .route("/join", get(home::page))
        .route("/link", get(home::page))
        .route("/assets/{name}", get(home::asset))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/register", post(register::register))
        .route("/login", post(login::login))
        .route("/login/ticket", post(ticket::log_in))
        .route("/logout", post(logout::logout))
        .route(
            "/api/sessions",
            get(sessions::list).delete(sessions::end_others),
        )
        .route("/api/sessions/{id}", delete(sessions::end))
        .route(
            "/api/second_factor",
            get(second_factor::read).post(second_factor::enrol),
        )
        .route("/api/second_factor/remove", post(second_factor::remove))
        .route(
            "/api/second_factor/backup_codes",
            post(second_factor::backup_codes),
        )
        .route("/api/server", get(server_info::server_info))
        .route("/api/devices", get(devices::list).post(devices::add))
        .route("/api/devices/ticket", post(ticket::draw))
        .route("/api/devices/revoke", post(revoke::revoke))
        .route("/api/accounts/{who}", get(accounts::find))
        .route("/api/password", post(password::change))
        .route("/api/recovery", get(recovery::read).put(recovery::replace))
        .route(
            "/api/accounts/{who}/key_packages",
            post(key_packages::claim),
        )
        .route(
            "/api/key_packages",
            get(key_packages::count).post(key_packages::upload),
        )
        .route("/api/mail", post(mail::send))
        .route("/api/mailbox", get(mailbox::read))
        .route("/api/mailbox/ack", post(mailbox::ack))
        .route("/api/vault", get(vault::list).put(vault::write))
        .route("/api/vault/item", get(vault::item))
        .route(
            "/api/rooms/{room_id}/side",
            get(side::read).put(side::repair),
        )
        .route("/api/rooms/{room_id}/links", get(links::list))
        .route(
            "/api/rooms/{room_id}/links/{link_id}",
            put(links::put).delete(links::delete),
        )
        .route(
            "/api/rooms/{room_id}/blobs/{blob_id}",
            put(blobs::open).get(blobs::state).delete(blobs::delete),
        )
        .route(
            "/api/rooms/{room_id}/blobs/{blob_id}/chunks/{index}",
            put(blobs::put_chunk).get(blobs::chunk),
        )
        .route(
            "/api/rooms/{room_id}/readmission",
            put(readmissions::ask).delete(readmissions::drop),
        )
        .route("/api/rooms/{room_id}/readmissions", get(readmissions::list))
        .route("/api/rooms/{room_id}/commits", post(commits::commit))
        .route("/api/rooms/{room_id}/proposals", post(proposals::propose))
        .route("/api/rooms/{room_id}/entries/{seq}", get(entries::read))
        .route(
            "/api/rooms/{room_id}/entries/{seq}/attestation",
            get(entries::attest),
        )
        .merge(rooms())
        .merge(account_routes())
        .merge(beside())
        .merge(meetings::routes())
        .merge(admin::routes())
}

/// Rooms, and the ways in and out.
fn rooms() -> Router<Shared> {
    Router::new()
        .route("/api/rooms/{room_id}/enter", post(enter::enter))
        .route("/api/rooms/{room_id}/handshakes", post(enter::follow))
        .route("/api/rooms", get(rooms::list).post(rooms::create))
        .route("/api/rooms/{room_id}/members", get(members::list))
        .route("/api/rooms/{room_id}/leave", post(rooms::leave))
}

/// Passkeys, and tokens beside the session's own.
fn beside() -> Router<Shared> {
    Router::new()
        .route("/api/passkeys", get(passkeys::list).post(passkeys::make))
        .route("/api/passkeys/remove", post(passkeys::remove))
        .route("/api/passkeys/ask", post(passkeys::ask))
        .route("/api/passkeys/code", post(passkeys::code))
        .route("/api/token", post(token::begin))
        .route("/api/token/refresh", post(token::refresh))
        .route("/api/tokens", get(api_tokens::list).post(api_tokens::make))
        .route("/api/tokens/{token_id}", delete(api_tokens::end))
}

/// An account that is reset, or ends.
fn account_routes() -> Router<Shared> {
    Router::new()
        .route("/api/account/delete", post(deletion::delete))
        .route(
            "/api/reset",
            get(reset::read)
                .put(reset::ask)
                .delete(reset::cancel)
                .post(reset::finish),
        )
}
