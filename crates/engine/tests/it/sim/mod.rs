//! The simulation: many engines, one model server, one thread, one seed (PROTOCOL section 8).

mod model_server;
