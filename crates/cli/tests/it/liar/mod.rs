//! A server that lies: it stands between a client and the real one, over the real wire, and changes what crosses.
//!
//! ```ignore
//! let server = Liar::before(&world.url);
//! bob.url.clone_from(&server.url);
//! server.log(&room).drops(3);
//! server.lies("GET /api/devices", |devices: &mut Devices| devices.devices.clear());
//! server.behaves();
//! ```
//!
//! What it says is read as `protocol` has it, changed, and written again. Who is lied to has a liar of their own, so two
//! members can be told two stories.

mod frames;
pub(crate) mod http;
mod log;
mod rules;
mod socket;

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use crate::world::{Person, World};
use protocol::{error::ErrorBody, time::Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use self::{
    http::{alone, body_of, farewell, head_of, header, response, retell},
    rules::Rules,
    socket::Ear,
};
pub(crate) use self::{log::Log, rules::Act};

/// A server before a server. Without rules, and when the story is over, everything passes.
pub(crate) struct Liar {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

#[derive(Default)]
struct Inside {
    target: String,
    rules: Arc<Mutex<Rules>>,
    /// The first lines of all requests.
    heard: Mutex<Vec<String>>,
    /// Whoever is connected.
    ears: Mutex<Vec<Ear>>,
}

impl Liar {
    pub(crate) fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Inside {
            target: server.strip_prefix("http://").unwrap().to_owned(),
            ..Inside::default()
        });
        let shared = inside.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let inside = shared.clone();
                thread::spawn(move || serve(client, &inside));
            }
        });
        Self { url, inside }
    }

    /// Requests whose head holds this text end so from now on; the first rule that fits counts.
    pub(crate) fn rule(&self, request: &str, act: Act) {
        self.rules(|rules| rules.act(request, act));
    }

    /// A lie about what has this name, each time that it is said.
    pub(crate) fn lies<T: DeserializeOwned + Serialize>(
        &self,
        what: &str,
        mut change: impl FnMut(&mut T) + Send + 'static,
    ) {
        let change = move |mut value: T| {
            change(&mut value);
            vec![value]
        };
        self.rules(|rules| rules.change(what, change));
    }

    /// A lie to the real server about what a client asks.
    pub(crate) fn mishears<T: DeserializeOwned + Serialize>(
        &self,
        request: &str,
        mut change: impl FnMut(&mut T) + Send + 'static,
    ) {
        let change = move |mut value: T| {
            change(&mut value);
            vec![value]
        };
        self.rules(|rules| rules.mishear(request, change));
    }

    /// How often somebody has asked for this.
    pub(crate) fn has_heard(&self, request: &str) -> usize {
        let heard = self.inside.heard.lock().unwrap();
        heard.iter().filter(|line| line.contains(request)).count()
    }

    /// Somebody who has an account at this server.
    pub(crate) fn guest(&self, world: &World, name: &str) -> Person {
        let mut person = world.person(name);
        person.url.clone_from(&self.url);
        person.register();
        person
    }

    /// Always the same, whatever the truth is.
    pub(crate) fn insists<T>(&self, what: &str, value: T)
    where
        T: DeserializeOwned + Serialize + Clone + Send + 'static,
    {
        self.lies(what, move |told: &mut T| told.clone_from(&value));
    }

    /// An event that nobody sent, after each thing of this name.
    pub(crate) fn adds(&self, after: &str, event: &str, argument: &impl Serialize) {
        let argument = serde_json::to_string(argument).unwrap();
        let packet = socket::event(event, &argument);
        self.rules(|rules| rules.also(after, vec![packet]));
    }

    /// An event that nobody sent, now, to everybody who is connected.
    pub(crate) fn says(&self, event: &str, argument: &impl Serialize) {
        let argument = serde_json::to_string(argument).unwrap();
        let packet = frames::Frame::of_text(&socket::event(event, &argument));
        for ear in self.inside.ears.lock().unwrap().iter() {
            // Who is gone hears nothing.
            let _ = packet.write(&mut *ear.lock().unwrap(), false);
        }
    }

    /// The log of one room, to be told otherwise.
    pub(crate) fn log(&self, room: &str) -> Log<'_> {
        Log::new(self, room.parse().unwrap())
    }

    /// Everything passes again.
    pub(crate) fn behaves(&self) {
        self.rules(|rules| *rules = Rules::default());
    }

    fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.inside.rules.lock().unwrap());
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.behaves();
    }
}

/// One connection carries one request, so that each is looked at.
fn serve(mut client: TcpStream, inside: &Inside) {
    let Some(head) = head_of(&mut client) else {
        return;
    };
    let Some(body) = body_of(&mut client, &head) else {
        return;
    };
    let request = head.lines().next().unwrap_or_default().to_owned();
    inside.heard.lock().unwrap().push(request.clone());
    let act = inside.rules.lock().unwrap().act_of(&head);
    match act {
        Some(Act::Hang) => {}
        Some(Act::Answer(bytes)) => farewell(client, &bytes),
        Some(Act::Refuse(code)) => {
            let body = ErrorBody::new(code, Timestamp::from_millis(1_800_000_000_000));
            let body = serde_json::to_string(&body).unwrap();
            farewell(client, response(code.status(), &body).as_bytes());
        }
        None => pass(client, inside, &head, &body),
    }
}

fn pass(client: TcpStream, inside: &Inside, head: &str, body: &[u8]) {
    let upgrades = header(head, "upgrade").is_some();
    let request = head.lines().next().unwrap_or_default();
    let body = inside.rules.lock().unwrap().hear(request, body.to_vec());
    // A server that is away is nobody's lie.
    let Ok(mut server) = TcpStream::connect(&inside.target) else {
        return;
    };
    let sent = if upgrades {
        head.to_owned()
    } else {
        alone(head, body.len())
    };
    if server.write_all(sent.as_bytes()).is_err() || server.write_all(&body).is_err() {
        return;
    }
    if upgrades {
        upgrade(client, server, inside);
        return;
    }
    let mut answer = Vec::new();
    if server.read_to_end(&mut answer).is_err() {
        return;
    }
    let told = retell(&answer, |_, text| {
        inside
            .rules
            .lock()
            .unwrap()
            .tell(request, text)
            .into_iter()
            .next()
    });
    if let Some(bytes) = told {
        farewell(client, &bytes);
    }
}

fn upgrade(mut client: TcpStream, mut server: TcpStream, inside: &Inside) {
    let Some(head) = head_of(&mut server) else {
        return;
    };
    if client.write_all(head.as_bytes()).is_err() {
        return;
    }
    if !head.contains(" 101 ") {
        let _ = std::io::copy(&mut server, &mut client);
        let _ = client.shutdown(Shutdown::Both);
        return;
    }
    let ear: Ear = Arc::new(Mutex::new(client));
    inside.ears.lock().unwrap().push(ear.clone());
    socket::carry(&ear, &server, &inside.rules);
    inside
        .ears
        .lock()
        .unwrap()
        .retain(|other| !Arc::ptr_eq(other, &ear));
}
