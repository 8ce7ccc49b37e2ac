//! The one writer, with group commit: what waits in the queue is applied in one transaction, each operation in a
//! savepoint of its own, and everybody is answered after COMMIT. An answer means that the bytes are on disk.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::{
    memory::Memory,
    messages::{MessageJob, Run},
    operation::{Apply, Operation, Pending},
    scope::Scope,
};
use crate::{
    clock::Clock,
    store::{Committed, Failure, StoreError, log::MessagePost, log::MessageRefusal},
};
use protocol::rest::Receipt;

/// Operations that wait; a further one waits for a place, in order.
const QUEUE: usize = 1024;
/// Most operations in one transaction.
const BATCH: usize = 256;
/// Batches of events that wait for the fan-out; then the writer waits.
const EVENT_BATCHES: usize = 256;

/// What the queue carries.
enum Job {
    /// A message: consecutive ones are written by one INSERT.
    Message(Box<MessageJob>),
    /// Anything else.
    Operation(Box<dyn Operation>),
    /// The last job.
    Close,
}

/// The handle that queues operations.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Job>);

impl Writer {
    /// Starts the writer on its connection.
    pub(super) fn start(
        connection: SqliteConnection,
        clock: Arc<dyn Clock>,
        rng: ChaCha20Rng,
    ) -> (Self, mpsc::Receiver<Vec<Committed>>) {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (publish, events) = mpsc::channel(EVENT_BATCHES);
        let task = Task {
            connection,
            clock,
            memory: Memory::new(rng),
            queue,
            publish,
        };
        tokio::spawn(task.run());
        (Self(jobs), events)
    }

    /// Applies an operation and waits until it is durable.
    pub(super) async fn apply<A: Apply>(&self, op: A) -> Result<A::Output, Failure<A::Refusal>> {
        let (pending, answer) = Pending::new(op);
        self.queue(Job::Operation(Box::new(pending))).await?;
        answer
            .await
            .unwrap_or(Err(Failure::Store(StoreError::Closed)))
    }

    /// Appends a message and waits until it is durable.
    pub(super) async fn append(
        &self,
        post: MessagePost,
    ) -> Result<Receipt, Failure<MessageRefusal>> {
        let (reply, answer) = oneshot::channel();
        self.queue(Job::Message(Box::new(MessageJob { post, reply })))
            .await?;
        answer
            .await
            .unwrap_or(Err(Failure::Store(StoreError::Closed)))
    }

    /// Lets the writer finish what is queued and stop; later operations answer [`StoreError::Closed`].
    pub(super) async fn close(&self) {
        // An error says that it has stopped already.
        let _stopped = self.0.send(Job::Close).await;
        self.0.closed().await;
    }

    async fn queue(&self, job: Job) -> Result<(), StoreError> {
        self.0.send(job).await.map_err(|_| StoreError::Closed)
    }
}

/// The task behind the queue.
struct Task {
    connection: SqliteConnection,
    clock: Arc<dyn Clock>,
    memory: Memory,
    queue: mpsc::Receiver<Job>,
    publish: mpsc::Sender<Vec<Committed>>,
}

impl Task {
    async fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut closing = false;
        while !closing && self.queue.recv_many(&mut batch, BATCH).await > 0 {
            closing = batch.iter().any(|job| matches!(job, Job::Close));
            self.commit(std::mem::take(&mut batch)).await;
        }
        // Whoever queued behind the close is answered by the dropped reply.
        if let Err(error) = self.connection.close().await {
            tracing::error!(%error, "closing the database failed");
        }
    }

    async fn commit(&mut self, batch: Vec<Job>) {
        let mut answers = Answers::default();
        let mut events = Vec::new();
        let outcome = self.transaction(batch, &mut answers, &mut events).await;
        if let Err(error) = &outcome {
            tracing::warn!(%error, "a transaction was rolled back");
            self.memory.forget();
            self.rollback().await;
            events.clear();
        }
        answers.give(&outcome);
        if !events.is_empty() {
            // Without a fan-out (it stops last) nobody is left to tell.
            let _untold = self.publish.send(events).await;
        }
    }

    async fn transaction(
        &mut self,
        batch: Vec<Job>,
        answers: &mut Answers,
        events: &mut Vec<Committed>,
    ) -> Result<(), StoreError> {
        let mut scope = Scope {
            db: &mut self.connection,
            memory: &mut self.memory,
            now: self.clock.now(),
            events,
        };
        // The jobs move into `answers` before anything can fail, so that each is answered whatever happens.
        answers.take(batch);
        scope.execute("BEGIN IMMEDIATE").await?;
        for step in &mut answers.0 {
            match step {
                Step::Messages(run) => run.apply(&mut scope).await?,
                Step::Operation(operation) => operation.run(&mut scope).await?,
            }
        }
        scope.execute("COMMIT").await
    }

    async fn rollback(&mut self) {
        // SQLite may have rolled back by itself; then there is nothing left to do.
        let rolled_back = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        if let Err(error) = rolled_back {
            tracing::debug!(%error, "nothing to roll back");
        }
    }
}

/// One step of a transaction.
enum Step {
    Messages(Run),
    Operation(Box<dyn Operation>),
}

/// Who waits for the transaction, in order.
#[derive(Default)]
struct Answers(Vec<Step>);

impl Answers {
    fn take(&mut self, batch: Vec<Job>) {
        for job in batch {
            match (job, self.0.last_mut()) {
                (Job::Message(message), Some(Step::Messages(run))) => run.push(*message),
                (Job::Message(message), _) => self.0.push(Step::Messages(Run::of(*message))),
                (Job::Operation(operation), _) => self.0.push(Step::Operation(operation)),
                (Job::Close, _) => {}
            }
        }
    }

    fn give(self, outcome: &Result<(), StoreError>) {
        for step in self.0 {
            match step {
                Step::Messages(run) => run.answer(outcome),
                Step::Operation(operation) => operation.answer(outcome),
            }
        }
    }
}
