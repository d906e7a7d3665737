use async_trait::async_trait;
use diesel::IntoSql;
use diesel::sql_types::Integer;
use tasklane_domain::error::StoreError;
use tasklane_domain::port::Readiness;

use super::migrate;
use crate::postgres::PostgresStore;

#[async_trait]
impl Readiness for PostgresStore {
    async fn ping(&self) -> Result<(), StoreError> {
        let question = diesel::select(1.into_sql::<Integer>());
        let connections = self.connections.for_readiness();
        connections.query::<_, i32>(&question).await?;
        Ok(())
    }

    async fn pending_migrations(&self) -> Result<usize, StoreError> {
        let connections = self.connections.for_readiness();
        Ok(migrate::count_pending(&connections).await?)
    }
}
