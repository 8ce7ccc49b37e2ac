//! A server in a process of its own, which ends with this value.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::account::plain_http;
use crate::stopwatch::now;

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it listens on loopback.
    pub(crate) port: u16,
    /// Its data; removed with this value.
    _data: Option<tempfile::TempDir>,
}

impl Server {
    /// The shipped server on fresh data: the program that `SECURE_CHAT_BIN` names.
    ///
    /// # Errors
    /// There is no such program, or it is not ready in time.
    pub(crate) async fn shipped() -> Result<Self> {
        let binary = std::env::var_os("SECURE_CHAT_BIN")
            .map(PathBuf::from)
            .context("SECURE_CHAT_BIN must name the release binary: use `cargo xtask bench`")?;
        let data = tempfile::tempdir().context("no place for the server's data")?;
        let port = free_port()?;
        let mut command = Command::new(binary);
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(data.path());
        command
            .env("SECURE_CHAT_ENV", "development")
            .env("SECURE_CHAT_DEFAULT_ADMIN", "no")
            // What is measured is how fast it is, not when it has enough.
            .env("SECURE_CHAT_MESSAGES_PER_MINUTE", "1000000000")
            .env("RUST_LOG", "warn");
        Self::start(command, port, Some(data)).await
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
        Self::start(command, port, None).await
    }

    async fn start(
        mut command: Command,
        port: u16,
        data: Option<tempfile::TempDir>,
    ) -> Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let server = Self {
            child,
            port,
            _data: data,
        };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&self) -> Result<()> {
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let http = plain_http()?;
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
