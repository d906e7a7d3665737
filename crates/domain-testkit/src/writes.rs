//! Shorter ways to write, for tests: users who write what is their own.

use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    Action, Operation, Outcome, Revision, WriteError, WriteRules, Written,
};
use tasklane_domain::user::Actor;

/// Writes of a user to their own tasks.
#[async_trait]
pub trait Writes: TaskRepository {
    /// Does one operation.
    async fn apply(
        &self,
        actor: &Actor,
        operation: Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, WriteError> {
        let (outcomes, _) = self.apply_all(actor, vec![operation], rules, at).await?;
        Ok(outcomes
            .into_iter()
            .next()
            .expect("an operation has an outcome"))
    }

    /// Does all operations in order, or none; gives the owner's revision afterwards too.
    async fn apply_all(
        &self,
        actor: &Actor,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Revision), WriteError> {
        let action = Action::Apply(operations);
        let written = self.write(actor.owner(), actor, action, rules, at).await?;
        Ok((written.outcomes, written.revision))
    }

    /// Does each operation in order that is not refused.
    async fn apply_each(
        &self,
        actor: &Actor,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let action = Action::ApplyEach(operations);
        self.write(actor.owner(), actor, action, rules, at).await
    }

    /// Empties the trash in one step; gives how many tasks were in it, and the owner's revision
    /// afterwards.
    async fn empty_trash(
        &self,
        actor: &Actor,
        at: Timestamp,
    ) -> Result<(u64, Revision), WriteError> {
        let action = Action::EmptyTrash { most: 1000 };
        let rules = WriteRules::default();
        let written = self.write(actor.owner(), actor, action, rules, at).await?;
        Ok((written.outcomes.len() as u64, written.revision))
    }
}

impl<T: TaskRepository + ?Sized> Writes for T {}
