//! Passkeys: listed, made and taken away by their owner; and asked for, in place of a code.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use protocol::{
    bytes::Bytes,
    error::ErrorCode,
    ids::AccountId,
    limits::{PASSKEY_BYTES, PASSKEY_NAME_MAX},
    rest::{
        AskPasskey, Passkey, PasskeyAsked, PasskeyCode, PasskeyMade, PasskeyShown, Passkeys,
        RemovePasskey, StepUp,
    },
    time::Timestamp,
};
use serde_json::value::RawValue;

use super::{
    answer::Answer,
    body::{Body, parse, which},
    second_factor::password_and_code,
    sessions::DAY,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    passkey::{self, Challenge, Making, NotShown, PublicKey},
    session::Caller,
    store::passkey::{NewPasskey, PasskeyRow, PasskeyStore as _, PasskeyUse, Used},
};

impl From<NotShown> for Refusal {
    fn from(NotShown: NotShown) -> Self {
        Self::of(ErrorCode::PasskeyRefused)
    }
}

/// `GET /api/passkeys`.
pub(super) async fn list(State(app): State<Shared>, caller: Caller) -> Answer<Passkeys> {
    listed(&app, caller.account).await
}

async fn listed(app: &App, account: AccountId) -> Answer<Passkeys> {
    let rows = app.store.passkeys(account).await?;
    let day = |time: Timestamp| Timestamp::from_millis(time.millis() - time.millis() % DAY);
    let passkeys = rows.into_iter().map(|row| Passkey {
        passkey_id: passkey::id_of(&row.credential),
        name: row.name,
        created: row.made_at,
        last_used: row.used_at.map(day),
        cloned: row.cloned_at,
    });
    Ok(Json(Passkeys {
        passkeys: passkeys.collect(),
    }))
}

/// `POST /api/passkeys`: either leg.
pub(super) async fn make(
    State(app): State<Shared>,
    caller: Caller,
    Body(body): Body<Box<RawValue>>,
) -> Result<Response, Refusal> {
    let bytes = body.get().as_bytes();
    match which(&body, ["proof", "attestation"])? {
        "proof" => start(&app, &caller, &parse(bytes)?)
            .await
            .map(|it| Json(it).into_response()),
        _ => finish(&app, &caller, parse(bytes)?)
            .await
            .map(|it| it.into_response()),
    }
}

/// Password and code, as for whatever else concerns the second factor.
async fn start(app: &App, caller: &Caller, request: &StepUp) -> Result<PasskeyAsked, Refusal> {
    let proven = password_and_code(app, caller, request).await?;
    let challenge: Challenge = app.entropy.bytes();
    let making = Making {
        token: caller.token,
        proven,
    };
    let rows = app.store.passkeys(caller.account).await?;
    let now = app.clock.now();
    app.passkeys.making.keep(challenge, making, now);
    Ok(asked(app, challenge, &rows))
}

fn asked(app: &App, challenge: Challenge, rows: &[PasskeyRow]) -> PasskeyAsked {
    let id = |row: &PasskeyRow| Bytes::from(row.credential.as_slice());
    PasskeyAsked {
        challenge: challenge.as_slice().into(),
        rp_id: app.public_url.host().to_owned(),
        credentials: rows.iter().map(id).collect(),
    }
}

async fn finish(app: &App, caller: &Caller, made: PasskeyMade) -> Answer<Passkeys> {
    fits(&[&made.client_data, &made.attestation])?;
    if made.name.len() > PASSKEY_NAME_MAX {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    if made.name.trim().is_empty() || made.name.chars().any(char::is_control) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    let challenge = passkey::challenge_of(made.client_data.as_slice())?;
    let making = app.passkeys.making.take(challenge, app.clock.now());
    let making = making.filter(|making| making.token == caller.token);
    let making = making.ok_or(NotShown)?;
    let new = passkey::made(&made, &app.public_url)?;
    app.store
        .keep_passkey(NewPasskey {
            account: caller.account,
            proven: making.proven,
            credential: new.credential,
            key: new.key.to_stored(),
            counter: new.counter,
            name: made.name,
        })
        .await?;
    listed(app, caller.account).await
}

/// `POST /api/passkeys/remove`.
pub(super) async fn remove(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<RemovePasskey>,
) -> Answer<Passkeys> {
    let RemovePasskey {
        passkey_id,
        proof,
        code,
    } = request;
    let proven = password_and_code(&app, &caller, &StepUp { proof, code }).await?;
    let rows = app.store.passkeys(caller.account).await?;
    let row = rows
        .into_iter()
        .find(|row| passkey::id_of(&row.credential) == passkey_id);
    let row = row.ok_or(Refusal::of(ErrorCode::NotFound))?;
    app.store
        .remove_passkey(caller.account, proven, row.credential)
        .await?;
    listed(&app, caller.account).await
}

/// `POST /api/passkeys/ask`: of whoever has shown what opens the account, or is in it.
pub(super) async fn ask(
    State(app): State<Shared>,
    caller: Result<Caller, Refusal>,
    Body(request): Body<AskPasskey>,
) -> Answer<PasskeyAsked> {
    let now = app.clock.now();
    let account = match request.login_id {
        Some(id) => {
            let shown = app.second_factors.logins.look(id, now);
            shown.ok_or(Refusal::of(ErrorCode::LoginFailed))?.account
        }
        None => caller?.account,
    };
    let mut rows = app.store.passkeys(account).await?;
    rows.retain(|row| row.cloned_at.is_none());
    if rows.is_empty() {
        return Err(NotShown.into());
    }
    let challenge: Challenge = app.entropy.bytes();
    app.passkeys.asked.keep(challenge, account, now);
    Ok(Json(asked(&app, challenge, &rows)))
}

/// `POST /api/passkeys/code`: what an authenticator shows becomes a code, which alone opens nothing.
pub(super) async fn code(
    State(app): State<Shared>,
    Body(shown): Body<PasskeyShown>,
) -> Answer<PasskeyCode> {
    let PasskeyShown {
        credential,
        client_data,
        authenticator_data,
        signature,
    } = &shown;
    fits(&[credential, client_data, authenticator_data, signature])?;
    let challenge = passkey::challenge_of(client_data.as_slice())?;
    // Taken before anything else is looked at: a challenge has one answer.
    let account = app.passkeys.asked.take(challenge, app.clock.now());
    let account = account.ok_or(NotShown)?;
    let rows = app.store.passkeys(account).await?;
    let row = rows
        .iter()
        .find(|row| row.credential == credential.as_slice());
    let row = row.ok_or(NotShown)?;
    let key = PublicKey::stored(&row.key)?;
    let counter = passkey::shown(&shown, &key, &app.public_url)?;
    let used = PasskeyUse {
        account,
        credential: row.credential.clone(),
        counter,
    };
    match app.store.use_passkey(used).await? {
        Used::Taken => {
            let now = app.clock.now();
            let code = app.passkeys.code(account, &app.entropy, now);
            Ok(Json(PasskeyCode { code }))
        }
        Used::Gone => Err(NotShown.into()),
        Used::Cloned => {
            tracing::warn!("the counter of a passkey went back: it counts no more");
            Err(NotShown.into())
        }
    }
}

fn fits(parts: &[&Bytes]) -> Result<(), Refusal> {
    if parts.iter().all(|part| part.len() <= PASSKEY_BYTES) {
        Ok(())
    } else {
        Err(Refusal::of(ErrorCode::TooLarge))
    }
}
