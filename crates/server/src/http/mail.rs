//! `POST /api/mail`: mail without a commit.

use axum::{Json, extract::State};
use protocol::{
    error::ErrorCode,
    ids::AccountId,
    limits::MAIL_REQUEST_BYTES,
    rest::{Empty, MailBody, SendMail},
};

use super::{answer::Answer, body::Body, caller::OnDevice, check};
use crate::{
    app::Shared,
    failure::Refusal,
    store::{Store as _, mail::MailPost},
};

/// Drops it into the mailboxes, all or nothing.
pub(super) async fn send(
    State(app): State<Shared>,
    caller: OnDevice,
    Body(request): Body<SendMail, MAIL_REQUEST_BYTES>,
) -> Answer<Empty> {
    app.windows
        .mails
        .count(caller.account, app.clock.now())
        .map_err(Refusal::rate_limited)?;
    check_mails(&request, caller.account)?;
    app.store
        .send_mail(MailPost {
            sender: caller.account,
            room: request.room_id,
            mails: request.mails,
        })
        .await?;
    Ok(Json(Empty {}))
}

fn check_mails(request: &SendMail, own: AccountId) -> Result<(), Refusal> {
    if request.mails.is_empty() {
        return Err(Refusal::of(ErrorCode::BadRequest));
    }
    check::mail_count(&request.mails)?;
    for mail in &request.mails {
        let goes_here = match mail.body {
            // A Welcome comes with the commit that it is to.
            MailBody::Welcome { .. } => false,
            MailBody::AccountKey { .. } => mail.account_id == own,
            MailBody::HistoryRequest { .. } | MailBody::HistoryKeys { .. } => {
                request.room_id.is_some() || mail.account_id == own
            }
        };
        if !goes_here {
            return Err(Refusal::of(ErrorCode::BadRequest));
        }
        check::mail(&mail.body)?;
    }
    Ok(())
}
