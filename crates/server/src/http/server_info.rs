//! `GET /api/server`.

use axum::{Json, extract::State};
use protocol::{PROTOCOL_VERSION, rest::ServerInfo};

use crate::{app::Shared, tls::Tls};

/// The oldest protocol version that this server accepts.
const MIN_PROTOCOL: u32 = 1;

/// What this server is.
pub(super) async fn server_info(State(app): State<Shared>) -> Json<ServerInfo> {
    Json(ServerInfo {
        protocol: PROTOCOL_VERSION,
        min_protocol: MIN_PROTOCOL,
        registration: app.registration,
        report_key: Some(app.report_key.public()),
        pins: app.tls.as_ref().map_or_else(Vec::new, Tls::pins),
        timestamp: app.clock.now(),
    })
}
