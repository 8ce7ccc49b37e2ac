//! The account's second factor: `GET /api/second_factor`, its enrolment, its end, and new backup codes.

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use protocol::{
    error::ErrorCode,
    rest::{
        BackupCodes, EnrolFinish, EnrolStart, EnrolStarted, Enrolled, SecondFactor,
        SecondFactorKind, Session, StepUp,
    },
};
use serde_json::value::RawValue;

use super::{
    answer::Answer,
    body::{Body, parse, which},
    login::{cookie, opened},
    proof,
};
use crate::{
    app::{App, Shared},
    failure::Refusal,
    second_factor::{self, Enrolling, SecondFactors},
    session::{Caller, Token},
    store::{
        Store as _,
        credentials::Proven,
        second_factor::{Enrol, SecondFactorRow, TokenTurn},
    },
};

/// What the account has.
pub(super) async fn read(State(app): State<Shared>, caller: Caller) -> Answer<SecondFactor> {
    let kept = app.store.second_factor(caller.account).await?;
    Ok(Json(kept.map_or_else(
        || SecondFactor {
            kinds: Vec::new(),
            backup_codes_left: 0,
        },
        |kept| SecondFactor {
            kinds: kinds(&kept),
            backup_codes_left: kept.backup_codes_left,
        },
    )))
}

/// What would do as a second factor.
pub(super) fn kinds(kept: &SecondFactorRow) -> Vec<SecondFactorKind> {
    let mut kinds = vec![SecondFactorKind::Totp];
    if kept.backup_codes_left > 0 {
        kinds.push(SecondFactorKind::BackupCode);
    }
    if kept.passkeys > 0 {
        kinds.push(SecondFactorKind::Passkey);
    }
    kinds
}

/// Either leg of an enrolment.
pub(super) async fn enrol(
    State(app): State<Shared>,
    caller: Caller,
    Body(body): Body<Box<RawValue>>,
) -> Result<Response, Refusal> {
    match which(&body, ["proof", "code"])? {
        "proof" => start(&app, &caller, &parse(body.get().as_bytes())?)
            .await
            .map(|it| Json(it).into_response()),
        _ => finish(&app, caller, &parse(body.get().as_bytes())?)
            .await
            .map(IntoResponse::into_response),
    }
}

async fn start(app: &App, caller: &Caller, request: &EnrolStart) -> Result<EnrolStarted, Refusal> {
    let proven = proof::by_password(app, caller.account, &request.proof)?;
    // Only now: what the account has is for whoever has its password.
    if app.store.second_factor(caller.account).await?.is_some() {
        return Err(Refusal::of(ErrorCode::SecondFactorExists));
    }
    let (seed, sealed) = app.second_factors.draw_seed(caller.account, &app.entropy)?;
    let answer = EnrolStarted {
        seed: seed.as_slice().into(),
    };
    let enrolling = Enrolling {
        proven,
        seed,
        sealed,
    };
    let now = app.clock.now();
    app.second_factors
        .enrolments
        .keep(caller.token, enrolling, now);
    Ok(answer)
}

async fn finish(
    app: &App,
    caller: Caller,
    request: &EnrolFinish,
) -> Result<(HeaderMap, Json<Enrolled>), Refusal> {
    let (factors, now) = (&app.second_factors, app.clock.now());
    let enrolling = factors
        .enrolments
        .look(caller.token, now)
        .ok_or(Refusal::of(ErrorCode::NoSecondFactor))?;
    let step = SecondFactors::step(&enrolling.seed, &request.code, now);
    let step = step.ok_or(Refusal::of(ErrorCode::CodeWrong))?;
    let (backup_codes, hashes) = factors.draw_backup_codes(caller.account, &app.entropy)?;
    let token = Token::draw(&app.entropy);
    app.store
        .enrol(Enrol {
            account: caller.account,
            proven: enrolling.proven,
            seed: enrolling.sealed,
            step,
            backup_codes: hashes,
            turn: turn(&caller, &token),
        })
        .await?;
    factors.enrolments.take(caller.token, now);
    let (headers, Json(session)) = turned(app, caller, &token);
    Ok((
        headers,
        Json(Enrolled {
            backup_codes,
            session,
        }),
    ))
}

/// Takes the second factor away.
pub(super) async fn remove(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<StepUp>,
) -> Result<(HeaderMap, Json<Session>), Refusal> {
    let proven = password_and_code(&app, &caller, &request).await?;
    let token = Token::draw(&app.entropy);
    app.store
        .remove_second_factor(caller.account, proven, turn(&caller, &token))
        .await?;
    Ok(turned(&app, caller, &token))
}

/// Draws new backup codes.
pub(super) async fn backup_codes(
    State(app): State<Shared>,
    caller: Caller,
    Body(request): Body<StepUp>,
) -> Answer<BackupCodes> {
    let proven = password_and_code(&app, &caller, &request).await?;
    let (backup_codes, hashes) = app
        .second_factors
        .draw_backup_codes(caller.account, &app.entropy)?;
    app.store
        .replace_backup_codes(caller.account, proven, hashes)
        .await?;
    Ok(Json(BackupCodes { backup_codes }))
}

/// The password, and then a code: for the second factor itself a session that has just shown one does not do.
pub(super) async fn password_and_code(
    app: &App,
    caller: &Caller,
    shown: &StepUp,
) -> Result<Proven, Refusal> {
    let proven = proof::by_password(app, caller.account, &shown.proof)?;
    second_factor::check(app, caller.account, &shown.code).await?;
    Ok(proven)
}

fn turn(caller: &Caller, token: &Token) -> TokenTurn {
    TokenTurn {
        old: caller.token,
        new: token.hash(),
    }
}

/// The session under its new token, and no socket under the old one.
fn turned(app: &App, caller: Caller, token: &Token) -> (HeaderMap, Json<Session>) {
    let body = Refusal::of(ErrorCode::SessionExpired).body(app.clock.now());
    app.hub.turn_session(caller.token, &body);
    let caller = Caller {
        token: token.hash(),
        ..caller
    };
    (cookie(app, token), Json(opened(app, &caller, token)))
}
