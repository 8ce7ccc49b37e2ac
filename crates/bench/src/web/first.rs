//! A first visit, and a visit of somebody who has been here.

use anyhow::Result;
use serde_json::json;

use super::{Browser, Place, line, millis};

const ROUNDS: usize = 5;
/// As `Network.emulateNetworkConditions` wants it: a usual line at home, 20 Mbit/s and 40 ms.
const HOME_LINE: (u64, u64) = (2_500_000, 40);

/// # Errors
/// As the page.
pub(super) async fn run() -> Result<()> {
    let place = Place::new().await?;
    let (mut bytes, mut near, mut far) = (0, Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (loaded, took) = visit(&place, None).await?;
        bytes = loaded;
        near.push(took);
        far.push(visit(&place, Some(HOME_LINE)).await?.1);
    }
    line(
        "first visit, over the wire",
        "800 kB",
        &format!("{bytes} bytes"),
    );
    line(
        "first visit, until one can begin, on loopback",
        "1500 ms",
        &millis(near),
    );
    line(
        "first visit, until one can begin, 20 Mbit/s and 40 ms",
        "1500 ms",
        &millis(far),
    );

    let mut browser = place.browser("alice").await?;
    let (mut again, mut tasks) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        browser.go(&place.url()).await?;
        again.push(browser.number("usable").await?);
        tasks.push(browser.number("longest()").await?);
    }
    line(
        "a later visit, until the rooms are there, on loopback",
        "",
        &millis(again),
    );
    line(
        "a later visit: longest task of the main thread",
        "",
        &millis(tasks),
    );
    Ok(())
}

async fn visit(place: &Place, network: Option<(u64, u64)>) -> Result<(u64, f64)> {
    let mut browser = Browser::start().await?;
    browser.prepare().await?;
    if let Some((bytes, latency)) = network {
        let conditions = json!({
            "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes,
        });
        browser
            .ask("Network.emulateNetworkConditions", conditions)
            .await?;
    }
    browser.go(&place.url()).await?;
    let took = browser.number("usable").await?;
    Ok((browser.bytes, took))
}
