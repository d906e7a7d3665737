use async_trait::async_trait;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
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

use super::list::TaskList;
use super::row::TaskRow;
use super::tally::tally;
use super::write::{find_state, write};
use crate::sqlite::SqliteStore;
use crate::sqlite::column::Id;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::tasks;
use crate::sqlite::user::row::find_version;

#[async_trait]
impl TaskRepository for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.task.find", skip_all)]
    async fn find(&self, owner: OwnerId, id: TaskId) -> Result<Option<Task>, StoreError> {
        self.readers()
            .look_up(move |connection| {
                let row = tasks::table
                    .find((Id::from(owner), Id::from(id)))
                    .filter(tasks::deleted_at.is_null())
                    .select(TaskRow::as_select())
                    .get_result(connection)
                    .optional()?;
                Ok(row.map(|row| row.into_task(owner)).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.find_state", skip_all)]
    async fn find_state(
        &self,
        owner: OwnerId,
        id: TaskId,
    ) -> Result<Option<TaskState>, StoreError> {
        self.readers()
            .look_up(move |connection| {
                let row = find_state(connection, owner, id)?;
                Ok(row.map(|row| row.into_state(owner)).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.version", skip_all)]
    async fn version(&self, owner: OwnerId) -> Result<ListVersion, StoreError> {
        self.readers()
            .look_up(move |connection| find_version(connection, owner))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.list", skip_all)]
    async fn list(&self, owner: OwnerId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        let statement = TaskList::new(owner, query);
        if statement.is_quick() {
            let look_up = move |connection: &mut _| list(connection, owner, query, statement);
            return self.readers().look_up(look_up).await;
        }
        let query = query.clone();
        self.readers()
            .run_long(owner, move |connection| {
                list(connection, owner, &query, statement)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.tally", skip_all)]
    async fn tally(&self, owner: OwnerId) -> Result<Tally, StoreError> {
        self.readers()
            .run_long(owner, move |connection| {
                connection.transaction(|connection| tally(connection, owner))
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.changes", skip_all)]
    async fn changes(
        &self,
        owner: OwnerId,
        since: SyncPoint,
        limit: FeedLimit,
    ) -> Result<ChangePage, FeedError> {
        self.readers()
            .look_up(|connection| {
                connection.transaction(|connection| changes(connection, owner, since, limit))
            })
            .await
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
        let asked = Write {
            owner,
            actor: actor.clone(),
            action,
            rules,
            at,
        };
        self.writer()
            .run(move |connection| write(connection, &asked))
            .await
    }
}

fn list(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    query: &TaskQuery,
    statement: TaskList,
) -> Result<TaskPage, TxError<StoreError>> {
    connection.transaction(|connection| {
        let version = find_version(connection, owner)?;
        let rows = statement.load::<TaskRow>(connection)?;
        let items = rows.into_iter().map(|row| row.into_task(owner));
        let items = items.collect::<Result<_, _>>()?;
        Ok(TaskPage::from_overfetch(items, query, version))
    })
}

fn changes(
    connection: &mut SqliteConnection,
    owner: OwnerId,
    since: SyncPoint,
    limit: FeedLimit,
) -> Result<ChangePage, TxError<FeedError>> {
    let version = find_version(connection, owner)?;
    // Not limited by the statement, which would be planned again for each value of the limit.
    let rows = tasks::table
        .filter(tasks::owner_id.eq(Id::from(owner)))
        .filter(tasks::revision.gt(since.revision.as_i64()))
        .order(tasks::revision)
        .select(TaskRow::as_select())
        .load_iter::<TaskRow, DefaultLoadingMode>(connection)?
        .take(usize::from(limit.get()) + 1)
        .collect::<QueryResult<Vec<_>>>()?;
    let changes = rows.into_iter().map(|row| row.into_change(owner));
    let changes = changes.collect::<Result<_, _>>()?;
    ChangePage::read(version, since, limit, changes).map_err(TxError)
}
