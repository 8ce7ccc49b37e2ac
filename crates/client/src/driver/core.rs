//! One input, from the engine to the screen.

use engine::ordered::Map;

use engine::api::{
    CERTIFICATES, CallId, Command, CommandId, Event, Failure, Input, KeptLine, Outcome, Space,
};
use protocol::{
    call::Call,
    error::ErrorCode,
    ids::{RoomId, Seq},
};
use rand_core::CryptoRngCore;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{
    Driver, Link, Machine,
    client::{Ask, timeline_space},
};
use crate::{
    clock::Clock,
    store::{Range, Store, StoreError},
    transport::Transport,
};

/// Commands that have not ended.
pub(super) type Commands = Map<CommandId, oneshot::Sender<Result<Outcome, Failure>>>;

/// After so many store errors without a success in between the driver gives up.
const FAILURES_MAX: u32 = 3;

impl<M, S, T, C, R> Driver<M, S, T, C, R>
where
    M: Machine,
    S: Store,
    T: Transport,
    C: Clock,
    R: CryptoRngCore + 'static,
{
    /// Does what a handle asks.
    pub(super) async fn asked(&mut self, ask: Ask<M>) -> Result<(), StoreError> {
        match ask {
            Ask::Command(command, answer) => self.command(command, answer).await?,
            Ask::Report(room, seq, answer) => match self.kept(room, seq).await {
                Ok(kept) => {
                    let command = Command::Report { room, seq, kept };
                    self.command(command, answer).await?;
                }
                Err(error) => {
                    // Whoever asked may be gone.
                    let _ = answer.send(Err(error.code().into()));
                }
            },
            Ask::Read(read) => read(&self.machine),
            Ask::Timeline(room, range, answer) => {
                let items = self.timeline(room, range).await;
                // Whoever asked may be gone.
                let _ = answer.send(items);
            }
            Ask::Idle(answer) => self.idlers.push(answer),
            // The loop ends before it comes here.
            Ask::Close(_) => {}
        }
        Ok(())
    }

    async fn command(
        &mut self,
        command: Command,
        answer: oneshot::Sender<Result<Outcome, Failure>>,
    ) -> Result<(), StoreError> {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        self.commands.insert(id, answer);
        self.take(Input::Command(id, command)).await
    }

    /// What the store has of one line.
    async fn kept(&mut self, room: RoomId, seq: Seq) -> Result<KeptLine, StoreError> {
        let before = Seq(seq.0.saturating_sub(1));
        Ok(KeptLine {
            line: self.row(Space::Timeline(room), seq).await?,
            key: self
                .row(Space::LineKeys(room), seq)
                .await?
                .map(Zeroizing::new),
            certificates: self.row(Space::LineKeys(room), Seq(CERTIFICATES)).await?,
            before: self.row(Space::Heads(room), before).await?,
            at: self.row(Space::Heads(room), seq).await?,
        })
    }

    async fn row(&mut self, space: Space, seq: Seq) -> Result<Option<Vec<u8>>, StoreError> {
        let range = Range {
            before: seq.0.checked_add(1),
            ..Range::newest(1)
        };
        let rows = self.parts.store.range(space, range).await?;
        let row = rows.into_iter().find(|(number, _)| *number == seq.0);
        Ok(row.map(|(_, row)| row))
    }

    async fn timeline(
        &mut self,
        room: RoomId,
        range: Range,
    ) -> Result<Vec<engine::api::TimelineItem>, StoreError> {
        let rows = self.parts.store.range(timeline_space(room), range).await?;
        rows.iter().map(|(_, row)| M::item(row)).collect()
    }

    /// One input: batch, then calls, then events. `Err` only if the store cannot be used any more.
    pub(super) async fn take(&mut self, input: Input) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let output = self.machine.handle(input, now, &mut self.parts.rng);
        if !output.batch.is_empty() {
            if let Err(error) = self.parts.store.commit(output.batch).await {
                return self.reload(error).await;
            }
            self.failures = 0;
        }
        self.wake = output.wake;
        // A session that begins or ends here counts for the calls of the same output.
        let token = self.machine.call_token().map(str::to_owned);
        for (id, call) in output.calls {
            self.send(id, call, token.as_deref());
        }
        for event in output.events {
            self.show(event);
        }
        self.follow_session();
        Ok(())
    }

    fn send(&mut self, id: CallId, call: Call, token: Option<&str>) {
        let answer = self.parts.transport.call(call, token);
        self.calls.push(Box::pin(async move { (id, answer.await) }));
    }

    fn show(&mut self, event: Event) {
        if let Event::Done(id, result) = &event
            && let Some(answer) = self.commands.remove(id)
        {
            // Whoever gave the command may be gone.
            let _ = answer.send(result.clone());
        }
        // Nobody may be listening.
        let _ = self.events.send(event);
    }

    /// Opens, changes or closes the connection with the session.
    pub(super) fn follow_session(&mut self) {
        let token = self.machine.session_token();
        if self.connection.follow(token, &self.parts.transport) {
            self.given_up = true;
        }
    }

    /// Throws memory away, since it may be ahead of the store, and starts from the store again.
    async fn reload(&mut self, error: StoreError) -> Result<(), StoreError> {
        tracing::warn!(%error, "a batch could not be stored");
        self.failures += 1;
        self.calls.clear();
        self.connection.reset();
        self.wake = None;
        for (_, answer) in std::mem::take(&mut self.commands) {
            let _ = answer.send(Err(Failure::from(ErrorCode::StoreFailed)));
        }
        // Somebody else owns the store now: what it would be loaded from is theirs.
        if self.failures >= FAILURES_MAX || error == StoreError::Busy {
            return Err(error);
        }
        self.machine = M::load(self.config.clone(), &mut self.parts.store).await?;
        self.follow_session();
        Ok(())
    }

    /// After each turn: tells where the connection stands, and those who wait for quiet.
    pub(super) fn settle(&mut self) {
        let link = self.connection.link();
        self.link
            .send_if_modified(|seen| std::mem::replace(seen, link) != link);
        let connected = matches!(link, Link::Online | Link::SignedOut);
        if connected && self.calls.is_empty() && self.machine.pending().is_idle() {
            for idler in self.idlers.drain(..) {
                let _ = idler.send(());
            }
        }
    }
}
