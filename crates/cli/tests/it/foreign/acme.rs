//! A certificate from Pebble, the authority that Let's Encrypt tests with: it looks where the name points, as the real one
//! does.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::json;

use super::{free_port, installed};
use crate::{
    authority::{AUTHORITY, Authority, https},
    patience::until,
    world::{Settings, TLS, World},
};

const HOST: &str = "chat.example.org";

/// A program that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(command: &mut Command) -> Running {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    Running(quiet.spawn().unwrap())
}

/// The authority, and the names as it looks them up: all are this machine.
struct Pebble {
    directory: String,
    management: String,
    _programs: [Running; 2],
}

impl Pebble {
    /// One that looks for https at this port; its own files are in `dir`.
    fn start(dir: &Path, port: u16) -> Self {
        Authority::new(dir).sign(dir);
        let (own, management, names) = (free_port(), free_port(), free_port());
        let config = json!({
            "pebble": {
                "listenAddress": format!("127.0.0.1:{own}"),
                "managementListenAddress": format!("127.0.0.1:{management}"),
                "certificate": dir.join("chain.pem"),
                "privateKey": dir.join("key.pem"),
                "httpPort": 1,
                "tlsPort": port,
            },
        });
        let file = dir.join("pebble.json");
        fs::write(&file, config.to_string()).unwrap();
        let dns = format!("127.0.0.1:{names}");
        let mut resolver = Command::new("pebble-challtestsrv");
        resolver.args([
            "-dns01",
            &dns,
            "-http01",
            "",
            "-https01",
            "",
            "-tlsalpn01",
            "",
        ]);
        resolver.args(["-management", &format!("127.0.0.1:{}", free_port())]);
        resolver.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]);
        let mut pebble = Command::new("pebble");
        pebble.arg("-config").arg(&file).args(["-dnsserver", &dns]);
        pebble.env("PEBBLE_VA_NOSLEEP", "1");
        Self {
            directory: format!("https://localhost:{own}/dir"),
            management: format!("https://localhost:{management}"),
            _programs: [start(&mut resolver), start(&mut pebble)],
        }
    }
}

/// What is there at an address, once it is there.
fn got(client: &reqwest::Client, url: &str) -> String {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    until(|| {
        let answer = runtime.block_on(client.get(url).send()).ok()?;
        let well = answer.status().is_success();
        well.then(|| runtime.block_on(answer.text()).ok()).flatten()
    })
}

/// Settings that live as long as the tests.
fn asking(pebble: &Pebble, root: &Path) -> Settings {
    let leaked = |text: String| &*String::leak(text);
    Vec::leak(vec![
        ("SECURE_CHAT_DEFAULT_ADMIN", "no"),
        ("SECURE_CHAT_ENV", "development"),
        ("ACME_DOMAIN", HOST),
        ("ACME_CONTACT", "ops@example.org"),
        ("ACME_DIRECTORY", leaked(pebble.directory.clone())),
        (
            "ACME_ROOT",
            leaked(root.join(AUTHORITY).display().to_string()),
        ),
    ])
}

#[test]
fn the_server_gets_its_certificate_from_an_authority_that_looks() {
    if installed().is_none() {
        return;
    }
    let (world, _authority) = World::over_tls(TLS);
    let (_, port) = world.url.split_once("//localhost:").unwrap();
    let port: u16 = port.parse().unwrap();
    let of_pebble = tempfile::tempdir().unwrap();
    let pebble = Pebble::start(of_pebble.path(), port);
    let management = https(of_pebble.path()).build().unwrap();
    let root = got(&management, &format!("{}/roots/0", pebble.management));
    fs::write(world.path().join(AUTHORITY), root).unwrap();

    let settings = asking(&pebble, of_pebble.path());
    world.stop_server();
    world.start_server(settings);
    let place = ([127, 0, 0, 1], port).into();
    let client = https(world.path()).resolve(HOST, place).build().unwrap();
    let url = format!("https://{HOST}:{port}");
    let said = got(&client, &format!("{url}/api/server"));
    assert!(said.contains("\"protocol\":1"), "{said}");
    assert_eq!(world.server.borrow().url, url);

    // What it got is kept, and nobody is asked again.
    let files = world.path().join("data/acme");
    let chain = fs::read(files.join("chain.pem")).unwrap();
    let account = fs::read(files.join("account.json")).unwrap();
    drop(pebble);
    world.stop_server();
    world.start_server(settings);
    got(&client, &format!("{url}/api/server"));
    assert_eq!(fs::read(files.join("chain.pem")).unwrap(), chain);
    assert_eq!(fs::read(files.join("account.json")).unwrap(), account);

    #[cfg(unix)]
    for name in ["key.pem", "account.json"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(files.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
