//! Something between client and server that changes what crosses, as a broken or a hostile server would.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use protocol::{
    error::{ErrorBody, ErrorCode},
    time::Timestamp,
};

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It is refused with this code, and never reaches the server.
    Refuse(ErrorCode),
    /// It is answered with these bytes.
    Answer(Vec<u8>),
    /// The connection ends without an answer.
    Hang,
    /// It is answered by the server, which claims to take newer clients only.
    TooNew,
}

/// One rule: requests whose first line holds this text are treated so; the first rule that fits counts.
type Rule = (&'static str, Act);

/// A front before a server; without rules everything passes.
pub(crate) struct Front {
    pub(crate) url: String,
    rules: Arc<Mutex<Vec<Rule>>>,
}

impl Front {
    pub(crate) fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let rules = Arc::new(Mutex::new(Vec::new()));
        let (shared, target) = (
            rules.clone(),
            server.strip_prefix("http://").unwrap().to_owned(),
        );
        // Ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (rules, target) = (shared.clone(), target.clone());
                thread::spawn(move || serve(client, &rules, &target));
            }
        });
        Self { url, rules }
    }

    /// From now on.
    pub(crate) fn rule(&self, path: &'static str, act: Act) {
        self.rules.lock().unwrap().push((path, act));
    }

    /// Everything passes again.
    pub(crate) fn behave(&self) {
        self.rules.lock().unwrap().clear();
    }
}

/// One connection carries one request, so that each is looked at.
fn serve(mut client: TcpStream, rules: &Mutex<Vec<Rule>>, target: &str) {
    let Some(head) = head_of(&mut client) else {
        return;
    };
    let first = head.lines().next().unwrap_or_default().to_owned();
    let found = rules.lock().unwrap().clone();
    let found = found.into_iter().find(|(path, _)| first.contains(path));
    match found.map(|(_, act)| act) {
        None => pass(client, &head, target, false),
        Some(Act::TooNew) => pass(client, &head, target, true),
        Some(Act::Refuse(code)) => {
            let body = ErrorBody::new(code, Timestamp::from_millis(1_800_000_000_000));
            let body = serde_json::to_string(&body).unwrap();
            answer(client, &head, response(code.status(), &body).as_bytes());
        }
        Some(Act::Answer(bytes)) => answer(client, &head, &bytes),
        Some(Act::Hang) => {}
    }
}

/// An answer with a JSON body.
pub(crate) fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

fn head_of(client: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if client.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// Takes the rest of the request first: who closes on unread bytes resets the connection.
fn answer(mut client: TcpStream, head: &str, bytes: &[u8]) {
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_it = name.eq_ignore_ascii_case("content-length");
        is_it.then(|| value.trim().parse::<usize>().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    if client.read_exact(&mut body).is_ok() {
        // Whoever has heard enough closes.
        let _ = client.write_all(bytes);
        let _ = client.shutdown(Shutdown::Write);
        let _ = client.read(&mut [0]);
    }
}

fn pass(client: TcpStream, head: &str, target: &str, too_new: bool) {
    let upgrades = head.to_ascii_lowercase().contains("upgrade: websocket");
    let head = if upgrades {
        head.to_owned()
    } else {
        head.replacen("\r\n", "\r\nConnection: close\r\n", 1)
    };
    let Ok(mut server) = TcpStream::connect(target) else {
        return;
    };
    if server.write_all(head.as_bytes()).is_err() {
        return;
    }
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut client = client;
    if too_new {
        let mut whole = Vec::new();
        let _ = server.read_to_end(&mut whole);
        let whole = String::from_utf8(whole).unwrap();
        let changed = whole.replace("\"min_protocol\":1", "\"min_protocol\":9");
        let _ = client.write_all(changed.as_bytes());
    } else {
        let _ = std::io::copy(&mut server, &mut client);
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = up.join();
}
