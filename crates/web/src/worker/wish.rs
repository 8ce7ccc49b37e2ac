//! A wish becomes a command of the engine, and its outcome words.

use client::{
    Client,
    engine::{
        Engine,
        api::{Command, Content, Failure, LinkPreview, LinkText, Outcome, Password},
    },
};
use protocol::{error::ErrorCode, names::UserName};

use crate::{
    wire::{Done, Preview, Trouble, Wish},
    words,
};

/// Grants a wish, or says why not.
pub(super) async fn grant(client: &Client<Engine>, wish: Wish) -> Result<Done, Trouble> {
    let command = command(wish)?;
    let outcome = client.command(command).await.map_err(|why| refused(&why))?;
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

fn command(wish: Wish) -> Result<Command, Trouble> {
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
        },
        Wish::Send { room, text } => Command::Send {
            room,
            content: Content::Text(text),
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
