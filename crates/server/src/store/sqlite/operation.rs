//! A queued operation: applied in a savepoint, answered after COMMIT.

use std::{future::Future, pin::Pin};

use tokio::sync::oneshot;

use super::scope::Scope;
use crate::store::{Failure, StoreError};

/// What an operation does to the database.
pub(super) trait Apply: Send + 'static {
    /// The answer.
    type Output: Send + 'static;
    /// Why its rules may say no.
    type Refusal: Send + 'static;

    /// Does it. A refusal undoes what it wrote.
    fn apply(
        self,
        scope: &mut Scope<'_>,
    ) -> impl Future<Output = Result<Self::Output, Failure<Self::Refusal>>> + Send;
}

/// An operation whose types are forgotten.
pub(super) trait Operation: Send {
    /// Applies it; an error spoils the whole transaction.
    fn run<'a>(
        &'a mut self,
        scope: &'a mut Scope<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

    /// Answers it, now that the transaction is durable or undone.
    fn answer(self: Box<Self>, outcome: &Result<(), StoreError>);
}

type Answer<A> = Result<<A as Apply>::Output, Failure<<A as Apply>::Refusal>>;

/// An operation and who waits for it.
pub(super) struct Pending<A: Apply> {
    operation: Option<A>,
    answer: Option<Answer<A>>,
    reply: oneshot::Sender<Answer<A>>,
}

impl<A: Apply> Pending<A> {
    pub(super) fn new(operation: A) -> (Self, oneshot::Receiver<Answer<A>>) {
        let (reply, answer) = oneshot::channel();
        (
            Self {
                operation: Some(operation),
                answer: None,
                reply,
            },
            answer,
        )
    }

    async fn apply(&mut self, scope: &mut Scope<'_>) -> Result<(), StoreError> {
        let Some(operation) = self.operation.take() else {
            return Ok(());
        };
        scope.execute("SAVEPOINT operation").await?;
        let before = scope.mark();
        let answer = operation.apply(scope).await;
        match &answer {
            Ok(_) => scope.execute("RELEASE operation").await?,
            // SQLite has rolled back the transaction, or will have to.
            Err(Failure::Store(StoreError::Full)) => return Err(StoreError::Full),
            Err(_) => {
                scope.return_to(before);
                scope.execute("ROLLBACK TO operation").await?;
                scope.execute("RELEASE operation").await?;
            }
        }
        self.answer = Some(answer);
        Ok(())
    }
}

impl<A: Apply> Operation for Pending<A> {
    fn run<'a>(
        &'a mut self,
        scope: &'a mut Scope<'_>,
    ) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        Box::pin(self.apply(scope))
    }

    fn answer(self: Box<Self>, outcome: &Result<(), StoreError>) {
        let answer = match (outcome, self.answer) {
            // What a refusal rests on may have been undone with the rest.
            (Err(error), _) => Err(Failure::Store(error.clone())),
            (Ok(()), Some(answer)) => answer,
            (Ok(()), None) => Err(Failure::Store(StoreError::Closed)),
        };
        // Whoever asked may have gone away.
        let _gone = self.reply.send(answer);
    }
}
