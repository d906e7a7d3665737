use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::Readiness;

use crate::sqlite::MigrateError;
use crate::sqlite::SqliteStore;

#[async_trait]
impl Readiness for SqliteStore {
    async fn ping(&self) -> Result<(), StoreError> {
        self.file().check().map_err(StoreError::unavailable)?;
        if !self.writer().is_running() {
            return Err(StoreError::unavailable("the writer has stopped"));
        }
        self.probe()
            .run(|connection| {
                diesel::select(1.into_sql::<Integer>()).get_result::<i32>(connection)?;
                Ok(())
            })
            .await
    }

    async fn pending_migrations(&self) -> Result<usize, StoreError> {
        match SqliteStore::pending_migrations(self).await {
            Ok(pending) => Ok(pending.len()),
            Err(MigrateError::Store(error)) => Err(error),
            Err(error) => Err(StoreError::corrupt("schema", error)),
        }
    }
}
