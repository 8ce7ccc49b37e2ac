//! A wish becomes a command of the engine, and its outcome words.

use client::{
    Client,
    engine::{
        Engine,
        api::{Command, Content, Failure, LinkPreview, LinkText, Outcome, Password, Ticket},
    },
};
use protocol::{error::ErrorCode, names::UserName};

use crate::{
    channel::Wanted,
    wire::{Done, Preview, Trouble, Wish},
    words,
};

/// Grants a wish, or says why not.
pub(super) async fn grant(client: &Client<Engine>, wanted: Wanted) -> Result<Done, Trouble> {
    let again = if wanted.again {
        repetition(&wanted.wish)
    } else {
        Again::AsEver
    };
    if matches!(again, Again::Unknown) {
        return Err(unknown());
    }
    let command = command(wanted.wish, wanted.ticket)?;
    let outcome = match client.command(command).await {
        Ok(outcome) => outcome,
        Err(why) if matches!(again, Again::DoneIf(code) if code == why.code) => {
            return Ok(Done::Yes);
        }
        Err(why) => return Err(refused(&why)),
    };
    Ok(match outcome {
        Outcome::Registered { recovery_code } => Done::Registered(recovery_code.to_string()),
        Outcome::RoomCreated(room) | Outcome::RoomJoined(room) => Done::Room(room),
        Outcome::LinkCreated { text, .. } => Done::Link(text.expose().to_owned()),
        Outcome::LinkPreview(preview) => Done::Preview(self::preview(client, *preview).await),
        Outcome::LoggedIn { .. }
        | Outcome::Devices(_)
        | Outcome::Links(_)
        | Outcome::Queued(_)
        | Outcome::Done => Done::Yes,
    })
}

/// What to make of a wish that was given to an owner who was gone before it answered.
#[derive(Clone, Copy)]
enum Again {
    /// It comes to the same, or the engine knows its ticket.
    AsEver,
    /// This refusal says that it was done.
    DoneIf(ErrorCode),
    /// A second time would double it.
    Unknown,
}

const fn repetition(wish: &Wish) -> Again {
    match wish {
        Wish::Register { .. } | Wish::MakeLink { .. } => Again::Unknown,
        Wish::LogOut => Again::DoneIf(ErrorCode::NotLoggedIn),
        Wish::Retry { .. } => Again::DoneIf(ErrorCode::NotFound),
        Wish::Invite { .. } => Again::DoneIf(ErrorCode::AlreadyMember),
        Wish::LogIn { .. }
        | Wish::CreateRoom { .. }
        | Wish::Send { .. }
        | Wish::Accept { .. }
        | Wish::Decline { .. }
        | Wish::Preview { .. }
        | Wish::Join { .. } => Again::AsEver,
    }
}

fn unknown() -> Trouble {
    let sentence = "Another tab was closed while it did this, so it is not known whether it was done. Look, and try again \
                    if it was not.";
    Trouble {
        code: ErrorCode::StoreBusy,
        sentence: sentence.to_owned(),
    }
}

fn command(wish: Wish, ticket: Option<Ticket>) -> Result<Command, Trouble> {
    Ok(match wish {
        Wish::Register { user, password } => Command::Register {
            user: name(&user)?,
            password: Password::new(password),
        },
        Wish::LogIn { user, password } => Command::Login {
            user: name(&user)?,
            password: Password::new(password),
        },
        Wish::LogOut => Command::Logout,
        Wish::CreateRoom { name, history } => Command::CreateRoom {
            name,
            topic: String::new(),
            history,
            ticket,
        },
        Wish::Send { room, text } => Command::Send {
            room,
            content: Content::Text(text),
            ticket,
        },
        Wish::Retry { room, item } => Command::Retry { room, item },
        Wish::Invite { room, user } => Command::Invite {
            room,
            user: name(&user)?,
        },
        Wish::MakeLink { room } => Command::CreateLink {
            room,
            label: String::new(),
            lasts_ms: None,
            uses: None,
            spoken: false,
        },
        Wish::Accept { room } => Command::Accept { room },
        Wish::Decline { room } => Command::Decline { room },
        Wish::Preview { link } => Command::PreviewLink {
            link: LinkText::new(link),
        },
        Wish::Join { link } => Command::JoinByLink {
            link: LinkText::new(link),
        },
    })
}

fn name(text: &str) -> Result<UserName, Trouble> {
    UserName::parse(text.trim()).map_err(|_| words::trouble(ErrorCode::NameInvalid))
}

fn refused(why: &Failure) -> Trouble {
    words::trouble(why.code)
}

async fn preview(client: &Client<Engine>, preview: LinkPreview) -> Preview {
    let maker = preview.maker;
    let verified = client.read(move |engine: &Engine| engine.is_verified(maker));
    Preview {
        room: preview.room,
        name: words::one_line(preview.name.as_deref().unwrap_or("A room")),
        topic: words::one_line(&preview.topic),
        maker: words::one_line(&preview.maker_name),
        verified: verified.await.unwrap_or(false),
        members: preview
            .members
            .iter()
            .map(|name| words::one_line(name))
            .collect(),
        history: words::history(preview.history).to_owned(),
        inside: preview.inside,
    }
}
