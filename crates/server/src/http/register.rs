//! `POST /register`: an account with its first device, in two legs.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use protocol::{
    error::ErrorCode,
    ids::AccountId,
    limits::ROOT_BOX_BYTES,
    names::UserName,
    rest::{InviteToken, RegisterFinish, RegisterStart, RegisterStarted, Registration},
};
use sha2::{Digest as _, Sha256};

use super::{
    body::{Fields, parse, which},
    check, classic,
    login::opened,
    recovery::code_hash,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    labels,
    listener::Peer,
    session::{Caller, Rights, Token},
    store::{
        Store as _,
        account::NewAccount,
        admin::{AdminStore as _, InviteHash, ShownInvite},
    },
    windows::Windows,
};

const IDENTITY_KEY_BYTES: usize = 32;

/// Either leg, or all of it where the account is a classic one.
pub(super) async fn register(
    State(app): State<Shared>,
    peer: Peer,
    Fields(body): Fields,
) -> Result<Response, Refusal> {
    let bytes = body.get().as_bytes();
    Windows::of_address(&app.windows.registrations, peer, app.clock.now())?;
    match which(&body, ["start", "finish", "password"])? {
        "start" => start(&app, &parse(bytes)?)
            .await
            .map(|it| Json(it).into_response()),
        "finish" => finish(&app, parse(bytes)?).await,
        _ => classic::register(&app, parse(bytes)?).await,
    }
}

async fn start(app: &App, request: &RegisterStart) -> Result<RegisterStarted, Refusal> {
    admitted(app, request.invite.as_ref()).await?;
    free(app, &request.username).await?;
    let response = app
        .opaque
        .register_start(&request.username, request.start.as_slice())?;
    Ok(RegisterStarted {
        response: response.into(),
    })
}

async fn finish(app: &App, request: RegisterFinish) -> Result<Response, Refusal> {
    let invite = admitted(app, request.invite.as_ref()).await?;
    free(app, &request.username).await?;
    check_fields(&request)?;
    let code = code_hash(&request.token_hash)?;
    let name = &request.username;
    let password_file =
        app.opaque
            .register_finish(name, request.finish.as_slice(), &app.entropy)?;
    let token = Token::draw(&app.entropy);
    let caller = Caller {
        account: request.account_id,
        device: Some(request.device.device_id),
        token: token.hash(),
        started: app.clock.now(),
        rights: Rights::Session,
        classic: false,
    };
    app.store
        .register(NewAccount {
            account: request.account_id,
            name: request.username,
            identity_key: request.identity_key.0,
            password_file,
            root_box: request.root_box,
            vault: request.vault,
            device: request.device,
            code,
            token: token.hash(),
            invite,
        })
        .await?;
    let session = opened(app, &caller, &token);
    Ok((super::login::cookie(app, &token), Json(session)).into_response())
}

/// This server takes an account of whoever shows this. An invite that is shown has to count, also where none is needed.
pub(super) async fn admitted(
    app: &App,
    invite: Option<&InviteToken>,
) -> Result<Option<ShownInvite>, Refusal> {
    let closed = app.registration == Registration::Closed;
    let refused = Refusal::of(match (app.registration, invite) {
        (Registration::Open, None) => return Ok(None),
        (Registration::Invite, None) => ErrorCode::InviteRequired,
        (Registration::Closed, _) => ErrorCode::RegistrationClosed,
        (Registration::Open | Registration::Invite, Some(_)) => ErrorCode::InviteInvalid,
    });
    let token = invite.and_then(|invite| Token::shown(&invite.0));
    let shown = ShownInvite {
        hash: InviteHash(token.ok_or(refused)?.hash().0),
        admin_only: closed,
        development: app.development,
    };
    if app.store.invite_counts(shown).await? {
        Ok(Some(shown))
    } else {
        Err(refused)
    }
}

/// The name is free.
pub(super) async fn free(app: &App, name: &UserName) -> Result<(), Refusal> {
    if app.store.account(name).await?.is_some() {
        return Err(Refusal::of(ErrorCode::NameTaken));
    }
    Ok(())
}

fn check_fields(request: &RegisterFinish) -> Result<(), Refusal> {
    let identity = request.identity_key.as_slice();
    if identity.len() != IDENTITY_KEY_BYTES || account_of(identity) != Some(request.account_id) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    check::fits(&request.root_box.by_password, ROOT_BOX_BYTES)?;
    check::fits(&request.root_box.by_code, ROOT_BOX_BYTES)?;
    request.vault.iter().try_for_each(check::vault_put)?;
    check::device(&request.device)
}

/// The account id that belongs to an identity key (PROTOCOL section 2). Clients check it themselves; the server refuses
/// what none of them would believe.
fn account_of(identity: &[u8]) -> Option<AccountId> {
    let hash = Sha256::new()
        .chain_update(labels::ACCOUNT)
        .chain_update(identity)
        .finalize();
    let id = hash.first_chunk::<16>()?;
    Some(AccountId::from_bytes(*id))
}
