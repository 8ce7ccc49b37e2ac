//! `admin invites` and `admin invite …`.

use std::{env, path::PathBuf};

use client::{admin::Admin, transport::ServerUrl};
use protocol::{
    error::ErrorCode,
    ids::InviteId,
    rest::{Invite, InviteToken, MakeInvite},
};
use serde_json::json;

use super::{object, print};
use crate::{
    args::{INVITE_FRAGMENT, NewInvite},
    exit::Problem,
    output::{Output, clean_line},
};

pub(super) async fn list(admin: &Admin, output: Output) -> Result<(), Problem> {
    let invites = admin.invites().await?.invites;
    let rows = invites.iter().map(|it| (row(it), object(it))).collect();
    let head = ["number", "uses left", "ends", "made by", "makes", "label"];
    print(output, &head, rows, "There are no invites.")
}

fn row(invite: &Invite) -> Vec<String> {
    let left = invite.uses.saturating_sub(invite.used);
    let ends = invite.expires.map(|time| time.to_string());
    let made_by = invite.made_by.as_ref().map(ToString::to_string);
    let makes = if invite.makes_admin {
        "an administrator"
    } else {
        "an account"
    };
    vec![
        invite.invite_id.to_string(),
        left.to_string(),
        ends.unwrap_or_else(|| "never".to_owned()),
        made_by.unwrap_or_else(|| "the server".to_owned()),
        makes.to_owned(),
        clean_line(&invite.label),
    ]
}

pub(super) async fn make(
    admin: &Admin,
    output: Output,
    url: &ServerUrl,
    new: NewInvite,
) -> Result<(), Problem> {
    let made = admin
        .make_invite(&MakeInvite {
            label: new.label,
            uses: new.uses,
            lasts_ms: new.expires.map(|span| span.millis),
            makes_admin: new.admin,
        })
        .await?;
    let link = format!("{url}/{INVITE_FRAGMENT}{}", made.token.0);
    let (id, token) = (made.invite_id, &made.token.0);
    output.line(&link, || json!({ "id": id, "url": link, "invite": token }))
}

pub(super) async fn end(admin: &Admin, output: Output, invite: InviteId) -> Result<(), Problem> {
    admin.end_invite(invite).await?;
    output.say(&format!("Invite {invite} does not count any more."))
}

/// Without a server: into its data, while it does not run.
pub(super) async fn on_the_machine(
    output: Output,
    data: PathBuf,
    new: &NewInvite,
) -> Result<(), Problem> {
    if new.uses != 1 || new.expires.is_some() || !new.label.is_empty() {
        return Err(Problem::usage(
            "An invite that is made with --data counts once and has no end or label.",
        ));
    }
    let refused = |error: String| Problem::new(ErrorCode::ServerError, error);
    let places = server::data_places(|name| env::var(name).ok(), Some(data));
    let (data, database) = places.map_err(|error| Problem::usage(error.to_string()))?;
    let InviteToken(token) = server::admin_invite(&data, &database)
        .await
        .map_err(|error| refused(format!("No invite was made: {error}.")))?;
    let text = format!(
        "Start the server. Whoever registers by this invite administrates it; it counts once:\n\n    secure-chat register --server URL --user NAME --invite {token}\n"
    );
    output.line(&text, || json!({ "invite": token }))
}
