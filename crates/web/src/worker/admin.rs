//! The administration of the server, as lists of things and what can be done to them.

use client::{
    Client,
    admin::{Admin, canary, words as told},
    engine::{Engine, api::Failure},
    transport::ServerUrl,
};
use protocol::{
    error::ErrorCode,
    rest::{
        Act as What, AdminRoom, AdminUser, AuditEntry, Encryption, Invite, Limit, MakeInvite,
        Storage, StoredColumn,
    },
};

use super::{answers, wish::refused};
use crate::{
    page::times,
    wire::{Act, AdminWish, Done, Thing, Things, Trouble, Wish},
    words::{one_line, size, trouble},
};

/// The server notes the day, by Greenwich: its noon is on the same day nearly everywhere.
const HALF_DAY: u64 = 12 * 60 * 60 * 1_000;
const DAY: u64 = 2 * HALF_DAY;

/// Grants a wish, or says why not.
pub(super) async fn grant(
    client: &Client<Engine>,
    origin: &str,
    wish: AdminWish,
) -> Result<Done, Trouble> {
    let admin = way(client, origin).await?;
    let done = ask(client, &admin, wish).await;
    done.map_err(|why| match why.code {
        // Where something was found that should not be there.
        ErrorCode::ServerError => Trouble {
            code: why.code,
            sentence: why.sentence,
        },
        _ => refused(&why),
    })
}

/// The way to the server's administration.
pub(super) async fn way(client: &Client<Engine>, origin: &str) -> Result<Admin, Trouble> {
    let Done::Token(token) = answers::token(client).await? else {
        return Err(trouble(ErrorCode::NotLoggedIn));
    };
    let url = ServerUrl::of_page(origin).map_err(|_| trouble(ErrorCode::ServerGone))?;
    Admin::new(url, token).map_err(|why| refused(&why))
}

async fn ask(client: &Client<Engine>, admin: &Admin, wish: AdminWish) -> Result<Done, Failure> {
    Ok(match wish {
        AdminWish::Standing => Done::Is(admin.standing().await?.administrator),
        AdminWish::Users(after) => {
            let page = admin.users(after.as_ref()).await?;
            let last = page.users.last().filter(|_| page.more);
            let next = last.map(|last| AdminWish::Users(Some(last.username.clone())));
            list(page.users.iter().map(user).collect(), "", next)
        }
        AdminWish::Act(account, act) => {
            admin.act(account, act).await?;
            Done::Yes
        }
        AdminWish::Invites => {
            let page = admin.invites().await?;
            list(
                page.invites.iter().map(invite).collect(),
                "There are no invites.",
                None,
            )
        }
        AdminWish::MakeInvite {
            label,
            uses,
            days,
            makes_admin,
        } => make_invite(admin, label, (&uses, &days), makes_admin).await?,
        AdminWish::EndInvite(invite) => {
            admin.end_invite(invite).await?;
            Done::Yes
        }
        AdminWish::Rooms(after) => {
            let page = admin.rooms(after).await?;
            let last = page.rooms.last().filter(|_| page.more);
            let next = last.map(|last| AdminWish::Rooms(Some(last.room_id)));
            list(
                page.rooms.iter().map(room).collect(),
                "There are no rooms yet.",
                next,
            )
        }
        AdminWish::Storage => list(stored(&admin.storage().await?), "", None),
        AdminWish::Limits => list(
            admin.limits().await?.limits.iter().map(limit).collect(),
            "",
            None,
        ),
        AdminWish::Audit(before) => {
            let page = admin.audit(before).await?;
            let last = page.acts.last().filter(|_| page.more);
            let next = last.map(|last| AdminWish::Audit(Some(last.id)));
            list(
                page.acts.iter().map(entry).collect(),
                "Nobody has done anything yet.",
                next,
            )
        }
        AdminWish::Sees => {
            let sees = admin.sees().await?;
            Done::Things(Things {
                things: sees.columns.iter().map(column).collect(),
                notes: sees.elsewhere,
                ..Things::default()
            })
        }
        AdminWish::Check => {
            let report = canary::check(client, admin).await?;
            let bytes = report.places.iter().map(|place| place.bytes).sum();
            let places: Vec<&str> = report.places.iter().map(|it| it.place.as_str()).collect();
            Done::Said(format!(
                "A name, a topic and a message were sealed just now, and searched for in {} of this server's {}. {}",
                size(bytes),
                places.join(", "),
                canary::judge(&report)?
            ))
        }
    })
}

fn list(things: Vec<Thing>, none: &str, next: Option<AdminWish>) -> Done {
    Done::Things(Things {
        things,
        none: none.to_owned(),
        more: next.map(|wish| Box::new(Wish::Admin(wish))),
        ..Things::default()
    })
}

fn user(user: &AdminUser) -> Thing {
    let seen = user.last_seen.map_or_else(
        || "not logged in".to_owned(),
        |day| format!("last seen {}", times::calendar(day.millis() + HALF_DAY)),
    );
    let devices = match user.devices {
        1 => "1 device".to_owned(),
        count => format!("{count} devices"),
    };
    Thing {
        name: user.username.to_string(),
        about: format!(
            "Registered {}, {seen}, {devices}",
            times::calendar(user.created.millis())
        ),
        remark: told::marks(user),
        acts: acts(user),
    }
}

/// What can be done to an account as it is.
fn acts(user: &AdminUser) -> Vec<Act> {
    if user.freed {
        return Vec::new();
    }
    let name = &user.username;
    let out = format!(
        "{name} is signed out everywhere, and can't log in before you enable the account again. Rooms keep what was said."
    );
    let back = format!("{name} can log in again.");
    let end = format!("{name} is signed out everywhere, and can log in again.");
    let free = format!(
        "{name} is signed out for good, and somebody else can take the name: another person to everybody. The rooms go on without. There is no way back."
    );
    let grant = format!("{name} lets people in and puts them out, as you do. It opens no room.");
    let withdraw = format!("{name} goes on with an ordinary account.");
    let able = if user.disabled {
        (What::Enable, "Enable", back, format!("Enable {name}"))
    } else {
        (What::Disable, "Disable", out, format!("Disable {name}"))
    };
    let ends = (
        What::EndSessions,
        "End sessions",
        end,
        format!("Sign {name} out"),
    );
    let frees = (
        What::FreeName,
        "Free the name",
        free,
        format!("Free the name {name}"),
    );
    let rank = if user.administrator {
        (
            What::Withdraw,
            "Make ordinary",
            withdraw,
            format!("Make {name} ordinary"),
        )
    } else {
        (
            What::Grant,
            "Make administrator",
            grant,
            format!("Make {name} an administrator"),
        )
    };
    let all = [able, ends, frees, rank].into_iter();
    all.map(|(act, label, text, yes)| Act {
        label: label.to_owned(),
        text,
        yes,
        loss: !matches!(act, What::Enable | What::Grant),
        said: told::done(act, name.as_str()),
        wish: Wish::Admin(AdminWish::Act(user.account_id, act)),
    })
    .collect()
}

fn invite(invite: &Invite) -> Thing {
    let ends = invite.expires.map_or_else(
        || "has no end".to_owned(),
        |at| format!("ends {}", times::moment(at.millis())),
    );
    let maker = invite.made_by.as_ref().map(ToString::to_string);
    let end = Act {
        label: "Take back".to_owned(),
        text: "Nobody makes an account by it any more. Accounts that it made stay.".to_owned(),
        yes: "Take it back".to_owned(),
        loss: true,
        said: "That invite does not count any more.".to_owned(),
        wish: Wish::Admin(AdminWish::EndInvite(invite.invite_id)),
    };
    let label = one_line(&invite.label);
    Thing {
        name: if label.is_empty() {
            format!("Invite {}", invite.invite_id)
        } else {
            label
        },
        about: format!(
            "Made by {}, {} of {} used, {ends}",
            maker.unwrap_or_else(|| "the server".to_owned()),
            invite.used,
            invite.uses
        ),
        remark: if invite.makes_admin {
            "makes an administrator".to_owned()
        } else {
            String::new()
        },
        acts: vec![end],
    }
}

async fn make_invite(
    admin: &Admin,
    label: String,
    (uses, days): (&str, &str),
    makes_admin: bool,
) -> Result<Done, Failure> {
    let wrong = |sentence: &str| Failure {
        code: ErrorCode::ServerError,
        sentence: sentence.to_owned(),
    };
    let uses = uses.trim().parse().ok().filter(|uses| *uses > 0);
    let days = match days.trim() {
        "" => Some(None),
        days => days
            .parse()
            .ok()
            .filter(|days| (1..=3_650).contains(days))
            .map(Some),
    };
    let uses = uses.ok_or_else(|| wrong("How many accounts is a number from 1."))?;
    let days: Option<u64> =
        days.ok_or_else(|| wrong("How many days is a number from 1 to 3650, or nothing."))?;
    let made = admin
        .make_invite(&MakeInvite {
            label,
            uses,
            lasts_ms: days.map(|days| days * DAY),
            makes_admin,
        })
        .await?;
    Ok(Done::Link(format!("invite={}", made.token.0)))
}

fn room(room: &AdminRoom) -> Thing {
    let kind = match room.encryption {
        Encryption::Mls => "sealed",
        Encryption::SharedKey => "basic",
    };
    Thing {
        name: format!("Room {}", room.room_id),
        about: format!(
            "{kind}, made {}, {} members, {} entries of {}, {} files of {}",
            times::calendar(room.created.millis()),
            room.members,
            room.entries,
            size(room.bytes),
            room.files,
            size(room.file_bytes)
        ),
        ..Thing::default()
    }
}

fn line(name: String, about: String) -> Thing {
    Thing {
        name,
        about,
        ..Thing::default()
    }
}

fn stored(storage: &Storage) -> Vec<Thing> {
    let mut lines = vec![
        line("Database".to_owned(), size(storage.database_bytes)),
        line("Write-ahead log".to_owned(), size(storage.log_bytes)),
        line(
            format!("{} sealed files", storage.files),
            size(storage.file_bytes),
        ),
    ];
    let free = storage.free_bytes;
    lines.extend(free.map(|free| line("Free on the disk".to_owned(), size(free))));
    let tables = storage.tables.iter();
    lines.extend(tables.map(|it| line(format!("Table {}", it.table), size(it.bytes))));
    lines
}

fn limit(limit: &Limit) -> Thing {
    let value = match (limit.value, limit.unit.as_str()) {
        (None, _) => "no limit".to_owned(),
        (Some(value), "bytes") => size(value),
        (Some(value), unit) => format!("{value} {unit}"),
    };
    let by = limit.variable.as_deref();
    let by = by.map_or_else(|| "fixed".to_owned(), |by| format!("set by {by}"));
    line(limit.what.clone(), format!("{value}, {by}"))
}

fn entry(entry: &AuditEntry) -> Thing {
    let actor = entry.actor_name.as_ref().map(ToString::to_string);
    let target = entry.target_name.as_ref().map(ToString::to_string);
    let words = [
        actor.unwrap_or_else(|| "The server".to_owned()),
        told::act(entry.act).to_owned(),
        target.unwrap_or_default(),
    ];
    let words = words.join(" ").trim_end().to_owned();
    let detail = if entry.detail.is_empty() {
        String::new()
    } else {
        format!(", {}", entry.detail)
    };
    line(
        words,
        format!("{}{detail}", times::moment(entry.time.millis())),
    )
}

fn column(column: &StoredColumn) -> Thing {
    Thing {
        name: format!("{}.{}", column.table, column.column),
        about: format!("{}: {}", told::sight(column.sight), column.meaning),
        ..Thing::default()
    }
}
