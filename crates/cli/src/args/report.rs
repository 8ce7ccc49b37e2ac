//! What `verify-report` compares a report with.

use clap::Args;
use client::engine::api::ReportKey;

/// The server that keeps the room of a report. Without it the report's place and time are not verified.
#[derive(Debug, Args)]
pub(crate) struct ServerOf {
    /// The server that keeps the room; its key is fetched
    #[arg(long, value_name = "URL", conflicts_with = "report_key")]
    pub(crate) server: Option<String>,
    /// Its key in hex, to verify offline
    #[arg(long, value_name = "HEX")]
    pub(crate) report_key: Option<HexKey>,
}

/// A server's key from the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HexKey(pub(crate) ReportKey);

impl std::str::FromStr for HexKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pairs = text.as_bytes().chunks(2);
        let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
        let key = bytes.and_then(|bytes| ReportKey::parse(&bytes));
        key.map(Self)
            .ok_or_else(|| "a key is 64 hex digits, as `verify-report` prints them".to_owned())
    }
}
