#![allow(warnings, clippy::all)]
mod sim { mod canary; mod checks; mod clock; mod faults; mod fixture; mod model_server; mod network; mod person; mod quiesce; mod recorder; mod schedule; mod seeds; mod sockets; mod store; mod stories; mod trace; mod witness; mod world; }
