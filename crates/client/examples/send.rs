//! Says something in a room, by the room's name, from a home that `secure-chat` or `echo_bot` has made.
//!
//! ```sh
//! SECURE_CHAT_STORE_PASSPHRASE='words for the disk' \
//!     cargo run --package client --example send -- ./echo-home "The garden" "Hello"
//! ```

use std::{env, error::Error, path::Path};

use client::{
    engine::{
        Engine,
        api::{Command, Content},
    },
    native::{self, Home, Unlock},
};
use tokio::task::LocalSet;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [home, room, text] = arguments.as_slice() else {
        return Err("usage: send HOME ROOM TEXT".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    LocalSet::new().block_on(&runtime, send(home.as_ref(), room, text))
}

async fn send(home: &Path, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    let home = Home::take(home)?;
    let server = home.server()?.ok_or("this home belongs to no server yet")?;
    let mut unlock = Unlock {
        insecure: false,
        passphrase: Some(env::var("SECURE_CHAT_STORE_PASSPHRASE")?.into()),
        keyring: true,
        ask: &mut |_| None,
    };
    let client = native::open(&home, &server, &mut unlock).await?;
    client.command(Command::Sync).await?;
    let rooms = client.read(Engine::rooms).await?;
    let found = rooms.iter().find(|room| room.name.as_deref() == Some(name));
    let command = Command::Send {
        room: found.ok_or("no room has that name")?.room,
        content: Content::Text(text.to_owned()),
        ticket: None,
    };
    client.command(command).await?;
    // It is durable by now, and goes out by itself; whoever ends earlier sends it at the next start.
    client.idle().await;
    client.close().await;
    Ok(())
}
