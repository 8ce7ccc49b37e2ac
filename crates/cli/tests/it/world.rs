//! A small language for stories: a world has a server and people; a person runs commands.

use std::{
    cell::{Cell, RefCell},
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::Value;
use tempfile::TempDir;

use crate::authority::{AUTHORITY, Authority};

/// Good enough for the password rule, and the same for everybody.
pub(crate) const PASSWORD: &str = "marble tugboat whispers 42";

/// The program, without any setting of whoever runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_secure-chat"));
    let settings = std::env::vars().filter(|(name, _)| {
        let ours = [
            "SECRET_KEY",
            "SECRET_KEY_PREVIOUS",
            "CLASSIC_LOGIN",
            "DATABASE_URL",
            "PORT",
            "FLASK_ENV",
            "RUST_LOG",
        ];
        name.starts_with("SECURE_CHAT_")
            || name.starts_with("SSL_")
            || ours.contains(&name.as_str())
    });
    for (name, _) in settings {
        command.env_remove(name);
    }
    command
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("XDG_RUNTIME_DIR");
    command
}

/// A server process over one data directory.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    said: BufReader<ChildStdout>,
}

/// Settings of a server, as its operator makes them.
pub(crate) type Settings = &'static [(&'static str, &'static str)];

/// The settings of a server with a certificate.
pub(crate) const TLS: Settings = &[
    ("SSL_CERT_PATH", "chain.pem"),
    ("SSL_KEY_PATH", "key.pem"),
    ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
];

/// Most stories need no administrator, and have no time to wait for one.
const NO_ADMIN: Settings = &[("SECURE_CHAT_DEFAULT_ADMIN", "no")];

impl Server {
    fn start(dir: &Path, listen: &str, days: u32, settings: Settings) -> Self {
        let log = File::options()
            .create(true)
            .append(true)
            .open(dir.join("server.log"))
            .unwrap();
        let mut child = program()
            .args(["serve", "--listen", listen, "--data"])
            .arg(dir.join("data"))
            .env("SECURE_CHAT_DAYS_AHEAD", days.to_string())
            .env("RUST_LOG", "trace")
            // Where the files are that settings name.
            .current_dir(dir)
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let Some(url) = line
            .trim()
            .rsplit(' ')
            .next()
            .filter(|url| url.starts_with("http"))
        else {
            panic!("the server does not start: see server.log");
        };
        Self {
            child,
            url: url.to_owned(),
            said: stdout,
        }
    }

    /// Reads on what it says until a line has this in it, and answers what stands behind.
    pub(crate) fn says(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(
                self.said.read_line(&mut line).unwrap(),
                0,
                "it never says {words}"
            );
            if let Some((_, behind)) = line.split_once(words) {
                return behind.trim().to_owned();
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One server and the homes of people. At its end everybody who is still in their account reads everything: `tombstones` is
/// 0 in all rooms.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) server: RefCell<Server>,
    pub(crate) url: String,
    days: Arc<AtomicU32>,
    settings: Settings,
    /// A server has damaged what somebody reads.
    damaged: Cell<bool>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(NO_ADMIN)
    }

    /// A world whose server has these settings.
    pub(crate) fn with(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::start(dir.path(), "127.0.0.1:0", 0, settings);
        let url = server.url.clone();
        Self {
            dir,
            server: RefCell::new(server),
            url,
            days: Arc::default(),
            settings,
            damaged: Cell::new(false),
        }
    }

    /// A world whose server has a certificate, which people trust, and also these settings.
    pub(crate) fn over_tls(settings: Settings) -> (Self, Authority) {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::new(dir.path());
        authority.sign(dir.path());
        let server = Server::start(dir.path(), "127.0.0.1:0", 0, settings);
        let world = Self {
            url: server.url.clone(),
            dir,
            server: RefCell::new(server),
            days: Arc::default(),
            settings,
            damaged: Cell::new(false),
        };
        (world, authority)
    }

    /// From here on somebody may have lines that cannot be read.
    pub(crate) fn is_damaged(&self) {
        self.damaged.set(true);
    }

    fn check_tombstones(&self) {
        let homes = self.dir.path().read_dir().unwrap().flatten();
        let homes = homes.filter(|entry| entry.file_name().to_string_lossy().starts_with("home-"));
        for home in homes.map(|entry| entry.path()) {
            let name = home.file_name().unwrap().to_string_lossy().into_owned();
            let person = Person {
                name,
                home,
                url: self.url.clone(),
                days: Arc::clone(&self.days),
            };
            let status = person.run(&["status", "--json"]);
            if status.status != 0 {
                let out = ["NOT_LOGGED_IN", "SERVER_GONE", "STORE_LOCKED"];
                assert!(
                    out.iter().any(|code| status.err.contains(code)),
                    "{}: {}",
                    person.name,
                    status.err
                );
                continue;
            }
            for line in status.out.lines() {
                let room: Value = serde_json::from_str(line).unwrap();
                assert_eq!(room["tombstones"], 0, "{}: {room}", person.name);
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Kills the server without warning.
    pub(crate) fn stop_server(&self) {
        self.server.borrow_mut().kill();
    }

    /// The same server again: same data, same address.
    pub(crate) fn restart_server(&self) {
        self.stop_server();
        self.start_server(self.settings);
    }

    /// A server on the data of one that was stopped, at its address.
    pub(crate) fn start_server(&self, settings: Settings) {
        let (_, listen) = self.url.split_once("://").unwrap();
        let days = self.days.load(Ordering::Relaxed);
        *self.server.borrow_mut() = Server::start(self.dir.path(), listen, days, settings);
    }

    /// What the server says behind these words.
    pub(crate) fn server_says(&self, words: &str) -> String {
        self.server.borrow_mut().says(words)
    }

    /// Somebody who administrates this server, which must have said that nobody does.
    pub(crate) fn administrator(&self, name: &str) -> Person {
        let invite = self.server_says(" --invite ");
        let person = self.person(name);
        let ran = person.register_by(&invite);
        assert_eq!(ran.status, 0, "{name}: {}", ran.err);
        person
    }

    /// So many days go by, for the server and for everybody.
    pub(crate) fn days_pass(&self, days: u32) {
        self.days.fetch_add(days, Ordering::Relaxed);
        self.restart_server();
    }

    /// Somebody with an empty home.
    pub(crate) fn person(&self, name: &str) -> Person {
        Person {
            name: name.to_owned(),
            home: self.dir.path().join(format!("home-{name}")),
            url: self.url.clone(),
            days: Arc::clone(&self.days),
        }
    }

    /// People who have registered.
    pub(crate) fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        names.map(|name| {
            let person = self.person(name);
            person.register();
            person
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.damaged.get() {
            self.check_tombstones();
        }
    }
}

/// Somebody with a home.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) home: PathBuf,
    pub(crate) url: String,
    /// How many days have gone by in the world.
    pub(crate) days: Arc<AtomicU32>,
}

/// How a command ended.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The code of what was refused: in parentheses at the end of the sentence, or in the line that `--json` writes.
    pub(crate) fn code(&self) -> &str {
        if let Some((_, rest)) = self.err.rsplit_once("\"code\":\"") {
            return rest.split('"').next().unwrap_or_default();
        }
        let end = self.err.trim_end().rsplit_once('(');
        end.map_or("", |(_, code)| code.trim_end_matches(')'))
    }
}

impl Person {
    /// The program with this person's home.
    pub(crate) fn program(&self) -> Command {
        let mut command = program();
        command
            .env("SECURE_CHAT_HOME", &self.home)
            .env(
                "SECURE_CHAT_DAYS_AHEAD",
                self.days.load(Ordering::Relaxed).to_string(),
            )
            .env("SECURE_CHAT_INSECURE_STORE", "1");
        let world = self.home.parent().unwrap();
        let authority = world.join(AUTHORITY);
        if authority.exists() {
            command.env("SSL_CERT_FILE", authority);
        }
        command
    }

    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Ran {
        finish(self.program().args(args), input)
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "")
    }

    /// A command that succeeds; its output without the last line break.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{} {args:?}: {}", self.name, ran.err);
        ran.out.trim_end().to_owned()
    }

    /// A command that fails; its exit status and code.
    pub(crate) fn fails(&self, args: &[&str]) -> (i32, String) {
        let ran = self.run(args);
        assert_ne!(
            ran.status, 0,
            "{} {args:?} succeeded: {}",
            self.name, ran.out
        );
        assert!(ran.err.starts_with("secure-chat: "), "{}", ran.err);
        (ran.status, ran.code().to_owned())
    }

    /// A listing as JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Vec<Value> {
        let args = [args, &["--json"]].concat();
        let out = self.ok(&args);
        out.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    pub(crate) fn sign_in(&self, how: &str, password: &str) -> Ran {
        let args = [
            how,
            "--server",
            &self.url,
            "--user",
            &self.name,
            "--password-stdin",
        ];
        self.run_with(&args, &format!("{password}\n"))
    }

    /// Registers by an invite.
    pub(crate) fn register_by(&self, invite: &str) -> Ran {
        let args = [
            "register",
            "--server",
            &self.url,
            "--user",
            &self.name,
            "--password-stdin",
            "--invite",
            invite,
        ];
        self.run_with(&args, &format!("{PASSWORD}\n"))
    }

    pub(crate) fn register(&self) {
        let ran = self.sign_in("register", PASSWORD);
        assert_eq!(ran.status, 0, "{}: {}", self.name, ran.err);
    }

    /// Makes a room with everybody in it.
    pub(crate) fn room_with(&self, name: &str, options: &[&str], others: &[&Person]) -> String {
        let room = self.ok(&[&["room", "create", name], options].concat());
        for other in others {
            self.ok(&["room", "invite", &room, &other.name]);
            other.ok(&["room", "accept", &room]);
        }
        room
    }

    /// Texts that this person sees in a room, each with its sender.
    pub(crate) fn texts(&self, room: &str) -> Vec<String> {
        let lines = self.json(&["tail", room]);
        let texts = lines.iter().filter(|line| line["kind"] == "text");
        texts
            .map(|line| {
                let (user, text) = (line["user"].as_str(), line["text"].as_str());
                format!("{}: {}", user.unwrap(), text.unwrap())
            })
            .collect()
    }

    /// One field of one room.
    pub(crate) fn room_field(&self, room: &str, field: &str) -> Value {
        let rooms = self.json(&["rooms"]);
        let number: u64 = room.parse().unwrap();
        let found = rooms.iter().find(|line| line["id"] == number);
        found.unwrap_or_else(|| panic!("{} has no room {room}", self.name))[field].clone()
    }

    /// The names and roles of a room's members.
    pub(crate) fn members(&self, room: &str) -> Vec<(String, String)> {
        let members = self.json(&["members", room]);
        let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
        let mut members: Vec<_> = members
            .iter()
            .map(|line| (text(line, "user"), text(line, "role")))
            .collect();
        members.sort();
        members
    }
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// What a server answers to whoever has this token.
pub(crate) fn get(url: &str, path: &str, token: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// JSON, posted with a token.
pub(crate) fn post(url: &str, path: &str, token: &str, body: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}
