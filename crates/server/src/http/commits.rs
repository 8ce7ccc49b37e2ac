//! `POST /api/rooms/{room_id}/commits`: a commit with everything that belongs to it.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    limits::{
        COMMIT_BYTES, COMMIT_REQUEST_BYTES, LARGE_SIDE_FILE_BYTES, MAILS_PER_COMMIT,
        SIDE_FILE_BYTES,
    },
    log::{Body as EntryBody, Commit},
    rest::{CommitRequest, MailBody, Receipt, RosterWrite},
};

use super::{
    answer::Answer, body::Body, caller::OnDevice, check, enter::shown as shown_link, path::RoomPath,
};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{
        Store as _,
        log::{CommitPost, Poster, PreparedBody},
    },
};

/// Appends a commit.
pub(super) async fn commit(
    State(app): State<Shared>,
    caller: OnDevice,
    RoomPath(room): RoomPath,
    Body(mut request): Body<CommitRequest, COMMIT_REQUEST_BYTES>,
) -> Answer<Receipt> {
    check_sizes(&request)?;
    let counted = app.windows.commits.count(caller.account, app.clock.now());
    counted.map_err(Refusal::rate_limited)?;
    let shown = request.link.take();
    let shown = shown
        .map(|link| shown_link(&app, caller, &link))
        .transpose()?;
    let commit = std::mem::take(&mut request.commit);
    let body = EntryBody::Commit(Commit {
        commit,
        effects: request.effects.clone(),
        with_tree: request.tree.is_some(),
    });
    let body = PreparedBody::new(body).ok_or(Refusal::of(ErrorCode::ServerError))?;
    let poster = Poster {
        account: caller.account,
        device: caller.device,
    };
    let receipt = app
        .store
        .append_commit(CommitPost {
            room,
            poster,
            request,
            shown,
            body,
        })
        .await?;
    Ok(Json(receipt))
}

fn check_sizes(request: &CommitRequest) -> Result<(), Refusal> {
    check::fits(&request.commit, COMMIT_BYTES)?;
    check::fits(&request.door, SIDE_FILE_BYTES)?;
    check::maybe_fits(request.state.as_ref(), SIDE_FILE_BYTES)?;
    check::maybe_fits(request.chain.as_ref(), SIDE_FILE_BYTES)?;
    check::maybe_fits(request.tree.as_ref(), LARGE_SIDE_FILE_BYTES)?;
    match &request.roster {
        Some(RosterWrite::Append(record)) => check::fits(record, SIDE_FILE_BYTES)?,
        Some(RosterWrite::Replace(log)) => check::fits(log, LARGE_SIDE_FILE_BYTES)?,
        None => {}
    }
    if request.mails.len() > MAILS_PER_COMMIT {
        return Err(Refusal::of(ErrorCode::TooLarge));
    }
    request
        .mails
        .iter()
        .try_for_each(|mail| check_mail(&mail.body))
}

/// With a commit come Welcomes and nothing else.
fn check_mail(body: &MailBody) -> Result<(), Refusal> {
    if !matches!(body, MailBody::Welcome { .. }) {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    check::mail(body)
}
