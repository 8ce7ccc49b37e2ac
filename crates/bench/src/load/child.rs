//! A server in a process of its own, which ends with this value.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{
    peers,
    wire::{Certificate, Wire},
};
use crate::stopwatch::now;

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// The way to it.
    pub(crate) wire: Wire,
    /// Its data; removed with this value.
    _data: Option<tempfile::TempDir>,
}

impl Server {
    /// The shipped server on fresh data: the program that `SECURE_CHAT_BIN` names.
    ///
    /// # Errors
    /// There is no such program, or it is not ready in time.
    pub(crate) async fn shipped() -> Result<Self> {
        let wire = Wire::plain(free_port()?);
        Self::shipped_at(wire, &[]).await
    }

    /// The same, with a certificate.
    ///
    /// # Errors
    /// As [`Server::shipped`].
    pub(super) async fn shipped_over_tls(certificate: &Certificate) -> Result<Self> {
        let wire = Wire::over_tls(free_port()?, certificate)?;
        let (chain, key) = (certificate.chain(), certificate.key());
        let files = [("SSL_CERT_PATH", chain), ("SSL_KEY_PATH", key)];
        Self::shipped_at(wire, &files).await
    }

    /// The peer: Flask-SocketIO and SQLite, over TLS.
    ///
    /// # Errors
    /// It is not installed, or not ready in time.
    pub(super) async fn flask(certificate: &Certificate) -> Result<Self> {
        let wire = Wire::over_tls(free_port()?, certificate)?;
        let data = tempfile::tempdir().context("no place for the server's data")?;
        let python = peers::environment();
        if !python.exists() {
            bail!("the peer is not installed: run bench/peers/setup.sh");
        }
        let mut command = Command::new(python);
        command
            .args(["bench/peers/flask/app.py", &wire.port.to_string()])
            .arg(data.path().join("messages.db"))
            .args([certificate.chain(), certificate.key()]);
        Self::start(command, wire, Some(data)).await
    }

    async fn shipped_at(wire: Wire, files: &[(&str, PathBuf)]) -> Result<Self> {
        let binary = std::env::var_os("SECURE_CHAT_BIN")
            .map(PathBuf::from)
            .context("SECURE_CHAT_BIN must name the release binary: use `cargo xtask bench`")?;
        let data = tempfile::tempdir().context("no place for the server's data")?;
        let listen = format!("127.0.0.1:{}", wire.port);
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", &listen, "--data"])
            .arg(data.path());
        command
            .envs(files.iter().map(|(name, file)| (name, file)))
            .env("SECURE_CHAT_ENV", "development")
            .env("SECURE_CHAT_DEFAULT_ADMIN", "no")
            // What is measured is how fast it is, not when it has enough.
            .env("SECURE_CHAT_MESSAGES_PER_MINUTE", "1000000000")
            .env("RUST_LOG", "warn");
        Self::start(command, wire, Some(data)).await
    }

    /// The bare broadcast: this program in its other role.
    ///
    /// # Errors
    /// As [`Server::shipped`].
    pub(crate) async fn bare() -> Result<Self> {
        let port = free_port()?;
        let own = std::env::current_exe().context("where is this program?")?;
        let mut command = Command::new(own);
        command.args(["bare", &port.to_string()]);
        Self::start(command, Wire::plain(port), None).await
    }

    async fn start(
        mut command: Command,
        wire: Wire,
        data: Option<tempfile::TempDir>,
    ) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let server = Self {
            child,
            wire,
            _data: data,
        };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&self) -> Result<()> {
        let url = format!("{}/readyz", self.wire.base());
        let http = self.wire.http()?;
        let deadline = now() + PATIENCE;
        while now() < deadline {
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server was not ready in {} s", PATIENCE.as_secs())
    }

    /// The processor time that it has used, as the kernel counts it: in hundredths of a second.
    ///
    /// # Errors
    /// The process is gone, or this is no Linux.
    pub(crate) fn busy(&self) -> Result<Duration> {
        let stat = self.of_kernel("stat")?;
        // After the name, which may hold anything but ends with the last parenthesis: user is field 14, system 15.
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let mut ticks = 0;
        for field in fields.split_whitespace().skip(11).take(2) {
            ticks += field.parse::<u64>().context("ticks are no number")?;
        }
        Ok(Duration::from_millis(ticks * 10))
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in kB, as the kernel counts it.
    ///
    /// # Errors
    /// The process is gone, or this is no Linux.
    pub(crate) fn resident_kb(&self) -> Result<u64> {
        let status = self.of_kernel("status")?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .context("no VmRSS")?;
        line.trim()
            .trim_end_matches("kB")
            .trim()
            .parse()
            .context("VmRSS is no number")
    }

    fn of_kernel(&self, file: &str) -> Result<String> {
        let path = Path::new("/proc")
            .join(self.child.id().to_string())
            .join(file);
        std::fs::read_to_string(path).context("what the kernel knows of the server")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; nothing is left to do then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr().context("no free port")?.port())
}
