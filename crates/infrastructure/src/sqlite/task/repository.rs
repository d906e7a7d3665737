use async_trait::async_trait;
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{TaskId, UserId};
use tasklane_domain::page::{ListVersion, TaskPage, TaskQuery};
use tasklane_domain::port::{BatchError, FeedError, TaskRepository, WriteError};
use tasklane_domain::task::{
    Change, ChangePage, Operation, Outcome, Revision, Task, TaskState, WriteRules,
};
use tasklane_domain::user::Owner;

use super::list::TaskList;
use super::row::TaskRow;
use super::write::{empty_trash, find_state, write};
use crate::sqlite::SqliteStore;
use crate::sqlite::column::Id;
use crate::sqlite::error::TxError;
use crate::sqlite::schema::tasks;
use crate::sqlite::user::row::find_version;

#[async_trait]
impl TaskRepository for SqliteStore {
    #[tracing::instrument(level = "debug", name = "db.task.find", skip_all)]
    async fn find(&self, owner: UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
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
    async fn find_state(&self, owner: UserId, id: TaskId) -> Result<Option<TaskState>, StoreError> {
        self.readers()
            .look_up(move |connection| {
                let row = find_state(connection, owner, id)?;
                Ok(row.map(|row| row.into_state(owner)).transpose()?)
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.version", skip_all)]
    async fn version(&self, owner: UserId) -> Result<ListVersion, StoreError> {
        self.readers()
            .look_up(move |connection| find_version(connection, owner))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.list", skip_all)]
    async fn list(&self, owner: UserId, query: &TaskQuery) -> Result<TaskPage, StoreError> {
        let statement = TaskList::new(owner, query);
        if statement.is_quick() {
            let look_up = move |connection: &mut _| list(connection, owner, query, statement);
            return self.readers().look_up(look_up).await;
        }
        let query = query.clone();
        self.readers()
            .run(move |connection| list(connection, owner, &query, statement))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.changes", skip_all)]
    async fn changes(
        &self,
        owner: UserId,
        since: Revision,
        limit: u16,
    ) -> Result<ChangePage, FeedError> {
        self.readers()
            .look_up(|connection| {
                connection.transaction(|connection| changes(connection, owner, since, limit))
            })
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.apply", skip_all)]
    async fn apply(
        &self,
        owner: &Owner,
        operation: Operation,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<Outcome, WriteError> {
        let written = self.apply_all(owner, vec![operation], rules, at).await;
        let (outcomes, _) = written.map_err(|error| match error {
            BatchError::Refused { refusal, .. } => WriteError::Refused(refusal),
            BatchError::UnknownOwner => WriteError::UnknownOwner,
            BatchError::Store(error) => WriteError::Store(error),
        })?;
        let missing = || StoreError::unavailable("the operation has no outcome");
        Ok(outcomes.into_iter().next().ok_or_else(missing)?)
    }

    #[tracing::instrument(level = "debug", name = "db.task.apply_all", skip_all)]
    async fn apply_all(
        &self,
        owner: &Owner,
        operations: Vec<Operation>,
        rules: WriteRules,
        at: Timestamp,
    ) -> Result<(Vec<Outcome>, Revision), BatchError> {
        let owner = owner.clone();
        self.writer()
            .run(move |connection| write(connection, &owner, &operations, rules, at))
            .await
    }

    #[tracing::instrument(level = "debug", name = "db.task.empty_trash", skip_all)]
    async fn empty_trash(
        &self,
        owner: UserId,
        at: Timestamp,
    ) -> Result<(u64, Revision), StoreError> {
        self.writer()
            .run(move |connection| empty_trash(connection, owner, at))
            .await
    }
}

fn list(
    connection: &mut SqliteConnection,
    owner: UserId,
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
    owner: UserId,
    since: Revision,
    limit: u16,
) -> Result<ChangePage, TxError<FeedError>> {
    let ListVersion {
        revision,
        purge_horizon,
    } = find_version(connection, owner)?;
    if since > revision {
        return Err(TxError(FeedError::Ahead { current: revision }));
    }
    if since > Revision::ZERO && since < purge_horizon {
        return Err(TxError(FeedError::Expired));
    }
    // Not limited by the statement, which would be planned anew for each value of the limit.
    let mut rows = tasks::table
        .filter(tasks::user_id.eq(Id::from(owner)))
        .filter(tasks::revision.gt(since.as_i64()))
        .order(tasks::revision)
        .select(TaskRow::as_select())
        .load_iter::<TaskRow, DefaultLoadingMode>(connection)?
        .take(usize::from(limit) + 1)
        .collect::<QueryResult<Vec<_>>>()?;
    let has_more = rows.len() > usize::from(limit);
    rows.truncate(limit.into());
    let changes = rows.into_iter().map(|row| row.into_change(owner));
    let changes: Vec<Change> = changes.collect::<Result<_, _>>()?;
    let last = changes.last().filter(|_| has_more).map(Change::revision);
    Ok(ChangePage {
        changes,
        revision: last.unwrap_or(revision),
        has_more,
    })
}
