//! What a file of 100 MB takes of memory on its way: of the page's process, of a terminal, and of the server.

#![expect(
    clippy::indexing_slicing,
    reason = "JSON gives null for what is not there"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{Browser, Place, line};

const MEGABYTE: usize = 1024 * 1024;
const LENGTH: usize = 100 * MEGABYTE;
const TARGET: &str = "64 MB above idle";
/// Between two looks at a process.
const PAUSE: Duration = Duration::from_millis(20);

/// # Errors
/// As the page; a file does not come as it went.
pub(super) async fn run() -> Result<()> {
    let place = Place::new().await?;
    let files = tempfile::tempdir().context("no place for files")?;
    let (film, warm) = (files.path().join("film"), files.path().join("warm"));
    fs::write(&film, noise(LENGTH))?;
    fs::write(&warm, noise(3 * MEGABYTE))?;
    let mut browser = place.browser("alice").await?;
    let link = browser.room_with_link("Films").await?;
    let bob = place.person("bob")?;
    let room = bob.run(&["room", "join", &link], "yes\n")?;
    // What the browser's tools keep of all that is loaded is not the page's.
    browser.ask("Network.disable", json!({})).await?;
    let saved = json!({ "behavior": "allow", "downloadPath": files.path() });
    browser.ask("Browser.setDownloadBehavior", saved).await?;
    attach(&mut browser, &warm).await?;

    let page = browser.pages();
    let idle = rest(&mut browser, &page).await?;
    let (page_up, server_up) = (Peak::of(&page), Peak::of(&[place.server.pid()]));
    attach(&mut browser, &film).await?;
    told(
        "a file of 100 MB goes from the browser: the page",
        idle,
        page_up.end()?,
    );

    let seq = bob.run(&["tail", &room], "")?;
    let seq = seq
        .rsplit_once("place ")
        .context("no file came")?
        .1
        .trim()
        .to_owned();
    let came = files.path().join("came");
    bob.run(&["save", &room, &seq, &came.display().to_string()], "")?;
    ensure!(fs::read(&came)? == fs::read(&film)?, "another file came");
    bob.run(&["send", &room, "--file", &came.display().to_string()], "")?;
    browser.until("lastFile() === 'came'").await?;
    fs::remove_file(&came)?;

    let idle = rest(&mut browser, &page).await?;
    let page_down = Peak::of(&page);
    browser.run("lastSave().click()").await?;
    while fs::metadata(&came).map_or(0, |about| about.len()) < LENGTH as u64 {
        tokio::time::sleep(PAUSE).await;
    }
    told(
        "it comes back to the browser: the page",
        idle,
        page_down.end()?,
    );
    ensure!(
        fs::read(&came)? == fs::read(&film)?,
        "another file came back"
    );
    let (first, most) = server_up.end()?;
    told("all this time: the server", first, (first, most));
    Ok(())
}

fn told(what: &str, idle: usize, (_, most): (usize, usize)) {
    let above = most.saturating_sub(idle) / MEGABYTE;
    line(
        what,
        TARGET,
        &format!("{above} MB above {} MB", idle / MEGABYTE),
    );
}

async fn attach(browser: &mut Browser, path: &Path) -> Result<()> {
    let name = path.file_name().context("a file has a name")?.display();
    let field = json!({ "expression": "byId('attach')" });
    let field = browser.ask("Runtime.evaluate", field).await?;
    let given = json!({ "objectId": field["result"]["objectId"], "files": [path] });
    browser.ask("DOM.setFileInputFiles", given).await?;
    let there = format!("lastFile() === '{name}' && !document.querySelector('.uploads')");
    browser.until(&there).await
}

/// What the page has when it does nothing and its garbage is gone.
async fn rest(browser: &mut Browser, page: &[u32]) -> Result<usize> {
    browser
        .ask("HeapProfiler.collectGarbage", json!({}))
        .await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(memory(page))
}

/// Bytes that do not repeat.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..len.div_ceil(8))
        .flat_map(|_| next())
        .take(len)
        .collect()
}

/// Memory of processes together, what they share counted by halves, in bytes.
fn memory(processes: &[u32]) -> usize {
    let of = |process: &u32| {
        let told = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
        let line = told.lines().find(|line| line.starts_with("Pss:"))?;
        line.split_whitespace().nth(1)?.parse::<usize>().ok()
    };
    processes.iter().filter_map(of).sum::<usize>() * 1024
}

/// The most memory that processes have while this value lives.
struct Peak {
    ended: Arc<AtomicBool>,
    looking: JoinHandle<(usize, usize)>,
}

impl Peak {
    fn of(processes: &[u32]) -> Self {
        let (ended, processes) = (Arc::new(AtomicBool::new(false)), processes.to_vec());
        let end = Arc::clone(&ended);
        let looking = std::thread::spawn(move || {
            let first = memory(&processes);
            let mut most = first;
            while !end.load(Ordering::Relaxed) {
                most = most.max(memory(&processes));
                std::thread::park_timeout(PAUSE);
            }
            (first, most)
        });
        Self { ended, looking }
    }

    /// The first and the most.
    fn end(self) -> Result<(usize, usize)> {
        self.ended.store(true, Ordering::Relaxed);
        self.looking.join().ok().context("somebody looked")
    }
}

impl Browser {
    /// The processes that draw pages and run their workers.
    fn pages(&self) -> Vec<u32> {
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let of = format!("--user-data-dir={}", self.profile().display());
        numbers
            .filter(|number| {
                let path = PathBuf::from(format!("/proc/{number}/cmdline"));
                let line = fs::read_to_string(path).unwrap_or_default();
                line.contains("--type=renderer") && line.contains(&of)
            })
            .collect()
    }
}
