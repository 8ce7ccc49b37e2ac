//! The engine as the driver's machine.

use engine::{
    Config, Engine, HEADS_LOADED,
    api::{Input, Key, Output, Pending, Space, TimelineItem},
};
use protocol::{ids::RoomId, time::Timestamp};
use rand_core::CryptoRngCore;

use super::Machine;
use crate::store::{Store, StoreError};

impl Machine for Engine {
    type Config = Config;

    async fn load<S: Store>(config: Config, store: &mut S) -> Result<Self, StoreError> {
        let mut rows = store.rows(Space::Account).await?;
        rows.extend(store.rows(Space::KeyPackages).await?);
        let rooms = store.rows(Space::Rooms).await?;
        let ids: Vec<RoomId> = rooms
            .iter()
            .filter_map(|(key, _)| match key {
                Key::Numbered(_, number) => RoomId::new(*number).ok(),
                Key::Named(..) => None,
            })
            .collect();
        rows.extend(rooms);
        for room in ids {
            for space in [
                Space::Group(room),
                Space::Outbox(room),
                Space::History(room),
            ] {
                rows.extend(store.rows(space).await?);
            }
            let heads = Space::Heads(room);
            let last = store.tail(heads, HEADS_LOADED).await?.into_iter();
            rows.extend(last.map(|(seq, head)| (Key::Numbered(heads, seq), head)));
        }
        Engine::load(config, rows).map_err(|error| {
            tracing::error!(%error, "the rows of the store make no engine");
            StoreError::Corrupt("its rows do not fit together")
        })
    }

    fn handle(&mut self, input: Input, now: Timestamp, rng: &mut dyn CryptoRngCore) -> Output {
        Engine::handle(self, input, now, rng)
    }

    fn session_token(&self) -> Option<&str> {
        Engine::session_token(self)
    }

    fn call_token(&self) -> Option<&str> {
        Engine::call_token(self)
    }

    fn pending(&self) -> Pending {
        Engine::pending(self)
    }

    fn item(row: &[u8]) -> Result<TimelineItem, StoreError> {
        Engine::item(row).map_err(|_| StoreError::Corrupt("a timeline row cannot be read"))
    }
}
