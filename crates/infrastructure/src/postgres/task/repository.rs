use async_trait::async_trait;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, TaskId};
use tasklane_domain::page::{FeedLimit, ListVersion, Tally, TaskPage, TaskQuery};
use tasklane_domain::port::TaskRepository;
use tasklane_domain::task::{
    Action, ChangePage, FeedError, SyncPoint, Task, TaskState, Write, WriteError, WriteRules,
    Written,
};
use tasklane_domain::user::Actor;

use super::{feed, list, lookup, tally};
use crate::postgres::PostgresStore;

#[async_trait]
impl TaskRepository for PostgresStore {
    #[tracing::instrument(level = "debug", name = "db.task.find", skip_all)]
    async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError> {
        lookup::find(&self.connections, owner, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.find_state", skip_all)]
    async fn find_state(
        &self,
        owner: OwnerId,
        id: TaskId,
    ) -> Result<Option<TaskState>, StoreError> {
        lookup::find_state(&self.connections, owner, id).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.version", skip_all)]
    async fn version(&self, owner: OwnerId) -> Result<ListVersion, StoreError> {
        lookup::version(&self.connections, owner).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.list", skip_all)]
    async fn list(&self, owner: OwnerId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        list::list(&self.connections, owner, query).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.tally", skip_all)]
    async fn tally(&self, owner: OwnerId) -> Result<Tally, StoreError> {
        tally::tally(&self.connections, owner).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.changes", skip_all)]
    async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        feed::changes(&self.connections, owner, since, limit).await
    }

    #[tracing::instrument(level = "debug", name = "db.task.write", skip_all)]
    async fn write(
        &self,
        owner: OwnerId,
        actor: &Actor,
        action: Action,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Written, WriteError> {
        let write = Write {
            owner,
            actor: actor.clone(),
            action,
            rules,
            at,
        };
        self.tasks.write(write).await
    }
}
