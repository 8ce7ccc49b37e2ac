//! What `verify-web` compares with what.

use std::path::PathBuf;

use clap::Args;
use client::transport::ServerUrl;
use protocol::pin::Pin;

use super::At;
use crate::exit::Problem;

/// Which server, and which list.
#[derive(Debug, Args)]
pub(crate) struct WebCheck {
    /// Another server than the one of your account; asked as anybody
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// That server's key, as its operator tells it
    #[arg(long, value_name = "PIN", requires = "server")]
    pin: Vec<Pin>,
    /// The list of another release, as `verify-web --list` of that release prints it [default: that of this program]
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Option<PathBuf>,
    /// Print the list of this program's web client instead, in the form of `sha256sum`
    #[arg(long, conflicts_with_all = ["server", "manifest"])]
    pub(crate) list: bool,
}

impl WebCheck {
    /// The server that is named, if one is.
    pub(crate) fn url(&self) -> Result<Option<ServerUrl>, Problem> {
        let at = self.server.clone().map(|server| At {
            server,
            pin: self.pin.clone(),
        });
        at.map(|at| at.url()).transpose()
    }
}
