//! `POST /api/devices/ticket` and `POST /login/ticket`: a device lets another one of its account in.
//!
//! A session that was stolen, or left unlocked, adds no device: it takes the password, and a code where the account has a
//! second factor, even if this session has just shown one.

use axum::{Json, extract::State, response::Response};
use protocol::{
    error::ErrorCode,
    limits::DEVICES_MAX,
    rest::{DeviceTicket, DrawTicket, TicketLogin},
};

use super::{answer::Answer, body::Body, login, meetings::shown, proof};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    listener::Peer,
    meetings::Ticket,
    second_factor::{self, Shown},
    session::{Caller, Token, stands},
    store::Store as _,
    windows::Windows,
};

/// Draws a ticket.
pub(super) async fn draw(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<DrawTicket>,
) -> Answer<DeviceTicket> {
    if caller.device.is_none() {
        return Err(Refusal::of(ErrorCode::DeviceRequired));
    }
    let account = caller.account;
    let shown_of = proof::of_password(&app, account, &request.proof)?;
    // The account has room before a code is used up for it.
    if app.store.devices(account, None).await?.len() >= DEVICES_MAX {
        return Err(Refusal::of(ErrorCode::DeviceLimit));
    }
    if app.store.second_factor(account).await?.is_some() {
        let code = request.code.as_ref();
        let code = code.ok_or(Refusal::of(ErrorCode::SecondFactorRequired))?;
        second_factor::check(&app, account, code).await?;
    }
    let (token, now) = (Token::draw(&app.entropy), app.clock.now());
    let ticket = Ticket {
        shown: shown_of,
        drawn_by: caller.token,
        drawn_at: now,
    };
    app.meetings.tickets.keep(token.hash(), ticket, now);
    Ok(Json(DeviceTicket {
        ticket: shown(&token),
    }))
}

/// Opens a session by a ticket. It counts once, whatever comes of it.
pub(super) async fn log_in(
    State(app): State<Shared>,
    peer: Peer,
    Body(request): Body<TicketLogin>,
) -> Result<Response, Refusal> {
    Windows::of_address(&app.windows.login_addresses, peer, app.clock.now())?;
    let gone = Refusal::of(ErrorCode::NoDeviceWaits);
    let token = Token::shown(&request.ticket.0).ok_or(gone)?;
    let now = app.clock.now();
    let ticket = app.meetings.tickets.take(token.hash(), now).ok_or(gone)?;
    if !counts(&app, &ticket).await? {
        return Err(gone);
    }
    let shown = Shown {
        device: request.device_id,
        ..ticket.shown
    };
    let opened = login::open(&app, shown).await;
    opened.map_err(|refusal| match refusal.code() {
        // The password is another one meanwhile.
        ErrorCode::LoginFailed => gone,
        _ => refusal,
    })
}

/// Whether what the ticket rests on is as it was: the session stands under its token, and no second factor came since, of
/// which nothing was shown. Whether the password is still the same is looked at where the session begins.
async fn counts(app: &App, ticket: &Ticket) -> Result<bool, Refusal> {
    let session = app.store.session(ticket.drawn_by).await?;
    let stands = session.is_some_and(|row| stands(app, &row).is_ok());
    let factor = app.store.second_factor(ticket.shown.account).await?;
    let same = factor.is_none_or(|kept| kept.enrolled_at < ticket.drawn_at);
    Ok(stands && same)
}
