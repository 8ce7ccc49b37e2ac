//! The socket between client and server: Engine.IO and Socket.IO packets in WebSocket frames, one by one.

use std::{
    collections::BTreeMap,
    io,
    net::{Shutdown, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::{frames::Frame, rules::Rules};

/// Where the client listens.
pub(super) type Ear = Arc<Mutex<TcpStream>>;

/// Which event an acknowledgement answers.
type Asked = Arc<Mutex<BTreeMap<u64, String>>>;

/// An event of Socket.IO with one argument.
pub(super) fn event(name: &str, argument: &str) -> String {
    format!("42[\"{name}\",{argument}]")
}

/// Carries both directions to their end; the upgrade has crossed.
pub(super) fn carry(ear: &Ear, server: &TcpStream, rules: &Arc<Mutex<Rules>>) {
    let client = ear.lock().unwrap().try_clone().unwrap();
    let asked = Asked::default();
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let heard = asked.clone();
    let up = thread::spawn(move || {
        let _ = listen(&mut from, &mut to, &heard);
        let _ = to.shutdown(Shutdown::Both);
    });
    let mut server = server.try_clone().unwrap();
    let _ = speak(&mut server, ear, &asked, rules);
    let _ = client.shutdown(Shutdown::Both);
    let _ = up.join();
}

/// What the client says goes on as it is; which event wants which acknowledgement is noted.
fn listen(from: &mut TcpStream, to: &mut TcpStream, asked: &Asked) -> io::Result<()> {
    loop {
        let frame = Frame::read(from)?;
        if let Some((id, name)) = frame.text().and_then(wanted) {
            asked.lock().unwrap().insert(id, name);
        }
        frame.write(to, true)?;
    }
}

fn speak(from: &mut TcpStream, ear: &Ear, asked: &Asked, rules: &Mutex<Rules>) -> io::Result<()> {
    loop {
        let frame = Frame::read(from)?;
        let told = match frame.text() {
            Some(text) => told(text, asked, &mut rules.lock().unwrap()),
            None => None,
        };
        let mut ear = ear.lock().unwrap();
        match told {
            None => frame.write(&mut *ear, false)?,
            Some(texts) => {
                for text in texts {
                    Frame::of_text(&text).write(&mut *ear, false)?;
                }
            }
        }
    }
}

/// What is told in place of a packet; `None` for one that no rule can be about.
fn told(packet: &str, asked: &Asked, rules: &mut Rules) -> Option<Vec<String>> {
    let (what, (before, argument)) = if let Some(rest) = packet.strip_prefix("43") {
        let (id, array) = numbered(rest)?;
        let what = format!("ack {}", asked.lock().unwrap().get(&id)?);
        let argument = array.strip_prefix('[')?.strip_suffix(']')?;
        (what, (format!("43{id}["), argument))
    } else {
        let array = packet.strip_prefix("42[\"")?;
        let (name, argument) = array.strip_suffix(']')?.split_once('"')?;
        let argument = argument.strip_prefix(',').unwrap_or_default();
        (
            format!("push {name}"),
            (format!("42[\"{name}\","), argument),
        )
    };
    if argument.is_empty() {
        return None;
    }
    let told = rules.tell(&what, argument).into_iter();
    let told = told.map(|argument| format!("{before}{argument}]"));
    let told = told.chain(rules.said_after(&what)).collect();
    Some(rules.in_order(&what, told))
}

/// The number and the name of an event that wants an acknowledgement.
fn wanted(packet: &str) -> Option<(u64, String)> {
    let (id, array) = numbered(packet.strip_prefix("42")?)?;
    let (name, _) = array.strip_prefix("[\"")?.split_once('"')?;
    Some((id, name.to_owned()))
}

fn numbered(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, rest) = text.split_at(end);
    Some((digits.parse().ok()?, rest))
}
