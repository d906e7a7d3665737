use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::page::{ListVersion, TaskPage, TaskQuery};
use tasklane_domain::port::{BatchError, FeedError, TaskRepository, WriteError};
use tasklane_domain::task::{
    ChangePage, Operation, Outcome, Revision, Task, TaskState, WriteRules,
};
use tasklane_domain::user::Owner;

use super::{batch, feed, list, lookup, write};
use crate::postgres::PostgresStore;

#[async_trait]
impl TaskRepository for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.task.find", skip_all)]
    async fn find(&self, owner: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        lookup::find(&self.connections, owner, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.find_state", skip_all)]
    async fn find_state(&self, owner: UserId, id: TaskId) -> Result<Option<TaskState>, StoreError> {
        lookup::find_state(&self.connections, owner, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.version", skip_all)]
    async fn version(&self, owner: UserId) -> Result<ListVersion, StoreError> {
        lookup::version(&self.connections, owner).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.list", skip_all)]
    async fn list(&self, owner: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        list::list(&self.connections, owner, query).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.changes", skip_all)]
    async fn changes(
        &self,
        owner: UserId,
        since: Revision,
        limit: u16,
    ) -> Result<ChangePage, FeedError> {
        feed::changes(&self.connections, owner, since, limit).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.apply", skip_all)]
    async fn apply(
        &self,
        owner: &Owner,
        operation: Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, WriteError> {
        write::apply(&self.connections, owner, operation, rules, at).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.apply_all", skip_all)]
    async fn apply_all(
        &self,
        owner: &Owner,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Revision), BatchError> {
        batch::apply_all(&self.connections, owner, operations, rules, at).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.empty_trash", skip_all)]
    async fn empty_trash(
        &self,
        owner: UserId,
        at: Timestamp,
    ) -> Result<(u64, Revision), StoreError> {
        write::empty_trash(&self.connections, owner, at).await
    }
}
